#!/usr/bin/env python3
"""
The peer's side of `bench engine`, a process for each work: reads {"repeats": n} lines, answers {"ms": [...]}; {"peak": true} gives the
peak of its resident memory in MB. Networks are those that the tests compare with ours. Of its variants (memory layouts; for inference
traced and frozen too) it takes the fastest, found before the clock starts.
"""

import importlib.util
import json
import resource
import sys
import time
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from peer import network as networks

HERE = Path(__file__).resolve().parent


def tests_networks():
    path = HERE.parent / "packages/learn/test/fixtures/networks.py"
    spec = importlib.util.spec_from_file_location("networks_fixture", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class DeepShadows(tests_networks().DeepShadows):
    """With the dropout that training has and the fixture leaves out."""

    def forward(self, x):
        for k in (1, 2, 3):
            x = F.max_pool2d(getattr(self, f"norm{k}")(F.relu(getattr(self, f"conv{k}")(x))), 2)
            x = F.dropout(x, 0.4, self.training)
        return {"logits": self.logits(F.relu(self.hidden(x.flatten(1))))}


class BiGru(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn_layer = nn.GRU(36, 128, batch_first=True, bidirectional=True)
        self.clf = nn.Linear(256, 1)

    def forward(self, x):
        _, final = self.rnn_layer(x)
        return {"logits": self.clf(torch.cat(list(final), 1))}


class Logits(nn.Module):
    """A tensor where the network gives a dict, which tracing refuses."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["logits"]


def training(network, inputs, loss, layout):
    if layout == "channels-last":
        network = network.to(memory_format=torch.channels_last)
        inputs = [x.to(memory_format=torch.channels_last) if x.dim() == 4 else x for x in inputs]
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def once():
        optimizer.zero_grad(set_to_none=True)
        loss(network(*inputs), inputs).backward()
        optimizer.step()

    return once


def inference(network, inputs, layout, frozen):
    if layout == "channels-last":
        network = network.to(memory_format=torch.channels_last)
        inputs = [x.to(memory_format=torch.channels_last) for x in inputs]
    network.eval()
    if frozen:
        with torch.no_grad():
            network = torch.jit.optimize_for_inference(torch.jit.trace(network, inputs))

    def once():
        with torch.no_grad():
            network(*inputs)

    return once


def variants(name, size, folder):
    fixture = tests_networks()
    layouts = ("plain", "channels-last")
    if name == "deepshadows-train":
        x = torch.rand(size.get("batch", 64), 3, 64, 64)
        return {k: training(DeepShadows(), [x], fixture.binary_loss, k) for k in layouts}
    if name == "deepshadows-infer":
        x = torch.rand(size.get("batch", 256), 3, 64, 64)
        return {
            f"{k}{', frozen' if frozen else ''}": inference(Logits(DeepShadows()), [x], k, frozen)
            for k in layouts
            for frozen in (False, True)
        }
    if name == "vae-train":
        n = size.get("batch", 128)
        inputs = [torch.rand(n, 1, 28, 28), torch.rand(n, 36)]
        return {k: training(fixture.Vae(), inputs, fixture.vae_loss, k) for k in layouts}
    if name == "bigru-train":
        x = torch.rand(size.get("batch", 32), 450, 36)
        return {"plain": training(BiGru(), [x], fixture.binary_loss, "plain")}
    if name == "vit-train":
        x = torch.rand(size.get("batch", 32), 1, 64, 64)
        network = lambda: fixture.Vit(dim=size.get("dim", 192))
        return {k: training(network(), [x], fixture.binary_loss, k) for k in layouts}
    if name == "scan-infer":
        described = networks.load_network(folder)
        arrays = networks.reference(folder, described)
        inputs = tuple(arrays[name] for name in described["inputs"])
        found = {}
        for kind in networks.VARIANTS:
            network = networks.variant(described["network"], kind, inputs)
            found[kind] = lambda network=network: network(*inputs)
        return found
    raise SystemExit(f"no work is called {name}")


def timed(once, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        once()
        times.append(1000 * (time.perf_counter() - start))
    return times


def main():
    warnings.simplefilter("ignore")
    name, threads, size, folder = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    torch.set_grad_enabled("train" in name)
    choices = variants(name, json.loads(size), Path(folder))
    medians = {}
    for variant, once in choices.items():
        timed(once, 3)
        # Of few, one disturbed run chooses; a training step takes too long for many.
        times = sorted(timed(once, 3 if "train" in name else 15))
        medians[variant] = times[len(times) // 2]
    best = min(medians, key=medians.get)
    once = choices.pop(best)
    choices.clear()
    print(json.dumps({"ready": True, "variant": best, "ms": medians[best]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "repeats" in request:
            print(json.dumps({"ms": timed(once, request["repeats"])}), flush=True)
        else:
            print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}), flush=True)


if __name__ == "__main__":
    main()
