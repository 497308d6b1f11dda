#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training steps of ours and of PyTorch, taken in turns on the same machine.

    /usr/bin/python3 tests/bench/step_vs_torch.py build/bin/bench_step
        [--backbone resnet50] [--batch 8] [--side 224] [--steps 10] [--threads 2]

A step is forward, cross-entropy, backward and AdamW. Two processes stay alive and answer in turns,
so that both see the same machine; each has its threads set explicitly (libtorch's own default
may be one). For fp32 contiguous and bf16 autocast with channels last it prints the median step,
the paired ratio of rates (ours over PyTorch's; above 1: ours is faster) with the 95% interval of
the mean log ratio by Student's t, and the peak resident memory: whole, and above what it was
before the first step.
"""
import argparse
import resource
import subprocess
import sys
import time

import numpy as np


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(backbone, batch, side, precision, layout, threads):
    """PyTorch's side of the conversation: bench_step.c says which."""
    import torch
    from torchvision import models

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    options = {"stochastic_depth_prob": 0.0} if backbone.startswith(("eff", "conv")) else {}
    net = getattr(models, backbone)(num_classes=5, **options)
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    layout = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    net = net.to(memory_format=layout).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4)
    x = torch.randn(batch, 3, side, side).to(memory_format=layout)
    y = torch.zeros(batch, dtype=torch.int64)
    before = peak()
    for _ in sys.stdin:
        start = time.monotonic()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
        print(f"{time.monotonic() - start:.6f}", flush=True)
        del loss
    print(f"{before:.1f} {peak():.1f}", flush=True)


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        before, after = map(float, self.process.stdout.readline().split())
        self.process.wait()
        return before, after


def compare(given, precision, layout):
    words = [given.backbone, str(given.batch), str(given.side), precision, layout,
             str(given.threads)]
    ours = Side([given.program] + words)
    torch = Side([sys.executable, __file__, "--serve"] + words)
    times = []
    for i in range(given.steps + 2):
        pair = (ours.step(), torch.step()) if i % 2 else (torch.step(), ours.step())[::-1]
        if i >= 2:
            times.append(pair)
    memory = ours.end(), torch.end()
    times = np.array(times)
    logs = np.log(times[:, 1] / times[:, 0])
    from scipy import stats
    half = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / len(logs) ** 0.5
    low, middle, high = np.exp([logs.mean() - half, logs.mean(), logs.mean() + half])
    print(f"{given.backbone} batch {given.batch} side {given.side} {precision} {layout}, "
          f"{given.threads} threads, {given.steps} pairs")
    print(f"  step, median     ours {np.median(times[:, 0]):.3f} s   PyTorch "
          f"{np.median(times[:, 1]):.3f} s")
    print(f"  ratio of rates   {middle:.3f}, 95% {low:.3f} to {high:.3f}")
    print(f"  peak memory      ours {memory[0][1]:.0f} MiB   PyTorch {memory[1][1]:.0f} MiB   "
          f"ratio {memory[0][1] / memory[1][1]:.3f}")
    rises = [after - before for before, after in memory]
    print(f"  above the start  ours {rises[0]:.0f} MiB   PyTorch {rises[1]:.0f} MiB   "
          f"ratio {rises[0] / rises[1]:.3f}", flush=True)


def main():
    if sys.argv[1:2] == ["--serve"]:
        backbone, batch, side, precision, layout, threads = sys.argv[2:]
        return serve(backbone, int(batch), int(side), precision, layout, int(threads))
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--backbone", default="resnet50")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    compare(given, "fp32", "contiguous")
    compare(given, "bf16", "channels_last")


if __name__ == "__main__":
    main()
