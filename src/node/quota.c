/* SPDX-License-Identifier: ISC */
#include "node/quota.h"

enum { LOOK_BACK = 4096 }; /* own records searched for FLASH of this hour */

#define HOUR_MS INT64_C(3600000)

/* To stop fire, and to say that it has stopped, is never counted and never refused. Nor is
 * what a node tries when nobody answers: one silence would use up the hour's budget. */
static bool uncounted(unsigned kind)
{
    return kind == DT_KIND_CHECK_FIRE || kind == DT_KIND_FIRE_ANSWER || kind == DT_KIND_ATTEMPT;
}

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

/* Of this member's FLASH, those of the hour before this one: noted, and counted. */
static unsigned flash_noted(struct dt_line *line, const struct dt_fact *fact)
{
    struct dt_line_writer *own = dt_line_writer(line, fact->wid, false);
    unsigned before = 0;
    bool there = false;
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        const bool counts = dt_wid_member(w->wid) == dt_wid_member(fact->wid);
        for (unsigned k = 0; counts && k < DT_FLASH_NOTED && k < w->flash_next; k++) {
            const int64_t ago = fact->time_ms - w->flash[k].time_ms;
            const bool same = w == own && w->flash[k].seq == fact->seq;
            there = there || same;
            before += !same && ago >= 0 && ago < HOUR_MS &&
                      (w != own || w->flash[k].seq < fact->seq);
        }
    }
    if (own != NULL && !there) {
        const unsigned at = own->flash_next % DT_FLASH_NOTED;
        own->flash[at].seq = fact->seq;
        own->flash[at].time_ms = fact->time_ms;
        own->flash_next++;
    }
    return before;
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

/* Our FLASH records of the last hour. */
static unsigned flash_sent(struct dt_line *line, int64_t now_ms)
{
    const struct dt_sync_log *own = dt_sync_find_log(&line->sync, line->wid);
    const uint64_t size = own != NULL ? own->size : 0;
    unsigned count = 0;
    for (uint64_t i = 0; i < size && i < LOOK_BACK; i++) {
        struct dt_stored record;
        struct dt_header h;
        if (!line->sync.host.get(line, line->wid, size - 1 - i, &record) ||
            dt_header_decode(&h, record.header) != DT_OK) {
            continue;
        }
        if (h.time_ms < now_ms - 2 * HOUR_MS) {
            break;
        }
        count += h.time_ms > now_ms - HOUR_MS && dt_header_precedence(&h) == DT_FLASH &&
                 !uncounted(h.kind);
    }
    return count;
}

enum dt_err dt_quota_entry(struct dt_line *line, const struct dt_draft *draft, const char **why)
{
    if (uncounted(draft->kind)) {
        return DT_OK;
    }
    const bool flash = (draft->flags & 3u) == DT_FLASH;
    if (flash && flash_sent(line, dt_now_ms()) >= line->charter->flash_budget) {
        *why = "this hour's FLASH budget is used; send it as IMMEDIATE";
        return DT_ERR_QUOTA;
    }
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

/* --- what others took beyond it ------------------------------------------------------- */

/* Was this log's budget used up in the hour before? Ends at the first record that says so. */
static bool flash_beyond(struct dt_line *line, const struct dt_fact *fact)
{
    uint32_t before = 0;
    for (uint64_t i = 1; i <= fact->seq && i <= LOOK_BACK; i++) {
        struct dt_stored record;
        struct dt_header h;
        if (!line->sync.host.get(line, fact->wid, fact->seq - i, &record) ||
            dt_header_decode(&h, record.header) != DT_OK) {
            continue;
        }
        if (h.time_ms < fact->time_ms - 2 * HOUR_MS) {
            break;
        }
        before += h.time_ms > fact->time_ms - HOUR_MS && dt_header_precedence(&h) == DT_FLASH &&
                  !uncounted(h.kind);
        if (before >= line->charter->flash_budget) {
            return true;
        }
    }
    return line->charter->flash_budget == 0;
}

enum dt_precedence dt_quota_precedence(struct dt_line *line, const struct dt_fact *fact)
{
    const enum dt_precedence precedence = (enum dt_precedence)(fact->flags & 3u);
    if (fact->kind == DT_KIND_CHECK_FIRE) {
        return DT_FLASH;
    }
    if (precedence != DT_FLASH || uncounted(fact->kind) ||
        dt_wid_member(fact->wid) == line->me) {
        return precedence;
    }
    return flash_noted(line, fact) < line->charter->flash_budget ? DT_FLASH : DT_IMMEDIATE;
}

static bool sealed_too_late(struct dt_line *line, const struct dt_fact *fact, struct dt_span body)
{
    struct dt_sealed sealed;
    struct dt_store_content_key key;
    bool present = false;
    if (!fact->sealed || dt_sealed_find(&sealed, body, &present) != DT_OK || !present ||
        dt_store_content_key_get(line->node->store, line->id, sealed.key_id, &key) != DT_OK) {
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
    if (member != line->me) {
        const bool over = held_of(line, member) >= line->charter->quota_bytes;
        const bool left_out =
            fact->absent && held_of(line, member) + DT_BODY_MAX > line->charter->quota_bytes;
        if (left_out || (over && (flash || fire) && row->open != 0) ||
            (flash && !uncounted(fact->kind) && flash_beyond(line, fact))) {
            return "QUOTA";
        }
    }
    return sealed_too_late(line, fact, body) ? "EXPIRED" : NULL;
}
