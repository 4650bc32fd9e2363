/* SPDX-License-Identifier: ISC */
/*
 * held - a record that one officer has signed and that waits for the second: a file
 * drafts/NAME of the home, 0600, as the charter's setting 5 asks for.
 *
 *     first officer -> [held] -> readback, second officer -> the node
 *
 * The file is the CBOR array [1, line id, wid, kind, time, flags, [member, …], body, plain,
 * past, until]: body with the first officer's signature, plain what is to be sealed, in the
 * clear. The home's modes are all that guard it, so it lives for DT_HELD_HOURS at most, and
 * is overwritten when it is released, dropped or too old. NAME is eight base32 letters of
 * the file's hash: a file that was changed has another name, and is refused.
 */
#ifndef DT_NODE_HELD_H
#define DT_NODE_HELD_H

#include "log/header.h"
#include "log/seal.h"
#include "node/home.h"

enum {
    DT_HELD_HOURS = 24,  /* the first officer's signature is over the time: it must not be old */
    DT_HELD_NAME_SIZE = 9,
    DT_HELD_MAX = DT_BODY_MAX + DT_SEALED_MAX + 1024,
    DT_HELD_COUNT = 64, /* drafts that are listed */
};

struct dt_held {
    uint8_t line[DT_HASH_SIZE];
    uint16_t wid;
    struct dt_header header; /* kind, time, flags, to */
    struct dt_span body, plain; /* borrowed; plain empty where nothing is sealed */
    bool past;                  /* a notice that is over already */
    int64_t until_ms;
};

DT_MUST_USE enum dt_err dt_held_encode(uint8_t *out, size_t capacity, size_t *size,
                                       const struct dt_held *held);
/* Strict: TRUNCATED, NOT_CANONICAL, BAD_TYPE, BAD_VALUE …; UNKNOWN_VERSION for another form. */
DT_MUST_USE enum dt_err dt_held_decode(struct dt_held *out, struct dt_span file);

/* Writes it; *name says under what. */
DT_MUST_USE enum dt_err dt_held_keep(const struct dt_home *home, const struct dt_held *held,
                                     char name[static DT_HELD_NAME_SIZE]);
/* `bytes` of DT_HELD_MAX, which *out borrows from. UNKNOWN_RECORD, BAD_HASH, EXPIRED (then it
 * is gone), or what decoding says. */
DT_MUST_USE enum dt_err dt_held_read(const struct dt_home *home, const char *name, int64_t now_ms,
                                     uint8_t *bytes, struct dt_held *out);
/* Overwrites and removes it. */
void dt_held_drop(const struct dt_home *home, const char *name);
/* Names of those that still hold, sorted; those that are too old are overwritten and removed:
 * *gone of them. */
DT_MUST_USE enum dt_err dt_held_list(const struct dt_home *home, int64_t now_ms,
                                     char names[static DT_HELD_COUNT][DT_HELD_NAME_SIZE],
                                     size_t *count, size_t *gone);

#endif
