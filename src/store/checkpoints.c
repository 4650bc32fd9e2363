/* SPDX-License-Identifier: ISC */
#include "store/sql.h"

enum dt_err dt_store_checkpoint_put(struct dt_store *store, unsigned log,
                                    const struct dt_store_checkpoint *c)
{
    if (c->size > DT_STORE_SEQ_MAX + 1 || c->bytes > INT64_MAX) {
        return DT_ERR_CAPACITY;
    }
    struct dt_query q = dt_query(store, DT_SQL_CHECKPOINT_PUT);
    dt_bind_int(&q, log);
    dt_bind_int(&q, (int64_t)c->size);
    dt_bind_int(&q, (int64_t)c->bytes);
    dt_bind_blob(&q, dt_span(c->signature, DT_SIGNATURE_SIZE));
    return dt_run(&q);
}

/* The one row of a query. */
static enum dt_err take_one(struct dt_query *q, struct dt_store_checkpoint *c)
{
    const bool found = dt_row(q);
    if (found) {
        c->size = (uint64_t)dt_column_int(q);
        c->bytes = (uint64_t)dt_column_int(q);
        dt_column_copy(q, c->signature, DT_SIGNATURE_SIZE);
    }
    return dt_end_one(q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_checkpoint_next(struct dt_store *store, unsigned log, uint64_t low,
                                     uint64_t high, struct dt_store_checkpoint *c)
{
    const uint64_t most = DT_STORE_SEQ_MAX + 1;
    if (low >= most || high <= low) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_query q = dt_query(store, DT_SQL_CHECKPOINT_NEXT);
    dt_bind_int(&q, log);
    dt_bind_int(&q, (int64_t)low + 1);
    dt_bind_int(&q, (int64_t)(high < most ? high : most));
    return take_one(&q, c);
}

enum dt_err dt_store_checkpoint_last(struct dt_store *store, unsigned log,
                                     struct dt_store_checkpoint *c)
{
    struct dt_query q = dt_query(store, DT_SQL_CHECKPOINT_LAST);
    dt_bind_int(&q, log);
    return take_one(&q, c);
}
