/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a file says about its picture, read once: encoding, geometry, spacing and its meaning,
 * view and side, gray scale. Identifiers of the patient are read by hn_dicom_identify alone.
 */
#include "wall.hpp"

#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <hipnet/number.h>
#include <hipnet/text.h>

#include <cmath>
#include <cstdio>
#include <cstring>

namespace
{

double real_of(DcmItem &item, const DcmTagKey &tag, unsigned long index)
{
    OFString text;
    double value = NAN;
    if (item.findAndGetOFString(tag, text, index).good() && !text.empty() &&
        hn_parse_real(&value, text.c_str()) == HN_OK) {
        return value;
    }
    return NAN;
}

int64_t count_of(DcmItem &item, const DcmTagKey &tag, int64_t fallback)
{
    Uint16 value = 0;
    return item.findAndGetUint16(tag, value).good() ? int64_t(value) : fallback;
}

int64_t integer_text(DcmItem &item, const DcmTagKey &tag, int64_t fallback)
{
    OFString text;
    int64_t value = fallback;
    if (item.findAndGetOFString(tag, text).good() && !text.empty() &&
        hn_parse_int(&value, text.c_str()) == HN_OK) {
        return value;
    }
    return fallback;
}

void pair_of(double out[2], DcmItem &item, const DcmTagKey &tag)
{
    out[0] = real_of(item, tag, 0);
    out[1] = real_of(item, tag, 1);
    if (!(out[0] > 0) || !(out[1] > 0)) {
        out[0] = out[1] = NAN;
    }
}

void read_encoding(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    std::string uid = wall::text_of(dicom.meta, DCM_TransferSyntaxUID);
    f.meta_header = dicom.meta.card() > 0;
    if (uid.empty()) {
        const char *recognised = DcmXfer(dicom.data.getOriginalXfer()).getXferID();
        uid = recognised ? recognised : "";
    }
    DcmXfer known(uid.c_str());
    std::string words = known.getXfer() == EXS_Unknown ? uid : known.getXferName();
    if (uid == "1.2.840.10008.1.2.4.201") {
        words = "High-Throughput JPEG 2000 Lossless";
    } else if (uid == "1.2.840.10008.1.2.4.202") {
        words = "High-Throughput JPEG 2000 RPCL Lossless";
    } else if (uid == "1.2.840.10008.1.2.4.203") {
        words = "High-Throughput JPEG 2000";
    }
    WALL_COPY(f.transfer_syntax, uid);
    WALL_COPY(f.transfer_syntax_name, words);
    static const char *const lossy[] = { ".4.50", ".4.51", ".4.81", ".4.91", ".4.93", ".4.203" };
    for (const char *end : lossy) {
        f.lossy = f.lossy || hn_text_ends(uid.c_str(), end);
    }
    f.lossy = f.lossy || wall::text_of(dicom.data, DCM_LossyImageCompression) == "01";

    std::string sop = wall::text_of(dicom.data, DCM_SOPClassUID);
    if (sop.empty()) {
        sop = wall::text_of(dicom.meta, DCM_MediaStorageSOPClassUID);
    }
    WALL_COPY(f.sop_class, sop);
    WALL_COPY(f.sop_class_name, dcmFindNameOfUID(sop.c_str(), ""));
}

/* Retired, but alive in old films: an overlay that lies in the unused bits of the samples. Such
 * a group (60xx) has a bit position other than 0. */
bool embedded_overlay(DcmItem &item, const hn_dicom_facts &f)
{
    for (Uint16 group = 0x6000; group <= 0x601e; group = Uint16(group + 2)) {
        Uint16 position = 0;
        if (item.findAndGetUint16(DcmTagKey(group, 0x0102), position).good() && position > 0 &&
            position < f.bits_allocated) {
            return true;
        }
    }
    return false;
}

void read_layout(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    DcmItem &d = dicom.data;
    WALL_COPY(f.photometric, wall::text_of(d, DCM_PhotometricInterpretation));
    f.rows = count_of(d, DCM_Rows, -1);
    f.cols = count_of(d, DCM_Columns, -1);
    f.frames = integer_text(d, DCM_NumberOfFrames, 1);
    f.frames = f.frames < 1 ? 1 : f.frames;
    bool gray = hn_text_starts(f.photometric, "MONO") || f.photometric[0] == '\0';
    f.samples = int(count_of(d, DCM_SamplesPerPixel, gray ? 1 : -1));
    f.planar = int(count_of(d, DCM_PlanarConfiguration, -1));
    f.bits_allocated = int(count_of(d, DCM_BitsAllocated, -1));
    f.bits_stored = int(count_of(d, DCM_BitsStored, f.bits_allocated));
    f.high_bit = int(count_of(d, DCM_HighBit, f.bits_stored - 1));
    f.is_signed = count_of(d, DCM_PixelRepresentation, 0) == 1;
    f.has_pixels = d.tagExists(DCM_PixelData);
    dicom.overlay_bits = embedded_overlay(d, f);
}

/* PS3.3 10.7.1: which of the spacings holds, and where. */
void choose_spacing(hn_dicom_facts &f)
{
    bool pixel = !std::isnan(f.pixel_spacing_mm[0]);
    bool imager = !std::isnan(f.imager_spacing_mm[0]);
    bool differ = pixel && imager &&
                  (std::fabs(f.pixel_spacing_mm[0] / f.imager_spacing_mm[0] - 1) > 1e-4 ||
                   std::fabs(f.pixel_spacing_mm[1] / f.imager_spacing_mm[1] - 1) > 1e-4);
    static const char *const tomographic[] = { "CT", "MR", "PT", "NM", "US" };
    bool in_patient = false;
    for (const char *modality : tomographic) {
        in_patient = in_patient || strcmp(f.modality, modality) == 0;
    }
    const double *chosen = nullptr;
    f.spacing = HN_SPACING_NONE;
    if (pixel && (f.calibration[0] != '\0' || differ || (in_patient && !imager))) {
        chosen = f.pixel_spacing_mm;
        f.spacing = HN_SPACING_CALIBRATED;
    } else if (imager || pixel || !std::isnan(f.nominal_spacing_mm[0])) {
        chosen = imager ? f.imager_spacing_mm : pixel ? f.pixel_spacing_mm : f.nominal_spacing_mm;
        f.spacing = HN_SPACING_DETECTOR_PLANE;
    }
    double divisor = 1.0;
    if (f.spacing == HN_SPACING_DETECTOR_PLANE && imager && f.magnification > 1.0) {
        divisor = f.magnification;
        f.spacing = HN_SPACING_DERIVED;
    }
    f.spacing_mm[0] = chosen ? chosen[0] / divisor : NAN;
    f.spacing_mm[1] = chosen ? chosen[1] / divisor : NAN;
}

void read_spacing(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    pair_of(f.pixel_spacing_mm, dicom.data, DCM_PixelSpacing);
    pair_of(f.imager_spacing_mm, dicom.data, DCM_ImagerPixelSpacing);
    pair_of(f.nominal_spacing_mm, dicom.data, DCM_NominalScannedPixelSpacing);
    f.magnification = real_of(dicom.data, DCM_EstimatedRadiographicMagnificationFactor, 0);
    WALL_COPY(f.calibration, wall::text_of(dicom.data, DCM_PixelSpacingCalibrationType));
    choose_spacing(f);
}

/* 018M, 045Y: three digits and D, W, M or Y. */
double age_of(const std::string &text)
{
    int64_t number = 0;
    if (text.size() < 2 ||
        hn_parse_int(&number, text.substr(0, text.size() - 1).c_str()) != HN_OK || number < 0) {
        return NAN;
    }
    switch (text.back()) {
    case 'Y':
        return double(number);
    case 'M':
        return double(number) / 12.0;
    case 'W':
        return double(number) * 7.0 / 365.25;
    case 'D':
        return double(number) / 365.25;
    default:
        return NAN;
    }
}

void read_examination(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    DcmItem &d = dicom.data;
    WALL_COPY(f.modality, wall::text_of(d, DCM_Modality));
    WALL_COPY(f.view_position, wall::text_of(d, DCM_ViewPosition));
    std::string side = wall::text_of(d, DCM_ImageLaterality);
    WALL_COPY(f.laterality, side.empty() ? wall::text_of(d, DCM_Laterality) : side);
    WALL_COPY(f.patient_orientation, wall::text_of(d, DCM_PatientOrientation));
    WALL_COPY(f.body_part, wall::text_of(d, DCM_BodyPartExamined));
    WALL_COPY(f.series_description, wall::text_of(d, DCM_SeriesDescription));
    WALL_COPY(f.protocol, wall::text_of(d, DCM_ProtocolName));
    WALL_COPY(f.manufacturer, wall::text_of(d, DCM_Manufacturer));
    WALL_COPY(f.burned_in_annotation, wall::text_of(d, DCM_BurnedInAnnotation));
    WALL_COPY(f.sex, wall::text_of(d, DCM_PatientSex));
    f.age_years = age_of(wall::text_of(d, DCM_PatientAge));
    std::string date = wall::text_of(d, DCM_StudyDate);
    if (date.empty()) {
        date = wall::text_of(d, DCM_AcquisitionDate);
    }
    int64_t days = 0;
    bool dated = date.size() >= 8 && hn_parse_date(&days, nullptr, date.c_str()) == HN_OK;
    f.study_days = dated ? days : INT64_MIN;
}

long items_of(DcmItem &item, const DcmTagKey &tag)
{
    DcmSequenceOfItems *sequence = nullptr;
    if (item.findAndGetSequence(tag, sequence).good() && sequence != nullptr) {
        return long(sequence->card());
    }
    return 0;
}

/* Pixel padding is US or SS by the pixel representation; the limit makes a range of it. */
void read_padding(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    Uint16 value = 0;
    Uint16 limit = 0;
    Sint16 signed_value = 0;
    DcmElement *element = nullptr;
    if (dicom.data.findAndGetElement(DCM_PixelPaddingValue, element).bad() || element == nullptr) {
        return;
    }
    if (element->getUint16(value).bad()) {
        if (element->getSint16(signed_value).bad()) {
            return;
        }
        value = Uint16(signed_value);
    }
    f.padding = true;
    limit = value;
    if (dicom.data.findAndGetElement(DCM_PixelPaddingRangeLimit, element).good() && element) {
        if (element->getUint16(limit).bad() && element->getSint16(signed_value).good()) {
            limit = Uint16(signed_value);
        }
    }
    int64_t a = f.is_signed ? int64_t(Sint16(value)) : int64_t(value);
    int64_t b = f.is_signed ? int64_t(Sint16(limit)) : int64_t(limit);
    f.padding_low = a < b ? a : b;
    f.padding_high = a < b ? b : a;
}

void read_gray_scale(hn_dicom &dicom)
{
    hn_dicom_facts &f = dicom.facts;
    DcmItem &d = dicom.data;
    f.rescale_slope = real_of(d, DCM_RescaleSlope, 0);
    f.rescale_intercept = real_of(d, DCM_RescaleIntercept, 0);
    f.modality_lut = items_of(d, DCM_ModalityLUTSequence) > 0;
    f.voi_luts = int(items_of(d, DCM_VOILUTSequence));
    f.window_center = real_of(d, DCM_WindowCenter, 0);
    f.window_width = real_of(d, DCM_WindowWidth, 0);
    DcmElement *centers = nullptr;
    DcmElement *widths = nullptr;
    if (d.findAndGetElement(DCM_WindowCenter, centers).good() && centers &&
        d.findAndGetElement(DCM_WindowWidth, widths).good() && widths) {
        unsigned long pairs = std::min(centers->getVM(), widths->getVM());
        f.windows = int(std::min(pairs, 1000UL));
    }
    WALL_COPY(f.voi_function, wall::text_of(d, DCM_VOILUTFunction));
    f.palette = d.tagExists(DCM_RedPaletteColorLookupTableDescriptor);
    read_padding(dicom);
}

} // namespace

namespace wall
{

void copy_text(char *out, size_t size, const std::string &text)
{
    size_t taken = text.size() < size - 1 ? text.size() : size - 1;
    while (taken > 0 && taken < text.size() && (text[taken] & 0xc0) == 0x80) {
        taken--; /* never half a character */
    }
    memcpy(out, text.data(), taken);
    out[taken] = '\0';
}

std::string text_of(DcmItem &item, const DcmTagKey &tag)
{
    OFString raw;
    if (item.findAndGetOFStringArray(tag, raw).bad()) {
        return "";
    }
    std::string text(raw.c_str(), strlen(raw.c_str()));
    OFString charset;
    OFString converted;
    if (!hn_text_is_utf8(text.data(), text.size()) &&
        item.findAndGetOFStringArray(DCM_SpecificCharacterSet, charset).good()) {
        DcmSpecificCharacterSet converter;
        if (converter.selectCharacterSet(charset).good() &&
            converter.convertString(raw, converted, "\\^=").good()) {
            text.assign(converted.c_str());
        }
    }
    bool readable = hn_text_is_utf8(text.data(), text.size());
    for (char &letter : text) {
        unsigned char byte = static_cast<unsigned char>(letter);
        if (byte < ' ' || byte == 0x7f || (!readable && byte > 0x7f)) {
            letter = '?';
        }
    }
    size_t first = text.find_first_not_of(' ');
    size_t last = text.find_last_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

void read_facts(hn_dicom &dicom)
{
    read_encoding(dicom);
    read_layout(dicom);
    read_examination(dicom);
    read_spacing(dicom);
    read_gray_scale(dicom);
}

} // namespace wall

void hn_dicom_identify(hn_dicom_identity *out, const hn_dicom *dicom)
{
    memset(out, 0, sizeof *out);
    hn_status status = wall::guard(dicom->name.c_str(), [&]() -> hn_status {
        DcmItem &d = const_cast<DcmDataset &>(dicom->data);
        WALL_COPY(out->patient_id, wall::text_of(d, DCM_PatientID));
        WALL_COPY(out->issuer, wall::text_of(d, DCM_IssuerOfPatientID));
        WALL_COPY(out->patient_name, wall::text_of(d, DCM_PatientName));
        WALL_COPY(out->birth_date, wall::text_of(d, DCM_PatientBirthDate));
        WALL_COPY(out->accession_number, wall::text_of(d, DCM_AccessionNumber));
        WALL_COPY(out->study_uid, wall::text_of(d, DCM_StudyInstanceUID));
        WALL_COPY(out->series_uid, wall::text_of(d, DCM_SeriesInstanceUID));
        WALL_COPY(out->instance_uid, wall::text_of(d, DCM_SOPInstanceUID));
        return HN_OK;
    });
    (void)status; /* out of memory: what was read so far stands, the rest is "" */
}
