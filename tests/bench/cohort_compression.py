#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Size and time of gzip levels on real radiographs, as the cohort file would store them.

usage: cohort_compression.py FOLDER [SIZE]     every PNG and JPEG below FOLDER, letterboxed
"""
import os
import sys
import time
import zlib

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None


def load(path, size, bits):
    image = Image.open(path)
    if image.mode.startswith("I") or image.mode == "F":
        gray = np.asarray(image, dtype=np.float32)
    else:
        gray = np.asarray(image.convert("L"), dtype=np.float32)
    low, high = np.percentile(gray, [0.5, 99.5])
    gray = np.clip((gray - low) / max(high - low, 1e-6), 0, 1)
    picture = Image.fromarray(gray)
    scale = size / max(picture.size)
    picture = picture.resize([max(1, round(s * scale)) for s in picture.size], Image.LANCZOS)
    out = np.zeros((size, size), np.float32)
    array = np.clip(np.asarray(picture), 0, 1)
    top, left = (size - array.shape[0]) // 2, (size - array.shape[1]) // 2
    out[top:top + array.shape[0], left:left + array.shape[1]] = array
    full = 65535 if bits == 16 else 255
    return np.round(out * full).astype("<u2" if bits == 16 else "u1")


SETTINGS = [(1, "DEFAULT_STRATEGY"), (2, "DEFAULT_STRATEGY"), (3, "DEFAULT_STRATEGY"),
            (4, "DEFAULT_STRATEGY"), (6, "DEFAULT_STRATEGY"), (9, "DEFAULT_STRATEGY"),
            (4, "FILTERED"), (1, "RLE"), (1, "HUFFMAN_ONLY")]


def deflate(data, level, strategy):
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
    return packer.compress(data) + packer.flush()


def main():
    folder, size = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 512
    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(folder)
                   for name in names if name.lower().endswith((".png", ".jpg", ".jpeg")))[:40]
    print("%d images at %d x %d" % (len(paths), size, size))
    print("bits shuffle  level strategy  ratio  deflate ms  inflate ms")
    for bits in (8, 16):
        images = [load(path, size, bits) for path in paths]
        for shuffle in ((False,) if bits == 8 else (False, True)):
            plain = [np.stack([i.view("u1").reshape(-1, 2)[:, k] for k in (0, 1)]).tobytes()
                     if shuffle else i.tobytes() for i in images]
            for level, strategy in SETTINGS:
                start = time.process_time()
                packed = [deflate(p, level, getattr(zlib, "Z_" + strategy)) for p in plain]
                middle = time.process_time()
                for p in packed:
                    zlib.decompress(p)
                end = time.process_time()
                n = len(images)
                print("%4d %7s %6d %-8s %6.3f %11.2f %11.2f" % (
                    bits, "yes" if shuffle else "no", level, strategy[:8].lower(),
                    sum(map(len, packed)) / sum(map(len, plain)),
                    1e3 * (middle - start) / n, 1e3 * (end - middle) / n))


if __name__ == "__main__":
    main()
