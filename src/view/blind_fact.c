/* SPDX-License-Identifier: ISC */
/* What the records of a run of blind notices say, as facts (blind_body.h). */
#include <string.h>

#include "base/try.h"
#include "view/blind_body.h"

static enum dt_err of_blind(struct dt_fact *f, struct dt_ref *target, enum dt_blind_target *of,
                            const uint8_t *line, struct dt_span body)
{
    struct dt_body_blind b;
    struct dt_blind_message hello;
    DT_TRY(dt_body_blind_decode(&b, &hello, body));
    f->code = (int64_t)b.event;
    f->number[3] = (int64_t)b.step;
    if (b.hello.size > 0) {
        f->number[0] = hello.size;
        f->number[1] = hello.slot_ms;
        DT_TRY(memcmp(hello.line.data, line, DT_HASH_SIZE) == 0 ? DT_OK : DT_ERR_UNKNOWN_LINE);
    }
    *target = b.ref;
    *of = b.event == DT_BLIND_PROPOSED                                      ? DT_BLIND_OF_NONE
          : b.event == DT_BLIND_ANSWERED || b.event == DT_BLIND_DECLINED ? DT_BLIND_OF_ANOTHER
                                                                         : DT_BLIND_OF_ANY;
    return DT_OK;
}

static enum dt_err of_part(struct dt_fact *f, struct dt_ref *target, enum dt_blind_target *of,
                           struct dt_span body)
{
    struct dt_body_blind_part b;
    DT_TRY(dt_body_blind_part_decode(&b, body));
    if (f->sealed != (b.step >= DT_BLIND_STEP_REPLY)) {
        return DT_ERR_BAD_VALUE;
    }
    f->code = (int64_t)b.step;
    f->number[0] = (int64_t)b.part;
    f->number[1] = (int64_t)b.parts;
    *target = b.ref;
    *of = DT_BLIND_OF_ANY;
    return DT_OK;
}

/* A run is between two: each record of it is addressed to the other one alone. */
enum dt_err dt_blind_fact(struct dt_fact *f, struct dt_ref *target, enum dt_blind_target *of,
                          const struct dt_header *header, const uint8_t line[static DT_HASH_SIZE],
                          struct dt_span body)
{
    if (header->to_count != 1 || header->to[0] == dt_wid_member(f->wid)) {
        return DT_ERR_BAD_VALUE;
    }
    if (f->kind == DT_KIND_BLIND_PART) {
        return of_part(f, target, of, body);
    }
    f->number[2] = header->to[0];
    return of_blind(f, target, of, line, body);
}
