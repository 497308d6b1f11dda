#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/image/: tiny PNG, JPEG and TIFF files of every kind that the raster door reads,
and expected.csv with the gray values that must come out. PNG and TIFF are put together byte by
byte here, so that the expectation does not come from a decoder; JPEG comes from Pillow.
Usage: make_raster_files.py [FOLDER]"""
import io
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image

ROWS, COLS = 9, 13
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "data", "image")
os.makedirs(folder, exist_ok=True)
random = np.random.default_rng(5)
expected = []


def keep(name, data, gray, bits, white, tolerance=0.0):
    with open(os.path.join(folder, name), "wb") as stream:
        stream.write(data)
    gray = np.asarray(gray, np.float64)
    values = " ".join("%.9g" % value for value in gray.ravel())
    expected.append("%s,%d,%d,%d,%d,%g,%s" % (
        name, gray.shape[0], gray.shape[1], bits, white, tolerance, values))


def luminance(rgb):
    return np.asarray(rgb, np.float64) @ [0.299, 0.587, 0.114]


# ---- PNG
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", zlib.crc32(kind + data) & 0xFFFFFFFF)


def pack(lines, bits):
    """Rows of samples [rows, cols * samples] to bytes, each row with filter type 0."""
    out = b""
    for line in lines:
        if bits == 16:
            data = line.astype(">u2").tobytes()
        elif bits == 8:
            data = line.astype("u1").tobytes()
        else:
            text = "".join(format(int(v), "0%db" % bits) for v in line)
            text += "0" * (-len(text) % 8)
            data = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        out += b"\0" + data
    return out


def png(samples, bits, kind, interlaced=False, extra=b""):
    rows, cols = samples.shape[:2]
    flat = samples.reshape(rows, cols, -1)
    if interlaced:
        raw = b""
        for y, x, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
                             (0, 1, 2, 2), (1, 0, 2, 1)):
            part = flat[y::dy, x::dx]
            if part.size:
                raw += pack(part.reshape(part.shape[0], -1), bits)
    else:
        raw = pack(flat.reshape(rows, -1), bits)
    header = struct.pack(">IIBBBBB", cols, rows, bits, kind, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra +
            chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


gray8 = random.integers(0, 256, (ROWS, COLS))
gray16 = random.integers(0, 65536, (ROWS, COLS))
rgb8 = random.integers(0, 256, (ROWS, COLS, 3))
alpha8 = random.integers(0, 256, (ROWS, COLS, 1))
rgb16 = random.integers(0, 65536, (ROWS, COLS, 3))
alpha16 = random.integers(0, 65536, (ROWS, COLS, 1))
bit = random.integers(0, 2, (ROWS, COLS))
nibble = random.integers(0, 16, (ROWS, COLS))
palette = random.integers(0, 256, (16, 3))
plte = chunk(b"PLTE", palette.astype("u1").tobytes())

keep("gray8.png", png(gray8, 8, 0), gray8, 8, 255)
keep("gray16.png", png(gray16, 16, 0), gray16, 16, 65535)
keep("gray1.png", png(bit, 1, 0), bit * 255, 1, 255)
keep("gray4.png", png(nibble, 4, 0), nibble * 17, 4, 255)
keep("gray8_interlaced.png", png(gray8, 8, 0, True), gray8, 8, 255)
keep("gray16_interlaced.png", png(gray16, 16, 0, True), gray16, 16, 65535)
keep("gray8_alpha.png", png(np.concatenate([gray8[..., None], alpha8], 2), 8, 4),
     gray8 * alpha8[..., 0] / 255, 8, 255, 1e-4)
keep("rgb8.png", png(rgb8, 8, 2), luminance(rgb8), 8, 255, 1e-3)
keep("rgba8.png", png(np.concatenate([rgb8, alpha8], 2), 8, 6),
     luminance(rgb8) * alpha8[..., 0] / 255, 8, 255, 1e-3)
keep("rgba16.png", png(np.concatenate([rgb16, alpha16], 2), 16, 6),
     luminance(rgb16) * alpha16[..., 0] / 65535, 16, 65535, 0.2)
keep("palette4.png", png(nibble, 4, 3, extra=plte), luminance(palette[nibble]), 4, 255, 1e-3)
keep("palette4_transparent.png",
     png(nibble, 4, 3, extra=plte + chunk(b"tRNS", bytes([0, 128]))),
     luminance(palette[nibble]) * np.array([0, 128 / 255] + [1] * 14)[nibble], 4, 255, 1e-3)


# ---- TIFF
def tiff(pages, order="<"):
    """pages: list of dicts tag -> (type, values); 'data' is a list of strips or tiles."""
    sizes = {3: "H", 4: "I"}
    out = bytearray(b"II*\0" if order == "<" else b"MM\0*") + b"\0\0\0\0"
    link = 4
    for page in pages:
        places, counts = [], []
        for strip in page["data"]:
            places.append(len(out))
            counts.append(len(strip))
            out += strip + b"\0" * (len(strip) % 2)
        entries = dict(page["tags"])
        tiled = 322 in entries
        entries[324 if tiled else 273] = (4, places)
        entries[325 if tiled else 279] = (4, counts)
        body = bytearray()
        extra_at = len(out) + 2 + 12 * len(entries) + 4
        for tag in sorted(entries):
            kind, values = entries[tag]
            data = struct.pack(order + sizes[kind] * len(values), *values)
            body += struct.pack(order + "HHI", tag, kind, len(values))
            if len(data) <= 4:
                body += data.ljust(4, b"\0")
            else:
                body += struct.pack(order + "I", extra_at)
                page.setdefault("extra", bytearray())
                page["extra"] += data
                extra_at += len(data)
        out[link:link + 4] = struct.pack(order + "I", len(out))
        directory = len(out)
        out += struct.pack(order + "H", len(entries)) + body + b"\0\0\0\0"
        link = directory + 2 + 12 * len(entries)
        out += page.get("extra", b"")
    return bytes(out)


def page(samples, bits, photometric=1, order="<", tags=None, rows_per_strip=4, tile=None):
    rows, cols = samples.shape[:2]
    flat = samples.reshape(rows, cols, -1)
    kind = (order + "u2") if bits == 16 else "u1"
    all_tags = {256: (3, [cols]), 257: (3, [rows]), 258: (3, [bits] * flat.shape[2]),
                259: (3, [1]), 262: (3, [photometric]), 277: (3, [flat.shape[2]])}
    data = []
    if tile:
        all_tags[322] = all_tags[323] = (3, [tile])
        for y in range(0, rows, tile):
            for x in range(0, cols, tile):
                block = np.zeros((tile, tile, flat.shape[2]), int)
                part = flat[y:y + tile, x:x + tile]
                block[:part.shape[0], :part.shape[1]] = part
                data.append(block.astype(kind).tobytes())
    else:
        all_tags[278] = (3, [rows_per_strip])
        for y in range(0, rows, rows_per_strip):
            data.append(flat[y:y + rows_per_strip].astype(kind).tobytes())
    all_tags.update(tags or {})
    return {"tags": all_tags, "data": data}


keep("gray8_strips.tif", tiff([page(gray8, 8)]), gray8, 8, 255)
keep("gray16_little.tif", tiff([page(gray16, 16)]), gray16, 16, 65535)
keep("gray16_big.tif", tiff([page(gray16, 16, order=">")], ">"), gray16, 16, 65535)
keep("gray16_tiles.tif", tiff([page(gray16, 16, tile=16)]), gray16, 16, 65535)
keep("gray8_white_is_zero.tif", tiff([page(gray8, 8, photometric=0)]), 255 - gray8, 8, 255)
keep("gray8_two_pages.tif", tiff([page(gray8, 8), page(255 - gray8, 8)]), gray8, 8, 255)
keep("rgb8.tif", tiff([page(rgb8, 8, photometric=2)]), luminance(rgb8), 8, 255, 1e-3)
turned = {
    1: gray8, 2: gray8[:, ::-1], 3: gray8[::-1, ::-1], 4: gray8[::-1], 5: gray8.T,
    6: np.rot90(gray8, -1), 7: gray8[::-1, ::-1].T, 8: np.rot90(gray8, 1)}
for number, upright in turned.items():
    keep("orientation%d.tif" % number, tiff([page(gray8, 8, tags={274: (3, [number])})]), upright,
         8, 255)

# ---- JPEG: smooth pictures, so that the coding loss is small; decoded by Pillow
y, x = np.mgrid[0:16, 0:24]
smooth = (60 + 2.5 * x + 3 * y).clip(0, 255).astype("u1")
colour = np.stack([smooth, 255 - smooth, smooth // 2 + 40], 2)


def jpeg(image, **options):
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)), np.float64)


data = jpeg(Image.fromarray(smooth), quality=90)
keep("gray8.jpg", data, decoded(data), 8, 255, 1)
data = jpeg(Image.fromarray(smooth), quality=90, progressive=True)
keep("gray8_progressive.jpg", data, decoded(data), 8, 255, 1)
data = jpeg(Image.fromarray(colour), quality=90)
keep("rgb8.jpg", data, luminance(decoded(data)), 8, 255, 1.5)
exif = Image.Exif()
exif[0x0112] = 6
data = jpeg(Image.fromarray(smooth), quality=90, exif=exif.tobytes())
keep("exif_orientation6.jpg", data, np.rot90(decoded(data), -1), 8, 255, 1)
ink = Image.merge("CMYK", [Image.fromarray(p) for p in (
    smooth, 255 - smooth, smooth // 2, (smooth // 4).astype("u1"))])
data = jpeg(ink, quality=95)
c, m, ye, k = np.moveaxis(decoded(data), 2, 0)  # Pillow gives ink, 255 full
keep("cmyk.jpg", data, luminance(np.stack([255 - c, 255 - m, 255 - ye], 2)) * (255 - k) / 255, 8,
     255, 1.5)

with open(os.path.join(folder, "expected.csv"), "w") as stream:
    stream.write("file,rows,cols,bits,maximum,tolerance,values\n" + "\n".join(expected) + "\n")
