#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `hipnet export weights` writes, torchvision's load_state_dict(strict=True) takes, and the
logits are those of our network with one view; what `hipnet import` writes holds public weights.

    /usr/bin/python3 tests/parity/load_export.py build/bin/hipnet-train [BACKBONE...]

Exit code 0 when everything holds. safetensors are read and written here by hand, from the format's
description, so that our own reader is not its own judge.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch

import backbone_zoo as zoo

CLASSES = 5
TYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
HEADS = {"resnet": "fc", "densenet": "classifier", "efficientnet": "classifier.1",
         "convnext": "classifier.2"}
FIRSTS = {"resnet": "conv1", "densenet": "features.conv0", "efficientnet": "features.0.0",
          "convnext": "features.0.0"}


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        kind = next(k for k, v in TYPES.items() if v == array.dtype)
        header[name] = {"dtype": kind, "shape": list(tensors[name].shape),
                        "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + n for n in entry["data_offsets"])
        array = np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def run(*words):
    subprocess.run([str(w) for w in words], check=True, stdout=subprocess.DEVNULL)


def branch(name, prefix, channels):
    """One branch's state by the formula, in float32, with `channels` input channels."""
    first = FIRSTS[name.split("_")[0].rstrip("0123456789")] + ".weight"
    head = HEADS[name.split("_")[0].rstrip("0123456789")]
    state = {}
    for key, tensor in zoo.build(name, CLASSES).state_dict().items():
        shape = list(tensor.shape)
        if key == first:
            shape[1] = channels
        if not key.startswith(head + "."):
            value = zoo.value(prefix + key, tuple(shape))
            state[key] = value if tensor.dtype == torch.int64 else value.astype(np.float32)
    return state, first, head


def close(found, expected, what):
    error = (found - expected).abs().max().item() / expected.abs().max().item()
    if not error < 1e-5:
        sys.exit(f"{what}: differs by {error:.3g}")


def check_export(program, name, folder):
    """A network of two branches with one channel, by the names of ours."""
    views = {}
    tensors = {}
    for view in ("ap", "lateral"):
        views[view], first, head = branch(name, view, 1)
        tensors.update({f"backbone.{view}.{k}": v for k, v in views[view].items()})
    features = zoo.build(name, CLASSES).state_dict()[head + ".weight"].shape[1]
    for key, shape in (("head.weight", (CLASSES, 2 * features)), ("head.bias", (CLASSES,)),
                       ("fusion.missing.ap", (features,)), ("fusion.missing.lateral", (features,))):
        tensors[key] = zoo.value(key, shape).astype(np.float32)
    write(folder / "ours", tensors, {"hipnet.backbone": name})
    gray = zoo.pictures(2, 1, 96, torch.float32)
    weight, bias = (torch.from_numpy(tensors["head." + k]) for k in ("weight", "bias"))
    for at, view in enumerate(("ap", "lateral")):
        run(program, "export", "weights", folder / "ours", "--view", view, "-o", folder / "theirs",
            "--force")
        net = zoo.build(name, CLASSES).eval()
        net.load_state_dict(read(folder / "theirs"), strict=True)
        # the same by hand: the branch over gray, the vector of the missing view beside it
        reference = zoo.build(name, CLASSES).eval()
        state = {k: torch.from_numpy(v) for k, v in views[view].items()}
        state[first] = state[first].repeat(1, 3, 1, 1) / 3
        other = torch.from_numpy(tensors["fusion.missing." + ("lateral", "ap")[at]])
        halves = weight[:, :features], weight[:, features:]
        state[head + ".weight"] = halves[at]
        state[head + ".bias"] = bias + halves[1 - at] @ other
        reference.load_state_dict(state, strict=True)
        with torch.no_grad():
            pictures = gray.repeat(1, 3, 1, 1)
            close(net(pictures), reference(pictures), f"{name} {view}: logits")


def check_import(program, name, folder):
    state = {k: v.numpy() for k, v in zoo.fill(zoo.build(name, 1000), torch.float32)
             .state_dict().items()}
    write(folder / "public", state, {"format": "pt"})
    run(program, "import", folder / "public", "--backbone", name, "-o", folder / "start", "--force")
    _, first, head = branch(name, "", 3)
    found = read(folder / "start")
    expected = {k for k in state if not k.startswith(head + ".")}
    if set(found) != {"backbone.shared." + k for k in expected}:
        sys.exit(f"{name}: import wrote other names")
    for key in expected:
        value = torch.from_numpy(state[key])
        value = value.sum(1, keepdim=True) if key == first else value
        if found["backbone.shared." + key].shape != value.shape:
            sys.exit(f"{name}: import changed the shape of {key}")
        if value.numel() and value.abs().max() > 0:
            close(found["backbone.shared." + key].double(), value.double(), f"{name} {key}")


def main():
    program = pathlib.Path(sys.argv[1])
    names = sys.argv[2:] or ["resnet50", "densenet121", "efficientnet_b0", "convnext_tiny",
                             "resnet_mini", "densenet_mini", "efficientnet_mini", "convnext_mini"]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            check_export(program, name, pathlib.Path(folder))
            check_import(program, name, pathlib.Path(folder))
            print(name, "loads strictly, logits equal; import holds", flush=True)


if __name__ == "__main__":
    main()
