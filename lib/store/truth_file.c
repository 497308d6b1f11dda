/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing truth.h5: datasets that grow by one image at a time, committed at the end. */
#include <hipnet/truth_file.h>

#include "hdf5_door.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>

#include <string.h>

enum { PATH_BYTES = 128, DEFLATE_LEVEL = 4 };

struct hn_truth_writer {
    hn_output output;
    hid_t file, masks, landmarks, paths;
    hsize_t count, rows, columns, landmark_count;
};

static hid_t make_dataset(hid_t file, const char *name, hid_t type, int rank, const hsize_t *size,
                          hsize_t chunk_rows, bool deflate)
{
    hsize_t now[3] = { 0, size[1], size[2] }, most[3] = { H5S_UNLIMITED, size[1], size[2] };
    hsize_t chunk[3] = { chunk_rows, size[1], size[2] };
    HN_H5_ID space = H5Screate_simple(rank, now, most);
    HN_H5_ID plain = hn_h5_plain(H5P_DATASET_CREATE);
    if (space < 0 || plain < 0 || H5Pset_chunk(plain, rank, chunk) < 0) {
        return -1;
    }
    if (deflate && (H5Pset_shuffle(plain) < 0 || H5Pset_deflate(plain, DEFLATE_LEVEL) < 0)) {
        return -1;
    }
    return H5Dcreate2(file, name, type, space, H5P_DEFAULT, plain, H5P_DEFAULT);
}

static hid_t text_type(size_t bytes)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, bytes) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static hn_status put_attribute(hid_t file, const char *name, const char *words)
{
    HN_H5_ID type = text_type(strlen(words) + 1);
    HN_H5_ID space = H5Screate(H5S_SCALAR);
    HN_H5_ID attribute =
        type < 0 || space < 0 ? -1 : H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, words) < 0) {
        return hn_h5_fail(HN_EIO, "attribute %s", name);
    }
    return HN_OK;
}

static hn_status create(hn_truth_writer *writer, const char *signs, const char *landmarks)
{
    HN_H5_LOCKED;
    HN_H5_ID plain = hn_h5_plain(H5P_FILE_CREATE);
    writer->file = H5Fcreate(writer->output.temporary, H5F_ACC_TRUNC, plain, H5P_DEFAULT);
    if (writer->file < 0) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    HN_H5_ID text = text_type(PATH_BYTES);
    const hsize_t mask_size[3] = { 0, writer->rows, writer->columns };
    const hsize_t landmark_size[3] = { 0, writer->landmark_count, 2 };
    const hsize_t path_size[3] = { 0, 0, 0 };
    writer->masks = make_dataset(writer->file, "masks", H5T_STD_U16LE, 3, mask_size, 1, true);
    writer->landmarks =
        make_dataset(writer->file, "landmarks", H5T_IEEE_F64LE, 3, landmark_size, 64, false);
    writer->paths = make_dataset(writer->file, "path", text, 1, path_size, 64, false);
    if (writer->masks < 0 || writer->landmarks < 0 || writer->paths < 0) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    HN_TRY(put_attribute(writer->file, "schema", "hipnet-truth 1"));
    HN_TRY(put_attribute(writer->file, "signs", signs));
    return put_attribute(writer->file, "landmarks", landmarks);
}

hn_status hn_truth_create(hn_truth_writer **out, const char *path, int rows, int columns,
                          const char *signs, const char *landmarks, int landmark_count, bool force)
{
    hn_truth_writer *writer = hn_calloc(1, sizeof *writer);
    if (!writer) {
        return HN_ENOMEM;
    }
    writer->file = writer->masks = writer->landmarks = writer->paths = -1;
    writer->rows = (hsize_t)rows;
    writer->columns = (hsize_t)columns;
    writer->landmark_count = (hsize_t)landmark_count;
    hn_status status = hn_output_begin_named(&writer->output, path, force);
    if (status == HN_OK) {
        status = create(writer, signs, landmarks);
    }
    if (status != HN_OK) {
        hn_truth_free(writer);
        return status;
    }
    *out = writer;
    return HN_OK;
}

/* Writes one more row into a dataset of the given rank. */
static bool append(hid_t dataset, int rank, hsize_t at, hsize_t a, hsize_t b, hid_t type,
                   const void *values)
{
    hsize_t size[3] = { at + 1, a, b }, start[3] = { at, 0, 0 }, count[3] = { 1, a, b };
    if (H5Dset_extent(dataset, size) < 0) {
        return false;
    }
    HN_H5_ID file_space = H5Dget_space(dataset);
    HN_H5_ID memory = H5Screate_simple(rank, count, NULL);
    return file_space >= 0 && memory >= 0 &&
           H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
           H5Dwrite(dataset, type, memory, file_space, H5P_DEFAULT, values) >= 0;
}

hn_status hn_truth_put(hn_truth_writer *writer, const char *image, const uint16_t *mask,
                       const double (*landmarks)[2])
{
    char path[PATH_BYTES] = { 0 };
    size_t length = strlen(image);
    if (length >= sizeof path) {
        return hn_fail(HN_EUSAGE, "the path %s has more than %d characters", image, PATH_BYTES - 1);
    }
    memcpy(path, image, length);
    HN_H5_LOCKED;
    HN_H5_ID text = text_type(PATH_BYTES);
    hsize_t at = writer->count;
    if (!append(writer->masks, 3, at, writer->rows, writer->columns, H5T_NATIVE_UINT16, mask) ||
        !append(writer->landmarks, 3, at, writer->landmark_count, 2, H5T_NATIVE_DOUBLE,
                landmarks) ||
        !append(writer->paths, 1, at, 0, 0, text, path)) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    writer->count++;
    return HN_OK;
}

static bool close_all(hn_truth_writer *writer)
{
    HN_H5_LOCKED;
    bool whole = true;
    hid_t *const ids[] = { &writer->masks, &writer->landmarks, &writer->paths };
    for (size_t i = 0; i < HN_COUNT_OF(ids); i++) {
        whole &= *ids[i] < 0 || H5Dclose(*ids[i]) >= 0;
        *ids[i] = -1;
    }
    whole &= writer->file < 0 || H5Fclose(writer->file) >= 0;
    writer->file = -1;
    return whole;
}

hn_status hn_truth_finish(hn_truth_writer *writer)
{
    if (!close_all(writer)) {
        return hn_h5_fail(HN_EIO, "%s", writer->output.path);
    }
    return hn_output_commit(&writer->output);
}

void hn_truth_free(hn_truth_writer *writer)
{
    if (writer) {
        close_all(writer);
        hn_output_discard(&writer->output);
        hn_free(writer);
    }
}
