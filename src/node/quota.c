/* SPDX-License-Identifier: ISC */
#include "node/quota.h"

#include "node/blind.h"
#include "view/watch.h"

#define HOUR_MS INT64_C(3600000)

static uint64_t held_of(const struct dt_line *line, unsigned member)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < line->writer_count; i++) {
        if (dt_wid_member(line->writers[i]->wid) == member) {
            bytes += line->writers[i]->log.bytes;
        }
    }
    return bytes;
}

/* So much is kept whatever comes: twice what the charter gives. */
static uint64_t most_of(const struct dt_line *line)
{
    const uint64_t quota = line->charter->quota_bytes;
    return quota > UINT64_MAX / 2 ? UINT64_MAX : 2 * quota;
}

static bool is_full(const struct dt_line *line, unsigned member)
{
    return member != line->me && held_of(line, member) >= most_of(line);
}

bool dt_quota_full(void *ctx, uint16_t wid)
{
    return is_full(ctx, dt_wid_member(wid));
}

bool dt_quota_drops(const struct dt_line *line, uint16_t wid, const struct dt_stored *record)
{
    enum { SMALL = 1024 }; /* a CHECK_FIRE with words to it */
    struct dt_header h;
    const unsigned member = dt_wid_member(wid);
    if (is_full(line, member)) {
        return record->body.size > SMALL || dt_header_decode(&h, record->header) != DT_OK ||
               h.kind != DT_KIND_CHECK_FIRE;
    }
    if (member == line->me || record->absent ||
        held_of(line, member) + record->header.size + record->body.size <=
            line->charter->quota_bytes) {
        return false;
    }
    return dt_header_decode(&h, record->header) != DT_OK ||
           (h.kind != DT_KIND_CHECK_FIRE && h.kind != DT_KIND_OPEN && h.kind != DT_KIND_KEY &&
            dt_header_precedence(&h) != DT_FLASH);
}

enum dt_err dt_quota_entry(struct dt_line *line, const struct dt_draft *draft, const char **why)
{
    if (draft->kind == DT_KIND_CHECK_FIRE || draft->kind == DT_KIND_FIRE_ANSWER ||
        draft->kind == DT_KIND_ATTEMPT) {
        return DT_OK;
    }
    const bool flash = (draft->flags & 3u) == DT_FLASH;
    if (flash && held_of(line, line->me) + 2 * (DT_HEADER_MAX + DT_BODY_MAX) > most_of(line)) {
        *why = "our logs have reached twice the line's quota; only CHECK_FIRE passes";
        return DT_ERR_QUOTA;
    }
    if (!flash && held_of(line, line->me) + DT_HEADER_MAX + draft->body.size + draft->plain.size >
                      line->charter->quota_bytes) {
        *why = "our logs have reached the line's quota; only FLASH and CHECK_FIRE pass";
        return DT_ERR_QUOTA;
    }
    return DT_OK;
}

/* --- the FLASH budget ------------------------------------------------------------------ */

enum dt_err dt_quota_note(struct dt_line *line, const struct dt_fact *fact)
{
    return dt_flash_counts(fact) ? dt_store_flash_put(line->node->store, line->id, fact) : DT_OK;
}

bool dt_quota_demoted(struct dt_line *line, const struct dt_fact *fact)
{
    const unsigned budget = line->charter->flash_budget;
    unsigned before = 0;
    return dt_flash_counts(fact) &&
           dt_store_flash_before(line->node->store, line->id, fact, fact->time_ms - HOUR_MS,
                                 budget, &before) == DT_OK &&
           before >= budget;
}

void dt_quota_demote(struct dt_line *line, struct dt_fact *fact)
{
    if (dt_quota_demoted(line, fact)) {
        fact->flags = (fact->flags & ~3u) | DT_IMMEDIATE;
    }
}

static bool sealed_too_late(struct dt_line *line, const struct dt_fact *fact, struct dt_span body)
{
    struct dt_sealed sealed;
    struct dt_store_content_key key;
    bool present = false;
    if (!fact->sealed || dt_sealed_find(&sealed, body, &present) != DT_OK || !present ||
        !dt_line_set_key(line, dt_wid_member(fact->wid), sealed.key_id, &key)) {
        return false;
    }
    const bool late = key.expiry_ms > 0 && fact->time_ms > key.expiry_ms;
    dt_wipe(&key, sizeof key);
    return late;
}

const char *dt_quota_doubt(struct dt_line *line, const struct dt_store_fact *row,
                           struct dt_span body)
{
    const struct dt_fact *fact = &row->fact;
    const unsigned member = dt_wid_member(fact->wid);
    const bool flash = (fact->flags & 3u) == DT_FLASH, fire = fact->kind == DT_KIND_CHECK_FIRE;
    if (dt_quota_demoted(line, fact)) {
        return "QUOTA";
    }
    if (member != line->me) {
        const bool over = held_of(line, member) >= line->charter->quota_bytes;
        const bool left_out =
            fact->absent && held_of(line, member) + DT_BODY_MAX > line->charter->quota_bytes;
        if (left_out || (over && (flash || fire) && row->open != 0) || dt_blind_beyond(line, fact)) {
            return "QUOTA";
        }
    }
    return sealed_too_late(line, fact, body) ? "EXPIRED" : NULL;
}
