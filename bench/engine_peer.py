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
from peer.sequences import Attention, BiGru, Sample
from peer.stamps import Stamps

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


class Logits(nn.Module):
    """A tensor where the network gives a dict, which tracing refuses."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["logits"]


def to_layout(network, batches, layout):
    if layout == "plain":
        return network, batches
    last = torch.channels_last
    batches = [[x.to(memory_format=last) if x.dim() == 4 else x for x in inputs] for inputs in batches]
    return network.to(memory_format=last), batches


def training(network, batches, loss, layout="plain", clip=None, **adam):
    """A step on each batch, or on some of them."""
    network, batches = to_layout(network, batches, layout)
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), **adam)

    def once(some=slice(None)):
        for inputs in batches[some]:
            optimizer.zero_grad(set_to_none=True)
            loss(network(*inputs), inputs).backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(network.parameters(), clip)
            optimizer.step()

    return once


def self_distillation(fixture, crops, dim, layout):
    """A step of DINO: student on all crops, teacher on the large ones, AdamW, moving average, centre."""
    network = lambda: fixture.SelfDistilled(dim=dim, heads=4, registers=4, hidden=512, bottleneck=128, outputs=1024)
    (student, crops), teacher = to_layout(network(), [crops], layout), to_layout(network(), [], layout)[0]
    teacher.load_state_dict(student.state_dict())
    teacher.requires_grad_(False)
    optimizer = torch.optim.AdamW(student.parameters())
    center = torch.zeros(1024)

    def once(some=slice(None)):
        for large, small in crops[some]:
            optimizer.zero_grad(set_to_none=True)
            with torch.no_grad():
                answers = teacher([large])
            fixture.self_distillation_loss(student([large, small]), answers - center).backward()
            optimizer.step()
            with torch.no_grad():
                pairs = zip(teacher.parameters(), student.parameters())
                olds, news = zip(*pairs)
                torch._foreach_mul_(olds, 0.996)
                torch._foreach_add_(olds, news, alpha=0.004)
                center.mul_(0.9).add_(answers.mean((0, 1)), alpha=0.1)

    return once


def inference(network, batches, layout="plain", frozen=False):
    network, batches = to_layout(network, batches, layout)
    network.eval()
    if frozen:
        with torch.no_grad():
            network = torch.jit.optimize_for_inference(torch.jit.trace(network, batches[0]))

    def once(some=slice(None)):
        with torch.no_grad():
            for inputs in batches[some]:
                network(*inputs)

    return once


def sampled_variants(name, sample, threads):
    recipe = {"clip": 1, "lr": 2e-3, "weight_decay": 1e-5}
    if name == "bigru-train":
        found = {
            "packed": training(BiGru(2), sample.packed(), sample.loss, **recipe),
            "padded": training(BiGru(2), sample.padded(), sample.loss, **recipe),
        }
    elif name == "attention-train":
        found = {"padded": training(Attention(), sample.masked(), sample.loss, **recipe)}
    elif name == "bigru-infer":
        found = {
            "packed": inference(Logits(BiGru(2)), sample.packed()),
            "padded": inference(Logits(BiGru(2)), sample.padded()),
            "padded, frozen": inference(Logits(BiGru(2)), sample.padded(), frozen=True),
        }
    else:
        raise SystemExit(f"no work over a sample is called {name}")
    # One small product after the other gains little from a second thread, and loses much where cores are shared.
    return {
        f"{variant}, {'1 thread' if count == 1 else f'{count} threads'}": on_threads(once, count)
        for count in sorted({1, threads})
        for variant, once in found.items()
    }


def on_threads(once, count):
    def run(some=slice(None)):
        torch.set_num_threads(count)
        once(some)

    return run


def variants(name, size, folder):
    fixture = tests_networks()
    layouts = ("plain", "channels-last")
    if name == "deepshadows-train":
        x = torch.rand(size.get("batch", 64), 3, 64, 64)
        return {k: training(DeepShadows(), [[x]], fixture.binary_loss, k) for k in layouts}
    if name == "deepshadows-infer":
        x = torch.rand(size.get("batch", 256), 3, 64, 64)
        return {
            f"{k}{', frozen' if frozen else ''}": inference(Logits(DeepShadows()), [[x]], k, frozen)
            for k in layouts
            for frozen in (False, True)
        }
    if name == "vae-train":
        n = size.get("batch", 128)
        inputs = [torch.rand(n, 1, 28, 28), torch.rand(n, 36)]
        return {k: training(fixture.Vae(), [inputs], fixture.vae_loss, k) for k in layouts}
    if name == "bigru-train":
        x = torch.rand(size.get("batch", 32), 450, 36)
        return {"plain": training(BiGru(), [[x]], fixture.binary_loss)}
    if name == "vit-train":
        x = torch.rand(size.get("batch", 32), 1, 64, 64)
        network = lambda: fixture.Vit(dim=size.get("dim", 192))
        return {k: training(network(), [[x]], fixture.binary_loss, k) for k in layouts}
    if name == "self-distillation-train":
        n = size.get("batch", 32)
        crops = [torch.rand(n, 2, 64, 64), torch.rand(n, 4, 32, 32)]
        return {k: self_distillation(fixture, crops, size.get("dim", 128), k) for k in layouts}
    if name == "views-infer":
        x = torch.rand(size.get("batch", 64), 4, 64, 64)
        network = lambda: fixture.ViewEncoder(dim=128, heads=4, registers=4)
        return {
            f"plain{', frozen' if frozen else ''}": inference(network(), [[x]], frozen=frozen) for frozen in (False, True)
        }
    if name == "scan-infer":
        described = networks.load_network(folder)
        arrays = networks.reference(folder, described)
        inputs = tuple(arrays[name] for name in described["inputs"])
        found = {}
        for kind in networks.VARIANTS:
            network = networks.variant(described["network"], kind, inputs)
            found[kind] = lambda network=network: network(*inputs)
        return found
    if "stamps" in size:
        stamps = Stamps(size["stamps"])
        kind, run = stamps.fastest()
        once = {"stamps-ztf": stamps.score, "alerts-ztf": stamps.score_alerts}.get(name, stamps.infer)
        return {kind: lambda: once(run)}
    raise SystemExit(f"no work is called {name}")


def timed(once, repeats, *some):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        once(*some)
        times.append(1000 * (time.perf_counter() - start))
    return times


def typical(once, name):
    timed(once, 3)
    # Of few, one disturbed run chooses; a training step takes too long for many.
    times = sorted(timed(once, 3 if "train" in name or "ztf" in name else 15))
    return times[len(times) // 2]


def typical_sampled(choices, batches):
    """Least of two runs of the middle batch. On the way there, from the shortest batch on, variants that fall far behind are dropped:
    the backward pass of packed sequences grows so fast with their length that a step of long ones takes a minute and more."""
    for k in range(batches // 2 + 1):
        found = {variant: min(timed(once, 2, slice(k, k + 1))) for variant, once in choices.items()}
        choices = {variant: choices[variant] for variant in found if found[variant] < 1.5 * min(found.values())}
    return {variant: found[variant] for variant in choices}


def main():
    warnings.simplefilter("ignore")
    name, threads, size, folder = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    torch.set_grad_enabled("train" in name)
    size = json.loads(size)
    if "sample" in size:
        sample = Sample(size["sample"])
        choices = sampled_variants(name, sample, int(threads))
        typical_ms = typical_sampled(choices, len(sample.batches))
    else:
        choices = variants(name, size, Path(folder))
        typical_ms = {variant: typical(once, name) for variant, once in choices.items()}
    best = min(typical_ms, key=typical_ms.get)
    once = choices.pop(best)
    choices.clear()
    print(json.dumps({"ready": True, "variant": best, "ms": typical_ms}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "repeats" in request:
            print(json.dumps({"ms": timed(once, request["repeats"])}), flush=True)
        else:
            print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}), flush=True)


if __name__ == "__main__":
    main()
