/* SPDX-License-Identifier: ISC */
/*
 * vectors - JSON vectors for the tests of the log layer. Files of the independent
 * reference lie in tests/vectors; published ones are read from beside the source tree
 * when somebody has put them there, and a test says so when it skips them.
 */
#ifndef DT_TESTS_LOG_VECTORS_H
#define DT_TESTS_LOG_VECTORS_H

#include "test.h"

#include <jansson.h>

#include "base/text.h"

/* NULL, and a line about it, when the file is not there. */
static inline json_t *vectors_load(const char *name)
{
    char path[1024];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", DT_SOURCE_DIR, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        print_message("# skipped: %s: %s\n", name, error.text);
    }
    return root;
}

static inline const char *vectors_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) {
        fail_msg("vector without \"%s\"", key);
    }
    return text;
}

static inline uint64_t vectors_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

static inline size_t vectors_hex(const json_t *object, const char *key, uint8_t *out, size_t capacity)
{
    return dt_from_hex(out, capacity, vectors_text(object, key));
}

#endif
