/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing one-channel DX images, for synthetic cohorts and for tests. Nothing is invented: no
 * date, no UID, no name that the caller did not give.
 */
#include "wall.hpp"

#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmjpeg/djrplol.h>

#include <hipnet/file.h>
#include <hipnet/number.h>

#include <cstring>

namespace
{

struct tag_text {
    DcmTagKey tag;
    const char *text;
};

hn_status check(const hn_dicom_image &image)
{
    if (image.rows < 1 || image.cols < 1 || image.rows > 65535 || image.cols > 65535 ||
        image.rows * image.cols > HN_DICOM_MAX_PIXELS || image.bits_stored < 8 ||
        image.bits_stored > 16) {
        return hn_fail(HN_ESHAPE, "a DICOM image of %lld x %lld pixels and %d bits",
                       static_cast<long long>(image.rows), static_cast<long long>(image.cols),
                       image.bits_stored);
    }
    if (!image.study_uid || !image.series_uid || !image.instance_uid) {
        return hn_fail(HN_EUSAGE, "a DICOM image needs its study, series and instance UID");
    }
    if (!image.photometric || (strcmp(image.photometric, "MONOCHROME1") != 0 &&
                               strcmp(image.photometric, "MONOCHROME2") != 0)) {
        return hn_fail(HN_EUSAGE, "photometric interpretation '%s' is not MONOCHROME1 or 2",
                       image.photometric ? image.photometric : "");
    }
    uint32_t limit = 1u << image.bits_stored;
    for (int64_t i = 0; i < image.rows * image.cols; i++) {
        if (image.pixels[i] >= limit) {
            return hn_fail(HN_EDATA, "a pixel of %u does not fit %d bits", image.pixels[i],
                           image.bits_stored);
        }
    }
    return HN_OK;
}

/* At most 16 characters, as the decimal strings of the standard. */
std::string decimal(double value)
{
    char text[HN_REAL_SIZE];
    std::string shortest = hn_format_real(text, value);
    if (shortest.size() > 16) {
        snprintf(text, sizeof text, "%.10g", value);
        shortest = text;
    }
    return shortest;
}

std::string pair(const double values[2])
{
    return decimal(values[0]) + "\\" + decimal(values[1]);
}

hn_status put(DcmItem &item, const DcmTagKey &tag, const char *text)
{
    OFCondition condition = item.putAndInsertString(tag, text);
    if (condition.bad()) {
        return hn_fail(HN_EUSAGE, "DICOM attribute (%04x,%04x): %s", tag.getGroup(),
                       tag.getElement(), condition.text());
    }
    return HN_OK;
}

hn_status put_number(DcmItem &item, const DcmTagKey &tag, int value)
{
    OFCondition condition = item.putAndInsertUint16(tag, Uint16(value));
    if (condition.bad()) {
        return hn_fail(HN_EUSAGE, "DICOM attribute (%04x,%04x): %s", tag.getGroup(),
                       tag.getElement(), condition.text());
    }
    return HN_OK;
}

hn_status put_texts(DcmItem &d, const hn_dicom_image &m)
{
    const tag_text texts[] = {
        { DCM_SpecificCharacterSet, "ISO_IR 192" },
        { DCM_ImageType, "ORIGINAL\\PRIMARY\\" },
        { DCM_SOPClassUID, UID_DigitalXRayImageStorageForPresentation },
        { DCM_SOPInstanceUID, m.instance_uid },
        { DCM_StudyInstanceUID, m.study_uid },
        { DCM_SeriesInstanceUID, m.series_uid },
        { DCM_Modality, m.modality ? m.modality : "DX" },
        { DCM_PresentationIntentType, "FOR PRESENTATION" },
        { DCM_PatientID, m.patient_id },
        { DCM_PatientName, m.patient_name },
        { DCM_PatientSex, m.patient_sex },
        { DCM_PatientAge, m.patient_age },
        { DCM_PatientBirthDate, m.patient_birth_date },
        { DCM_StudyDate, m.study_date },
        { DCM_StudyTime, m.study_time },
        { DCM_AccessionNumber, m.accession_number },
        { DCM_ViewPosition, m.view_position },
        { DCM_ImageLaterality, m.laterality },
        { DCM_PatientOrientation, m.patient_orientation },
        { DCM_BodyPartExamined, m.body_part },
        { DCM_SeriesDescription, m.series_description },
        { DCM_ProtocolName, m.protocol },
        { DCM_Manufacturer, m.manufacturer },
        { DCM_InstitutionName, m.institution },
        { DCM_BurnedInAnnotation, "NO" },
        { DCM_PhotometricInterpretation, m.photometric },
        { DCM_PresentationLUTShape,
          strcmp(m.photometric, "MONOCHROME1") == 0 ? "INVERSE" : "IDENTITY" },
        { DCM_PixelIntensityRelationship, "LOG" },
        { DCM_PixelSpacingCalibrationType, m.calibration },
    };
    for (const tag_text &t : texts) {
        if (t.text != nullptr) {
            HN_TRY(put(d, t.tag, t.text));
        }
    }
    return HN_OK;
}

hn_status put_measures(DcmItem &d, const hn_dicom_image &m)
{
    if (m.imager_spacing_mm[0] > 0) {
        HN_TRY(put(d, DCM_ImagerPixelSpacing, pair(m.imager_spacing_mm).c_str()));
    }
    if (m.pixel_spacing_mm[0] > 0) {
        HN_TRY(put(d, DCM_PixelSpacing, pair(m.pixel_spacing_mm).c_str()));
    }
    if (m.magnification > 0) {
        HN_TRY(
            put(d, DCM_EstimatedRadiographicMagnificationFactor, decimal(m.magnification).c_str()));
    }
    if (m.window_width > 0) {
        HN_TRY(put(d, DCM_WindowCenter, decimal(m.window_center).c_str()));
        HN_TRY(put(d, DCM_WindowWidth, decimal(m.window_width).c_str()));
    }
    if (m.rescale_slope != 0) {
        HN_TRY(put(d, DCM_RescaleSlope, decimal(m.rescale_slope).c_str()));
        HN_TRY(put(d, DCM_RescaleIntercept, decimal(m.rescale_intercept).c_str()));
        HN_TRY(put(d, DCM_RescaleType, "US"));
    }
    return HN_OK;
}

hn_status put_pixels(DcmItem &d, const hn_dicom_image &m)
{
    int allocated = m.bits_stored == 8 ? 8 : 16;
    HN_TRY(put_number(d, DCM_SamplesPerPixel, 1));
    HN_TRY(put_number(d, DCM_Rows, int(m.rows)));
    HN_TRY(put_number(d, DCM_Columns, int(m.cols)));
    HN_TRY(put_number(d, DCM_BitsAllocated, allocated));
    HN_TRY(put_number(d, DCM_BitsStored, m.bits_stored));
    HN_TRY(put_number(d, DCM_HighBit, m.bits_stored - 1));
    HN_TRY(put_number(d, DCM_PixelRepresentation, 0));
    size_t count = size_t(m.rows) * size_t(m.cols);
    OFCondition condition;
    if (allocated == 8) {
        std::vector<Uint8> bytes(count + count % 2);
        for (size_t i = 0; i < count; i++) {
            bytes[i] = Uint8(m.pixels[i]);
        }
        condition = d.putAndInsertUint8Array(DCM_PixelData, bytes.data(),
                                             static_cast<unsigned long>(bytes.size()));
    } else {
        condition =
            d.putAndInsertUint16Array(DCM_PixelData, m.pixels, static_cast<unsigned long>(count));
    }
    return condition.good() ? HN_OK : hn_fail(HN_ENOMEM, "DICOM pixel data: %s", condition.text());
}

hn_status encode(E_TransferSyntax &syntax, DcmDataset &d, hn_dicom_encoding encoding)
{
    DcmRLERepresentationParameter rle;
    DJ_RPLossless lossless(1, 0);
    const DcmRepresentationParameter *parameter = nullptr;
    syntax = EXS_LittleEndianExplicit;
    if (encoding == HN_DICOM_RLE) {
        syntax = EXS_RLELossless;
        parameter = &rle;
    } else if (encoding == HN_DICOM_JPEG_LOSSLESS) {
        syntax = EXS_JPEGProcess14SV1;
        parameter = &lossless;
    }
    OFCondition condition = d.chooseRepresentation(syntax, parameter);
    if (condition.bad() || !d.canWriteXfer(syntax)) {
        return hn_fail(HN_EUNSUPPORTED, "DICOM encoding %s: %s", DcmXfer(syntax).getXferName(),
                       condition.text());
    }
    return HN_OK;
}

hn_status write(const char *path, bool force, const hn_dicom_image &image)
{
    HN_TRY(check(image));
    HN_AUTO_OUTPUT output = {};
    HN_TRY(hn_output_begin_named(&output, path, force));
    DcmFileFormat file;
    DcmDataset &d = *file.getDataset();
    HN_TRY(put_texts(d, image));
    HN_TRY(put_measures(d, image));
    HN_TRY(put_pixels(d, image));
    E_TransferSyntax syntax = EXS_Unknown;
    HN_TRY(encode(syntax, d, image.encoding));
    OFCondition condition = file.saveFile(output.temporary, syntax, EET_ExplicitLength);
    if (condition.bad()) {
        return hn_fail(HN_EIO, "%s: %s", path, condition.text());
    }
    return hn_output_commit(&output);
}

} // namespace

hn_status hn_dicom_write(const char *path, bool force, const hn_dicom_image *image)
{
    return wall::guard(path, [&] { return write(path, force, *image); });
}
