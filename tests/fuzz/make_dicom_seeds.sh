#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes tests/fuzz/corpus/dicom/: one synthetic picture of 6 x 5 pixels in every transfer syntax
# that DCMTK's tools (Debian: dcmtk) and Pillow can write. Usage: make_dicom_seeds.sh [FOLDER]
set -eu
out=${1:-$(dirname "$0")/corpus/dicom}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

cat > "$work/seed.dump" <<'END'
(0008,0016) UI 1.2.840.10008.5.1.4.1.1.1.1
(0008,0018) UI 1.2.3.4
(0008,0020) DA 20200229
(0008,0060) CS DX
(0018,1114) DS 1.15
(0018,1164) DS 0.139\0.139
(0018,5101) CS AP
(0020,0060) CS R
(0028,0002) US 1
(0028,0004) CS MONOCHROME1
(0028,0008) IS 1
(0028,0010) US 5
(0028,0011) US 6
(0028,0100) US 16
(0028,0101) US 12
(0028,0102) US 11
(0028,0103) US 0
(0028,0120) US 4095
(0028,1050) DS 2048
(0028,1051) DS 4096
(0028,1052) DS -10
(0028,1053) DS 0.5
(0028,3010) SQ
(fffe,e000) na
(0028,3002) US 4\0\8
(0028,3006) OW 0\40\80\ff
(fffe,e00d) na
(fffe,e0dd) na
(7fe0,0010) OW 1\2\3\4\5\6\10\20\30\40\50\60\100\200\300\400\500\600\fff\ffe\ffd\ffc\ffb\ffa\7ff\3ff\1ff\ff\7f\3f
END
dump2dcm -q +te "$work/seed.dump" "$out/explicit_le.dcm"
dcmconv -q +ti "$out/explicit_le.dcm" "$out/implicit_le.dcm"
dcmconv -q +tb "$out/explicit_le.dcm" "$out/explicit_be.dcm"
dcmconv -q +td "$out/explicit_le.dcm" "$out/deflated.dcm"
dcmconv -q -F +ti "$out/explicit_le.dcm" "$out/bare.dcm"
dcmcrle -q "$out/explicit_le.dcm" "$out/rle.dcm"
dcmcjpeg -q +e1 "$out/explicit_le.dcm" "$out/jpeg_lossless.dcm"
dcmcjpls -q "$out/explicit_le.dcm" "$out/jpeg_ls.dcm"

# JPEG 2000: the same picture through Pillow, put into the place of the JPEG-LS stream
/usr/bin/python3 - "$out" <<'END'
import io, struct, sys
import numpy as np
from PIL import Image
stream = io.BytesIO()
Image.fromarray((np.arange(30).reshape(5, 6) * 8).astype("u1")).save(
    stream, "JPEG2000", no_jp2=True, irreversible=False)
codes = stream.getvalue() + b"\0" * (stream.tell() % 2)
data = open(sys.argv[1] + "/jpeg_ls.dcm", "rb").read()
data = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90")
start = data.rindex(b"\xff\xd8\xff")
end = data.index(b"\xfe\xff\xdd\xe0", start)
data = data[:start - 4] + struct.pack("<I", len(codes)) + codes + data[end:]
open(sys.argv[1] + "/jpeg_2000.dcm", "wb").write(data)
END
