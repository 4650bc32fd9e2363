/* SPDX-License-Identifier: ISC */
#include "node/blind_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "log/seal.h"

enum { VERSION = 1, KEY_ROLE = 1, KEY_SECRET, KEY_CELLS, KEY_PLANS, KEY_COMMON };

/* --- the text --------------------------------------------------------------------------- */

static enum dt_err check_cells(struct dt_span cells)
{
    if (cells.size % DT_BLIND_CELL_SIZE != 0 ||
        cells.size > (size_t)DT_BLIND_SIZE_MAX * DT_BLIND_CELL_SIZE) {
        return DT_ERR_BAD_VALUE;
    }
    for (size_t at = DT_BLIND_CELL_SIZE; at < cells.size; at += DT_BLIND_CELL_SIZE) {
        if (memcmp(cells.data + at - DT_BLIND_CELL_SIZE, cells.data + at, DT_BLIND_CELL_SIZE) >= 0) {
            return DT_ERR_NOT_CANONICAL;
        }
    }
    return DT_OK;
}

static enum dt_err read_plans(struct dt_blind_kept *out, struct dt_span text)
{
    struct dt_cbor c = dt_cbor_need(text, KEY_PLANS);
    out->plan_count = dt_cbor_array(&c, 0, DT_BLIND_PLANS_MAX);
    for (size_t i = 0; i < out->plan_count; i++) {
        dt_cbor_array(&c, 2, 2);
        out->plans[i].title = dt_cbor_text(&c, DT_TEXT_MAX);
        out->plans[i].cells = dt_cbor_bytes(&c, 0, (size_t)DT_BLIND_SIZE_MAX * DT_BLIND_CELL_SIZE);
        DT_TRY(dt_cbor_error(&c));
        DT_TRY(check_cells(out->plans[i].cells));
    }
    return dt_cbor_error(&c);
}

enum dt_err dt_blind_kept_read(struct dt_blind_kept *out, struct dt_span text)
{
    uint64_t role;
    const size_t most = (size_t)DT_BLIND_SIZE_MAX * DT_BLIND_CELL_SIZE;
    out->common = dt_span(NULL, 0);
    DT_TRY(dt_cbor_check(text));
    const struct dt_cbor first = dt_cbor(text);
    if (dt_cbor_peek(&first) != DT_CBOR_MAP) {
        return DT_ERR_BAD_TYPE;
    }
    DT_TRY(dt_field_uint(text, KEY_ROLE, 0, DT_BLIND_ANSWERS, &role));
    out->role = (enum dt_blind_role)role;
    DT_TRY(dt_field_copy(text, KEY_SECRET, out->secret, DT_BLIND_SECRET_SIZE));
    DT_TRY(dt_field_bytes(text, KEY_CELLS, 0, most, &out->cells));
    DT_TRY(check_cells(out->cells));
    DT_TRY(read_plans(out, text));
    out->done = dt_field_has(text, KEY_COMMON);
    if (out->done) {
        DT_TRY(dt_field_bytes(text, KEY_COMMON, 0, most, &out->common));
    }
    return check_cells(out->common);
}

void dt_blind_kept_write(struct dt_writer *w, const struct dt_blind_kept *kept)
{
    dt_cbor_put_map(w, 4u + kept->done);
    dt_cbor_put_uint(w, KEY_ROLE);
    dt_cbor_put_uint(w, (uint64_t)kept->role);
    dt_cbor_put_uint(w, KEY_SECRET);
    dt_cbor_put_bytes(w, dt_span(kept->secret, DT_BLIND_SECRET_SIZE));
    dt_cbor_put_uint(w, KEY_CELLS);
    dt_cbor_put_bytes(w, kept->cells);
    dt_cbor_put_uint(w, KEY_PLANS);
    dt_cbor_put_array(w, kept->plan_count);
    for (size_t i = 0; i < kept->plan_count; i++) {
        dt_cbor_put_array(w, 2);
        dt_cbor_put_text(w, kept->plans[i].title);
        dt_cbor_put_bytes(w, kept->plans[i].cells);
    }
    if (kept->done) {
        dt_cbor_put_uint(w, KEY_COMMON);
        dt_cbor_put_bytes(w, kept->common);
    }
}

/* --- the file ---------------------------------------------------------------------------- */

static const uint8_t nonce[DT_AEAD_NONCE_SIZE]; /* the key seals one text */

static enum dt_err put_readers(struct dt_writer *w, const uint8_t *line, const struct dt_blind_reader *readers,
                               size_t count, const uint8_t *key, const uint8_t *key_id,
                               const uint8_t *ephemeral)
{
    dt_cbor_put_array(w, count);
    for (size_t i = 0; i < count; i++) {
        uint8_t box[DT_GRANT_BOX_SIZE], reader[DT_PUBLIC_SIZE];
        if (!dt_x25519_of_public(reader, readers[i].key)) {
            return DT_ERR_BAD_KEY;
        }
        DT_TRY(dt_grant_box(box, key, key_id, line, reader, ephemeral));
        dt_cbor_put_array(w, 3);
        dt_cbor_put_uint(w, readers[i].number);
        dt_cbor_put_bytes(w, dt_span(readers[i].key, DT_PUBLIC_SIZE));
        dt_cbor_put_bytes(w, dt_span(box, sizeof box));
    }
    return DT_OK;
}

enum dt_err dt_blind_file_seal(struct dt_writer *w, const struct dt_blind_kept *kept,
                               const uint8_t line[static DT_HASH_SIZE],
                               const struct dt_blind_reader *readers, size_t count,
                               const uint8_t key[static 32], const uint8_t ephemeral[static 32])
{
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t *text = malloc(DT_BLIND_FILE_MAX);
    if (text == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    struct dt_writer plain = dt_writer(text, DT_BLIND_FILE_MAX - DT_AEAD_TAG_SIZE);
    dt_blind_kept_write(&plain, kept);
    dt_key_id(key_id, key);
    dt_cbor_put_array(w, 5);
    dt_cbor_put_uint(w, VERSION);
    dt_cbor_put_bytes(w, dt_span(key_id, sizeof key_id));
    dt_cbor_put_bytes(w, dt_span(line, DT_HASH_SIZE));
    enum dt_err err = plain.overflowed || count > DT_BLIND_OFFICERS_MAX
                          ? DT_ERR_TOO_LARGE
                          : put_readers(w, line, readers, count, key, key_id, ephemeral);
    if (err == DT_OK) {
        const size_t size = plain.size;
        dt_aead_seal(text, dt_written(&plain), dt_span(line, DT_HASH_SIZE), nonce, key);
        dt_cbor_put_bytes(w, dt_span(text, size + DT_AEAD_TAG_SIZE));
    }
    dt_wipe(text, DT_BLIND_FILE_MAX);
    free(text);
    return err != DT_OK ? err : w->overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

/* The content key, from the box for this officer. */
static enum dt_err take_key(struct dt_cbor *c, uint8_t *key, const uint8_t *key_id, const uint8_t *line,
                            const uint8_t *public_key, const uint8_t *signer)
{
    uint8_t secret[DT_SECRET_SIZE], reader[DT_PUBLIC_SIZE];
    enum dt_err found = DT_ERR_NO_KEY;
    const size_t count = dt_cbor_array(c, 0, DT_BLIND_OFFICERS_MAX);
    for (size_t i = 0; i < count; i++) {
        dt_cbor_array(c, 3, 3);
        dt_cbor_uint(c, DT_OPERATOR_MAX);
        const struct dt_span whose = dt_cbor_bytes(c, DT_PUBLIC_SIZE, DT_PUBLIC_SIZE);
        const struct dt_span box = dt_cbor_bytes(c, DT_GRANT_BOX_SIZE, DT_GRANT_BOX_SIZE);
        DT_TRY(dt_cbor_error(c));
        if (found == DT_ERR_NO_KEY && memcmp(whose.data, public_key, DT_PUBLIC_SIZE) == 0) {
            dt_x25519_of_signer(secret, signer);
            dt_x25519_public(reader, secret);
            found = dt_grant_open(key, box.data, key_id, line, secret, reader);
            dt_wipe(secret, sizeof secret);
        }
    }
    return dt_cbor_error(c) != DT_OK ? dt_cbor_error(c) : found;
}

enum dt_err dt_blind_file_open(struct dt_blind_kept *out, uint8_t *room, struct dt_span file,
                               const uint8_t line[static DT_HASH_SIZE],
                               const uint8_t public_key[static DT_PUBLIC_SIZE],
                               const uint8_t signer[static DT_SIGNER_SIZE])
{
    uint8_t key[32];
    if (file.size > DT_BLIND_FILE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_cbor_check(file));
    struct dt_cbor c = dt_cbor(file);
    dt_cbor_array(&c, 5, 5);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    DT_TRY(dt_cbor_error(&c));
    if (version != VERSION) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    const struct dt_span key_id = dt_cbor_bytes(&c, DT_KEY_ID_SIZE, DT_KEY_ID_SIZE);
    const struct dt_span whose = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
    DT_TRY(dt_cbor_error(&c));
    if (memcmp(whose.data, line, DT_HASH_SIZE) != 0) {
        return DT_ERR_UNKNOWN_LINE;
    }
    DT_TRY(take_key(&c, key, key_id.data, line, public_key, signer));
    const struct dt_span sealed = dt_cbor_bytes(&c, DT_AEAD_TAG_SIZE, DT_BLIND_FILE_MAX);
    enum dt_err err = dt_cbor_end(&c);
    if (err == DT_OK && !dt_aead_open(room, sealed, whose, nonce, key)) {
        err = DT_ERR_DOES_NOT_OPEN;
    }
    dt_wipe(key, sizeof key);
    return err != DT_OK ? err : dt_blind_kept_read(out, dt_span(room, sealed.size - DT_AEAD_TAG_SIZE));
}
