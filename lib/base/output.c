/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing files whole or not at all: temporary name, flush, sync, rename, sync of the folder.
 * A list of begun outputs lets an interrupted program remove what it had not finished.
 */
#include <hipnet/file.h>

#include <hipnet/memory.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporary names that this process has begun and not finished. */
static pthread_mutex_t begun_lock = PTHREAD_MUTEX_INITIALIZER;
static hn_text_list begun;

static hn_status remember(const char *temporary)
{
    pthread_mutex_lock(&begun_lock);
    hn_status status = hn_text_list_add(&begun, temporary);
    pthread_mutex_unlock(&begun_lock);
    return status;
}

static void forget(const char *temporary)
{
    pthread_mutex_lock(&begun_lock);
    int place = hn_text_list_find(&begun, temporary);
    if (place >= 0) {
        hn_free(begun.items[place]);
        begun.items[place] = begun.items[--begun.count];
    }
    pthread_mutex_unlock(&begun_lock);
}

void hn_output_discard_all(void)
{
    pthread_mutex_lock(&begun_lock);
    for (size_t i = 0; i < begun.count; i++) {
        unlink(begun.items[i]);
    }
    hn_text_list_clear(&begun);
    pthread_mutex_unlock(&begun_lock);
}

hn_status hn_file_may_write(const char *path, bool force)
{
    struct stat facts;
    if (strcmp(path, "-") == 0 || lstat(path, &facts) != 0) {
        return HN_OK;
    }
    if (S_ISDIR(facts.st_mode)) {
        return hn_fail(HN_EEXISTS, "%s is a folder: an output file was expected there", path);
    }
    if (S_ISREG(facts.st_mode) && !force) {
        return hn_fail(HN_EEXISTS, "%s exists already: remove it or use --force", path);
    }
    return HN_OK;
}

/* Devices, pipes and sockets are written directly: a rename would replace them. A link is
 * followed, so that the file it points to is replaced and not the link. */
static bool is_special(const char *path)
{
    struct stat facts;
    return strcmp(path, "-") == 0 ||
           (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode));
}

static hn_status name_output(hn_output *output, const char *path, bool force)
{
    static unsigned serial;
    *output = HN_OUTPUT_INIT;
    if (path[0] == 0) {
        return hn_fail(HN_EUSAGE, "an output path is empty");
    }
    HN_TRY(hn_file_may_write(path, force));
    char target[HN_PATH_SIZE];
    ssize_t length = readlink(path, target, sizeof target - 1);
    char folder[HN_PATH_SIZE];
    if (length > 0) {
        target[length] = 0;
        hn_path_folder(folder, path);
        HN_TRY(hn_path_join(output->path, folder, target));
    } else {
        HN_TRY(hn_path_join(output->path, "", path));
    }
    output->direct = is_special(path);
    if (output->direct) {
        return HN_OK;
    }
    int written =
        snprintf(output->temporary, sizeof output->temporary, "%s.tmp-%ld-%u", output->path,
                 (long)getpid(), __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
    if (written < 0 || written >= (int)sizeof output->temporary) {
        return hn_fail(HN_EUSAGE, "a path is longer than %d characters", HN_PATH_SIZE - 1);
    }
    hn_path_folder(folder, output->path);
    if (!hn_file_is_folder(folder)) {
        return hn_fail(HN_ENOTFOUND, "%s: there is no folder %s", path, folder);
    }
    return HN_OK;
}

hn_status hn_output_begin(hn_output *output, const char *path, bool force)
{
    HN_TRY(name_output(output, path, force));
    if (strcmp(path, "-") == 0) {
        output->stream = stdout;
        output->begun = true;
        return HN_OK;
    }
    const char *name = output->direct ? path : output->temporary;
    output->stream = fopen(name, output->direct ? "wbe" : "wbxe");
    if (!output->stream) {
        return hn_fail_errno("%s", path);
    }
    output->begun = true;
    if (output->direct) {
        return HN_OK;
    }
    hn_status status = remember(output->temporary);
    if (status != HN_OK) {
        hn_output_discard(output);
    }
    return status;
}

hn_status hn_output_begin_named(hn_output *output, const char *path, bool force)
{
    HN_TRY(name_output(output, path, force));
    if (output->direct) {
        return hn_fail(HN_EUSAGE, "%s: this format needs a file of its own, not a stream", path);
    }
    HN_TRY(remember(output->temporary));
    output->begun = true;
    return HN_OK;
}

static bool sync_each = true;

void hn_output_sync_each(bool each)
{
    if (each && !sync_each) {
        sync();
    }
    sync_each = each;
}

/* The folder's entry is data too: without this, a crash may forget the rename. */
static void sync_folder_of(const char *path)
{
    char folder[HN_PATH_SIZE];
    hn_path_folder(folder, path);
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle >= 0) {
        fsync(handle);
        close(handle);
    }
}

static hn_status sync_file(const char *path)
{
    int handle = open(path, O_RDONLY | O_CLOEXEC);
    if (handle < 0) {
        return hn_fail_errno("%s", path);
    }
    int failed = fsync(handle) != 0;
    int code = errno;
    close(handle);
    errno = code;
    return failed ? hn_fail_errno("%s", path) : HN_OK;
}

/* fclose reports what buffered writes met, a full disk for one. */
static hn_status close_stream(hn_output *output)
{
    FILE *stream = output->stream;
    output->stream = NULL;
    if (!stream) {
        return HN_OK;
    }
    bool standard = stream == stdout;
    int failed = ferror(stream) || fflush(stream) != 0;
    int code = errno;
    if (!standard && fclose(stream) != 0 && !failed) {
        failed = 1;
        code = errno;
    }
    if (failed) {
        errno = code ? code : EIO;
        return hn_fail_errno("writing %s", standard ? "the standard output" : output->path);
    }
    return HN_OK;
}

hn_status hn_output_commit(hn_output *output)
{
    hn_assert(output->begun);
    hn_status status = close_stream(output);
    if (status == HN_OK && !output->direct && sync_each) {
        status = sync_file(output->temporary);
    }
    if (status == HN_OK && !output->direct && rename(output->temporary, output->path) != 0) {
        status = hn_fail_errno("%s", output->path);
    }
    if (status != HN_OK) {
        hn_output_discard(output);
        return status;
    }
    if (!output->direct) {
        forget(output->temporary);
        if (sync_each) {
            sync_folder_of(output->path);
        }
    }
    output->begun = false;
    return HN_OK;
}

void hn_output_discard(hn_output *output)
{
    if (!output->begun) {
        return;
    }
    if (output->stream && output->stream != stdout) {
        fclose(output->stream);
    }
    output->stream = NULL;
    output->begun = false;
    if (!output->direct) {
        unlink(output->temporary);
        forget(output->temporary);
    }
}

hn_status hn_file_write(const char *path, const char *bytes, size_t size, bool force)
{
    HN_AUTO_OUTPUT output = HN_OUTPUT_INIT;
    HN_TRY(hn_output_begin(&output, path, force));
    fwrite(bytes, 1, size, output.stream);
    return hn_output_commit(&output);
}
