#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/parity/<backbone>.tsv from torchvision: names and shapes, evaluation logits,
training loss, and of each gradient its norm and three projections.

    /usr/bin/python3 tests/parity/make_parity_fixtures.py            # all
    /usr/bin/python3 tests/parity/make_parity_fixtures.py resnet50   # these

Weights and pictures are not stored: backbone_zoo.py says by which formula both sides make them.
A projection is the inner product with the formula's u of the name "projection<k>:<parameter>".
The lines, in double precision, separated by tabs:
    setup    images, size, classes
    logits   all of them, of the evaluating network
    loss     mean cross-entropy of the training network
    float32  how far PyTorch's own float32 is from that: logits (of the largest), loss (relative)
    param    name, shape (as 64x3x7x7), norm, three projections of the gradient
    buffer   name, shape, norm after the one training step
"""
import pathlib
import sys

import numpy as np
import torch

import backbone_zoo as zoo

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "data" / "parity"
CLASSES = 5
# images and side: small, but with more than one pixel left in the last maps (batch norm)
SETUPS = {
    "resnet18": (2, 64), "resnet34": (2, 64), "resnet50": (2, 64), "resnet101": (2, 64),
    "resnet_mini": (2, 64), "densenet121": (2, 64), "densenet169": (2, 64),
    "densenet_mini": (2, 64), "efficientnet_b0": (2, 64), "efficientnet_b1": (2, 64),
    "efficientnet_b2": (2, 64), "efficientnet_b3": (2, 64), "efficientnet_mini": (2, 64),
    "convnext_tiny": (2, 64), "convnext_small": (2, 64), "convnext_mini": (2, 64),
}


def number(x):
    return f"{float(x):.12g}"


def run(name, dtype):
    """The network after one training step, its evaluation logits before it, and its loss."""
    count, size = SETUPS[name]
    net = zoo.fill(zoo.build(name, CLASSES), dtype)
    x = zoo.pictures(count, 3, size, dtype)
    net.eval()
    with torch.no_grad():
        logits = net(x)
    net.train()
    loss = torch.nn.functional.cross_entropy(net(x), zoo.labels(count, CLASSES))
    loss.backward()
    return net, logits.double(), loss.double()


def fixture(name):
    count, size = SETUPS[name]
    net, logits, loss = run(name, torch.float64)
    _, logits32, loss32 = run(name, torch.float32)
    lines = ["\t".join(["setup", str(count), str(size), str(CLASSES)])]
    distances = [(logits32 - logits).abs().max() / logits.abs().max(), abs(loss32 / loss - 1)]
    lines.append("\t".join(["float32"] + [f"{d.item():.2g}" for d in distances]))
    lines.append("\t".join(["logits"] + [number(v) for v in logits.flatten()]))
    lines.append("loss\t" + number(loss.item()))
    params = dict(net.named_parameters())
    for key, tensor in net.state_dict().items():
        shape = "x".join(str(n) for n in tensor.shape) or "scalar"
        if key in params:
            gradient = params[key].grad.numpy().ravel()
            fields = [np.sqrt(gradient @ gradient)]
            for k in range(3):
                fields.append(gradient @ zoo.uniform(f"projection{k}:{key}", gradient.size))
            lines.append("\t".join(["param", key, shape] + [number(v) for v in fields]))
        else:
            norm = torch.linalg.norm(tensor.double().flatten())
            lines.append("\t".join(["buffer", key, shape, number(norm)]))
    (FOLDER / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    print(name, f"loss {loss.item():.6g}", f"largest logit {logits.abs().max().item():.4g}",
          sum(p.numel() for p in params.values()), "parameters, float32", lines[1][8:], flush=True)


def main():
    torch.set_num_threads(1)
    for name in sys.argv[1:] or SETUPS:
        if name not in SETUPS:
            sys.exit(f"{name} is not one of {', '.join(SETUPS)}")
        fixture(name)


if __name__ == "__main__":
    main()
