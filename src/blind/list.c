/* SPDX-License-Identifier: ISC */
#include "blind/list.h"

#include <stdlib.h>

bool dt_blind_key(uint8_t scalar[static DT_SCALAR_SIZE], uint8_t key[static DT_POINT_SIZE],
                  uint8_t nonce[static DT_BLIND_NONCE_SIZE],
                  const uint8_t secret[static DT_BLIND_SECRET_SIZE])
{
    const struct dt_span part = dt_span(secret, DT_BLIND_SECRET_SIZE);
    dt_scalar_hash(scalar, "detente/1/blind-key", &part, 1);
    dt_labelled_hash(nonce, "detente/1/blind-salt", &part, 1);
    return dt_point_generate(key, scalar);
}

void dt_blind_commit(uint8_t commitment[static DT_HASH_SIZE], const struct dt_blind_message *hello,
                     struct dt_span secret, struct dt_span cells)
{
    uint8_t numbers[13];
    struct dt_writer w = dt_writer(numbers, sizeof numbers);
    dt_write_u8(&w, (uint8_t)hello->role);
    dt_write_u32(&w, hello->slot_ms);
    dt_write_u32(&w, hello->size);
    dt_write_u32(&w, (uint32_t)(cells.size / DT_BLIND_CELL_SIZE));
    const struct dt_span parts[] = {hello->line, dt_written(&w), secret, cells};
    dt_labelled_hash(commitment, "detente/1/blind-commit", parts, 4);
}

static int by_point(const void *a, const void *b)
{
    return memcmp(a, b, DT_POINT_SIZE); /* an entry begins with its point */
}

bool dt_blind_list(struct dt_blind_entry *entries, uint32_t size, struct dt_span line,
                   const uint8_t session[static DT_HASH_SIZE],
                   const uint8_t secret[static DT_BLIND_SECRET_SIZE], const uint64_t *cells,
                   size_t count)
{
    uint8_t scalar[DT_SCALAR_SIZE], key[DT_POINT_SIZE], nonce[DT_BLIND_NONCE_SIZE];
    bool ok = dt_blind_key(scalar, key, nonce, secret);
    for (uint32_t i = 0; ok && i < size; i++) {
        uint8_t number[DT_BLIND_CELL_SIZE], point[DT_POINT_SIZE];
        struct dt_writer w = dt_writer(number, sizeof number);
        entries[i].real = i < count;
        entries[i].cell = entries[i].real ? cells[i] : 0;
        dt_write_u64(&w, entries[i].real ? cells[i] : i);
        /* Padding is made of the secret: nobody else can have the same, a judge can make it again. */
        const struct dt_span parts[] = {line, dt_span(session, DT_HASH_SIZE), dt_written(&w),
                                        dt_span(secret, DT_BLIND_SECRET_SIZE)};
        dt_point_hash(point, entries[i].real ? "detente/1/blind" : "detente/1/blind-pad", parts,
                      entries[i].real ? 3 : 4);
        ok = dt_point_multiply(entries[i].point, scalar, point);
        dt_wipe(number, sizeof number);
        dt_wipe(point, sizeof point);
    }
    dt_wipe(scalar, sizeof scalar);
    if (ok) {
        qsort(entries, size, sizeof entries[0], by_point);
    }
    return ok;
}

void dt_blind_chain(uint8_t chain[static DT_HASH_SIZE], struct dt_span message)
{
    const struct dt_span parts[] = {dt_span(chain, DT_HASH_SIZE), message};
    uint8_t next[DT_HASH_SIZE];
    dt_labelled_hash(next, "detente/1/blind-after", parts, 2);
    memcpy(chain, next, DT_HASH_SIZE);
}

void dt_blind_context(uint8_t context[static DT_HASH_SIZE], const uint8_t session[static DT_HASH_SIZE],
                      enum dt_blind_role role)
{
    const uint8_t byte = (uint8_t)role;
    const struct dt_span parts[] = {dt_span(session, DT_HASH_SIZE), dt_span(&byte, 1)};
    dt_labelled_hash(context, "detente/1/blind-reply", parts, 2);
}

enum dt_err dt_blind_points(struct dt_span points, uint32_t size, bool sorted)
{
    if (points.size != (size_t)size * DT_POINT_SIZE) {
        return DT_ERR_BAD_VALUE;
    }
    for (size_t at = 0; at < points.size; at += DT_POINT_SIZE) {
        if (!dt_point_valid(points.data + at)) {
            return DT_ERR_BAD_VALUE;
        }
        if (sorted && at > 0 && by_point(points.data + at - DT_POINT_SIZE, points.data + at) >= 0) {
            return DT_ERR_NOT_CANONICAL;
        }
    }
    return DT_OK;
}

void dt_blind_meet(bool *found, const uint8_t *theirs, uint8_t *ours, uint32_t size)
{
    qsort(ours, size, DT_POINT_SIZE, by_point);
    for (uint32_t i = 0; i < size; i++) {
        found[i] = bsearch(theirs + (size_t)i * DT_POINT_SIZE, ours, size, DT_POINT_SIZE, by_point) != NULL;
    }
}
