/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hash.h: the one door to libsodium and libcrypto.
 *
 * SHA-256 (FIPS 180-4) where a file format promises it, BLAKE2b (RFC 7693) for pixels,
 * keyed BLAKE2b for pseudonyms. Hex is lower case.
 */
#ifndef HIPNET_HASH_H
#define HIPNET_HASH_H

#include <hipnet/error.h>
#include <stddef.h>
#include <stdint.h>

#define HN_SHA256_BYTES 32
#define HN_SHA256_HEX   65 /* with the NUL */
#define HN_KEY_BYTES    32

typedef struct hn_sha256 hn_sha256;
HN_API hn_status hn_sha256_new(hn_sha256 **out) HN_MUST_CHECK;
HN_API void hn_sha256_add(hn_sha256 *hash, const void *bytes, size_t size);
HN_API void hn_sha256_end(hn_sha256 *hash,
                          char hex[HN_SHA256_HEX]); /* and frees it; NULL is allowed */

HN_API hn_status hn_sha256_bytes(char hex[HN_SHA256_HEX], const void *bytes,
                                 size_t size) HN_MUST_CHECK;
HN_API hn_status hn_sha256_file(char hex[HN_SHA256_HEX], const char *path) HN_MUST_CHECK;

/* BLAKE2b of `hash_size` (16 to 64) bytes; `key` may be NULL, else HN_KEY_BYTES long. */
HN_API hn_status hn_blake2b(uint8_t *hash, size_t hash_size, const void *bytes, size_t size,
                            const uint8_t *key) HN_MUST_CHECK;

HN_API void hn_hex(char *out, const uint8_t *bytes, size_t count); /* 2 * count + 1 chars */
HN_API hn_status hn_unhex(uint8_t *out, size_t count, const char *hex) HN_MUST_CHECK;

/* Bytes from the system's generator, for keys only; science uses rng.h. */
HN_API hn_status hn_random_bytes(void *bytes, size_t size) HN_MUST_CHECK;

#endif
