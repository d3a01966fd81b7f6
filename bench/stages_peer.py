#!/usr/bin/env python3
"""
The peer's side of `bench stages`, alive for the whole run: reads {"stage": name, "repeats": n} lines, answers {"ms": [...]}; {"stage": name,
"write": path} writes the stage's result as float32 for comparison. One thread.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from astropy.io import fits

from peer import evidence
from peer import network as networks
from peer import steps


class Stages:
    def __init__(self, image, mask, truth, folder, variant):
        self.image, self.mask_file = fits.open(image)[1], fits.open(mask)[1]
        self.pixels, self.mask = steps.read_ccd(self.image, self.mask_file)
        with fits.open(truth) as file:
            self.found = file[1].data.astype(np.int32)
        self.described = networks.load_network(folder)
        preprocess = self.described["preprocess"]
        self.mesh = preprocess["mesh"]
        self.canvas = (preprocess["canvasHeight"], preprocess["canvasWidth"])
        self.model, self.level = steps.background(self.pixels, self.mask, self.mesh)
        self.subtracted = self.pixels - self.level
        arrays = networks.reference(folder, self.described)
        self.inputs = (arrays["image"], arrays["evidence"], arrays["stars"], arrays["scalars"])
        self.network = networks.variant(self.described["network"], variant, self.inputs)
        self.header = self.image.header
        self.mean = steps.bin_statistics(self.subtracted, self.mask)["mean"]

    def forget(self):
        """Not timed: astropy keeps what it has read and decoded; the TypeScript reads again as well."""
        for hdu in (self.image, self.mask_file):
            for kept in ("data", "compressed_data"):
                hdu.__dict__.pop(kept, None)

    def decode(self):
        return self.image.data

    def mask_decode(self):
        return self.mask_file.data != 0

    def background(self):
        return steps.background(self.pixels, self.mask, self.mesh)[1]

    def bins(self):
        bins = steps.bin_statistics(self.subtracted, self.mask)
        return steps.features(bins, self.level, self.model, self.canvas)

    def evidence(self):
        return evidence.evidence(self.subtracted, self.mask, self.model.globalrms, self.mean, self.canvas)[0]

    def infer(self):
        return self.network(*self.inputs)[0].numpy()

    def encode(self):
        return steps.encode_mask(self.found, self.header, [])


def main():
    warnings.simplefilter("ignore")
    image, mask, truth, folder, variant = sys.argv[1:]
    torch.set_num_threads(1)
    with torch.no_grad():
        stages = Stages(Path(image), Path(mask), Path(truth), Path(folder), variant)
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            stage = getattr(stages, request["stage"])
            if "write" in request:
                stages.forget()
                np.asarray(stage()).astype("<f4").tofile(request["write"])
                print(json.dumps({"ms": []}), flush=True)
                continue
            times = []
            for _ in range(request["repeats"]):
                stages.forget()
                start = time.perf_counter()
                stage()
                times.append(1000 * (time.perf_counter() - start))
            print(json.dumps({"ms": times}), flush=True)


if __name__ == "__main__":
    main()
