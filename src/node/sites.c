/* SPDX-License-Identifier: ISC */
#include "node/sites.h"

#include "node/query.h"

/* The place of that version, or of the one that will be stale last. */
static size_t place_of(const struct dt_line *line, const struct dt_ref *ref)
{
    size_t last = 0;
    for (size_t i = 0; i < line->site_count; i++) {
        const struct dt_site *one = &line->sites[i];
        if (one->ref.wid == ref->wid && one->ref.seq == ref->seq) {
            return i;
        }
        last = one->stale_ms > line->sites[last].stale_ms ? i : last;
    }
    return line->site_count < DT_SITES_MAX ? line->site_count : last;
}

void dt_site_note(struct dt_line *line, const struct dt_life_entry *entry)
{
    const int64_t unconfirmed_ms = entry->confirmed_ms + DT_STALE_MS;
    const struct dt_site site = {entry->ref, entry->start_ms > unconfirmed_ms ? entry->start_ms
                                                                               : unconfirmed_ms};
    if (entry->fact->code != DT_CATEGORY_STATIC || entry->end_ms <= site.stale_ms) {
        return; /* over before it is stale */
    }
    const size_t at = place_of(line, &entry->ref);
    const bool same = at < line->site_count && line->sites[at].ref.wid == entry->ref.wid &&
                      line->sites[at].ref.seq == entry->ref.seq;
    if (at == line->site_count) {
        if (!dt_node_grow(&line->sites, line->site_count, &line->site_capacity,
                          sizeof *line->sites)) {
            return;
        }
        line->site_count++;
    } else if (!same && line->sites[at].stale_ms <= site.stale_ms) {
        return;
    }
    line->sites[at] = site;
}

/* --- said -------------------------------------------------------------------------------- */

static void put_site(struct dt_object *o, struct dt_line *line, const struct dt_life_entry *e,
                     int64_t now_ms)
{
    char tag[9];
    dt_line_tag_text(tag, line);
    dt_obj_map(o);
    dt_put_string(o, "line", tag);
    dt_put_id(o, "id", line, e->ref.wid, e->ref.seq, e->ref.leaf);
    dt_put_string(o, "from", line->charter->members[dt_wid_member(e->ref.wid)].code);
    dt_put_string(o, "class", dt_class_name(line->charter->class_));
    dt_put_bool(o, "ours", dt_wid_member(e->ref.wid) == line->me);
    dt_put_int(o, "confirmed", e->confirmed_ms);
    dt_put_int(o, "age", now_ms > e->confirmed_ms ? now_ms - e->confirmed_ms : 0);
    dt_obj_end(o);
}

/* What was confirmed, has ended or was amended since goes from the list. */
static void put_line(struct dt_object *o, struct dt_line *line, int64_t now_ms)
{
    size_t kept = 0, said = 0;
    for (size_t i = 0; i < line->site_count; i++) {
        struct dt_life_entry life;
        const bool due = line->sites[i].stale_ms <= now_ms && said < DT_SITES_SAID;
        if (due && (!dt_line_life(line, &line->sites[i].ref, now_ms, &life) ||
                    life.life != DT_LIFE_STALE)) {
            continue;
        }
        if (due) {
            said++;
            put_site(o, line, &life, now_ms);
        }
        line->sites[kept++] = line->sites[i];
    }
    line->site_count = kept;
}

void dt_sites_status(struct dt_object *o, struct dt_node *n, const struct dt_line *only)
{
    const int64_t now_ms = dt_now_ms();
    dt_obj_key(o, "stale");
    dt_obj_array(o);
    for (size_t l = 0; l < n->line_count; l++) {
        if (only == NULL || only == n->lines[l]) {
            put_line(o, n->lines[l], now_ms);
        }
    }
    dt_obj_end(o);
}
