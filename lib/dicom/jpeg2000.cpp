/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEG 2000 and High-Throughput JPEG 2000 frames through OpenJPEG. The stream's own header is the
 * truth about sign and depth; its size must be the data set's.
 */
#include "wall.hpp"

#include <hipnet/memory.h>
#include <openjpeg.h>

#include <cstring>
#include <memory>

namespace
{

struct source {
    const std::vector<Uint8> &bytes;
    size_t at;
};

OPJ_SIZE_T read_bytes(void *buffer, OPJ_SIZE_T wanted, void *context)
{
    source *s = static_cast<source *>(context);
    size_t left = s->bytes.size() - s->at;
    size_t taken = wanted < left ? wanted : left;
    if (taken == 0) {
        return static_cast<OPJ_SIZE_T>(-1);
    }
    memcpy(buffer, s->bytes.data() + s->at, taken);
    s->at += taken;
    return taken;
}

OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void *context)
{
    source *s = static_cast<source *>(context);
    if (count < 0) {
        return -1;
    }
    size_t left = s->bytes.size() - s->at;
    size_t taken = size_t(count) < left ? size_t(count) : left;
    s->at += taken;
    return OPJ_OFF_T(taken);
}

OPJ_BOOL seek_bytes(OPJ_OFF_T position, void *context)
{
    source *s = static_cast<source *>(context);
    if (position < 0 || size_t(position) > s->bytes.size()) {
        return OPJ_FALSE;
    }
    s->at = size_t(position);
    return OPJ_TRUE;
}

void keep_words(const char *words, void *context)
{
    std::string *kept = static_cast<std::string *>(context);
    if (kept->empty()) {
        *kept = words;
        while (!kept->empty() && (kept->back() == '\n' || kept->back() == ' ')) {
            kept->pop_back();
        }
    }
}

void drop_words(const char *, void *)
{
}

bool is_container(const std::vector<Uint8> &bytes)
{
    static const Uint8 signature[12] = { 0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10 };
    return bytes.size() >= 12 && memcmp(bytes.data(), signature, 12) == 0;
}

bool is_codestream(const std::vector<Uint8> &bytes)
{
    return bytes.size() >= 4 && bytes[0] == 0xff && bytes[1] == 0x4f && bytes[2] == 0xff &&
           bytes[3] == 0x51;
}

hn_status check_image(const hn_dicom &dicom, const opj_image_t &image, const hn_dicom_pixels &out)
{
    const char *name = dicom.name.c_str();
    if (int64_t(image.numcomps) != int64_t(out.samples)) {
        return hn_fail(HN_EFORMAT, "%s: %u components in the JPEG 2000 stream, %d in the data set",
                       name, image.numcomps, out.samples);
    }
    for (OPJ_UINT32 i = 0; i < image.numcomps; i++) {
        const opj_image_comp_t &c = image.comps[i];
        if (int64_t(c.w) != out.cols || int64_t(c.h) != out.rows || c.dx != 1 || c.dy != 1) {
            return hn_fail(
                HN_EFORMAT,
                "%s: %u x %u pixels in the JPEG 2000 stream, %lld x %lld in the data set", name,
                c.h, c.w, static_cast<long long>(out.rows), static_cast<long long>(out.cols));
        }
        if (c.prec < 1 || c.prec > 16 || c.prec != image.comps[0].prec ||
            c.sgnd != image.comps[0].sgnd) {
            return hn_fail(HN_EUNSUPPORTED, "%s: JPEG 2000 samples of %u bits; 1 to 16 are read",
                           name, c.prec);
        }
    }
    return HN_OK;
}

template <class Sample> void interleave(Sample *out, const opj_image_t &image, size_t count)
{
    for (OPJ_UINT32 c = 0; c < image.numcomps; c++) {
        const OPJ_INT32 *in = image.comps[c].data;
        for (size_t i = 0; i < count; i++) {
            out[i * image.numcomps + c] = Sample(in[i]);
        }
    }
}

} // namespace

namespace wall
{

hn_status decode_jpeg2000(hn_dicom_pixels *out, const hn_dicom &dicom,
                          const std::vector<Uint8> &bytes)
{
    const char *name = dicom.name.c_str();
    bool container = is_container(bytes);
    if (!container && !is_codestream(bytes)) {
        return hn_fail(HN_EFORMAT, "%s: the pixel data is not a JPEG 2000 stream", name);
    }
    std::string words;
    source from = { bytes, 0 };
    std::unique_ptr<opj_codec_t, void (*)(opj_codec_t *)> codec(
        opj_create_decompress(container ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
    std::unique_ptr<opj_stream_t, void (*)(opj_stream_t *)> stream(
        opj_stream_create(bytes.size() < 65536 ? bytes.size() : 65536, OPJ_TRUE),
        opj_stream_destroy);
    if (!codec || !stream) {
        return hn_fail(HN_ENOMEM, "%s: out of memory", name);
    }
    opj_stream_set_user_data(stream.get(), &from, nullptr);
    opj_stream_set_user_data_length(stream.get(), bytes.size());
    opj_stream_set_read_function(stream.get(), read_bytes);
    opj_stream_set_skip_function(stream.get(), skip_bytes);
    opj_stream_set_seek_function(stream.get(), seek_bytes);
    opj_set_error_handler(codec.get(), keep_words, &words);
    opj_set_warning_handler(codec.get(), drop_words, nullptr);
    opj_set_info_handler(codec.get(), drop_words, nullptr);

    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    opj_image_t *raw = nullptr;
    bool header = opj_setup_decoder(codec.get(), &parameters) &&
                  opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) &&
                  opj_read_header(stream.get(), codec.get(), &raw);
    std::unique_ptr<opj_image_t, void (*)(opj_image_t *)> image(raw, opj_image_destroy);
    if (!header || !image) {
        return hn_fail(HN_EFORMAT, "%s: a JPEG 2000 header that cannot be read: %s", name,
                       words.c_str());
    }
    HN_TRY(check_image(dicom, *image, *out));
    if (!opj_decode(codec.get(), stream.get(), image.get()) ||
        !opj_end_decompress(codec.get(), stream.get())) {
        return hn_fail(HN_EFORMAT, "%s: a damaged or cut-off JPEG 2000 stream: %s", name,
                       words.c_str());
    }
    HN_TRY(check_image(dicom, *image, *out));
    for (OPJ_UINT32 i = 0; i < image->numcomps; i++) {
        if (image->comps[i].data == nullptr) {
            return hn_fail(HN_EFORMAT, "%s: JPEG 2000 component %u holds no data", name, i);
        }
    }
    bool is_signed = image->comps[0].sgnd != 0;
    int bits = dicom.facts.bits_allocated > 8 || image->comps[0].prec > 8 ? 16 : 8;
    out->type = sample_type(bits, is_signed);
    HN_TRY(allocate(out));
    size_t count = size_t(out->rows) * size_t(out->cols);
    if (bits == 8 && is_signed) {
        interleave(static_cast<int8_t *>(out->data), *image, count);
    } else if (bits == 8) {
        interleave(static_cast<uint8_t *>(out->data), *image, count);
    } else if (is_signed) {
        interleave(static_cast<int16_t *>(out->data), *image, count);
    } else {
        interleave(static_cast<uint16_t *>(out->data), *image, count);
    }
    return HN_OK;
}

} // namespace wall
