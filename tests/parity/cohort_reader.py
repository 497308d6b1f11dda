#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a cohort file with h5py alone and recomputes its hashes from what cohort_file.h says.

usage: cohort_reader.py COHORT     prints the content hash, exits 1 where something differs
       77 when h5py is not installed (the test is then skipped)
"""
import hashlib
import sys

try:
    import h5py
    import numpy as np
except ImportError:
    print("python3-h5py is not installed: skipped")
    sys.exit(77)

CASES = ("case_id patient_id center side mirrored label reference_status certainty age_years sex "
         "study_year reference_days subset_hint serology_in_reference film_in_reference").split()
VIEW = "present spacing_mm spacing_meaning rows columns projection source_hash pixel_hash".split()


def text(value):
    return value if isinstance(value, bytes) else str(value).encode()


def values(table):
    if table.dtype.kind == "S":
        return b"".join(text(v) + b"\0" for v in table[...])
    array = table[...]
    if array.dtype.kind == "f":
        bits = array.astype("<f8").view("<u8").copy()
        bits[np.isnan(array)] = 0x7FF8000000000000
        return bits.tobytes()
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def content_hash(file):
    digest = hashlib.sha256(b"hipnet-cohort 1\n")
    for name in ("risk_class", "settings", "source_hash_kind"):
        digest.update(name.encode() + b"\0" + text(file.attrs[name]) + b"\0")
    images = file["images/ap"]
    size = "%d %d %d" % (images.shape[1], images.shape[2], 8 * images.dtype.itemsize)
    digest.update(b"image\0" + size.encode() + b"\0")

    def add(path, table):
        digest.update(path.encode() + b"\0" + str(len(table)).encode() + b"\0" + values(table))

    add("/classes", file["classes"])
    for name in CASES:
        add("/cases/" + name, file["cases"][name])
    for view in ("ap", "lateral"):
        for name in VIEW:
            add("/views/%s/%s" % (view, name), file["views"][view][name])
    for name in sorted(file["biomarkers"]):
        group = file["biomarkers"][name]
        unit = text(group.attrs["unit"])
        digest.update(("/biomarkers/%s/unit" % name).encode() + b"\0" b"1\0" + unit + b"\0")
        for part in ("value", "censoring", "days"):
            add("/biomarkers/%s/%s" % (name, part), group[part])
    return digest.hexdigest()


def main():
    wrong = 0
    with h5py.File(sys.argv[1], "r") as file:
        found = content_hash(file)
        print(found)
        if found != text(file.attrs["content_sha256"]).decode():
            print("content_sha256 differs")
            wrong = 1
        settings = text(file.attrs["settings"])
        if hashlib.sha256(settings).hexdigest() != text(file.attrs["settings_sha256"]).decode():
            print("settings_sha256 differs")
            wrong = 1
        images = 0
        for view in ("ap", "lateral"):
            facts = file["views"][view]
            for row, present in enumerate(facts["present"][...]):
                pixels = file["images"][view][row]
                pixels = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
                digest = hashlib.blake2b(pixels, digest_size=32).hexdigest()
                if present and digest != text(facts["pixel_hash"][row]).decode():
                    print("row %d: the %s image differs from its hash" % (row, view))
                    wrong = 1
                if not present and any(pixels):
                    print("row %d: the missing %s image is not zero" % (row, view))
                    wrong = 1
                images += bool(present)
        print("%d cases, %d images" % (len(file["cases/label"]), images))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
