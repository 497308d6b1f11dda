/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wall.hpp: what the files of this room share. DCMTK is seen here and nowhere else; every
 * function of the public header is one call of guard, through which no exception passes.
 */
#ifndef HIPNET_DICOM_WALL_HPP
#define HIPNET_DICOM_WALL_HPP

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <hipnet/dicom.h>

#include <exception>
#include <new>
#include <string>
#include <vector>

struct hn_dicom {
    std::string name;
    std::vector<Uint8> bytes; /* long values of the data set are read from here when asked for, */
    std::vector<Uint8> inflated; /* or from here: both are declared before it and outlive it */
    DcmMetaInfo meta;
    DcmDataset data;
    hn_dicom_facts facts;
    bool overlay_bits; /* bits outside the bits stored belong to an overlay */
};

namespace wall
{

/* Codecs and logger, once per process. */
hn_status start() HN_MUST_CHECK;

/* Warnings of DCMTK in this thread since the last call of forget_warnings, joined by "; ". */
const std::string &warnings();
void forget_warnings();

/* Runs `work`, which returns an hn_status, and turns every exception into one. */
template <class Work> hn_status guard(const char *name, Work work)
{
    try {
        hn_status status = start();
        return status != HN_OK ? status : work();
    } catch (const std::bad_alloc &) {
        return hn_fail(HN_ENOMEM, "%s: out of memory", name);
    } catch (const std::exception &failure) {
        return hn_fail(HN_EFORMAT, "%s: %s", name, failure.what());
    } catch (...) {
        return hn_fail(HN_EFORMAT, "%s: the DICOM library threw", name);
    }
}

/* facts.cpp */
void read_facts(hn_dicom &dicom);
/* A text of the data set as UTF-8 without blanks at its ends; "" when it is absent. */
std::string text_of(DcmItem &item, const DcmTagKey &tag);
void copy_text(char *out, size_t size, const std::string &text);
#define WALL_COPY(field, text) ::wall::copy_text((field), sizeof(field), (text))

/* frames.cpp: the bytes of one frame as an encapsulated syntax keeps them */
DcmPixelSequence *encapsulated(hn_dicom &dicom, DcmPixelData &pixels);
hn_status frame_bytes(std::vector<Uint8> &out, hn_dicom &dicom, DcmPixelSequence &sequence,
                      int64_t frame) HN_MUST_CHECK;

/* What the header of a JPEG or JPEG-LS stream says. */
struct jpeg_header {
    int bits;
    int64_t rows, cols;
    int samples;
    bool ls;        /* JPEG-LS */
    bool presets;   /* JPEG-LS with coding parameters of its own */
    int near_value; /* JPEG-LS: the largest error */
};
bool read_jpeg_header(jpeg_header &out, const std::vector<Uint8> &bytes);

/* A JPEG-LS stream with its coding parameters written out. The library takes those for 8 bits
 * where a stream of fewer bits leaves them to the standard. */
void write_presets(std::vector<Uint8> &bytes, const jpeg_header &header);

/* Follows an RLE frame (PS3.5 annex G) without writing anything. The library would go to any
 * offset that its header names, and fill up what a segment lacks with zeros. */
hn_status check_rle(const hn_dicom &dicom, const std::vector<Uint8> &bytes) HN_MUST_CHECK;

/* A data set of just one frame, so that the library's decoders see exactly the bytes that were
 * looked at here. */
DcmPixelData *one_frame(DcmDataset &out, const hn_dicom &dicom, std::vector<Uint8> &bytes);

/* jpeg2000.cpp: decodes one frame into `out`, whose rows, cols and samples are filled already */
hn_status decode_jpeg2000(hn_dicom_pixels *out, const hn_dicom &dicom,
                          const std::vector<Uint8> &bytes) HN_MUST_CHECK;

/* pixels.cpp: room for the values of one frame; type, rows, cols and samples are filled already */
hn_status allocate(hn_dicom_pixels *out) HN_MUST_CHECK;
size_t sample_bytes(hn_dicom_sample type);
hn_dicom_sample sample_type(int bits, bool is_signed);

} // namespace wall

#endif
