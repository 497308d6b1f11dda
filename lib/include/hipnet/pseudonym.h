/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pseudonym.h: names that only the holder of a key can compute.
 *
 * A pseudonym is the first 8 bytes of BLAKE2b-128 (RFC 7693) of the original id under a secret key
 * of 32 bytes, as 16 hex digits. The same key gives the same pseudonym in every release; who
 * has no key cannot go back, not even by trying all ids. The key stays with the site. Data
 * named so are pseudonymised, not anonymous.
 */
#ifndef HIPNET_PSEUDONYM_H
#define HIPNET_PSEUDONYM_H

#include <hipnet/error.h>
#include <hipnet/hash.h>
#include <stdbool.h>
#include <stdint.h>

#define HN_PSEUDONYM_SIZE 17 /* 16 hex digits and the NUL */
#define HN_CASE_ID_SIZE   24 /* pseudonym, '-', 6 hex digits and the NUL */

typedef struct hn_key {
    uint8_t bytes[HN_KEY_BYTES];
} hn_key;

/* Reads a key file (64 hex digits and a line break). A file that others may read (mode other
 * than 600 or 400) is refused: HN_EUSAGE. When the file is absent and `create` is set, a key
 * is drawn from the system's generator and written with mode 600; `*created` says so. */
HN_API hn_status hn_key_open(hn_key *key, bool *created, const char *path,
                             bool create) HN_MUST_CHECK;
HN_API void hn_key_clear(hn_key *key);

/* The pseudonym of a patient. `center` is NULL where ids are unique over all centers, else the
 * center is part of the identity. */
HN_API hn_status hn_pseudonym(char out[HN_PSEUDONYM_SIZE], const hn_key *key, const char *center,
                              const char *patient_id) HN_MUST_CHECK;

/* The id of a case: the pseudonym and six digits from its side and index date (true date, as
 * YYYY-MM-DD; "" when there is none). */
HN_API hn_status hn_case_pseudonym(char out[HN_CASE_ID_SIZE], const hn_key *key,
                                   const char *pseudonym, const char *side,
                                   const char *reference_date) HN_MUST_CHECK;

/* A keyed hash of any bytes (a source file), as 64 hex digits. */
#define HN_KEYED_HASH_SIZE 65
HN_API hn_status hn_keyed_hash(char out[HN_KEYED_HASH_SIZE], const hn_key *key, const void *bytes,
                               size_t size) HN_MUST_CHECK;

#endif
