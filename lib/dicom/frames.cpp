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
    size_t at = 0;
    size_t size = bytes.size();
    if (size < 4 || bytes[0] != 0xff || bytes[1] != 0xd8) {
        return false;
    }
    at = 2;
    while (at + 4 <= size) {
        if (bytes[at] != 0xff) {
            at++;
            continue;
        }
        Uint8 marker = bytes[at + 1];
        if (marker == 0xff || marker == 0x00 || marker == 0x01 ||
            (marker >= 0xd0 && marker <= 0xd8)) {
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        size_t length = size_t(bytes[at + 2]) << 8 | bytes[at + 3];
        bool frame = (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
                      marker != 0xcc) ||
                     marker == 0xf7;
        if (frame) {
            if (at + 10 > size) {
                return false;
            }
            out.bits = bytes[at + 4];
            out.rows = int64_t(bytes[at + 5]) << 8 | bytes[at + 6];
            out.cols = int64_t(bytes[at + 7]) << 8 | bytes[at + 8];
            out.samples = bytes[at + 9];
            out.lossless = marker == 0xc3 || marker == 0xf7;
            return true;
        }
        if (marker == 0xda || marker == 0xd9) {
            return false;
        }
        at += 2 + length;
    }
    return false;
}

} // namespace wall
