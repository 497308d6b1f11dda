/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Encapsulated pixel data (PS3.5 A.4): which fragments make up a frame, and what the header of a
 * JPEG stream in it says, so that a stream of another size than the data set's is refused instead
 * of being filled up.
 */
#include "wall.hpp"

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

namespace
{

hn_status append_fragment(std::vector<Uint8> &out, const hn_dicom &dicom,
                          DcmPixelSequence &sequence, unsigned long index)
{
    DcmPixelItem *item = nullptr;
    Uint8 *bytes = nullptr;
    if (sequence.getItem(item, index).bad() || item == nullptr) {
        return hn_fail(HN_EFORMAT, "%s: fragment %lu of the pixel data is missing",
                       dicom.name.c_str(), index);
    }
    Uint32 size = item->getLength();
    if (size == 0) {
        return HN_OK;
    }
    if (item->getUint8Array(bytes).bad() || bytes == nullptr) {
        return hn_fail(HN_EFORMAT, "%s: fragment %lu of the pixel data cannot be read",
                       dicom.name.c_str(), index);
    }
    out.insert(out.end(), bytes, bytes + size);
    return HN_OK;
}

/* Fragments [first, end) of a frame by the basic offset table; false when it is absent or wrong. */
bool by_offset_table(unsigned long &first, unsigned long &end, DcmPixelSequence &sequence,
                     int64_t frame, int64_t frames)
{
    DcmPixelItem *table = nullptr;
    Uint8 *bytes = nullptr;
    if (sequence.getItem(table, 0).bad() || table == nullptr ||
        table->getLength() != Uint32(4 * frames) || table->getUint8Array(bytes).bad() || !bytes) {
        return false;
    }
    auto offset_of = [&](int64_t index) {
        const Uint8 *b = bytes + 4 * index;
        return Uint64(b[0]) | Uint64(b[1]) << 8 | Uint64(b[2]) << 16 | Uint64(b[3]) << 24;
    };
    Uint64 begin_at = offset_of(frame);
    Uint64 end_at = frame + 1 < frames ? offset_of(frame + 1) : UINT64_MAX;
    Uint64 position = 0;
    first = end = 0;
    unsigned long count = sequence.card();
    for (unsigned long i = 1; i < count; i++) {
        DcmPixelItem *item = nullptr;
        if (position == begin_at) {
            first = i;
        }
        if (position < end_at) {
            end = i + 1;
        }
        if (sequence.getItem(item, i).bad() || item == nullptr) {
            return false;
        }
        position += 8 + Uint64(item->getLength());
    }
    return first > 0 && end > first;
}

/* How many bytes a segment becomes: n from 0 to 127 is followed by n + 1 bytes, n from -127 to -1
 * by one that stands for 1 - n, and -128 by nothing. */
Uint64 rle_length(const Uint8 *bytes, size_t size)
{
    Uint64 made = 0;
    for (size_t at = 0; at < size;) {
        int n = int(static_cast<int8_t>(bytes[at++]));
        size_t follow = n >= 0 ? size_t(n) + 1 : n == -128 ? 0 : 1;
        if (size - at < follow) {
            break;
        }
        made += n == -128 ? 0 : n >= 0 ? Uint64(n) + 1 : Uint64(1 - n);
        at += follow;
    }
    return made;
}

} // namespace

namespace wall
{

DcmPixelSequence *encapsulated(hn_dicom &dicom, DcmPixelData &pixels)
{
    DcmPixelSequence *sequence = nullptr;
    E_TransferSyntax syntax = EXS_Unknown;
    const DcmRepresentationParameter *parameter = nullptr;
    pixels.getOriginalRepresentationKey(syntax, parameter);
    if (pixels.getEncapsulatedRepresentation(syntax, parameter, sequence).good()) {
        return sequence;
    }
    (void)dicom;
    return nullptr;
}

hn_status frame_bytes(std::vector<Uint8> &out, hn_dicom &dicom, DcmPixelSequence &sequence,
                      int64_t frame)
{
    unsigned long count = sequence.card(); /* the offset table and the fragments */
    int64_t frames = dicom.facts.frames;
    unsigned long first = 1;
    unsigned long end = count;
    if (count < 2) {
        return hn_fail(HN_EFORMAT, "%s: encapsulated pixel data without a fragment",
                       dicom.name.c_str());
    }
    if (frames > 1 && int64_t(count) - 1 == frames) {
        first = static_cast<unsigned long>(frame) + 1;
        end = first + 1;
    } else if (frames > 1 && !by_offset_table(first, end, sequence, frame, frames)) {
        return hn_fail(HN_EFORMAT, "%s: %lu fragments for %lld frames and no offset table",
                       dicom.name.c_str(), count - 1, static_cast<long long>(frames));
    }
    out.clear();
    for (unsigned long i = first; i < end; i++) {
        HN_TRY(append_fragment(out, dicom, sequence, i));
    }
    if (out.empty()) {
        return hn_fail(HN_EFORMAT, "%s: the fragments of frame %lld are empty", dicom.name.c_str(),
                       static_cast<long long>(frame + 1));
    }
    return HN_OK;
}

bool read_jpeg_header(jpeg_header &out, const std::vector<Uint8> &bytes)
{
    size_t size = bytes.size();
    bool found = false;
    out = jpeg_header();
    if (size < 4 || bytes[0] != 0xff || bytes[1] != 0xd8) {
        return false;
    }
    for (size_t at = 2; at + 4 <= size;) {
        Uint8 marker = bytes[at + 1];
        if (bytes[at] != 0xff || marker == 0xff) {
            at++;
            continue;
        }
        if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2; /* markers without a segment */
            continue;
        }
        size_t length = size_t(bytes[at + 2]) << 8 | bytes[at + 3];
        bool frame = marker == 0xf7 || (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
                                        marker != 0xc8 && marker != 0xcc);
        if (frame && at + 10 <= size) {
            out.bits = bytes[at + 4];
            out.rows = int64_t(bytes[at + 5]) << 8 | bytes[at + 6];
            out.cols = int64_t(bytes[at + 7]) << 8 | bytes[at + 8];
            out.samples = bytes[at + 9];
            out.ls = marker == 0xf7;
            found = true;
        }
        out.presets = out.presets || marker == 0xf8;
        if (marker == 0xda && at + 2 + length <= size && length >= 6) {
            out.near_value = out.ls ? bytes[at + 2 + length - 3] : 0;
        }
        if (marker == 0xda || marker == 0xd9) {
            break;
        }
        at += 2 + length;
    }
    return found;
}

void write_presets(std::vector<Uint8> &bytes, const jpeg_header &header)
{
    /* ITU-T T.87, C.2.4.1.1.1, for fewer than 8 bits */
    int top = (1 << header.bits) - 1;
    int factor = 256 / (top + 1);
    int near_value = header.near_value;
    auto clamp = [&](int value, int low) { return value > top || value < low ? low : value; };
    int t1 = clamp(std::max(2, 3 / factor + 3 * near_value), near_value + 1);
    int t2 = clamp(std::max(3, 7 / factor + 5 * near_value), t1);
    int t3 = clamp(std::max(4, 21 / factor + 7 * near_value), t2);
    const Uint8 segment[15] = { 0xff,      0xf8, 0,         13, 1,         0, Uint8(top), 0,
                                Uint8(t1), 0,    Uint8(t2), 0,  Uint8(t3), 0, 64 };
    bytes.insert(bytes.begin() + 2, segment, segment + sizeof segment);
}

hn_status check_rle(const hn_dicom &dicom, const std::vector<Uint8> &bytes)
{
    auto word = [&](size_t index) {
        const Uint8 *b = bytes.data() + 4 * index;
        return Uint32(b[0]) | Uint32(b[1]) << 8 | Uint32(b[2]) << 16 | Uint32(b[3]) << 24;
    };
    size_t segments = size_t(dicom.facts.samples) * size_t(dicom.facts.bits_allocated) / 8;
    bool fits = bytes.size() > 64 && segments >= 1 && segments <= 15 && word(0) == segments &&
                word(1) == 64;
    for (size_t i = 1; fits && i <= segments; i++) {
        fits = word(i) < bytes.size() && (i == 1 || word(i) > word(i - 1));
    }
    if (!fits) {
        return hn_fail(HN_EFORMAT, "%s: an RLE header that does not fit the data set",
                       dicom.name.c_str());
    }
    Uint64 wanted = Uint64(dicom.facts.rows) * Uint64(dicom.facts.cols);
    for (size_t i = 1; i <= segments; i++) {
        size_t end = i < segments ? word(i + 1) : bytes.size();
        Uint64 made = rle_length(bytes.data() + word(i), end - word(i));
        if (made < wanted) {
            return hn_fail(HN_EFORMAT, "%s: damaged or cut-off RLE data: %llu of %llu bytes",
                           dicom.name.c_str(), static_cast<unsigned long long>(made),
                           static_cast<unsigned long long>(wanted));
        }
    }
    return HN_OK;
}

DcmPixelData *one_frame(DcmDataset &out, const hn_dicom &dicom, std::vector<Uint8> &bytes)
{
    const hn_dicom_facts &f = dicom.facts;
    out.putAndInsertUint16(DCM_SamplesPerPixel, Uint16(f.samples));
    out.putAndInsertString(DCM_PhotometricInterpretation, f.photometric);
    out.putAndInsertUint16(DCM_PlanarConfiguration, Uint16(f.planar == 1));
    out.putAndInsertUint16(DCM_Rows, Uint16(f.rows));
    out.putAndInsertUint16(DCM_Columns, Uint16(f.cols));
    out.putAndInsertUint16(DCM_BitsAllocated, Uint16(f.bits_allocated));
    out.putAndInsertUint16(DCM_BitsStored, Uint16(f.bits_stored));
    out.putAndInsertUint16(DCM_HighBit, Uint16(f.high_bit));
    out.putAndInsertUint16(DCM_PixelRepresentation, Uint16(f.is_signed));

    DcmPixelSequence *sequence = new DcmPixelSequence(DcmTag(DCM_PixelData, EVR_OB));
    sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)));
    DcmOffsetList offsets;
    sequence->storeCompressedFrame(offsets, bytes.data(), Uint32(bytes.size()), 0);
    DcmPixelData *data = new DcmPixelData(DCM_PixelData);
    E_TransferSyntax syntax = DcmXfer(f.transfer_syntax).getXfer();
    data->putOriginalRepresentation(syntax, nullptr, sequence);
    if (out.insert(data, OFTrue).bad()) {
        delete data;
        return nullptr;
    }
    return data;
}

} // namespace wall
