/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table says what each reason is called and what it means; docs/reference/quarantine.md
 * shows the same table to people. */
#include <hipnet/manifest.h>

static const struct {
    const char *name, *description;
} reasons[HN_REASONS] = {
    [HN_REASON_NONE] = { "none", "the row is used" },
    [HN_REASON_PATIENT_MISSING] = { "patient-missing", "the row names no patient" },
    [HN_REASON_CENTER_MISSING] = { "center-missing", "the row names no center" },
    [HN_REASON_VIEW_MISSING] = { "view-missing", "the row does not say which view it is" },
    [HN_REASON_VIEW_UNKNOWN] = { "view-unknown", "the view is neither ap nor lateral nor mapped" },
    [HN_REASON_PATH_MISSING] = { "path-missing", "the row names no file" },
    [HN_REASON_LABEL_MISSING] = { "label-missing", "no diagnosis, and no status that explains it" },
    [HN_REASON_LABEL_UNKNOWN] = { "label-unknown", "the diagnosis is neither a class nor mapped" },
    [HN_REASON_SIDE_UNKNOWN] = { "side-unknown", "the side is neither left nor right nor mapped" },
    [HN_REASON_SIDE_MISSING] = { "side-missing",
                                 "no side, while other rows of the patient have one" },
    [HN_REASON_STATUS_UNKNOWN] = { "status-unknown", "the reference status is no known word" },
    [HN_REASON_REFERENCE_DATE_MISSING] = { "reference-date-missing",
                                           "no reference date, and several to choose from" },
    [HN_REASON_DUPLICATE_ROW] = { "duplicate-row", "the same file of the same patient and view" },
    [HN_REASON_TWO_CENTERS] = { "patient-in-two-centers",
                                "the same patient id in two centers: one patient or two?" },
    [HN_REASON_LABELS_CONTRADICT] = { "labels-contradict",
                                      "the rows of one case have different diagnoses" },
    [HN_REASON_AFTER_REFERENCE] = { "after-reference", "the film is later than the reference" },
    [HN_REASON_OUTSIDE_WINDOW] = { "outside-window", "the film is too long before the reference" },
    [HN_REASON_SEVERAL_IMAGES] = { "several-images",
                                   "several images of one view, which the rule refuses" },
    [HN_REASON_SUPERSEDED] = { "superseded", "another image of this view was chosen by the rule" },
    [HN_REASON_FILE_MISSING] = { "file-missing", "there is no such file" },
    [HN_REASON_FILE_UNREADABLE] = { "file-unreadable", "the system refuses to read the file" },
    [HN_REASON_NOT_AN_IMAGE] = { "not-an-image", "the content is no DICOM, PNG, JPEG or TIFF" },
    [HN_REASON_IMAGE_DAMAGED] = { "image-damaged", "the image cannot be decoded" },
    [HN_REASON_IMAGE_UNSUPPORTED] = { "image-unsupported",
                                      "a kind of image that this build cannot decode" },
    [HN_REASON_IMAGE_BLANK] = { "image-blank", "all pixels have one value" },
    [HN_REASON_VALUE_UNREADABLE] = { "value-unreadable", "a value was left out" },
    [HN_REASON_VALUE_INTERVAL] = { "value-interval", "the middle of an interval was taken" },
    [HN_REASON_VALUES_DIFFER] = { "values-differ",
                                  "the rows of a case disagree; the first used row counts" },
    [HN_REASON_SAME_PICTURE] = { "same-picture", "another image has the same pixels" },
};

const char *hn_reason_name(hn_reason reason)
{
    hn_assert((unsigned)reason < HN_REASONS);
    return reasons[reason].name;
}

const char *hn_reason_description(hn_reason reason)
{
    hn_assert((unsigned)reason < HN_REASONS);
    return reasons[reason].description;
}

bool hn_reason_is_note(hn_reason reason)
{
    return reason >= HN_REASON_VALUE_UNREADABLE;
}
