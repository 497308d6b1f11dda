#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trajectories of torch.optim on a small quadratic, for tests/unit/learn/check_optimizer.c.

usage: make_optimizer_fixture.py > tests/data/parity/optimizer.tsv

Two parameters in float64: `weight` [2, 3] decays, `bias` [3] does not. The loss is
sum(a (p - c)^2) / 2 over all elements; the rate of step t is lr (1 - t / 20). Each line: case,
step from 1, the nine numbers after the step. The norm of the gradient is clipped where the case
says so.
"""
import torch

START_W = [[0.5, -1.25, 2.0], [1.5, 0.25, -0.75]]
START_B = [0.125, -2.0, 1.0]
A_W = [[1.0, 0.5, 2.0], [0.25, 3.0, 1.5]]
A_B = [0.75, 1.25, 0.1]
C_W = [[-0.5, 0.5, 1.0], [0.0, -1.0, 2.0]]
C_B = [1.0, 0.0, -1.0]


def run(name, make, lr, clip=0.0):
    t = lambda v: torch.tensor(v, dtype=torch.float64)
    w, b = t(START_W).requires_grad_(), t(START_B).requires_grad_()
    optimizer = make([w], [b])
    for step in range(10):
        for group in optimizer.param_groups:
            group["lr"] = lr * (1 - step / 20)
        optimizer.zero_grad()
        loss = (t(A_W) * (w - t(C_W)) ** 2).sum() / 2 + (t(A_B) * (b - t(C_B)) ** 2).sum() / 2
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_([w, b], clip)
        optimizer.step()
        values = w.detach().flatten().tolist() + b.detach().flatten().tolist()
        print(name, step + 1, *[repr(v) for v in values], sep="\t")


def groups(decay):
    return lambda w, b: [{"params": w, "weight_decay": decay}, {"params": b, "weight_decay": 0.0}]


def adamw(decay, **more):
    return lambda w, b: torch.optim.AdamW(groups(decay)(w, b), lr=1, **more)


def sgd(decay, **more):
    return lambda w, b: torch.optim.SGD(groups(decay)(w, b), lr=1, **more)


print("# torch " + torch.__version__)
run("adamw", adamw(0.1), 0.05)
run("adamw_no_decay", adamw(0.0, betas=(0.8, 0.95), eps=1e-6), 0.1)
run("adamw_clipped", adamw(0.01), 0.05, clip=0.5)
run("sgd", sgd(0.0), 0.1)
run("sgd_decay", sgd(0.2), 0.1)
run("sgd_momentum", sgd(0.05, momentum=0.9), 0.05)
run("sgd_nesterov", sgd(0.05, momentum=0.9, nesterov=True), 0.05, clip=1.0)
