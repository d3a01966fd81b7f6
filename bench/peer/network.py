"""The model's network in PyTorch, from what `dump-network.ts` wrote."""

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# A network that differs by more than this from the reference is another network, and is not timed.
TOLERANCE = 1e-3


class OnnxNetwork(nn.Module):
    """model.onnx node for node, so that it is the same network whatever its architecture; called from Python once per CCD."""

    def __init__(self, nodes, constants, inputs, outputs):
        super().__init__()
        self.nodes, self.inputs, self.outputs = nodes, inputs, outputs
        self.shapes = {}
        for name, value in constants.items():
            if value.dtype == np.float32:
                self.register_buffer(buffer_name(name), torch.from_numpy(value.copy()))
            else:
                self.shapes[name] = value.tolist()
        self.uses = Counter(name for node in nodes for name in node["inputs"])

    def forward(self, *arguments):
        values = dict(zip(self.inputs, arguments))

        def get(name):
            return values[name] if name in values else getattr(self, buffer_name(name))

        for node in self.nodes:
            names = node["inputs"]
            if node["op"] == "Relu":
                # Into the same memory where nobody else reads it.
                values[node["output"]] = F.relu(get(names[0]), inplace=self.uses[names[0]] == 1)
                continue
            numbers = [self.shapes[name] for name in names if name in self.shapes]
            tensors = [get(name) for name in names if name and name not in self.shapes]
            values[node["output"]] = OPERATORS[node["op"]](tensors, numbers, node["attributes"])
        return tuple(values[name] for name in self.outputs)


def buffer_name(name):
    return "constant_" + name.replace(".", "_")


def convolution(tensors, _, attributes):
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right):
        raise SystemExit("the peer has no convolution with uneven padding")
    return F.conv2d(*tensors, stride=attributes["strides"], padding=(top, left), groups=attributes.get("group", 1))


def transposed(tensors, _, attributes):
    if any(attributes.get("pads", [0])):
        raise SystemExit("the peer has no transposed convolution with padding")
    return F.conv_transpose2d(*tensors, stride=attributes["strides"], groups=attributes.get("group", 1))


def max_pool(tensors, _, attributes):
    if any(attributes.get("pads", [0])) or attributes.get("ceil_mode", 0):
        raise SystemExit("the peer has no pooling with padding")
    return F.max_pool2d(*tensors, attributes["kernel_shape"], attributes["strides"])


def average_pool(tensors, _, attributes):
    """Over whole rows or columns, which is how the exporter writes a mean."""
    (x,) = tensors
    axes = [axis for axis, size in zip((2, 3), attributes["kernel_shape"]) if size > 1]
    if any(x.shape[axis] != attributes["kernel_shape"][axis - 2] for axis in axes):
        raise SystemExit("the peer only averages over whole rows or columns")
    return x.mean(axes, True)


def reshape(tensors, numbers, _):
    """0 keeps the input's extent."""
    (x,), (shape,) = tensors, numbers
    return x.reshape([x.shape[k] if extent == 0 else extent for k, extent in enumerate(shape)])


def dense(tensors, _, attributes):
    x, weight, *bias = tensors
    return F.linear(x, weight if attributes.get("transB") else weight.t(), *bias)


def cut(tensors, numbers, _):
    starts, ends, axes, steps = (*numbers, [1] * len(numbers[0]))[:4]
    (x,) = tensors
    for start, end, axis, step in zip(starts, ends, axes, steps):
        x = x[(slice(None),) * axis + (slice(start, end, step),)]
    return x


def resize(tensors, _, attributes):
    """Nearest neighbours by whole factors."""
    x, scales = tensors
    if attributes.get("mode", "nearest") != "nearest":
        raise SystemExit("the peer only has nearest-neighbour resizing")
    return F.interpolate(x, scale_factor=[float(s) for s in scales[2:]], mode="nearest")


OPERATORS = {
    "AveragePool": average_pool,
    "MaxPool": max_pool,
    "GlobalAveragePool": lambda t, n, a: t[0].mean((2, 3), True),
    "Add": lambda t, n, a: t[0] + t[1],
    "Sub": lambda t, n, a: t[0] - t[1],
    "Mul": lambda t, n, a: t[0] * t[1],
    "Div": lambda t, n, a: t[0] / t[1],
    "Sqrt": lambda t, n, a: t[0].sqrt(),
    "Exp": lambda t, n, a: t[0].exp(),
    "Log": lambda t, n, a: t[0].log(),
    "Sigmoid": lambda t, n, a: t[0].sigmoid(),
    "Concat": lambda t, n, a: torch.cat(t, a["axis"]),
    "Conv": convolution,
    "ConvTranspose": transposed,
    "Gemm": dense,
    "MatMul": lambda t, n, a: t[0] @ t[1],
    "ReduceMax": lambda t, n, a: t[0].amax(a["axes"], bool(a.get("keepdims", 1))),
    "ReduceMean": lambda t, n, a: t[0].mean(a["axes"], bool(a.get("keepdims", 1))),
    "ReduceSum": lambda t, n, a: t[0].sum(n[0] if n else a["axes"], bool(a.get("keepdims", 1))),
    "Reshape": reshape,
    "Resize": resize,
    "Slice": cut,
    "Transpose": lambda t, n, a: t[0].permute(a["perm"]),
}


def load_network(folder):
    """What network.json says, with the network in evaluation mode under "network"."""
    folder = Path(folder)
    described = json.loads((folder / "network.json").read_text())
    values = np.fromfile(folder / "constants.f32", dtype="<f4")
    constants = {}
    for entry in described["constants"]:
        if "integers" in entry:
            constants[entry["name"]] = np.array(entry["integers"], np.int64)
            continue
        count = int(np.prod(entry["shape"]))
        constants[entry["name"]] = values[entry["offset"] : entry["offset"] + count].reshape(entry["shape"])
    unknown = {node["op"] for node in described["nodes"]} - {*OPERATORS, "Relu"}
    if unknown:
        raise SystemExit(f"the peer lacks the operators {', '.join(sorted(unknown))}: add them to bench/peer/network.py")
    network = OnnxNetwork(described["nodes"], constants, described["inputs"], described["outputs"])
    described["network"] = network.eval()
    return described


def reference(folder, described):
    """One CCD's inputs, and what the network under test answered."""
    arrays = {}
    for name, shape in described["reference"].items():
        arrays[name] = torch.from_numpy(np.fromfile(Path(folder) / f"{name}.f32", dtype="<f4").reshape(shape))
    return arrays


def variant(network, name, inputs):
    """The network as `name` says; the fastest differs from machine to machine."""
    if "frozen" in name:
        with torch.no_grad():
            network = torch.jit.freeze(torch.jit.trace(network, inputs))
            network = torch.jit.optimize_for_inference(network)
    if "channels_last" not in name:
        return network
    network = network if "frozen" in name else network.to(memory_format=torch.channels_last)
    return lambda image, evidence, *others: network(
        *(maps.contiguous(memory_format=torch.channels_last) for maps in (image, evidence)), *others
    )


VARIANTS = ("eager", "eager channels_last", "frozen", "frozen channels_last")


@torch.no_grad()
def fastest_variant(folder):
    """Checks every variant against the reference and names the fastest; raises SystemExit where one is another network."""
    described = load_network(folder)
    arrays = reference(folder, described)
    inputs = tuple(arrays[name] for name in described["inputs"])
    best = ("", float("inf"), 0.0)
    for name in VARIANTS:
        network = variant(load_network(folder)["network"], name, inputs)
        logits, cells = network(*inputs)
        difference = max(largest(logits, arrays["logits"]), largest(cells, arrays["map"]))
        if not difference < TOLERANCE:
            raise SystemExit(f"the PyTorch network ({name}) differs by {difference:g} from the model: not timed")
        for _ in range(3):  # the fuser specialises in the first runs
            network(*inputs)
        times = []
        for _ in range(15):  # few would choose by luck
            start = time.perf_counter()
            network(*inputs)
            times.append(time.perf_counter() - start)
        if min(times) < best[1]:
            best = (name, min(times), difference)
    return {"variant": best[0], "difference": best[2]}


def largest(a, b):
    return float((a - b).abs().max())
