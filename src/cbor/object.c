/* SPDX-License-Identifier: ISC */
#include "cbor/object.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_ROOM = 9, SORT_ROOM = 1024 };

void dt_obj_init(struct dt_object *o)
{
    o->data = NULL;
    o->size = o->capacity = o->depth = 0; /* a level is filled in when it opens */
    o->err = DT_OK;
}

void dt_obj_free(struct dt_object *o)
{
    free(o->data);
    dt_obj_init(o);
}

static void fail(struct dt_object *o, enum dt_err err)
{
    if (o->err == DT_OK) {
        o->err = err;
    }
}

/* Room for `more` bytes behind what is there, or NULL. */
static uint8_t *room(struct dt_object *o, size_t more)
{
    if (o->err != DT_OK) {
        return NULL;
    }
    if (more > DT_OBJECT_MAX || o->size + more > DT_OBJECT_MAX) {
        fail(o, DT_ERR_TOO_LARGE);
        return NULL;
    }
    if (o->size + more > o->capacity) {
        size_t capacity = o->capacity > 0 ? o->capacity : 512;
        while (capacity < o->size + more) {
            capacity *= 2;
        }
        uint8_t *data = realloc(o->data, capacity);
        if (data == NULL) {
            fail(o, DT_ERR_NO_MEMORY);
            return NULL;
        }
        o->data = data;
        o->capacity = capacity;
    }
    return o->data + o->size;
}

/* A value is about to be written: count it where that is the array's business. */
static void count_item(struct dt_object *o)
{
    if (o->depth > 0 && !o->level[o->depth - 1].is_map) {
        o->level[o->depth - 1].count++;
    }
}

static void put(struct dt_object *o, size_t most, struct dt_span content,
                void (*write)(struct dt_writer *, struct dt_span))
{
    count_item(o);
    uint8_t *at = room(o, most);
    if (at != NULL) {
        struct dt_writer w = dt_writer(at, most);
        write(&w, content);
        o->size += w.size;
    }
}

void dt_obj_uint(struct dt_object *o, uint64_t value)
{
    count_item(o);
    uint8_t *at = room(o, HEAD_ROOM);
    if (at != NULL) {
        struct dt_writer w = dt_writer(at, HEAD_ROOM);
        dt_cbor_put_uint(&w, value);
        o->size += w.size;
    }
}

void dt_obj_int(struct dt_object *o, int64_t value)
{
    count_item(o);
    uint8_t *at = room(o, HEAD_ROOM);
    if (at != NULL) {
        struct dt_writer w = dt_writer(at, HEAD_ROOM);
        dt_cbor_put_int(&w, value);
        o->size += w.size;
    }
}

static void write_raw(struct dt_writer *w, struct dt_span bytes)
{
    dt_write_bytes(w, bytes.data, bytes.size);
}

void dt_obj_raw(struct dt_object *o, struct dt_span item)
{
    put(o, item.size, item, write_raw);
}

void dt_obj_bool(struct dt_object *o, bool value)
{
    const uint8_t byte = value ? 0xf5 : 0xf4;
    dt_obj_raw(o, dt_span(&byte, 1));
}

void dt_obj_null(struct dt_object *o)
{
    const uint8_t byte = 0xf6;
    dt_obj_raw(o, dt_span(&byte, 1));
}

void dt_obj_text(struct dt_object *o, struct dt_span text)
{
    put(o, text.size + HEAD_ROOM, text, dt_cbor_put_text);
}

void dt_obj_string(struct dt_object *o, const char *text)
{
    dt_obj_text(o, dt_span(text, strlen(text)));
}

void dt_obj_bytes(struct dt_object *o, struct dt_span bytes)
{
    put(o, bytes.size + HEAD_ROOM, bytes, dt_cbor_put_bytes);
}

static void open_level(struct dt_object *o, bool is_map)
{
    count_item(o);
    if (o->depth == DT_OBJECT_DEPTH) {
        fail(o, DT_ERR_TOO_DEEP);
    }
    if (o->err == DT_OK) {
        o->level[o->depth].is_map = is_map;
        o->level[o->depth].start = o->size;
        o->level[o->depth].count = 0;
        o->depth++;
    }
}

void dt_obj_map(struct dt_object *o)
{
    open_level(o, true);
}

void dt_obj_array(struct dt_object *o)
{
    open_level(o, false);
}

void dt_obj_key(struct dt_object *o, const char *key)
{
    if (o->err == DT_OK && (o->depth == 0 || !o->level[o->depth - 1].is_map ||
                            o->level[o->depth - 1].count == DT_OBJECT_PAIRS)) {
        fail(o, DT_ERR_BAD_STATE);
    }
    if (o->err == DT_OK) {
        const size_t level = o->depth - 1;
        o->level[level].pair[o->level[level].count++] = o->size;
        dt_obj_string(o, key);
    }
}

/* Encoded keys in their one form order bytewise; a head byte sorts by length first. */
static int compare_keys(const uint8_t *a, size_t a_left, const uint8_t *b, size_t b_left)
{
    const size_t both = a_left < b_left ? a_left : b_left;
    return both > 0 ? memcmp(a, b, both) : 1;
}

static bool sorted(const struct dt_object *o)
{
    const size_t *pair = o->level[o->depth - 1].pair, count = o->level[o->depth - 1].count;
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(o->data + pair[i - 1], o->size - pair[i - 1], o->data + pair[i],
                         o->size - pair[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* Writes the pairs of the innermost map again in order; `copy` is scratch. */
static void sort_pairs(struct dt_object *o, uint8_t *copy)
{
    const size_t start = o->level[o->depth - 1].start, size = o->size - start;
    const size_t count = o->level[o->depth - 1].count;
    const size_t *pair = o->level[o->depth - 1].pair;
    size_t order[DT_OBJECT_PAIRS];
    memcpy(copy, o->data + start, size);
    for (size_t i = 0; i < count; i++) { /* insertion sort: tens of keys */
        size_t j = i;
        for (; j > 0; j--) {
            const size_t a = pair[order[j - 1]] - start, b = pair[i] - start;
            if (compare_keys(copy + a, size - a, copy + b, size - b) <= 0) {
                break;
            }
            order[j] = order[j - 1];
        }
        order[j] = i;
    }
    size_t at = start;
    for (size_t i = 0; i < count; i++) {
        const size_t from = pair[order[i]];
        const size_t end = order[i] + 1 < count ? pair[order[i] + 1] : start + size;
        memcpy(o->data + at, copy + (from - start), end - from);
        at += end - from;
    }
}

void dt_obj_end(struct dt_object *o)
{
    if (o->depth == 0) {
        fail(o, DT_ERR_BAD_STATE);
    }
    if (o->err != DT_OK) {
        return;
    }
    const bool is_map = o->level[o->depth - 1].is_map;
    const size_t start = o->level[o->depth - 1].start, count = o->level[o->depth - 1].count;
    const size_t content = o->size - start;
    if (is_map && !sorted(o)) {
        uint8_t small[SORT_ROOM], *copy = content <= sizeof small ? small : malloc(content);
        if (copy == NULL) {
            fail(o, DT_ERR_NO_MEMORY);
            return;
        }
        sort_pairs(o, copy);
        if (copy != small) {
            free(copy);
        }
    }
    uint8_t head[HEAD_ROOM];
    struct dt_writer w = dt_writer(head, sizeof head);
    is_map ? dt_cbor_put_map(&w, count) : dt_cbor_put_array(&w, count);
    if (room(o, w.size) != NULL) {
        memmove(o->data + start + w.size, o->data + start, content);
        memcpy(o->data + start, head, w.size);
        o->size += w.size;
        o->depth--;
    }
}

enum dt_err dt_obj_done(struct dt_object *o, struct dt_span *item)
{
    if (o->err == DT_OK && o->depth != 0) {
        o->err = DT_ERR_BAD_STATE;
    }
    *item = dt_span(o->data, o->err == DT_OK ? o->size : 0);
    return o->err;
}

bool dt_cbor_find_text(struct dt_span map, const char *key, struct dt_cbor *value)
{
    const size_t length = strlen(key);
    assert(length <= DT_OBJECT_KEY_MAX);
    const unsigned head = (unsigned)DT_CBOR_TEXT << 5 | (unsigned)length; /* the whole head */
    struct dt_cbor c = dt_cbor(map);
    const size_t pairs = dt_cbor_map(&c);
    for (size_t i = 0; i < pairs && c.r.err == DT_OK; i++) {
        const unsigned first = c.r.left > 0 ? c.r.at[0] : 0;
        const struct dt_span name = dt_cbor_pass(&c);
        const int order = first != head ? (first < head ? -1 : 1)
                          : name.size == 1 + length ? memcmp(name.data + 1, key, length) : -1;
        if (order >= 0) { /* keys ascend, the head byte first: here, or nowhere */
            *value = c;
            return order == 0 && c.r.err == DT_OK;
        }
        (void)dt_cbor_pass(&c);
    }
    return false;
}

struct dt_cbor dt_cbor_need_text(struct dt_span map, const char *key)
{
    struct dt_cbor value = dt_cbor(dt_span(NULL, 0));
    if (!dt_cbor_find_text(map, key, &value)) {
        value.r.err = DT_ERR_MISSING_FIELD;
    }
    return value;
}
