/* SPDX-License-Identifier: GPL-3.0-or-later */
/* safetensors: the format byte for byte, round trips, and every way a file can lie. */
#include "scratch.h"

#include <hipnet/file.h>
#include <hipnet/memory.h>
#include <hipnet/safetensors.h>

#include <check.h>
#include <inttypes.h>
#include <string.h>

#define ck_ok(expression)                                                                          \
    do {                                                                                           \
        hn_status s_ = (expression);                                                               \
        ck_assert_msg(s_ == HN_OK, "%s: %s", #expression, hn_error_message());                     \
    } while (0)

static size_t put_header(uint8_t *out, const char *header)
{
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    memcpy(out + 8, header, length);
    return 8 + length;
}

/* Parses `header` followed by `data` bytes that count up from 0. */
static hn_status parse(hn_safetensors **out, const char *header, size_t data)
{
    static uint8_t bytes[8192];
    size_t size = put_header(bytes, header);
    for (size_t i = 0; i < data; i++) {
        bytes[size + i] = (uint8_t)i;
    }
    return hn_safetensors_parse(out, bytes, size + data, "file");
}

START_TEST(reads_the_format)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    ck_ok(parse(&file,
                "{\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[2,10]},"
                "\"__metadata__\":{\"format\":\"pt\"},"
                "\"a\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[0,2]},"
                "\"none\":{\"dtype\":\"I64\",\"shape\":[0,7],\"data_offsets\":[2,2]}}  ",
                10));
    ck_assert_int_eq(hn_safetensors_count(file), 3);
    const hn_safetensors_entry *a = hn_safetensors_at(file, 0);
    ck_assert_str_eq(a->name, "a");
    ck_assert_int_eq(a->rank, 0);
    ck_assert_int_eq(a->count, 1);
    ck_assert_uint_eq(((const uint8_t *)a->data)[1], 1);
    const hn_safetensors_entry *b = hn_safetensors_find(file, "b");
    ck_assert_int_eq(b->type, HN_SAFETENSORS_F32);
    ck_assert_uint_eq(b->bytes, 8);
    ck_assert_uint_eq(((const uint8_t *)b->data)[7], 9);
    ck_assert_int_eq(hn_safetensors_find(file, "none")->count, 0);
    ck_assert_ptr_null(hn_safetensors_find(file, "c"));
    ck_assert_str_eq(hn_safetensors_metadata_get(file, "format"), "pt");
    ck_assert_ptr_null(hn_safetensors_metadata_get(file, "formats"));
}
END_TEST

START_TEST(require_names_what_is_wrong)
{
    HN_AUTO_SAFETENSORS *file = NULL;
    ck_ok(parse(&file,
                "{\"conv1.weight\":{\"dtype\":\"U8\",\"shape\":[4],"
                "\"data_offsets\":[0,4]}}",
                4));
    const hn_safetensors_entry *entry = NULL;
    int64_t four = 4, five = 5;
    ck_ok(hn_safetensors_require(&entry, file, "conv1.weight", HN_SAFETENSORS_U8, &four, 1));
    ck_assert_int_eq(
        hn_safetensors_require(&entry, file, "conv1.weights", HN_SAFETENSORS_U8, &four, 1),
        HN_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "conv1.weight'"));
    ck_assert_int_eq(
        hn_safetensors_require(&entry, file, "conv1.weight", HN_SAFETENSORS_U8, &five, 1),
        HN_ESHAPE);
    ck_assert_ptr_nonnull(strstr(hn_error_message(), "U8 [4], expected U8 [5]"));
    ck_assert_int_eq(
        hn_safetensors_require(&entry, file, "conv1.weight", HN_SAFETENSORS_I8, &four, 1),
        HN_ESHAPE);
}
END_TEST

/* A header, the bytes of data behind it, and words that the refusal must hold. */
static const struct {
    const char *header;
    size_t data;
    const char *words;
} lies[] = {
#define ENTRY(dtype, shape, range)                                                                 \
    "\"t\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" range "}"
    { "", 0, "not JSON" },
    { "[]", 0, "not a JSON object" },
    { "{} x", 0, "behind the value" },
    { "{" ENTRY("F32", "[1]", "[0,4]") "," ENTRY("F32", "[1]", "[4,8]") "}", 8, "stands twice" },
    { "{\"t\":3}", 0, "not described by an object" },
    { "{\"\":{}}", 0, "0 bytes" },
    { "{\"t\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'dtype' is missing" },
    { "{" ENTRY("F8", "[1]", "[0,4]") "}", 4, "dtype 'F8' is not known" },
    { "{" ENTRY("F32", "1", "[0,4]") "}", 4, "'shape' is not a list" },
    { "{" ENTRY("F32", "[1.5]", "[0,4]") "}", 4, "whole number" },
    { "{" ENTRY("F32", "[-1]", "[0,4]") "}", 4, "extent -1" },
    { "{" ENTRY("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "9 extents" },
    { "{" ENTRY("F32", "[4294967296,4294967296]", "[0,4]") "}", 4, "can be counted" },
    { "{" ENTRY("F32", "[0,4294967296,4294967296]", "[0,0]") "}", 0, "can be counted" },
    { "{" ENTRY("F64", "[2147483648,2147483648]", "[0,4]") "}", 4, "more bytes than" },
    { "{" ENTRY("F32", "[1]", "[0,5]") "}", 4, "outside the 4 bytes" },
    { "{" ENTRY("F32", "[1]", "[4,0]") "}", 4, "outside" },
    { "{" ENTRY("F32", "[1]", "[-4,0]") "}", 4, "outside" },
    { "{" ENTRY("F32", "[2]", "[0,4]") "}", 4, "need 8" },
    { "{" ENTRY("F32", "[1]", "[0,4,8]") "}", 8, "two numbers" },
    { "{" ENTRY("F32", "[1]", "{}") "}", 4, "two numbers" },
    { "{" ENTRY("F32", "[1]", "[0,4]") "}", 5, "1 bytes at the end" },
    { "{" ENTRY("F32", "[1]", "[1,5]") "}", 5, "unused bytes before it" },
    { "{}", 1, "1 bytes at the end" },
    { "{" ENTRY("F32", "[1]",
                "[0,4]") ",\"u\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
      6, "overlaps" },
    { "{" ENTRY("F32", "[1]",
                "[0,4]") ",\"u\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
      4, "overlaps" },
    { "{\"__metadata__\":{\"epoch\":3}}", 0, "'__metadata__' key 'epoch'" },
    { "{\"__metadata__\":[]}", 0, "not an object of texts" },
    { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "stands twice" },
};

START_TEST(refuses_lies)
{
    hn_safetensors *file = NULL;
    ck_assert_int_eq(parse(&file, lies[_i].header, lies[_i].data), HN_EFORMAT);
    ck_assert_ptr_null(file);
    ck_assert_msg(strstr(hn_error_message(), lies[_i].words), "'%s' does not say '%s'",
                  hn_error_message(), lies[_i].words);
    ck_assert_msg(strncmp(hn_error_message(), "file: ", 6) == 0, "%s", hn_error_message());
}
END_TEST

START_TEST(refuses_lengths)
{
    static const struct {
        uint64_t length;
        size_t size;
        const char *words;
    } cases[] = {
        { 0, 0, "too few" },
        { 2, 7, "too few" },
        { 3, 10, "of a file of 10" },
        { UINT64_MAX, 10, "at most" },
        { UINT64_C(100000001), 10, "at most 100000000" },
        { UINT64_C(100000000), 10, "of a file of 10" },
    };
    for (size_t c = 0; c < HN_COUNT_OF(cases); c++) {
        uint8_t bytes[10] = { 0, 0, 0, 0, 0, 0, 0, 0, '{', '}' };
        for (int i = 0; i < 8; i++) {
            bytes[i] = (uint8_t)(cases[c].length >> (8 * i));
        }
        hn_safetensors *file = NULL;
        ck_assert_int_eq(hn_safetensors_parse(&file, bytes, cases[c].size, "file"), HN_EFORMAT);
        ck_assert_msg(strstr(hn_error_message(), cases[c].words), "%s", hn_error_message());
    }
}
END_TEST

START_TEST(writes_the_format)
{
    scratch_open();
    float values[2] = { 1.0f, -2.0f };
    int64_t steps = 7;
    hn_safetensors_entry entries[] = {
        { .name = "w", .type = HN_SAFETENSORS_F32, .rank = 2, .shape = { 1, 2 }, .data = values },
        { .name = "n", .type = HN_SAFETENSORS_I64, .rank = 0, .data = &steps },
    };
    hn_safetensors_metadata metadata[] = { { "z", "last" }, { "gone", NULL }, { "format", "pt" } };
    ck_ok(hn_safetensors_write(scratch("a.safetensors"), entries, 2, metadata, 3, false));
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"z\":\"last\"},"
        "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}}";
    HN_AUTOFREE char *bytes = NULL;
    size_t size = 0;
    ck_ok(hn_file_read(&bytes, &size, scratch("a.safetensors"), 4096));
    size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    ck_assert_uint_eq(size, 8 + padded + 16);
    ck_assert_uint_eq((uint8_t)bytes[0], padded);
    ck_assert_int_eq(memcmp(bytes + 8, header, sizeof header - 1), 0);
    ck_assert_int_eq(memcmp(bytes + 8 + padded, &steps, 8), 0);
    ck_assert_int_eq(memcmp(bytes + 8 + padded + 8, values, 8), 0);

    HN_AUTO_SAFETENSORS *file = NULL;
    ck_ok(hn_safetensors_open(&file, scratch("a.safetensors")));
    ck_assert_int_eq(memcmp(hn_safetensors_find(file, "w")->data, values, 8), 0);
    ck_assert_int_eq(hn_safetensors_metadata_count(file), 2);
    ck_assert_int_eq(hn_safetensors_write(scratch("a.safetensors"), entries, 2, NULL, 0, false),
                     HN_EEXISTS);
    ck_ok(hn_safetensors_write(scratch("a.safetensors"), entries, 2, NULL, 0, true));
    /* the mapping is of the old file, which the rename left alone */
    ck_assert_int_eq(memcmp(hn_safetensors_find(file, "w")->data, values, 8), 0);
    scratch_close();
}
END_TEST

START_TEST(writer_refuses)
{
    scratch_open();
    uint8_t one = 1;
    hn_safetensors_entry twice[] = {
        { .name = "a", .type = HN_SAFETENSORS_U8, .data = &one },
        { .name = "a", .type = HN_SAFETENSORS_U8, .data = &one },
    };
    ck_assert_int_eq(hn_safetensors_write(scratch("x"), twice, 2, NULL, 0, false), HN_EFORMAT);
    static const char *const names[] = { "", "__metadata__", "\xff" };
    for (size_t i = 0; i < HN_COUNT_OF(names); i++) {
        twice[0].name = names[i];
        ck_assert_int_eq(hn_safetensors_write(scratch("x"), twice, 1, NULL, 0, false), HN_EFORMAT);
    }
    twice[0].name = "a";
    ck_assert_int_eq(hn_safetensors_write("/dev/full", twice, 1, NULL, 0, true), HN_EIO);
    ck_assert_int_ne(hn_safetensors_write(scratch("no/x"), twice, 1, NULL, 0, false), HN_OK);
    ck_assert(!hn_file_exists(scratch("x")));
    ck_ok(hn_safetensors_write(scratch("none"), NULL, 0, NULL, 0, false));
    HN_AUTO_SAFETENSORS *file = NULL;
    ck_ok(hn_safetensors_open(&file, scratch("none")));
    ck_assert_int_eq(hn_safetensors_count(file), 0);
    scratch_close();
}
END_TEST

START_TEST(refuses_every_shorter_file)
{
    static uint8_t bytes[512];
    const char *header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                         "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
    size_t size = put_header(bytes, header) + 11;
    for (size_t cut = 0; cut < size; cut++) {
        HN_AUTOFREE uint8_t *copy = hn_alloc(cut);
        memcpy(copy, bytes, cut);
        hn_safetensors *file = NULL;
        ck_assert_int_eq(hn_safetensors_parse(&file, copy, cut, "file"), HN_EFORMAT);
    }
    hn_safetensors *file = NULL;
    ck_ok(hn_safetensors_parse(&file, bytes, size, "file"));
    hn_safetensors_close(file);
}
END_TEST

START_TEST(open_says_what_it_met)
{
    scratch_open();
    hn_safetensors *file = NULL;
    ck_assert_int_eq(hn_safetensors_open(&file, scratch("absent")), HN_ENOTFOUND);
    ck_assert_int_eq(hn_safetensors_open(&file, scratch_folder), HN_EIO);
    ck_ok(hn_file_write(scratch("empty"), "", 0, false));
    ck_assert_int_eq(hn_safetensors_open(&file, scratch("empty")), HN_EFORMAT);
    scratch_close();
}
END_TEST

Suite *check_safetensors_suite(void);
Suite *check_safetensors_suite(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");
    tcase_add_test(tests, reads_the_format);
    tcase_add_test(tests, require_names_what_is_wrong);
    tcase_add_loop_test(tests, refuses_lies, 0, HN_COUNT_OF(lies));
    tcase_add_test(tests, refuses_lengths);
    tcase_add_test(tests, writes_the_format);
    tcase_add_test(tests, writer_refuses);
    tcase_add_test(tests, refuses_every_shorter_file);
    tcase_add_test(tests, open_says_what_it_met);
    suite_add_tcase(suite, tests);
    return suite;
}
