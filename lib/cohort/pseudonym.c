/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The identity is spelled with length prefixes before it is hashed, so that no two different
 * identities can spell the same bytes. */
#include <hipnet/pseudonym.h>

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/text.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_HEX (2 * HN_KEY_BYTES)

/* Keys must be private before the first byte is in them, so the file is made with its mode. */
static hn_status create_key(hn_key *key, const char *path)
{
    char text[KEY_HEX + 2];
    HN_TRY(hn_random_bytes(key->bytes, sizeof key->bytes));
    hn_hex(text, key->bytes, sizeof key->bytes);
    text[KEY_HEX] = '\n';
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return hn_fail_errno("key file %s", path);
    }
    ssize_t written = write(descriptor, text, KEY_HEX + 1);
    bool whole = written == KEY_HEX + 1 && fsync(descriptor) == 0;
    memset(text, 0, sizeof text);
    if (close(descriptor) != 0 || !whole) {
        hn_status status = hn_fail_errno("key file %s", path);
        (void)unlink(path);
        return status;
    }
    return HN_OK;
}

static hn_status read_key(hn_key *key, const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return hn_fail_errno("key file %s", path);
    }
    if (facts.st_mode & 077) {
        return hn_fail(HN_EUSAGE, "key file %s may be read by others (mode %03o, not 600)", path,
                       (unsigned)(facts.st_mode & 0777));
    }
    HN_AUTOFREE char *text = NULL;
    size_t size = 0;
    HN_TRY(hn_file_read(&text, &size, path, 4096));
    char *hex = hn_text_trim(text);
    hn_status status = strlen(hex) == KEY_HEX && size - (size_t)(hex - text) >= KEY_HEX
                           ? hn_unhex(key->bytes, sizeof key->bytes, hex)
                           : HN_EFORMAT;
    memset(text, 0, size);
    if (status) {
        return hn_fail(HN_EFORMAT, "key file %s does not hold %d hex digits", path, KEY_HEX);
    }
    return HN_OK;
}

hn_status hn_key_open(hn_key *key, bool *created, const char *path, bool create)
{
    *created = false;
    if (create && !hn_file_exists(path)) {
        HN_TRY(create_key(key, path));
        *created = true;
        return HN_OK;
    }
    return read_key(key, path);
}

void hn_key_clear(hn_key *key)
{
    memset(key->bytes, 0, sizeof key->bytes);
    __asm__ volatile("" : : "r"(key) : "memory"); /* keeps the compiler from dropping it */
}

/* Hashes (purpose, parts...) under the key. */
static hn_status keyed(uint8_t *hash, size_t hash_size, const hn_key *key, const char *const *parts,
                       int count)
{
    HN_AUTO_TEXT spelled = HN_TEXT_INIT;
    for (int i = 0; i < count; i++) {
        hn_text_printf(&spelled, "%zu:%s,", strlen(parts[i]), parts[i]);
    }
    HN_TRY(hn_text_status(&spelled));
    return hn_blake2b(hash, hash_size, spelled.data, spelled.size, key->bytes);
}

hn_status hn_pseudonym(char out[HN_PSEUDONYM_SIZE], const hn_key *key, const char *center,
                       const char *patient_id)
{
    const char *parts[] = { "hipnet patient 1", patient_id, center };
    uint8_t hash[16];
    HN_TRY(keyed(hash, sizeof hash, key, parts, center ? 3 : 2));
    hn_hex(out, hash, (HN_PSEUDONYM_SIZE - 1) / 2);
    return HN_OK;
}

hn_status hn_case_pseudonym(char out[HN_CASE_ID_SIZE], const hn_key *key, const char *pseudonym,
                            const char *side, const char *reference_date)
{
    const char *parts[] = { "hipnet case 1", pseudonym, side, reference_date };
    uint8_t hash[16];
    HN_TRY(keyed(hash, sizeof hash, key, parts, 4));
    char digits[2 * sizeof hash + 1];
    hn_hex(digits, hash, 3);
    memmove(out, pseudonym, HN_PSEUDONYM_SIZE - 1);
    out[HN_PSEUDONYM_SIZE - 1] = '-';
    memcpy(out + HN_PSEUDONYM_SIZE, digits, 7);
    return HN_OK;
}

hn_status hn_keyed_hash(char out[HN_KEYED_HASH_SIZE], const hn_key *key, const void *bytes,
                        size_t size)
{
    uint8_t hash[32];
    HN_TRY(hn_blake2b(hash, sizeof hash, bytes, size, key->bytes));
    hn_hex(out, hash, sizeof hash);
    return HN_OK;
}
