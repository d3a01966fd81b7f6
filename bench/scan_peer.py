#!/usr/bin/env python3
"""
The steps of `blemish scan` on one exposure as a Python script: astropy reads image and mask, sep the background, numpy the bins, PyTorch the
network, astropy writes the RICE-compressed mask. Left out: quality figures, grown lines and cosmic rays, tables, regions, report.
Prints one JSON document.
"""

import argparse
import json
import multiprocessing
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

started = time.perf_counter()

import astropy
import numpy as np
import sep
import torch
from astropy.io import fits

from peer import evidence
from peer import network as networks
from peer import steps


class Scanner:
    """One process's files and network."""

    def __init__(self, args):
        self.images = fits.open(args.image)
        self.masks = fits.open(args.mask)
        self.described = networks.load_network(args.network)
        preprocess = self.described["preprocess"]
        self.canvas = (preprocess["canvasHeight"], preprocess["canvasWidth"])
        side = preprocess["starSize"]
        cells = (self.canvas[0] // 2, self.canvas[1] // 2)
        shapes = ((8, *self.canvas), (7, *cells), (1, side, side), (steps.SCALARS,))
        inputs = tuple(torch.zeros(1, *shape) for shape in shapes)
        self.network = networks.variant(self.described["network"], args.variant, inputs)

    def scan(self, index):
        """One CCD from file to encoded mask."""
        preprocess = self.described["preprocess"]
        image, mask_hdu = self.images[index], self.masks[index]
        pixels, mask = steps.read_ccd(image, mask_hdu)
        header = image.header
        model, level = steps.background(pixels, mask, preprocess["mesh"])
        pixels = pixels - level
        bins = steps.bin_statistics(pixels, mask)
        channels = steps.features(bins, level, model, self.canvas)
        found_evidence, step = evidence.evidence(pixels, mask, model.globalrms, bins["mean"], self.canvas)
        stack, count, fwhm = steps.star_stack(
            pixels, mask, bins, model.globalrms, preprocess["starSize"], preprocess["starBin"]
        )
        numbers = steps.scalars(fwhm, count, mask.mean(), step)
        with torch.no_grad():
            logits, cells = self.network(
                torch.from_numpy(channels)[None],
                torch.from_numpy(found_evidence)[None],
                torch.from_numpy(stack)[None, None],
                torch.from_numpy(numbers)[None],
            )
            p = steps.probabilities(logits[0].numpy(), self.described)
            found, flagged = steps.grow_mask(cells, p, self.described, *pixels.shape)
        encoded = steps.encode_mask(found, header, self.described["classes"])
        # astropy keeps what it has decoded.
        del image.data, mask_hdu.data
        return encoded, flagged


scanner = None


def start_process(args):
    global scanner
    # A pipe between processes needs what the fork left behind to be quiet, too.
    warnings.simplefilter("ignore")
    torch.set_num_threads(max(1, args.threads // args.processes))
    scanner = Scanner(args)


def scan_in_process(index):
    encoded, flagged = scanner.scan(index)
    return bytes(encoded), flagged


def scan(args):
    with fits.open(args.image) as file:
        last = len(file) - 1
        primary = file[0].header.tostring().encode()
    indices = range(1, min(last, args.ccds or last) + 1)
    flagged = 0
    with open(args.out, "wb") as out:
        out.write(primary + b" " * (-len(primary) % 2880))
        if args.processes == 1:
            start_process(args)
            results = map(scanner.scan, indices)
        else:
            fork = multiprocessing.get_context("fork")
            pool = ProcessPoolExecutor(args.processes, fork, start_process, (args,))
            results = pool.map(scan_in_process, indices)
        for encoded, bad in results:
            out.write(encoded)
            flagged += bad
    return {"images": len(indices), "flagged": flagged}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--mask", type=Path)
    parser.add_argument("--network", type=Path, help="folder that dump-network.ts wrote")
    parser.add_argument("--variant", default="eager", choices=networks.VARIANTS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--ccds", type=int, default=0, help="only the first N")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2, help="of all processes together")
    parser.add_argument("--choose", type=int, default=0, help="only check the network and find its fastest variant on N threads")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    loaded = time.perf_counter()
    if args.choose:
        torch.set_num_threads(args.choose)
        result = networks.fastest_variant(args.network)
    elif args.image:
        result = scan(args)
    else:
        versions = {"astropy": astropy, "sep": sep, "torch": torch, "numpy": np}
        result = {name: module.__version__ for name, module in versions.items()}
    seconds = time.perf_counter() - loaded
    print(json.dumps({**result, "seconds": seconds, "import_seconds": loaded - started}))


if __name__ == "__main__":
    main()
