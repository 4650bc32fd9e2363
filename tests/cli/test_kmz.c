/* SPDX-License-Identifier: ISC */
/*
 * Goal: a KMZ gives what its .kml says; an archive that would grow, lies about its size, is
 * locked, damaged or holds anything else is refused by name.
 * Method: archives made here with libzip, some of them changed by hand afterwards.
 */
#include <zip.h>

#include "cli/plan.h"

#include "test.h"

static const char kml[] =
    "<kml><Placemark><name>Depot</name><Point><coordinates>37.25,36.5</coordinates></Point></Placemark></kml>";
static uint8_t archive[1 << 20];
static size_t archive_size;
static struct dt_geojson_fault fault;

/* One file with `size` bytes of `data` repeated to `times`. */
static void add(zip_t *z, const char *name, const char *data, size_t size, size_t times)
{
    char *all = malloc(size * times + 1);
    assert_non_null(all);
    for (size_t i = 0; i < times; i++) {
        memcpy(all + i * size, data, size);
    }
    zip_source_t *s = zip_source_buffer(z, all, size * times, 1);
    assert_non_null(s);
    assert_true(zip_file_add(z, name, s, 0) >= 0);
}

static zip_source_t *target;

static zip_t *begin(void)
{
    target = zip_source_buffer_create(NULL, 0, 0, NULL);
    assert_non_null(target);
    zip_t *z = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(z);
    zip_source_keep(target);
    return z;
}

static void finish(zip_t *z)
{
    assert_int_equal(zip_close(z), 0);
    assert_int_equal(zip_source_open(target), 0);
    const zip_int64_t n = zip_source_read(target, archive, sizeof archive);
    assert_in_range(n, 1, (zip_int64_t)sizeof archive - 1);
    archive_size = (size_t)n;
    zip_source_close(target);
    zip_source_free(target);
}

static enum dt_err judge(size_t *count)
{
    struct dt_geojson g;
    DT_TRY(dt_plan_open(&g, dt_span(archive, archive_size), NULL, &fault));
    *count = g.count;
    const json_t *feature = json_array_get(g.features, 0);
    assert_string_equal(json_string_value(json_object_get(json_object_get(feature, "properties"), "title")),
                        "Depot");
    dt_geojson_close(&g);
    return DT_OK;
}

static void refused(enum dt_err err, const char *words)
{
    size_t count = 0;
    assert_err(judge(&count), err);
    if (strstr(fault.detail, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", fault.detail, words);
    }
}

static void the_kml_in_it_is_read(void **state)
{
    (void)state;
    size_t count = 0;
    zip_t *z = begin();
    add(z, "files/icon.png", "x", 1, 5000);
    add(z, "doc.KML", kml, sizeof kml - 1, 1);
    finish(z);
    assert_err(judge(&count), DT_OK);
    assert_int_equal(count, 1);
}

static void what_grows_is_refused(void **state)
{
    (void)state;
    zip_t *z = begin();
    add(z, "doc.kml", " ", 1, 40 << 20); /* 40 MB in 40 KB */
    finish(z);
    refused(DT_ERR_TOO_LARGE, "more than 10 MB");
}

/* Both headers say that the file is small: what is unpacked decides. */
static void a_size_that_lies_is_refused(void **state)
{
    (void)state;
    zip_t *z = begin();
    const size_t size = 11 << 20;
    const uint8_t real[4] = {0, 0, 0xb0, 0}, small[4] = {0, 1, 0, 0};
    size_t changed = 0;
    add(z, "doc.kml", " ", 1, size);
    finish(z);
    for (size_t i = 0; i + 4 <= archive_size; i++) {
        if (memcmp(archive + i, real, 4) == 0) {
            memcpy(archive + i, small, 4);
            changed++;
        }
    }
    assert_true(changed >= 1);
    size_t count = 0;
    const enum dt_err err = judge(&count);
    assert_true(err == DT_ERR_TOO_LARGE || err == DT_ERR_BAD_TEXT);
}

static void other_archives_are_refused_by_name(void **state)
{
    (void)state;
    zip_t *z = begin();
    add(z, "readme.txt", "x", 1, 1);
    finish(z);
    refused(DT_ERR_BAD_TYPE, "without a .kml");
    z = begin();
    add(z, "a.kml", kml, sizeof kml - 1, 1);
    add(z, "b.kml", kml, sizeof kml - 1, 1);
    finish(z);
    refused(DT_ERR_TOO_LARGE, "several");
    z = begin();
    add(z, "doc.kml", kml, sizeof kml - 1, 1);
    assert_int_equal(zip_file_set_encryption(z, 0, ZIP_EM_AES_256, "word"), 0);
    finish(z);
    refused(DT_ERR_NOT_ALLOWED, "encrypted");
    z = begin();
    char name[16];
    for (unsigned i = 0; i <= 1000; i++) {
        snprintf(name, sizeof name, "%u.kml", i);
        add(z, name, "x", 1, 1);
    }
    finish(z);
    refused(DT_ERR_TOO_LARGE, "1,000");
}

/* Every cut and every changed byte: the same notice, or a refusal with words. */
static void a_damaged_one_is_never_half_read(void **state)
{
    (void)state;
    static uint8_t whole[4096];
    size_t count = 0, refusals = 0;
    zip_t *z = begin();
    add(z, "doc.kml", kml, sizeof kml - 1, 1);
    finish(z);
    const size_t size = archive_size;
    assert_in_range(size, 1, sizeof whole);
    memcpy(whole, archive, size);
    for (size_t i = 4; i < size; i++) {
        archive_size = i;
        assert_true(judge(&count) != DT_OK && fault.detail[0] != '\0');
    }
    archive_size = size;
    for (size_t i = 4; i < size; i++) {
        archive[i] ^= 0x15;
        const enum dt_err err = judge(&count);
        refusals += err != DT_OK;
        assert_true(err == DT_OK || fault.detail[0] != '\0');
        archive[i] = whole[i];
    }
    assert_true(refusals > size / 3); /* the rest are times and rights of the file */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kml_in_it_is_read),
        cmocka_unit_test(what_grows_is_refused),
        cmocka_unit_test(a_size_that_lies_is_refused),
        cmocka_unit_test(other_archives_are_refused_by_name),
        cmocka_unit_test(a_damaged_one_is_never_half_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
