/* SPDX-License-Identifier: ISC */
/*
 * object - builds CBOR with text keys in any order; the control protocol's replies.
 *
 *     dt_obj_map(&o); dt_obj_key(&o, "size"); dt_obj_uint(&o, 3); dt_obj_end(&o);
 *
 * Maps come out deterministic: keys are sorted when a map ends. The buffer grows
 * (malloc), so this is for nodes and clients, never for what peers can choose the
 * size of without a limit: DT_OBJECT_MAX bounds it. Fails once and stays failed.
 */
#ifndef DT_CBOR_OBJECT_H
#define DT_CBOR_OBJECT_H

#include "cbor/cbor.h"

enum {
    DT_OBJECT_DEPTH = DT_CBOR_DEPTH,
    DT_OBJECT_PAIRS = 64,
    DT_OBJECT_MAX = 16 << 20,
    DT_OBJECT_KEY_MAX = 23, /* bytes of a key that is looked for: its head is one byte */
};

struct dt_object {
    uint8_t *data; /* owned; dt_obj_free() */
    size_t size, capacity;
    enum dt_err err; /* DT_OK, NO_MEMORY, TOO_LARGE; BAD_STATE for unbalanced calls */
    size_t depth;
    struct {
        bool is_map;
        size_t start;                     /* of the content in data */
        size_t count;                     /* pairs or items so far */
        size_t pair[DT_OBJECT_PAIRS];     /* offsets of the pairs of a map */
    } level[DT_OBJECT_DEPTH];
};

void dt_obj_init(struct dt_object *o);
void dt_obj_free(struct dt_object *o);
void dt_obj_map(struct dt_object *o);
void dt_obj_array(struct dt_object *o);
void dt_obj_end(struct dt_object *o); /* of the innermost map or array */
void dt_obj_key(struct dt_object *o, const char *key);
void dt_obj_uint(struct dt_object *o, uint64_t value);
void dt_obj_int(struct dt_object *o, int64_t value);
void dt_obj_bool(struct dt_object *o, bool value);
void dt_obj_null(struct dt_object *o);
void dt_obj_string(struct dt_object *o, const char *text);
void dt_obj_text(struct dt_object *o, struct dt_span text);
void dt_obj_bytes(struct dt_object *o, struct dt_span bytes);
/* One whole checked item, as it is. */
void dt_obj_raw(struct dt_object *o, struct dt_span item);
/* The finished item; DT_OK or what failed. Borrowed until the next call. */
DT_MUST_USE enum dt_err dt_obj_done(struct dt_object *o, struct dt_span *item);

/* Reading: `key` in a map with text keys (checked bytes). As dt_cbor_find/need. */
bool dt_cbor_find_text(struct dt_span map, const char *key, struct dt_cbor *value);
struct dt_cbor dt_cbor_need_text(struct dt_span map, const char *key);

#endif
