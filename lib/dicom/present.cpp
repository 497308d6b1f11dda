/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From stored values to what a viewer shows (PS3.3 C.11.1, C.11.2, C.7.6.3.1.2): modality LUT or
 * rescale, VOI LUT or window, MONOCHROME1 inverted last. A stored value of up to 16 bits always
 * has the same fate, so that fate is worked out once per value and looked up per pixel.
 */
#include "wall.hpp"

#include <hipnet/memory.h>

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace
{

/* A look-up table of the standard: entries, the input that the first belongs to, bits of output. */
struct lut {
    std::vector<Uint16> entries;
    int64_t first = 0;
    int bits = 0;

    double at(double value) const
    {
        double index = value - double(first);
        double last = double(entries.size() - 1);
        index = index < 0 ? 0 : index > last ? last : index;
        return double(entries[size_t(index)]);
    }
};

struct window {
    double center = 0, width = 0;
    enum { none, linear, exact, sigmoid } kind = none;

    double at(double x) const /* 0..1; C.11.2.1.2 and C.11.2.1.3 */
    {
        if (kind == sigmoid) {
            return 1.0 / (1.0 + std::exp(-4.0 * (x - center) / width));
        }
        double c = kind == linear ? center - 0.5 : center;
        double w = kind == linear ? width - 1.0 : width;
        if (x <= c - w / 2) {
            return 0.0;
        }
        return x > c + w / 2 ? 1.0 : (x - c) / w + 0.5;
    }
};

/* Everything that happens to a gray value, in its order. */
struct pipeline {
    lut modality;
    double slope = 1, intercept = 0;
    lut voi;
    window win;
    double low = 0, high = 1; /* range after the modality step, where there is no VOI */
    bool invert = false;

    double rescaled(double stored) const
    {
        return modality.entries.empty() ? stored * slope + intercept : modality.at(stored);
    }
    double shown(double stored) const
    {
        double x = rescaled(stored);
        double y = 0;
        if (!voi.entries.empty()) {
            y = voi.at(x) / double((1u << voi.bits) - 1);
        } else if (win.kind != window::none) {
            y = win.at(x);
        } else {
            y = high > low ? (x - low) / (high - low) : 0.0;
        }
        y = y > 0 ? y < 1 ? y : 1 : 0;
        return invert ? 1 - y : y;
    }
};

void add_note(char *note, const char *format, ...) HN_PRINTF(2, 3);
void add_note(char *note, const char *format, ...)
{
    if (note == nullptr) {
        return;
    }
    size_t used = strlen(note);
    if (used > 0 && used + 3 < HN_DICOM_NOTE_SIZE) {
        memcpy(note + used, "; ", 3);
        used += 2;
    }
    va_list values;
    va_start(values, format);
    vsnprintf(note + used, HN_DICOM_NOTE_SIZE - used, format, values);
    va_end(values);
}

/* Reads descriptor and data; `first_signed`: the first input is a signed number. False when the
 * table is unusable. */
bool read_lut(lut &out, DcmItem &item, const DcmTagKey &descriptor, const DcmTagKey &data,
              bool first_signed)
{
    DcmElement *element = nullptr;
    Uint16 numbers[3] = { 0, 0, 0 };
    if (item.findAndGetElement(descriptor, element).bad() || element == nullptr) {
        return false;
    }
    for (unsigned long i = 0; i < 3; i++) {
        Sint16 value = 0;
        if (element->getUint16(numbers[i], i).bad()) {
            if (element->getSint16(value, i).bad()) {
                return false;
            }
            numbers[i] = Uint16(value);
        }
    }
    size_t count = numbers[0] == 0 ? 65536 : numbers[0];
    out.first = first_signed ? int64_t(Sint16(numbers[1])) : int64_t(numbers[1]);
    out.bits = numbers[2];
    if (out.bits < 1 || out.bits > 16 || item.findAndGetElement(data, element).bad() ||
        element == nullptr) {
        return false;
    }
    const Uint16 *words = nullptr;
    unsigned long found = 0;
    if (item.findAndGetUint16Array(data, words, &found).bad() || words == nullptr) {
        return false;
    }
    if (found >= count) {
        out.entries.assign(words, words + count);
    } else if (out.bits <= 8 && found * 2 >= count) { /* two entries in a word */
        out.entries.resize(count);
        for (size_t i = 0; i < count; i++) {
            out.entries[i] = Uint16(i % 2 ? words[i / 2] >> 8 : words[i / 2] & 0xff);
        }
    } else {
        return false;
    }
    /* some writers state fewer bits than their entries have */
    Uint16 top = 0;
    for (Uint16 entry : out.entries) {
        top = entry > top ? entry : top;
    }
    while (out.bits < 16 && top >= (1u << out.bits)) {
        out.bits++;
    }
    return true;
}

hn_status read_modality(pipeline &p, char *note, hn_dicom &dicom)
{
    const hn_dicom_facts &f = dicom.facts;
    DcmItem *item = nullptr;
    if (f.modality_lut) {
        if (dicom.data.findAndGetSequenceItem(DCM_ModalityLUTSequence, item, 0).bad() || !item ||
            !read_lut(p.modality, *item, DCM_LUTDescriptor, DCM_LUTData, f.is_signed)) {
            return hn_fail(HN_EFORMAT, "%s: a modality LUT that cannot be read",
                           dicom.name.c_str());
        }
        add_note(note, "modality LUT");
        return HN_OK;
    }
    if (!std::isnan(f.rescale_slope) && f.rescale_slope != 0) {
        p.slope = f.rescale_slope;
    }
    if (!std::isnan(f.rescale_intercept)) {
        p.intercept = f.rescale_intercept;
    }
    if (p.slope != 1 || p.intercept != 0) {
        add_note(note, "rescale %g %g", p.slope, p.intercept);
    }
    return HN_OK;
}

/* Input of a VOI LUT is signed when what comes out of the modality step can be negative. */
bool output_signed(const pipeline &p, const hn_dicom_facts &f)
{
    if (!p.modality.entries.empty()) {
        return false;
    }
    double least = f.is_signed ? -std::ldexp(1.0, f.bits_stored - 1) : 0.0;
    double most = f.is_signed ? -least - 1 : std::ldexp(1.0, f.bits_stored) - 1;
    return p.slope * least + p.intercept < 0 || p.slope * most + p.intercept < 0;
}

void read_voi(pipeline &p, char *note, hn_dicom &dicom)
{
    const hn_dicom_facts &f = dicom.facts;
    DcmItem *item = nullptr;
    if (f.voi_luts > 0) {
        if (dicom.data.findAndGetSequenceItem(DCM_VOILUTSequence, item, 0).good() && item &&
            read_lut(p.voi, *item, DCM_LUTDescriptor, DCM_LUTData, output_signed(p, f))) {
            add_note(note, f.voi_luts > 1 ? "VOI LUT 1 of %d" : "VOI LUT", f.voi_luts);
            return;
        }
        p.voi.entries.clear();
        add_note(note, "unusable VOI LUT ignored");
    }
    if (f.windows < 1 || std::isnan(f.window_center) || std::isnan(f.window_width)) {
        return;
    }
    window w;
    w.center = f.window_center;
    w.width = f.window_width;
    w.kind = strcmp(f.voi_function, "SIGMOID") == 0        ? window::sigmoid
             : strcmp(f.voi_function, "LINEAR_EXACT") == 0 ? window::exact
                                                           : window::linear;
    if (!(w.width > 0) || (w.kind == window::linear && w.width < 1)) {
        add_note(note, "window of width %g ignored", w.width);
        return;
    }
    p.win = w;
    static const char *const kinds[] = { "", "linear", "linear exact", "sigmoid" };
    add_note(note, "window %g/%g %s%s", w.center, w.width, kinds[w.kind],
             f.windows > 1 ? ", first of several" : "");
}

bool padded(const hn_dicom_facts &f, int64_t value)
{
    return f.padding && value >= f.padding_low && value <= f.padding_high;
}

/* Runs `body(index, stored value)` over all values of a frame. */
template <class Body> void for_each_value(const hn_dicom_pixels &pixels, Body body)
{
    size_t count = size_t(pixels.rows) * size_t(pixels.cols) * size_t(pixels.samples);
    auto each = [&](const auto *values) {
        for (size_t i = 0; i < count; i++) {
            body(i, int64_t(values[i]));
        }
    };
    switch (pixels.type) {
    case HN_DICOM_U8:
        return each(static_cast<const uint8_t *>(pixels.data));
    case HN_DICOM_I8:
        return each(static_cast<const int8_t *>(pixels.data));
    case HN_DICOM_U16:
        return each(static_cast<const uint16_t *>(pixels.data));
    case HN_DICOM_I16:
        return each(static_cast<const int16_t *>(pixels.data));
    case HN_DICOM_U32:
        return each(static_cast<const uint32_t *>(pixels.data));
    case HN_DICOM_I32:
        return each(static_cast<const int32_t *>(pixels.data));
    }
}

/* The range after the modality step over the values that occur, padding left out. */
void find_range(pipeline &p, const hn_dicom_pixels &pixels, const hn_dicom_facts &f)
{
    double low = INFINITY;
    double high = -INFINITY;
    auto look = [&](int64_t value) {
        double x = p.rescaled(double(value));
        low = x < low ? x : low;
        high = x > high ? x : high;
    };
    if (wall::sample_bytes(pixels.type) <= 2) {
        std::vector<Uint8> present(65536 * 2);
        for_each_value(pixels, [&](size_t, int64_t value) { present[size_t(value + 65536)] = 1; });
        for (int64_t value = -65536; value < 65536; value++) {
            if (present[size_t(value + 65536)] && !padded(f, value)) {
                look(value);
            }
        }
    } else {
        for_each_value(pixels, [&](size_t, int64_t value) {
            if (!padded(f, value)) {
                look(value);
            }
        });
    }
    p.low = low <= high ? low : 0;
    p.high = low <= high ? high : 0;
}

void present_gray(float *out, const pipeline &p, const hn_dicom_pixels &pixels,
                  const hn_dicom_facts &f)
{
    auto fate = [&](int64_t value) {
        return padded(f, value) ? 0.0f : float(p.shown(double(value)));
    };
    if (wall::sample_bytes(pixels.type) > 2) {
        for_each_value(pixels, [&](size_t i, int64_t value) { out[i] = fate(value); });
        return;
    }
    int64_t base = int64_t(pixels.minimum);
    int64_t top = int64_t(pixels.maximum);
    std::vector<float> table(size_t(top - base + 1));
    for (int64_t value = base; value <= top; value++) {
        table[size_t(value - base)] = fate(value);
    }
    const float *fates = table.data();
    for_each_value(pixels, [&](size_t i, int64_t value) { out[i] = fates[value - base]; });
}

hn_status present_palette(float *out, char *note, hn_dicom &dicom, const hn_dicom_pixels &pixels)
{
    const hn_dicom_facts &f = dicom.facts;
    lut tables[3];
    const DcmTagKey descriptors[3] = { DCM_RedPaletteColorLookupTableDescriptor,
                                       DCM_GreenPaletteColorLookupTableDescriptor,
                                       DCM_BluePaletteColorLookupTableDescriptor };
    const DcmTagKey data[3] = { DCM_RedPaletteColorLookupTableData,
                                DCM_GreenPaletteColorLookupTableData,
                                DCM_BluePaletteColorLookupTableData };
    double white = 1;
    for (int i = 0; i < 3; i++) {
        if (!read_lut(tables[i], dicom.data, descriptors[i], data[i], f.is_signed)) {
            return hn_fail(HN_EUNSUPPORTED,
                           "%s: palette colour tables that are missing, segmented or damaged",
                           dicom.name.c_str());
        }
        white = std::max(white, double((1u << tables[i].bits) - 1));
    }
    add_note(note, "palette to luminance");
    for_each_value(pixels, [&](size_t i, int64_t value) {
        double gray = 0.299 * tables[0].at(double(value)) + 0.587 * tables[1].at(double(value)) +
                      0.114 * tables[2].at(double(value));
        out[i] = float(gray / white);
    });
    return HN_OK;
}

hn_status present_colour(float *out, char *note, hn_dicom &dicom, const hn_dicom_pixels &pixels)
{
    bool rgb = strcmp(pixels.photometric, "RGB") == 0;
    bool ybr = strcmp(pixels.photometric, "YBR_FULL") == 0 ||
               strcmp(pixels.photometric, "YBR_FULL_422") == 0;
    if ((!rgb && !ybr) || dicom.facts.is_signed) {
        return hn_fail(HN_EUNSUPPORTED, "%s: %scolour as '%s'; RGB and YBR_FULL are read",
                       dicom.name.c_str(), dicom.facts.is_signed ? "signed " : "",
                       pixels.photometric);
    }
    add_note(note, rgb ? "RGB to luminance" : "luminance of YBR");
    double white = std::ldexp(1.0, dicom.facts.bits_stored) - 1;
    const double weights[3] = { rgb ? 0.299 : 1.0, rgb ? 0.587 : 0.0, rgb ? 0.114 : 0.0 };
    double sum = 0;
    for_each_value(pixels, [&](size_t i, int64_t value) {
        sum += weights[i % 3] * double(value);
        if (i % 3 == 2) {
            double gray = sum / white;
            out[i / 3] = float(gray < 1 ? gray : 1);
            sum = 0;
        }
    });
    return HN_OK;
}

hn_status present(float *out, char *note, hn_dicom &dicom, const hn_dicom_pixels &pixels,
                  hn_dicom_voi voi)
{
    const hn_dicom_facts &f = dicom.facts;
    if (pixels.samples == 3) {
        return present_colour(out, note, dicom, pixels);
    }
    if (strcmp(f.photometric, "PALETTE COLOR") == 0) {
        return present_palette(out, note, dicom, pixels);
    }
    bool mono1 = strcmp(f.photometric, "MONOCHROME1") == 0;
    if (!mono1 && strcmp(f.photometric, "MONOCHROME2") != 0) {
        return hn_fail(HN_EUNSUPPORTED, "%s: photometric interpretation '%s'", dicom.name.c_str(),
                       f.photometric);
    }
    pipeline p;
    HN_TRY(read_modality(p, note, dicom));
    if (voi == HN_DICOM_VOI_FIRST) {
        read_voi(p, note, dicom);
    }
    if (p.voi.entries.empty() && p.win.kind == window::none) {
        find_range(p, pixels, f);
        add_note(note, "range %g to %g", p.low, p.high);
    }
    p.invert = mono1;
    if (mono1) {
        add_note(note, "inverted");
    }
    present_gray(out, p, pixels, f);
    return HN_OK;
}

} // namespace

hn_status hn_dicom_present(float **pixels, char note[HN_DICOM_NOTE_SIZE], hn_dicom *dicom,
                           int64_t frame, hn_dicom_voi voi)
{
    if (note != nullptr) {
        note[0] = '\0';
    }
    hn_dicom_pixels stored;
    HN_TRY(hn_dicom_stored(&stored, dicom, frame));
    HN_AUTOFREE float *out =
        static_cast<float *>(hn_alloc(size_t(stored.rows) * size_t(stored.cols) * sizeof(float)));
    hn_status status = out == nullptr ? HN_ENOMEM : wall::guard(dicom->name.c_str(), [&] {
        if (dicom->facts.frames > 1) {
            add_note(note, "frame %lld of %lld", static_cast<long long>(frame + 1),
                     static_cast<long long>(dicom->facts.frames));
        }
        return present(out, note, *dicom, stored, voi);
    });
    hn_dicom_pixels_clear(&stored);
    if (status != HN_OK) {
        return status;
    }
    *pixels = out;
    out = nullptr;
    return HN_OK;
}
