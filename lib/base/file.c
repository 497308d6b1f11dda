/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading whole files, folders and paths. Writing is in output.c. */
#include <hipnet/file.h>

#include <hipnet/memory.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

hn_status hn_file_open(FILE **out, const char *path)
{
    if (hn_file_is_folder(path)) {
        return hn_fail(HN_EIO, "%s is a folder, not a file", path);
    }
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        return hn_fail_errno("%s", path);
    }
    *out = stream;
    return HN_OK;
}

/* Reads in steps rather than trusting the size that the system reports: pipes have none. */
static hn_status read_stream(hn_text *text, FILE *stream, const char *path, size_t limit)
{
    char chunk[65536];
    size_t got = 0;
    while ((got = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        if (got > limit - text->size) {
            return hn_fail(HN_EFORMAT, "%s is larger than the %zu bytes that such a file may have",
                           path, limit);
        }
        hn_text_append_bytes(text, chunk, got);
        HN_TRY(hn_text_status(text));
    }
    return ferror(stream) ? hn_fail_errno("%s", path) : HN_OK;
}

hn_status hn_file_read(char **bytes, size_t *size, const char *path, size_t limit)
{
    FILE *stream = NULL;
    HN_TRY(hn_file_open(&stream, path));
    HN_AUTO_TEXT text = HN_TEXT_INIT;
    hn_status status = read_stream(&text, stream, path, limit);
    fclose(stream);
    HN_TRY(status);
    size_t count = text.size;
    char *data = hn_text_take(&text);
    if (!data) {
        return HN_ENOMEM;
    }
    *bytes = data;
    if (size) {
        *size = count;
    }
    return HN_OK;
}

bool hn_file_exists(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0;
}

bool hn_file_is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

hn_status hn_file_size(int64_t *bytes, const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return hn_fail_errno("%s", path);
    }
    *bytes = (int64_t)facts.st_size;
    return HN_OK;
}

hn_status hn_file_make_folder(const char *path)
{
    char part[HN_PATH_SIZE];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        return hn_fail(HN_EUSAGE, "a path has %zu characters: 1 to %d are possible", length,
                       HN_PATH_SIZE - 1);
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != 0) {
            continue;
        }
        char keep = part[i];
        part[i] = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            return hn_fail_errno("folder %s", part);
        }
        part[i] = keep;
    }
    return hn_file_is_folder(path) ? HN_OK : hn_fail(HN_EIO, "%s is not a folder", path);
}

hn_status hn_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return hn_fail_errno("%s", path);
    }
    return HN_OK;
}

hn_status hn_file_list(hn_text_list *names, const char *folder)
{
    DIR *stream = opendir(folder);
    if (!stream) {
        return hn_fail_errno("folder %s", folder);
    }
    hn_status status = HN_OK;
    for (struct dirent *entry; status == HN_OK && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = hn_text_list_add(names, entry->d_name);
        }
    }
    closedir(stream);
    hn_text_list_sort(names);
    return status;
}

hn_status hn_path_join(char out[HN_PATH_SIZE], const char *folder, const char *name)
{
    bool alone = name[0] == '/' || folder[0] == 0;
    bool slash = !alone && hn_text_ends(folder, "/");
    int length =
        snprintf(out, HN_PATH_SIZE, "%s%s%s", alone ? "" : folder, alone || slash ? "" : "/", name);
    if (length < 0 || length >= HN_PATH_SIZE) {
        return hn_fail(HN_EUSAGE, "a path is longer than %d characters", HN_PATH_SIZE - 1);
    }
    return HN_OK;
}

const char *hn_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void hn_path_folder(char out[HN_PATH_SIZE], const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        memcpy(out, ".", 2);
        return;
    }
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= HN_PATH_SIZE) {
        length = HN_PATH_SIZE - 1;
    }
    memcpy(out, path, length);
    out[length] = 0;
}
