#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Are our float32 gradients as near to float64 as PyTorch's own?

    /usr/bin/python3 tests/parity/paired_gradients.py build/bin/backbone_gradients [BACKBONE...]

For each backbone the same weights and pictures go through PyTorch in float64, PyTorch in float32
and our program in float32, with the same number of threads (2). A parameter's distance is
|g32 - g64| / |g64|; printed are the distances of all gradients as one vector, the medians over
parameters, and the share of parameters in which ours is the nearer one. PyTorch differs from
itself between one and two threads (column `torch 1 thread`), which says how much a difference
means. Exit code 1 when ours is further than PyTorch's by more than that for a backbone.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

import backbone_zoo as zoo
from load_export import read

COUNT, SIDE, CLASSES, THREADS = 4, 96, 5, 2


def gradients(name, dtype, threads):
    torch.set_num_threads(threads)
    net = zoo.fill(zoo.build(name, CLASSES), dtype).train()
    x = zoo.pictures(COUNT, 3, SIDE, dtype)
    torch.nn.functional.cross_entropy(net(x), zoo.labels(COUNT, CLASSES)).backward()
    return {k: p.grad.double().flatten() for k, p in net.named_parameters()}


def distances(found, truth):
    each = np.array([((found[k] - truth[k]).norm() / truth[k].norm()).item() for k in truth])
    square = sum(((found[k] - truth[k]) ** 2).sum().item() for k in truth)
    size = sum((truth[k] ** 2).sum().item() for k in truth)
    return (square / size) ** 0.5, each


def main():
    program = pathlib.Path(sys.argv[1])
    names = sys.argv[2:] or ["resnet50", "densenet121", "efficientnet_b0", "convnext_tiny"]
    failed = False
    print(f"float32 gradients, {COUNT} pictures of {SIDE} px, {THREADS} threads: distance from float64")
    print("backbone          ours     torch    torch 1 thread   medians: ours   torch    ours nearer")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = pathlib.Path(folder) / name
            subprocess.run([str(program), name, str(COUNT), str(SIDE), str(CLASSES), str(THREADS),
                            str(path)], check=True)
            ours = {k: v.double().flatten() for k, v in read(path).items()}
            truth = gradients(name, torch.float64, THREADS)
            torch_all, torch_each = distances(gradients(name, torch.float32, THREADS), truth)
            single_all, _ = distances(gradients(name, torch.float32, 1), truth)
            ours_all, ours_each = distances(ours, truth)
            print(f"{name:16s}  {ours_all:.2e} {torch_all:.2e} {single_all:.2e}"
                  f"                 {np.median(ours_each):.2e} {np.median(torch_each):.2e}"
                  f" {np.mean(ours_each <= torch_each):9.0%}", flush=True)
            failed |= ours_all > max(torch_all, single_all) * 1.001
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
