/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attributes.h: the compiler extensions that the project uses, each behind one name.
 * C11 with gcc or clang; the header also compiles as C++17, for the two shims.
 */
#ifndef HIPNET_ATTRIBUTES_H
#define HIPNET_ATTRIBUTES_H

/* Functions that other programs may call; everything else stays hidden in the library. */
#ifdef __cplusplus
#define HN_API      extern "C" __attribute__((visibility("default")))
#else
#define HN_API      extern __attribute__((visibility("default")))
#endif

#define HN_NORETURN __attribute__((noreturn))

/* The result must be looked at. */
#define HN_MUST_CHECK __attribute__((warn_unused_result))

/* Argument number `text` is a printf format, its values start at argument `first`. */
#define HN_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Runs `release(&variable)` when the variable goes out of scope. Such a variable is always
 * initialised where it is declared. */
#define HN_CLEANUP(release) __attribute__((cleanup(release)))

#define HN_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
