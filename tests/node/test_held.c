/* SPDX-License-Identifier: ISC */
/*
 * Goal: a draft for a second officer is what the first one signed, for a day, or nothing.
 * Method: a home in a folder of its own; files changed, cut, copied and too old.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/file.h"
#include "node/held.h"
#include "view/body.h"

#define NOW INT64_C(1900000000000)
#define DAY INT64_C(86400000)

static struct dt_home home;
static char path[DT_HOME_PATH_SIZE];
static uint8_t body[DT_BODY_MAX], bytes[DT_HELD_MAX];
static struct dt_held held;

static void draft_path(const char *name)
{
    char file[32];
    snprintf(file, sizeof file, "drafts/%s", name);
    assert_err(dt_home_file(path, &home, file), DT_OK);
}

static int setup(void **state)
{
    uint8_t empty[8];
    static const uint8_t signature[DT_SIGNATURE_SIZE] = {7};
    size_t empty_size = 0, size = 0;
    (void)state;
    memset(&home, 0, sizeof home);
    strcpy(home.path, "/tmp/detente-held-XXXXXX");
    assert_non_null(mkdtemp(home.path));
    assert_err(dt_body_empty_encode(empty, sizeof empty, &empty_size), DT_OK);
    assert_err(dt_body_add_officer(body, sizeof body, &size, dt_span(empty, empty_size),
                                   DT_BODY_OFFICER, 3, signature), DT_OK);
    held = (struct dt_held){.line = {1, 2, 3},
                            .wid = 16,
                            .header = {.kind = DT_KIND_MESSAGE,
                                       .time_ms = NOW,
                                       .flags = 7,
                                       .to = {1, 4},
                                       .to_count = 2},
                            .body = dt_span(body, size),
                            .plain = dt_span(empty, 0),
                            .until_ms = NOW + DAY};
    return 0;
}

static int teardown(void **state)
{
    static char command[DT_HOME_PATH_SIZE + 16];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", home.path);
    return system(command);
}

static void a_draft_comes_back_whole(void **state)
{
    (void)state;
    char name[DT_HELD_NAME_SIZE], names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    struct dt_held read;
    struct stat st;
    size_t count, gone;
    assert_err(dt_held_list(&home, NOW, names, &count, &gone), DT_OK); /* no folder yet */
    assert_int_equal(count, 0);
    assert_err(dt_held_keep(&home, &held, name), DT_OK);
    assert_err(dt_held_read(&home, name, NOW + DAY - 1, bytes, &read), DT_OK);
    assert_int_equal(read.wid, 16);
    assert_int_equal(read.header.kind, DT_KIND_MESSAGE);
    assert_int_equal(read.header.to_count, 2);
    assert_int_equal(read.header.to[1], 4);
    assert_int_equal(read.header.flags, 7);
    assert_true(dt_span_equal(read.body, held.body) && read.plain.size == 0 && !read.past);
    draft_path(name);
    assert_true(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    assert_err(dt_held_list(&home, NOW, names, &count, &gone), DT_OK);
    assert_true(count == 1 && gone == 0 && strcmp(names[0], name) == 0);
    dt_held_drop(&home, name);
    assert_true(access(path, F_OK) != 0);
    assert_err(dt_held_read(&home, name, NOW, bytes, &read), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_held_read(&home, "../party", NOW, bytes, &read), DT_ERR_UNKNOWN_RECORD);
}

static void what_is_a_day_old_is_wiped(void **state)
{
    (void)state;
    char name[DT_HELD_NAME_SIZE], names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    struct dt_held read;
    size_t count, gone;
    assert_err(dt_held_keep(&home, &held, name), DT_OK);
    draft_path(name);
    assert_err(dt_held_read(&home, name, NOW + DAY, bytes, &read), DT_ERR_EXPIRED);
    assert_true(access(path, F_OK) != 0);
    assert_err(dt_held_keep(&home, &held, name), DT_OK);
    assert_err(dt_held_list(&home, NOW + DAY, names, &count, &gone), DT_OK);
    assert_true(count == 0 && gone == 1 && access(path, F_OK) != 0);
    held.until_ms = NOW + DAY + 1; /* nobody keeps one longer */
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_BAD_VALUE);
    held.until_ms = NOW;
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_BAD_VALUE);
}

static void what_was_changed_is_refused(void **state)
{
    (void)state;
    char name[DT_HELD_NAME_SIZE];
    static uint8_t file[DT_HELD_MAX], two[DT_BODY_MAX];
    static const uint8_t signature[DT_SIGNATURE_SIZE] = {9};
    struct dt_held read;
    size_t size = 0, two_size = 0;
    assert_err(dt_held_keep(&home, &held, name), DT_OK);
    draft_path(name);
    assert_err(dt_file_read(path, file, sizeof file, &size), DT_OK);
    for (size_t i = 0; i < size; i++) {
        file[i] ^= 1;
        assert_err(dt_file_write(path, dt_span(file, size), false), DT_OK);
        assert_err(dt_held_read(&home, name, NOW, bytes, &read), DT_ERR_BAD_HASH);
        file[i] ^= 1;
        assert_true(dt_held_decode(&read, dt_span(file, i)) != DT_OK); /* cut */
    }
    assert_err(dt_held_decode(&read, dt_span(file, size)), DT_OK);
    assert_err(dt_held_decode(&read, dt_span(file, size + 1)), DT_ERR_TRAILING);
    held.header.kind = DT_KIND_ACK;
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_BAD_VALUE);
    held.header.kind = DT_KIND_MESSAGE;
    held.header.to[1] = 1; /* not ascending */
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_BAD_VALUE);
    held.header.to[1] = 4;
    assert_err(dt_body_add_officer(two, sizeof two, &two_size, held.body, DT_BODY_SECOND, 4,
                                   signature), DT_OK);
    held.body = dt_span(two, two_size);
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_DUPLICATE);
    held.body = dt_span("\xa0", 1); /* nobody signed */
    assert_err(dt_held_keep(&home, &held, name), DT_ERR_MISSING_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_draft_comes_back_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_a_day_old_is_wiped, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_changed_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
