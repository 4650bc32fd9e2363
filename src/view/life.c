/* SPDX-License-Identifier: ISC */
/* The life of a notice's versions (notice.h). */
#include <stdlib.h>
#include <string.h>

#include "view/notice.h"

static int compare_places(uint16_t wid_a, uint64_t seq_a, uint16_t wid_b, uint64_t seq_b)
{
    return wid_a != wid_b   ? (wid_a < wid_b ? -1 : 1)
           : seq_a != seq_b ? (seq_a < seq_b ? -1 : 1)
                            : 0;
}

static int compare_entries(const void *a, const void *b)
{
    const struct dt_life_entry *x = a, *y = b;
    return compare_places(x->ref.wid, x->ref.seq, y->ref.wid, y->ref.seq);
}

/* Index of the record a reference names exactly; `count` if it is not there. */
static size_t find(const struct dt_life_entry *entries, size_t count, const struct dt_ref *ref)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct dt_ref *at = &entries[middle].ref;
        if (compare_places(at->wid, at->seq, ref->wid, ref->seq) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const bool there = low < count && entries[low].ref.wid == ref->wid &&
                       entries[low].ref.seq == ref->seq &&
                       memcmp(entries[low].ref.leaf, ref->leaf, DT_HASH_SIZE) == 0;
    return there ? low : count;
}

static enum dt_err collect(struct dt_life_entry *entries, size_t capacity, size_t *count,
                           const struct dt_fact *facts, size_t facts_count)
{
    *count = 0;
    for (size_t i = 0; i < facts_count; i++) {
        const struct dt_fact *f = &facts[i];
        const bool state = f->kind == DT_KIND_NOTICE_STATE && f->has_target;
        if (f->err != DT_OK || f->absent || (f->kind != DT_KIND_NOTICE && !state)) {
            continue;
        }
        if (*count == capacity) {
            return DT_ERR_CAPACITY;
        }
        struct dt_life_entry *e = &entries[(*count)++];
        *e = (struct dt_life_entry){.ref = {f->wid, f->seq, {0}}, .kind = f->kind, .fact = f};
        memcpy(e->ref.leaf, f->leaf, DT_HASH_SIZE);
        e->written_ms = e->confirmed_ms = f->time_ms;
        if (!state) {
            e->start_ms = f->number[1];
            e->end_ms = f->number[2];
            e->movement = f->number[3] != 0;
        }
    }
    qsort(entries, *count, sizeof *entries, compare_entries);
    return DT_OK;
}

/* The version a NOTICE amends or a NOTICE_STATE speaks of: only the own party's. */
static void link_parents(struct dt_life_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = entries[i].fact;
        size_t parent = f->has_target ? find(entries, count, &f->target) : count;
        if (parent < count && (entries[parent].kind != DT_KIND_NOTICE || parent == i ||
                               dt_wid_member(entries[parent].ref.wid) != dt_wid_member(f->wid))) {
            parent = count;
        }
        entries[i].parent = parent;
        if (parent < count && entries[i].kind == DT_KIND_NOTICE) {
            entries[parent].amended = true;
            entries[parent].amenders++;
        }
    }
}

/* Acknowledgements of exactly that version, by an officer of another member. */
static void acknowledge(struct dt_life_entry *entries, size_t count, const struct dt_fact *facts,
                        size_t facts_count)
{
    for (size_t i = 0; i < facts_count; i++) {
        const struct dt_fact *f = &facts[i];
        if (f->kind != DT_KIND_ACK || f->err != DT_OK || !f->officer_valid || !f->has_target ||
            dt_wid_member(f->target.wid) == dt_wid_member(f->wid)) {
            continue;
        }
        const size_t at = find(entries, count, &f->target);
        if (at < count) {
            dt_members_add(&entries[at].acked, dt_wid_member(f->wid));
        }
    }
}

/* --- who has to know ------------------------------------------------------------------ */

static void add_told(struct dt_members *to, const struct dt_life_line *line,
                     const struct dt_fact *f)
{
    dt_members_join(to, &f->to);
    for (unsigned m = 0; dt_members_none(&f->to) && m < line->members; m++) {
        dt_members_add(to, m);
    }
}

/* Of several things that would take a version's place, the one that lacks least is shown; of
 * two that lack as many, always the same. */
static void wait_for(struct dt_life_entry *version, const struct dt_members *missing)
{
    const size_t before = dt_members_count(&version->awaited), now = dt_members_count(missing);
    if (now > 0 && (before == 0 || now < before ||
                    (now == before && memcmp(missing, &version->awaited, sizeof *missing) < 0))) {
        version->awaited = *missing;
    }
}

/* Have all acknowledged what takes the place of `version`, so that nobody acts on it any
 * more? `by` is that, `acked` who has. */
static bool is_let_go(struct dt_life_entry *version, const struct dt_life_line *line,
                      const struct dt_fact *by, const struct dt_members *acked)
{
    struct dt_members missing = {{0}}, author = {{0}};
    dt_members_add(&author, dt_wid_member(version->ref.wid));
    add_told(&missing, line, version->fact);
    add_told(&missing, line, by);
    dt_members_less(&missing, &author);
    dt_members_less(&missing, &line->left);
    dt_members_less(&missing, acked);
    wait_for(version, &missing);
    return dt_members_none(&missing) && !dt_members_none(acked);
}

static void end_by(struct dt_life_entry *version, const struct dt_life_line *line,
                   const struct dt_fact *by, const struct dt_members *acked)
{
    if (is_let_go(version, line, by, acked)) {
        version->end_confirmed = true;
        dt_members_join(&version->ended_by, acked);
    }
}

static void cancel_by(struct dt_life_entry *version, const struct dt_life_line *line,
                      const struct dt_fact *by, const struct dt_members *acked)
{
    if (is_let_go(version, line, by, acked)) {
        version->cancelled = true;
        dt_members_join(&version->cancelled_by, acked);
    }
}

/* --- what is said of a version ---------------------------------------------------------- */

/* What a state does to the version it names. */
static void apply_state(struct dt_life_entry *version, const struct dt_life_line *line,
                        const struct dt_life_entry *state)
{
    const int64_t end = state->fact->number[0];
    version->confirmed_ms = state->confirmed_ms > version->confirmed_ms ? state->confirmed_ms
                                                                        : version->confirmed_ms;
    switch ((enum dt_notice_state)state->fact->code) {
    case DT_NOTICE_STARTED:
        version->started = true;
        break;
    case DT_NOTICE_ARRIVED:
        version->arrived = version->arrived || version->movement;
        version->ended = version->ended || !version->movement;
        end_by(version, line, state->fact, &state->acked);
        break;
    case DT_NOTICE_ENDED:
        version->ended = true;
        end_by(version, line, state->fact, &state->acked);
        break;
    case DT_NOTICE_CANCELLED:
        version->cancelling = true;
        cancel_by(version, line, state->fact, &state->acked);
        break;
    case DT_NOTICE_DELAYED: /* later only: who ends sooner writes an amendment */
        version->delayed = true;
        version->extension_ms = end - version->fact->number[2] > version->extension_ms
                                    ? end - version->fact->number[2]
                                    : version->extension_ms;
        break;
    default:
        break;
    }
}

/* What holds for a version holds for the one it amends, if those told of that know it. */
static void hand_up(struct dt_life_entry *to, const struct dt_life_line *line,
                    const struct dt_life_entry *from)
{
    to->superseded = is_let_go(to, line, from->fact, &from->acked) || to->superseded;
    dt_members_join(&to->acked, &from->acked);
    to->arrived = to->arrived || (from->arrived && to->movement);
    to->ended = to->ended || from->ended || (from->arrived && !to->movement);
    to->cancelling = to->cancelling || from->cancelling;
    if (from->end_confirmed) {
        end_by(to, line, from->fact, &from->ended_by);
    }
    if (from->cancelled) {
        cancel_by(to, line, from->fact, &from->cancelled_by);
    }
    to->confirmed_ms =
        from->confirmed_ms > to->confirmed_ms ? from->confirmed_ms : to->confirmed_ms;
}

/* From the newest versions up; each is looked at once, when all that amend it have been. */
static void climb(struct dt_life_entry *entries, size_t count, const struct dt_life_line *line)
{
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != DT_KIND_NOTICE || entries[i].amended) {
            continue;
        }
        size_t at = i;
        while (entries[at].amenders == 0 && entries[at].parent < count) {
            const size_t up = entries[at].parent;
            hand_up(&entries[up], line, &entries[at]);
            entries[up].amenders--;
            at = up;
        }
    }
}

static void settle(struct dt_life_entry *e, int64_t now_ms)
{
    e->end_ms += e->extension_ms;
    /* An early end takes protection away like a cancellation, and waits like one. */
    const bool over = now_ms >= e->end_ms;
    const bool ended = e->ended && (e->end_confirmed || (over && !e->movement));
    const bool stale = e->fact->code == DT_CATEGORY_STATIC && now_ms >= e->start_ms &&
                       now_ms - e->confirmed_ms >= DT_STALE_MS;
    e->cancelling = (e->cancelling && !e->cancelled) || (e->ended && !ended);
    e->life = e->cancelled            ? DT_LIFE_CANCELLED
              : e->superseded         ? DT_LIFE_SUPERSEDED
              : e->arrived            ? DT_LIFE_ARRIVED
              : ended                 ? DT_LIFE_ENDED
              : over && e->movement   ? DT_LIFE_OVERDUE
              : over                  ? DT_LIFE_EXPIRED
              : stale                 ? DT_LIFE_STALE
              : now_ms >= e->start_ms ? DT_LIFE_ACTIVE
                                      : DT_LIFE_PLANNED;
    e->counts = e->life < DT_LIFE_ENDED;
    if (!e->counts) {
        e->awaited = (struct dt_members){{0}};
    }
}

enum dt_err dt_notice_life(struct dt_life_entry *entries, size_t capacity, size_t *count,
                           const struct dt_life_line *line, const struct dt_fact *facts,
                           size_t facts_count, int64_t now_ms)
{
    const enum dt_err err = collect(entries, capacity, count, facts, facts_count);
    if (err != DT_OK) {
        return err;
    }
    link_parents(entries, *count);
    acknowledge(entries, *count, facts, facts_count);
    for (size_t i = 0; i < *count; i++) {
        if (entries[i].kind == DT_KIND_NOTICE_STATE && entries[i].parent < *count) {
            apply_state(&entries[entries[i].parent], line, &entries[i]);
        }
    }
    climb(entries, *count, line);
    for (size_t i = 0; i < *count; i++) {
        if (entries[i].kind == DT_KIND_NOTICE) {
            settle(&entries[i], now_ms);
        }
    }
    return DT_OK;
}

const struct dt_life_entry *dt_life_find(const struct dt_life_entry *entries, size_t count,
                                         const struct dt_ref *ref)
{
    const size_t at = find(entries, count, ref);
    return at < count ? &entries[at] : NULL;
}

struct dt_window dt_life_window(struct dt_window window, bool movement, int64_t end_ms,
                                int64_t extension_ms, int64_t now_ms)
{
    struct dt_window w = window;
    w.until_ms =
        w.until_ms > DT_TIME_MAX_MS - extension_ms ? DT_TIME_MAX_MS : w.until_ms + extension_ms;
    if (movement && now_ms >= w.until_ms) {
        const int64_t stays = now_ms >= end_ms ? DT_TIME_MAX_MS : end_ms;
        w.until_ms = stays > w.until_ms ? stays : w.until_ms;
    }
    return w;
}

const char *dt_life_name(enum dt_life life)
{
    static const char *const names[] = {N_("planned"), N_("active"),  N_("stale"),
                                        N_("expired"), N_("overdue"), N_("ended"),
                                        N_("arrived"), N_("superseded"), N_("cancelled")};
    return life <= DT_LIFE_CANCELLED ? names[life] : "?";
}
