#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Augmentation on one core: this project's fused pass beside a torchvision pipeline doing the same
(bilinear affine with rotation, scale and shift, contrast, brightness, gamma, Gaussian noise,
normalisation) on 8-bit gray pictures. Both are measured in processor time with one thread, in
alternating rounds of one run. Needs Debian's python3-torchvision.
Usage: augment_vs_torchvision.py PATH_OF_bench_augment [SIZE] [ROUNDS]"""
import math
import random
import statistics
import subprocess
import sys
import time

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode

torch.set_num_threads(1)
program = sys.argv[1]
size = int(sys.argv[2]) if len(sys.argv) > 2 else 224
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
strengths = {"rotation": 10, "scale": 0.1, "shift": 0.05, "contrast": 0.2, "brightness": 0.1}
full = dict(strengths, gamma=0.2, noise=0.02)


def torchvision_rate(settings, seconds):
    picture = torch.randint(0, 256, (1, size, size), dtype=torch.uint8)
    either = lambda name: random.uniform(-1, 1) * settings.get(name, 0)
    start = time.process_time()
    count = 0
    while time.process_time() - start < seconds:
        image = F.convert_image_dtype(picture, torch.float32)
        image = F.affine(image, angle=either("rotation"),
                         translate=[either("shift") * size, either("shift") * size],
                         scale=(1 + settings["scale"]) ** random.uniform(-1, 1), shear=[0.0, 0.0],
                         interpolation=InterpolationMode.BILINEAR)
        image = ((image - 0.5) * (1 + either("contrast")) + 0.5).clamp(0, 1)
        image = (image + either("brightness")).clamp(0, 1)
        if settings.get("gamma"):
            image = image.pow((1 + settings["gamma"]) ** random.uniform(-1, 1))
        if settings.get("noise"):
            deviation = random.uniform(0, settings["noise"])
            image = (image + deviation * torch.randn_like(image)).clamp(0, 1)
        image = F.normalize(image, [0.5], [0.25])
        count += 1
    assert math.isfinite(float(image.sum()))
    return count / (time.process_time() - start)


def our_rate(settings, seconds):
    words = ["%s=%g" % pair for pair in settings.items()]
    return float(subprocess.run([program, str(size), "8", str(seconds)] + words, check=True,
                                capture_output=True, text=True).stdout)


for name, settings in (("geometry, contrast, brightness", strengths), ("and gamma, noise", full)):
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(torchvision_rate(settings, 1.0))
        ours.append(our_rate(settings, 1.0))
    ratios = [a / b for a, b in zip(ours, theirs)]
    print("%d px, %-32s ours %7.0f images/s  torchvision %6.0f images/s  ratio %.1f (%.1f to %.1f)"
          % (size, name + ":", statistics.median(ours), statistics.median(theirs),
             statistics.median(ratios), min(ratios), max(ratios)))
