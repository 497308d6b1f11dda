/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the bytes of a file to a data set. The file is read whole, so that the library only ever
 * sees memory of known size; what could exhaust the machine (deflate bombs, sequences nested
 * without end) is looked for before the library sees it.
 */
#include "wall.hpp"

#include "memory_stream.hpp"

#include <hipnet/file.h>
#include <hipnet/memory.h>

#include <cstring>

namespace
{

const size_t file_limit = size_t(2) << 30;
const size_t inflated_limit = size_t(1) << 30;
/* The library's parser calls itself for each level of nesting, at about a kilobyte of stack; an
 * item tag starts every level, so that this many can never exhaust it. */
const size_t item_limit = 2000;

Uint32 little32(const Uint8 *b)
{
    return Uint32(b[0]) | Uint32(b[1]) << 8 | Uint32(b[2]) << 16 | Uint32(b[3]) << 24;
}

bool is_vr(const Uint8 *b)
{
    static const char known[] = "AEASATCSDADSDTFDFLISLOLTOBODOFOLOVOWPNSHSLSQSSSTSVTMUCUIULUNURUSUT"
                                "UV";
    for (size_t i = 0; i + 1 < sizeof known; i += 2) {
        if (b[0] == known[i] && b[1] == known[i + 1]) {
            return true;
        }
    }
    return false;
}

/* A bare data set begins with an element of one of the first groups and a plausible length. */
bool looks_bare(const Uint8 *b, size_t size)
{
    if (size < 16) {
        return false;
    }
    bool little = (b[0] == 0x02 || b[0] == 0x08) && b[1] == 0 && b[3] <= 0x01;
    bool big = b[0] == 0 && (b[1] == 0x02 || b[1] == 0x08) && b[2] <= 0x01;
    if ((little || big) && is_vr(b + 4)) {
        return true;
    }
    return little && little32(b + 4) <= 1024;
}

size_t count_items(const Uint8 *bytes, size_t size)
{
    static const Uint8 little[4] = { 0xfe, 0xff, 0x00, 0xe0 };
    static const Uint8 big[4] = { 0xff, 0xfe, 0xe0, 0x00 };
    size_t count = 0;
    const Uint8 *end = bytes + size;
    for (const Uint8 *pattern : { little, big }) {
        const Uint8 *at = bytes;
        while ((at = static_cast<const Uint8 *>(memmem(at, size_t(end - at), pattern, 4)))) {
            count++;
            at += 4;
        }
    }
    return count;
}

hn_status check_nesting(const hn_dicom &dicom, const Uint8 *bytes, size_t size)
{
    size_t items = count_items(bytes, size);
    if (items > item_limit) {
        return hn_fail(HN_EUNSUPPORTED,
                       "%s: %zu sequence items and fragments; at most %zu are read",
                       dicom.name.c_str(), items, item_limit);
    }
    return HN_OK;
}

hn_status parsed(const hn_dicom &dicom, const OFCondition &condition, const char *what)
{
    if (condition.good()) {
        return HN_OK;
    }
    bool short_file = condition == EC_StreamNotifyClient || condition == EC_EndOfStream ||
                      condition == EC_InvalidStream;
    return hn_fail(HN_EFORMAT, "%s: %s: %s", dicom.name.c_str(), what,
                   short_file ? "the file ends inside an element" : condition.text());
}

hn_status parse_dataset(hn_dicom &dicom, DcmInputStream &stream, E_TransferSyntax syntax)
{
    dicom.data.transferInit();
    OFCondition condition = dicom.data.read(stream, syntax, EGL_noChange);
    dicom.data.transferEnd();
    return parsed(dicom, condition, "a DICOM data set that cannot be read");
}

/* The rest of the stream, inflated, as far as the limit allows. */
hn_status inflate_rest(std::vector<Uint8> &out, hn_dicom &dicom, DcmInputStream &stream)
{
    OFCondition condition = stream.installCompressionFilter(ESC_zlib);
    HN_TRY(parsed(dicom, condition, "a deflated data set"));
    const size_t step = size_t(1) << 16;
    for (;;) {
        size_t before = out.size();
        if (before > inflated_limit) {
            return hn_fail(HN_EUNSUPPORTED, "%s: inflates to more than %zu bytes",
                           dicom.name.c_str(), inflated_limit);
        }
        out.resize(before + step);
        offile_off_t got = stream.read(out.data() + before, offile_off_t(step));
        out.resize(before + size_t(got > 0 ? got : 0));
        if (got <= 0) {
            break;
        }
    }
    HN_TRY(parsed(dicom, stream.status(), "a deflated data set"));
    return check_nesting(dicom, out.data(), out.size());
}

hn_status parse(hn_dicom &dicom)
{
    HN_TRY(check_nesting(dicom, dicom.bytes.data(), dicom.bytes.size()));
    wall::forget_warnings();
    wall::memory_stream stream(dicom.bytes.data(), dicom.bytes.size());

    dicom.meta.transferInit();
    OFCondition condition = dicom.meta.read(stream, EXS_Unknown, EGL_noChange);
    dicom.meta.transferEnd();
    HN_TRY(parsed(dicom, condition, "a DICOM meta header that cannot be read"));

    OFString uid;
    dicom.meta.findAndGetOFString(DCM_TransferSyntaxUID, uid);
    E_TransferSyntax syntax = uid.empty() ? EXS_Unknown : DcmXfer(uid.c_str()).getXfer();
    if (syntax == EXS_DeflatedLittleEndianExplicit) {
        HN_TRY(inflate_rest(dicom.inflated, dicom, stream));
        wall::memory_stream plain(dicom.inflated.data(), dicom.inflated.size());
        return parse_dataset(dicom, plain, EXS_LittleEndianExplicit);
    }
    if (syntax == EXS_Unknown && !uid.empty()) {
        syntax = EXS_LittleEndianExplicit; /* as every syntax newer than the library is encoded */
    }
    return parse_dataset(dicom, stream, syntax);
}

/* Whatever the parser made of it: a data set without a single element of a known kind is none. */
hn_status check_content(hn_dicom &dicom)
{
    if (dicom.data.card() == 0) {
        return hn_fail(HN_EFORMAT, "%s: no DICOM data set in it", dicom.name.c_str());
    }
    if (dicom.meta.card() == 0 && !dicom.data.tagExists(DCM_SOPClassUID) &&
        !dicom.data.tagExists(DCM_Modality) && !dicom.data.tagExists(DCM_Rows)) {
        return hn_fail(HN_EFORMAT, "%s: neither a DICOM meta header nor a data set of an image",
                       dicom.name.c_str());
    }
    return HN_OK;
}

} // namespace

bool hn_dicom_detect(const void *bytes, size_t size)
{
    const Uint8 *b = static_cast<const Uint8 *>(bytes);
    if (size >= 132 && memcmp(b + 128, "DICM", 4) == 0) {
        return true;
    }
    if (size >= 4 && memcmp(b, "DICM", 4) == 0) {
        return true;
    }
    return looks_bare(b, size);
}

hn_status hn_dicom_open_bytes(hn_dicom **out, const void *bytes, size_t size, const char *name)
{
    return wall::guard(name, [&]() -> hn_status {
        if (!hn_dicom_detect(bytes, size)) {
            return hn_fail(HN_EFORMAT, "%s: %s", name,
                           size == 0 ? "an empty file" : "by its content no DICOM file");
        }
        HN_AUTO_DICOM *dicom = new hn_dicom();
        dicom->name = name;
        const Uint8 *first = static_cast<const Uint8 *>(bytes);
        dicom->bytes.assign(first, first + size);
        HN_TRY(parse(*dicom));
        HN_TRY(check_content(*dicom));
        dicom->facts.preamble =
            size >= 132 && memcmp(static_cast<const char *>(bytes) + 128, "DICM", 4) == 0;
        wall::read_facts(*dicom);
        *out = dicom;
        dicom = nullptr;
        return HN_OK;
    });
}

hn_status hn_dicom_open(hn_dicom **out, const char *path)
{
    HN_AUTOFREE char *bytes = nullptr;
    size_t size = 0;
    HN_TRY(hn_file_read(&bytes, &size, path, file_limit));
    return hn_dicom_open_bytes(out, bytes, size, path);
}

void hn_dicom_close(hn_dicom *dicom)
{
    delete dicom;
}

void hn_dicom_closep(hn_dicom **dicom)
{
    hn_dicom_close(*dicom);
    *dicom = nullptr;
}

const hn_dicom_facts *hn_dicom_facts_of(const hn_dicom *dicom)
{
    return &dicom->facts;
}
