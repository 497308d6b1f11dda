/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DICOM wall on any bytes: facts, identity, stored values of the first and the last frame, and
 * what a viewer shows. */
#include <hipnet/dicom.h>
#include <hipnet/memory.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    HN_AUTO_DICOM *dicom = NULL;
    if (hn_dicom_open_bytes(&dicom, bytes, size, "input") != HN_OK) {
        return 0;
    }
    const hn_dicom_facts *facts = hn_dicom_facts_of(dicom);
    hn_dicom_identity identity;
    hn_dicom_identify(&identity, dicom);
    if (facts->rows * facts->cols > 1000000) {
        return 0;
    }
    hn_dicom_pixels pixels;
    if (hn_dicom_stored(&pixels, dicom, facts->frames - 1) == HN_OK) {
        hn_dicom_pixels_clear(&pixels);
    }
    for (int voi = 0; voi < 2; voi++) {
        HN_AUTOFREE float *shown = NULL;
        char note[HN_DICOM_NOTE_SIZE];
        hn_status status = hn_dicom_present(&shown, note, dicom, 0, (hn_dicom_voi)voi);
        (void)status;
    }
    return 0;
}
