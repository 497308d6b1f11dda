/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stored values of one frame (PS3.3 C.7.6.3, PS3.5 section 8). Whatever the encoding, a frame
 * first becomes whole samples, interleaved, in the machine's byte order; then the bits stored
 * are cut out of the bits allocated and the sign is extended.
 */
#include "wall.hpp"

#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <cmath>
#include <cstring>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pixel data is unpacked as little endian");

namespace
{

hn_status check_layout(const hn_dicom &dicom, int64_t frame)
{
    const hn_dicom_facts &f = dicom.facts;
    const char *name = dicom.name.c_str();
    if (!f.has_pixels) {
        return hn_fail(HN_EUNSUPPORTED, "%s: a DICOM object without pixel data (%s)", name,
                       f.sop_class_name[0] ? f.sop_class_name : "no SOP class");
    }
    if (f.rows < 1 || f.cols < 1) {
        return hn_fail(HN_EFORMAT, "%s: pixel data without rows and columns", name);
    }
    if (f.rows * f.cols > HN_DICOM_MAX_PIXELS) {
        return hn_fail(HN_EUNSUPPORTED, "%s: %lld x %lld pixels; at most %lld are read", name,
                       static_cast<long long>(f.rows), static_cast<long long>(f.cols),
                       static_cast<long long>(HN_DICOM_MAX_PIXELS));
    }
    if (f.samples != 1 && f.samples != 3) {
        return hn_fail(HN_EUNSUPPORTED, "%s: %d samples per pixel; 1 and 3 are read", name,
                       f.samples);
    }
    if (f.bits_allocated != 1 && f.bits_allocated != 8 && f.bits_allocated != 16 &&
        f.bits_allocated != 32) {
        return hn_fail(HN_EUNSUPPORTED, "%s: %d bits allocated; 1, 8, 16 and 32 are read", name,
                       f.bits_allocated);
    }
    if (f.bits_stored < 1 || f.bits_stored > f.bits_allocated || f.high_bit >= f.bits_allocated ||
        f.high_bit + 1 < f.bits_stored || (f.bits_allocated == 1 && f.samples != 1)) {
        return hn_fail(HN_EFORMAT, "%s: %d bits stored up to bit %d do not fit %d bits allocated",
                       name, f.bits_stored, f.high_bit, f.bits_allocated);
    }
    if (frame < 0 || frame >= f.frames) {
        return hn_fail(HN_ENOTFOUND, "%s: frame %lld of %lld", name,
                       static_cast<long long>(frame + 1), static_cast<long long>(f.frames));
    }
    return HN_OK;
}

/* The native (uncompressed) value as bytes of little-endian words. */
hn_status native_bytes(const Uint8 *&bytes, Uint64 &size, const hn_dicom &dicom, DcmPixelData &data)
{
    Uint8 *found = nullptr;
    size = data.getLength();
    if (size == 0 || data.getUint8Array(found).bad() || found == nullptr) {
        return hn_fail(HN_EFORMAT, "%s: the pixel data is empty", dicom.name.c_str());
    }
    bytes = found;
    return HN_OK;
}

hn_status short_data(const hn_dicom &dicom, Uint64 found, Uint64 needed)
{
    return hn_fail(HN_EFORMAT, "%s: the pixel data is cut off: %llu bytes of %llu",
                   dicom.name.c_str(), static_cast<unsigned long long>(found),
                   static_cast<unsigned long long>(needed));
}

void unpack_bits(Uint8 *out, const Uint8 *bytes, Uint64 first_bit, Uint64 count)
{
    for (Uint64 i = 0; i < count; i++) {
        Uint64 bit = first_bit + i;
        out[i] = Uint8(bytes[bit / 8] >> (bit % 8) & 1);
    }
}

/* Y1 Y2 Cb Cr for each two pixels becomes Y Cb Cr for each one. */
void expand_422(Uint8 *out, const Uint8 *in, int64_t pixels)
{
    for (int64_t i = 0; i < pixels; i += 2, in += 4, out += 6) {
        const Uint8 two[6] = { in[0], in[2], in[3], in[1], in[2], in[3] };
        memcpy(out, two, 6);
    }
}

void interleave_planes(Uint8 *out, const Uint8 *in, int64_t pixels, int samples, size_t width)
{
    for (int s = 0; s < samples; s++) {
        const Uint8 *plane = in + size_t(s) * size_t(pixels) * width;
        for (int64_t i = 0; i < pixels; i++) {
            memcpy(out + (size_t(i) * size_t(samples) + size_t(s)) * width,
                   plane + size_t(i) * width, width);
        }
    }
}

/* A data set in big endian is kept by the library as swapped 16-bit words: the halves of a
 * 32-bit sample stand in the wrong order then. */
void swap_halves(void *data, size_t bytes)
{
    Uint16 *words = static_cast<Uint16 *>(data);
    for (size_t i = 0; i + 1 < bytes / 2; i += 2) {
        Uint16 word = words[i];
        words[i] = words[i + 1];
        words[i + 1] = word;
    }
}

hn_status read_native(hn_dicom_pixels *out, hn_dicom &dicom, DcmPixelData &data, int64_t frame)
{
    const hn_dicom_facts &f = dicom.facts;
    const Uint8 *bytes = nullptr;
    Uint64 size = 0;
    HN_TRY(native_bytes(bytes, size, dicom, data));
    int64_t pixels = f.rows * f.cols;
    Uint8 *target = static_cast<Uint8 *>(out->data);

    if (f.bits_allocated == 1) {
        Uint64 needed = (Uint64(frame + 1) * Uint64(pixels) + 7) / 8;
        if (size < needed) {
            return short_data(dicom, size, needed);
        }
        unpack_bits(target, bytes, Uint64(frame) * Uint64(pixels), Uint64(pixels));
        return HN_OK;
    }
    bool halved = strcmp(f.photometric, "YBR_FULL_422") == 0 && f.samples == 3 &&
                  f.bits_allocated == 8 && f.planar != 1;
    if (halved && f.cols % 2 != 0) {
        return hn_fail(HN_EFORMAT, "%s: YBR_FULL_422 with an odd number of columns",
                       dicom.name.c_str());
    }
    Uint64 frame_size = halved ? Uint64(pixels) * 2 : Uint64(out->bytes);
    Uint64 needed = frame_size * Uint64(frame + 1);
    if (size < needed) {
        return short_data(dicom, size, needed);
    }
    const Uint8 *from = bytes + frame_size * Uint64(frame);
    if (halved) {
        expand_422(target, from, pixels);
        WALL_COPY(out->photometric, "YBR_FULL");
    } else if (f.samples == 3 && f.planar == 1) {
        interleave_planes(target, from, pixels, 3, wall::sample_bytes(out->type));
    } else {
        memcpy(target, from, out->bytes);
    }
    if (f.bits_allocated == 32 && dicom.data.getOriginalXfer() == EXS_BigEndianExplicit) {
        swap_halves(out->data, out->bytes);
    }
    return HN_OK;
}

/* Streams that disagree with the data set would leave part of the frame unwritten. */
hn_status check_jpeg(const hn_dicom &dicom, std::vector<Uint8> &bytes)
{
    const hn_dicom_facts &f = dicom.facts;
    wall::jpeg_header header = {};
    if (!wall::read_jpeg_header(header, bytes)) {
        return hn_fail(HN_EFORMAT, "%s: the pixel data is not a JPEG stream", dicom.name.c_str());
    }
    if (header.rows != f.rows || header.cols != f.cols || header.samples != f.samples) {
        return hn_fail(HN_EFORMAT,
                       "%s: %lld x %lld x %d samples in the JPEG stream, %lld x %lld x %d in the "
                       "data set",
                       dicom.name.c_str(), static_cast<long long>(header.rows),
                       static_cast<long long>(header.cols), header.samples,
                       static_cast<long long>(f.rows), static_cast<long long>(f.cols), f.samples);
    }
    if (header.bits > f.bits_allocated) {
        return hn_fail(HN_EFORMAT, "%s: %d bits in the JPEG stream, %d allocated in the data set",
                       dicom.name.c_str(), header.bits, f.bits_allocated);
    }
    if (header.ls && !header.presets && header.bits < 8) {
        wall::write_presets(bytes, header);
    }
    return HN_OK;
}

bool filled_up(const std::string &warnings)
{
    static const char *const words[] = { "insufficient data", "remature end", "Corrupt JPEG",
                                         "filling remaining" };
    for (const char *word : words) {
        if (warnings.find(word) != std::string::npos) {
            return true;
        }
    }
    return false;
}

hn_status read_by_codec(hn_dicom_pixels *out, const hn_dicom &dicom, std::vector<Uint8> &bytes)
{
    const char *name = dicom.name.c_str();
    const hn_dicom_facts &f = dicom.facts;
    /* the buffer is even, as the library wants it */
    std::vector<Uint8> buffer(out->bytes + (out->bytes & 1));
    Uint32 first = 0;
    OFString model;
    wall::forget_warnings();
    DcmDataset set;
    DcmPixelData *data = wall::one_frame(set, dicom, bytes);
    if (data == nullptr) {
        return hn_fail(HN_ENOMEM, "%s: out of memory", name);
    }
    OFCondition condition =
        data->getUncompressedFrame(&set, 0, first, buffer.data(), Uint32(buffer.size()), model);
    if (condition == EC_CannotChangeRepresentation || condition == EC_UnsupportedEncoding) {
        const std::string &words = wall::warnings();
        return hn_fail(HN_EUNSUPPORTED, "%s: frames in %s cannot be decoded%s%s", name,
                       f.transfer_syntax_name, words.empty() ? "" : ": ", words.c_str());
    }
    if (condition.bad()) {
        return hn_fail(HN_EFORMAT, "%s: damaged %s data: %s", name, f.transfer_syntax_name,
                       condition.text());
    }
    if (filled_up(wall::warnings())) {
        return hn_fail(HN_EFORMAT, "%s: damaged or cut-off %s data: %s", name,
                       f.transfer_syntax_name, wall::warnings().c_str());
    }
    if (f.samples == 3 && f.planar == 1) {
        interleave_planes(static_cast<Uint8 *>(out->data), buffer.data(), f.rows * f.cols, 3,
                          wall::sample_bytes(out->type));
    } else {
        memcpy(out->data, buffer.data(), out->bytes);
    }
    if (!model.empty()) {
        WALL_COPY(out->photometric, model.c_str());
    }
    return HN_OK;
}

enum class coding { native, jpeg2000, jpeg, rle, other };

coding coding_of(const hn_dicom &dicom, const DcmPixelSequence *sequence)
{
    static const char prefix[] = "1.2.840.10008.1.2.4.";
    const char *uid = dicom.facts.transfer_syntax;
    if (sequence == nullptr) {
        return coding::native;
    }
    if (strcmp(uid, "1.2.840.10008.1.2.5") == 0) {
        return coding::rle;
    }
    if (!hn_text_starts(uid, prefix)) {
        return coding::other;
    }
    const char *number = uid + sizeof prefix - 1;
    for (const char *one : { "90", "91", "201", "202", "203" }) {
        if (strcmp(number, one) == 0) {
            return coding::jpeg2000;
        }
    }
    for (const char *one : { "50", "51", "52", "53", "54", "55", "56", "57", "70", "80", "81" }) {
        if (strcmp(number, one) == 0) {
            return coding::jpeg;
        }
    }
    return coding::other;
}

/* The bits stored, from under the bits allocated. */
template <class Sample> void cut_bits(Sample *values, size_t count, int stored, int high)
{
    const int width = int(sizeof(Sample) * 8);
    const int up = width - 1 - high;
    const int down = width - stored;
    using Unsigned = typename std::make_unsigned<Sample>::type;
    for (size_t i = 0; i < count; i++) {
        Sample top = Sample(Unsigned(Unsigned(values[i]) << up));
        values[i] = Sample(top >> down);
    }
}

/* A lossy decoder may overshoot the range of the bits stored by a little. */
template <class Sample> void clamp_bits(Sample *values, size_t count, int stored, bool is_signed)
{
    const int64_t low = is_signed ? -(int64_t(1) << (stored - 1)) : 0;
    const int64_t high = low + (int64_t(1) << stored) - 1;
    for (size_t i = 0; i < count; i++) {
        int64_t value = int64_t(values[i]);
        values[i] = Sample(value < low ? low : value > high ? high : value);
    }
}

enum class outside { keep, cut, clamp };

template <class Sample> void measure(hn_dicom_pixels *out, size_t count)
{
    const Sample *values = static_cast<const Sample *>(out->data);
    Sample low = values[0];
    Sample high = values[0];
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
        sum += double(values[i]);
    }
    out->minimum = double(low);
    out->maximum = double(high);
    out->mean = sum / double(count);
}

void finish(hn_dicom_pixels *out, const hn_dicom_facts &f, outside bits)
{
    size_t count = size_t(out->rows) * size_t(out->cols) * size_t(out->samples);
    if (f.bits_stored == f.bits_allocated || f.bits_allocated == 1) {
        bits = outside::keep;
    }
    auto each = [&](auto *values) {
        using Sample = typename std::remove_pointer<decltype(values)>::type;
        if (bits == outside::cut) {
            cut_bits<Sample>(values, count, f.bits_stored, f.high_bit);
        } else if (bits == outside::clamp) {
            clamp_bits<Sample>(values, count, f.bits_stored, f.is_signed);
        }
        measure<Sample>(out, count);
    };
    switch (out->type) {
    case HN_DICOM_U8:
        return each(static_cast<uint8_t *>(out->data));
    case HN_DICOM_I8:
        return each(static_cast<int8_t *>(out->data));
    case HN_DICOM_U16:
        return each(static_cast<uint16_t *>(out->data));
    case HN_DICOM_I16:
        return each(static_cast<int16_t *>(out->data));
    case HN_DICOM_U32:
        return each(static_cast<uint32_t *>(out->data));
    case HN_DICOM_I32:
        return each(static_cast<int32_t *>(out->data));
    }
}

hn_status read_frame(hn_dicom_pixels *out, hn_dicom &dicom, int64_t frame)
{
    HN_TRY(check_layout(dicom, frame));
    const hn_dicom_facts &f = dicom.facts;
    DcmElement *element = nullptr;
    if (dicom.data.findAndGetElement(DCM_PixelData, element).bad()) {
        element = nullptr;
    }
    DcmPixelData *data = dynamic_cast<DcmPixelData *>(element);
    if (data == nullptr) {
        return hn_fail(HN_EFORMAT, "%s: the pixel data element is of another kind",
                       dicom.name.c_str());
    }
    out->rows = f.rows;
    out->cols = f.cols;
    out->samples = f.samples;
    out->type = wall::sample_type(f.bits_allocated, f.is_signed);
    WALL_COPY(out->photometric, f.photometric);

    DcmPixelSequence *sequence = wall::encapsulated(dicom, *data);
    coding how = coding_of(dicom, sequence);
    std::vector<Uint8> bytes;
    if (how == coding::other) {
        return hn_fail(HN_EUNSUPPORTED, "%s: frames in %s cannot be decoded", dicom.name.c_str(),
                       f.transfer_syntax_name);
    }
    if (how != coding::native) {
        HN_TRY(wall::frame_bytes(bytes, dicom, *sequence, frame));
    }
    if (how == coding::jpeg2000) {
        HN_TRY(wall::decode_jpeg2000(out, dicom, bytes));
        if (f.samples == 3 && hn_text_starts(f.photometric, "YBR_") &&
            (strcmp(f.photometric, "YBR_ICT") == 0 || strcmp(f.photometric, "YBR_RCT") == 0)) {
            WALL_COPY(out->photometric, "RGB"); /* the stream undoes its own transform */
        }
        finish(out, f, outside::keep);
        return HN_OK;
    }
    if (how == coding::jpeg) {
        HN_TRY(check_jpeg(dicom, bytes));
    } else if (how == coding::rle) {
        HN_TRY(wall::check_rle(dicom, bytes));
    }
    HN_TRY(wall::allocate(out));
    if (how == coding::native) {
        HN_TRY(read_native(out, dicom, *data, frame));
    } else {
        HN_TRY(read_by_codec(out, dicom, bytes));
    }
    /* Only bits that are known to be something else are cut off: some writers' values exceed the
     * bits that they state, and cutting would fold them over. */
    bool shared = dicom.overlay_bits || f.high_bit != f.bits_stored - 1;
    bool overshoot = how == coding::jpeg && f.lossy;
    finish(out, f, overshoot ? outside::clamp : shared ? outside::cut : outside::keep);
    return HN_OK;
}

} // namespace

namespace wall
{

size_t sample_bytes(hn_dicom_sample type)
{
    static const size_t sizes[] = { 1, 1, 2, 2, 4, 4 };
    return sizes[type];
}

hn_dicom_sample sample_type(int bits, bool is_signed)
{
    if (bits <= 8) {
        return is_signed && bits == 8 ? HN_DICOM_I8 : HN_DICOM_U8;
    }
    if (bits <= 16) {
        return is_signed ? HN_DICOM_I16 : HN_DICOM_U16;
    }
    return is_signed ? HN_DICOM_I32 : HN_DICOM_U32;
}

hn_status allocate(hn_dicom_pixels *out)
{
    out->bytes =
        size_t(out->rows) * size_t(out->cols) * size_t(out->samples) * sample_bytes(out->type);
    out->data = hn_alloc(out->bytes);
    return out->data ? HN_OK : HN_ENOMEM;
}

} // namespace wall

hn_status hn_dicom_stored(hn_dicom_pixels *out, hn_dicom *dicom, int64_t frame)
{
    memset(out, 0, sizeof *out);
    hn_status status =
        wall::guard(dicom->name.c_str(), [&] { return read_frame(out, *dicom, frame); });
    if (status != HN_OK) {
        hn_dicom_pixels_clear(out);
    }
    return status;
}

void hn_dicom_pixels_clear(hn_dicom_pixels *pixels)
{
    hn_free(pixels->data);
    memset(pixels, 0, sizeof *pixels);
}

const char *hn_dicom_sample_name(hn_dicom_sample type)
{
    static const char *const names[] = { "uint8", "int8", "uint16", "int16", "uint32", "int32" };
    return names[static_cast<unsigned>(type) < HN_COUNT_OF(names) ? type : 0];
}
