/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcrypto for SHA-256, libsodium for BLAKE2b, keys and random bytes. */
#include <hipnet/hash.h>

#include <hipnet/file.h>
#include <hipnet/memory.h>

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

struct hn_sha256 {
    EVP_MD_CTX *context;
};

hn_status hn_sha256_new(hn_sha256 **out)
{
    hn_sha256 *hash = hn_calloc(1, sizeof *hash);
    if (!hash) {
        return HN_ENOMEM;
    }
    hash->context = EVP_MD_CTX_new();
    if (!hash->context || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        hn_sha256_end(hash, NULL);
        return hn_fail(HN_ENOMEM, "SHA-256 is not to be had from libcrypto");
    }
    *out = hash;
    return HN_OK;
}

void hn_sha256_add(hn_sha256 *hash, const void *bytes, size_t size)
{
    int done = EVP_DigestUpdate(hash->context, bytes, size);
    hn_assert(done == 1);
}

void hn_sha256_end(hn_sha256 *hash, char hex[HN_SHA256_HEX])
{
    if (!hash) {
        return;
    }
    if (hex) {
        uint8_t digest[HN_SHA256_BYTES];
        int done = EVP_DigestFinal_ex(hash->context, digest, NULL);
        hn_assert(done == 1);
        hn_hex(hex, digest, sizeof digest);
    }
    EVP_MD_CTX_free(hash->context);
    hn_free(hash);
}

hn_status hn_sha256_bytes(char hex[HN_SHA256_HEX], const void *bytes, size_t size)
{
    hn_sha256 *hash = NULL;
    HN_TRY(hn_sha256_new(&hash));
    hn_sha256_add(hash, bytes, size);
    hn_sha256_end(hash, hex);
    return HN_OK;
}

hn_status hn_sha256_file(char hex[HN_SHA256_HEX], const char *path)
{
    FILE *stream = NULL;
    HN_TRY(hn_file_open(&stream, path));
    hn_sha256 *hash = NULL;
    hn_status status = hn_sha256_new(&hash);
    unsigned char chunk[65536];
    size_t got = 0;
    while (status == HN_OK && (got = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        hn_sha256_add(hash, chunk, got);
    }
    if (status == HN_OK && ferror(stream)) {
        status = hn_fail_errno("%s", path);
    }
    fclose(stream);
    hn_sha256_end(hash, hex);
    return status;
}

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;
static int sodium_state = -1;

static void start_sodium(void)
{
    sodium_state = sodium_init();
}

static hn_status need_sodium(void)
{
    pthread_once(&sodium_once, start_sodium);
    return sodium_state >= 0 ? HN_OK : hn_fail(HN_EIO, "libsodium found no source of randomness");
}

hn_status hn_blake2b(uint8_t *hash, size_t hash_size, const void *bytes, size_t size,
                     const uint8_t *key)
{
    hn_assert(hash_size >= crypto_generichash_BYTES_MIN &&
              hash_size <= crypto_generichash_BYTES_MAX);
    HN_TRY(need_sodium());
    int failed = crypto_generichash(hash, hash_size, bytes, size, key, key ? HN_KEY_BYTES : 0);
    hn_assert(failed == 0);
    return HN_OK;
}

void hn_hex(char *out, const uint8_t *bytes, size_t count)
{
    sodium_bin2hex(out, 2 * count + 1, bytes, count);
}

hn_status hn_unhex(uint8_t *out, size_t count, const char *hex)
{
    size_t got = 0;
    const char *end = NULL;
    if (sodium_hex2bin(out, count, hex, strlen(hex), NULL, &got, &end) != 0 || *end != 0 ||
        got != count) {
        return hn_fail(HN_EFORMAT, "%zu bytes in hexadecimal digits were expected", count);
    }
    return HN_OK;
}

hn_status hn_random_bytes(void *bytes, size_t size)
{
    HN_TRY(need_sodium());
    randombytes_buf(bytes, size);
    return HN_OK;
}
