/* SPDX-License-Identifier: ISC */
/* One record as clients see it (docs/control.md: item). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "node/histories.h"
#include "node/overdue.h"
#include "node/query.h"
#include "node/quota.h"
#include "view/stage.h"

void dt_put_uint(struct dt_object *o, const char *key, uint64_t value)
{
    dt_obj_key(o, key);
    dt_obj_uint(o, value);
}

void dt_put_int(struct dt_object *o, const char *key, int64_t value)
{
    dt_obj_key(o, key);
    dt_obj_int(o, value);
}

void dt_put_bool(struct dt_object *o, const char *key, bool value)
{
    dt_obj_key(o, key);
    dt_obj_bool(o, value);
}

void dt_put_string(struct dt_object *o, const char *key, const char *value)
{
    dt_obj_key(o, key);
    dt_obj_string(o, value);
}

void dt_put_time(struct dt_object *o, const char *key, bool there, int64_t value)
{
    dt_obj_key(o, key);
    if (there) {
        dt_obj_int(o, value);
    } else {
        dt_obj_null(o);
    }
}

void dt_line_tag_text(char out[static 9], const struct dt_line *line)
{
    char text[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
    dt_base32(text, line->charter->id, DT_HASH_SIZE);
    memcpy(out, text, 8);
    out[8] = '\0';
}

static const char *code_of(const struct dt_line *line, uint16_t wid)
{
    const unsigned member = dt_wid_member(wid);
    return member < line->charter->member_count ? line->charter->members[member].code : "?";
}

void dt_put_id(struct dt_object *o, const char *key, const struct dt_line *line, uint16_t wid,
               uint64_t seq, const uint8_t *leaf)
{
    char id[DT_RECORD_ID_SIZE];
    dt_record_id(id, code_of(line, wid), dt_wid_number(wid), seq, leaf);
    dt_put_string(o, key, id);
}

bool dt_record_of(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    if ((seq & DT_SEQ_OTHER) != 0) {
        return dt_history_get_other(line, wid, seq & ~DT_SEQ_OTHER, out);
    }
    if (line->sync.host.get(line, wid, seq, out)) {
        return true;
    }
    struct dt_store_ahead ahead;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL ||
        dt_store_ahead_get(line->node->store, writer->log.id, seq, &ahead) != DT_OK) {
        return false;
    }
    const bool absent = ahead.record.body.data == NULL;
    *out = (struct dt_stored){ahead.record.header, ahead.record.body, absent};
    return true;
}

/* --- stages ------------------------------------------------------------------------ */

struct target_facts {
    struct dt_fact *facts;
    size_t count;
};

static bool take_target(void *ctx, const struct dt_store_fact *row)
{
    struct target_facts *list = ctx;
    struct dt_fact *facts = realloc(list->facts, (list->count + 1) * sizeof *facts);
    if (facts == NULL) {
        return false;
    }
    list->facts = facts;
    facts[list->count++] = row->fact;
    return true;
}

struct cosigned {
    unsigned member;
    uint64_t size;
    int64_t time_ms;
};

/* The first cosignature by any installation of that member which covers a record of ours. */
static void find_cosigned(struct dt_line *line, const struct dt_line_writer *own, uint64_t seq,
                          struct cosigned *best)
{
    struct dt_store_cosignature c;
    for (size_t i = 0; i < line->writer_count; i++) { /* who signs has a log: by its certificate */
        const uint16_t wid = line->writers[i]->wid;
        if (dt_wid_member(wid) == best->member &&
            dt_store_cosignature_first(line->node->store, own->log.id, wid, seq, &c) == DT_OK &&
            (best->size == 0 || c.time_s * 1000 < best->time_ms)) {
            best->size = c.size;
            best->time_ms = c.time_s * 1000;
        }
    }
}

bool dt_item_stored(struct dt_line *line, const struct dt_line_writer *own, unsigned member,
                    uint64_t seq, int64_t *time_ms)
{
    struct cosigned best = {.member = member};
    find_cosigned(line, own, seq, &best);
    *time_ms = best.time_ms;
    return best.size > seq;
}

static void put_forces(struct dt_object *o, const struct dt_stage *stage)
{
    dt_obj_key(o, "passed_on");
    dt_obj_array(o);
    for (size_t i = 0; i < stage->force_count; i++) {
        const struct dt_stage_force *force = &stage->forces[i];
        dt_obj_map(o);
        dt_put_string(o, "force", force->name);
        dt_put_string(o, "state", dt_passed_state_name((int64_t)force->state));
        dt_put_time(o, "n", force->told >= 0, force->told);
        dt_put_time(o, "m", force->units >= 0, force->units);
        dt_put_int(o, "time", force->by.time_ms);
        dt_put_bool(o, "claim", true); /* theirs: nobody outside can check it */
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

/* What the author says the member said: nothing the member signed. */
static void put_reports(struct dt_object *o, const struct dt_line *line,
                        const struct dt_stage *stage)
{
    dt_obj_key(o, "reported");
    dt_obj_array(o);
    for (size_t i = 0; i < stage->report_count; i++) {
        const struct dt_stage_report *r = &stage->reports[i];
        dt_obj_map(o);
        dt_put_string(o, "from", code_of(line, r->by.wid));
        dt_put_string(o, "reported", dt_reported_name((int64_t)r->what));
        dt_put_string(o, "means", dt_means_name((int64_t)r->means));
        dt_put_string(o, "who", r->who);
        dt_put_int(o, "when", r->when_ms);
        dt_put_uint(o, "officer", r->by.officer);
        dt_put_bool(o, "officer_valid", r->by.officer_valid);
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

static void put_stage(struct dt_object *o, const struct dt_line *line, unsigned member,
                      const struct dt_stage *stage, const struct cosigned *cosigned,
                      uint64_t seq)
{
    const bool stored = cosigned->size > seq;
    dt_obj_map(o);
    dt_put_string(o, "code", line->charter->members[member].code);
    dt_put_time(o, "stored", stored && member != line->me, cosigned->time_ms);
    dt_put_bool(o, "here", member == line->me);
    dt_put_time(o, "shown", stage->shown.there, stage->shown.time_ms);
    dt_put_time(o, "acknowledged", stage->acknowledged.there, stage->acknowledged.time_ms);
    dt_obj_key(o, "by");
    const struct dt_stage_mark *by = &stage->acknowledged;
    const char *role =
        by->there ? dt_line_officer_role(line, by->wid, by->seq, by->officer) : NULL;
    if (role != NULL) {
        dt_obj_string(o, role);
    } else {
        dt_obj_null(o);
    }
    dt_put_bool(o, "claimed", stage->claimed.there && !stage->acknowledged.there);
    dt_put_bool(o, "other_version", stage->other_version);
    put_forces(o, stage);
    put_reports(o, line, stage);
    dt_obj_key(o, "position");
    if (stage->position_by.there) {
        dt_obj_string(o, dt_position_name((int64_t)stage->position));
    } else {
        dt_obj_null(o);
    }
    dt_put_string(o, "highest", dt_stage_name(stage->highest));
    dt_obj_end(o);
}

static void put_stages(struct dt_object *o, struct dt_line *line, const struct dt_header *h,
                       const struct dt_ref *ref)
{
    struct target_facts list = {NULL, 0};
    const struct dt_line_writer *writer = dt_line_writer(line, ref->wid, false);
    const unsigned author = dt_wid_member(ref->wid);
    (void)!dt_store_fact_by_target(line->node->store, line->id, ref->wid, ref->seq, take_target,
                                   &list);
    dt_obj_key(o, "stages");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        struct dt_stage stage;
        struct cosigned cosigned = {m, 0, 0};
        if (m == author || !dt_header_addresses(h, m)) {
            continue;
        }
        if (writer != NULL && ref->wid == line->wid) {
            find_cosigned(line, writer, ref->seq, &cosigned);
        }
        if (m == line->me) {
            cosigned.size = ref->seq + 1; /* it is held here, whoever wrote it */
        }
        const struct dt_stage_query query = {*ref, m, false, cosigned.size};
        dt_stage_of(&stage, &query, list.facts, list.count);
        put_stage(o, line, m, &stage, &cosigned, ref->seq);
    }
    dt_obj_end(o);
    free(list.facts);
}

/* --- content ----------------------------------------------------------------------- */

void dt_put_text(struct dt_object *o, struct dt_span text)
{
    if (text.size > 0) {
        dt_obj_key(o, "text");
        dt_obj_text(o, text);
    }
}

static void put_content(struct dt_object *o, const struct dt_fact *fact, struct dt_span body,
                        struct dt_span plain)
{
    struct dt_body_message message;
    struct dt_body_check_fire fire;
    struct dt_body_fire_answer answer;
    struct dt_body_passed_on passed;
    struct dt_body_position position;
    struct dt_body_recall recall;
    switch (fact->kind) {
    case DT_KIND_MESSAGE:
        if (plain.size > 0 && dt_body_message_decode(&message, plain) == DT_OK) {
            dt_put_text(o, message.text);
            dt_put_string(o, "lang", message.language);
        }
        return;
    case DT_KIND_CHECK_FIRE:
        if (dt_body_check_fire_decode(&fire, body) == DT_OK) {
            dt_put_string(o, "scope", dt_fire_scope_name(fire.scope));
            dt_put_text(o, fire.text);
            dt_put_time(o, "since", fire.since_ms > 0, fire.since_ms);
            dt_put_bool(o, "own_people", fire.own_people);
            if (fire.has_area) {
                dt_put_int(o, "lat", fire.centre.lat_e7);
                dt_put_int(o, "lon", fire.centre.lon_e7);
                dt_put_uint(o, "radius_mm", fire.radius_mm);
            }
        }
        return;
    case DT_KIND_FIRE_ANSWER:
        if (dt_body_fire_answer_decode(&answer, body) == DT_OK) {
            dt_put_string(o, "answer", dt_fire_answer_name(answer.answer));
            dt_put_time(o, "stopped", answer.stopped_ms > 0, answer.stopped_ms);
            dt_put_text(o, answer.text);
        }
        return;
    case DT_KIND_PASSED_ON:
        if (dt_body_passed_on_decode(&passed, body) == DT_OK) {
            dt_put_string(o, "force", passed.force);
            dt_put_string(o, "passed_state", dt_passed_state_name(passed.state));
            dt_put_time(o, "n", passed.told >= 0, passed.told);
            dt_put_time(o, "m", passed.units >= 0, passed.units);
        }
        return;
    case DT_KIND_POSITION:
        if (dt_body_position_decode(&position, body) == DT_OK) {
            dt_put_string(o, "position", dt_position_name(position.position));
            dt_put_text(o, position.text);
        }
        return;
    case DT_KIND_RECALL:
        if (dt_body_recall_decode(&recall, body) == DT_OK) {
            dt_put_text(o, recall.text);
        }
        return;
    case DT_KIND_NOTICE_STATE:
        dt_put_string(o, "notice_state", dt_notice_state_name(fact->code));
        return;
    default:
        return;
    }
}

/* --- the item --------------------------------------------------------------------------- */

/* Why what a record says is in doubt, the weightiest reason; NULL if it is not. */
static const char *doubt_of(const struct dt_line_writer *writer, const struct dt_fact *fact)
{
    if (fact->err == DT_ERR_FORK || dt_history_doubts(&writer->log, fact->seq)) {
        return "FORK";
    }
    if (writer->in_doubt && fact->seq >= writer->doubt_from) {
        return "REVOKED";
    }
    return fact->officer_doubt == DT_OFFICER_REVOKED  ? "OFFICER_REVOKED"
           : fact->officer_doubt == DT_OFFICER_SECOND ? "OFFICER_TWICE"
                                                      : NULL;
}

static void put_officers(struct dt_object *o, const struct dt_line *line,
                         const struct dt_fact *fact, bool valid)
{
    const char *role = dt_line_officer_role(line, fact->wid, fact->seq, fact->officer);
    dt_put_string(o, "officer", role != NULL ? role : "?");
    dt_put_uint(o, "officer_number", fact->officer);
    dt_put_bool(o, "officer_valid", valid);
    if (fact->second != 0) {
        role = dt_line_officer_role(line, fact->wid, fact->seq, fact->second);
        dt_put_string(o, "second_officer", role != NULL ? role : "?");
        dt_put_uint(o, "second_number", fact->second);
    }
}

/* `plain`: what the sealed part says, where it opens here. */
static void put_head(struct dt_object *o, struct dt_line *line, const struct dt_store_fact *row,
                     const struct dt_header *h, struct dt_span header, struct dt_span body,
                     struct dt_span plain)
{
    const struct dt_fact *fact = &row->fact;
    char tag[9];
    dt_put_id(o, "id", line, fact->wid, fact->seq, fact->leaf);
    dt_line_tag_text(tag, line);
    dt_put_string(o, "line", tag);
    dt_put_uint(o, "wid", fact->wid);
    dt_put_uint(o, "seq", fact->seq);
    dt_obj_key(o, "leaf");
    dt_obj_bytes(o, dt_span(fact->leaf, DT_HASH_SIZE));
    dt_put_string(o, "from", code_of(line, fact->wid));
    dt_put_string(o, "kind", dt_kind_name(fact->kind));
    dt_put_uint(o, "kind_number", fact->kind);
    dt_put_int(o, "time", fact->time_ms);
    dt_put_string(o, "precedence", dt_precedence_name(fact->flags & 3u));
    dt_put_string(o, "class", dt_class_name(fact->flags >> 2 & 3u));
    if (line->charter->class_ == DT_EXERCISE && (fact->flags >> 2 & 3u) == DT_OPERATION) {
        dt_put_bool(o, "no_duff", true);
    }
    dt_put_string(o, "valid", dt_err_name(fact->err));
    dt_put_bool(o, "waiting", row->open != 0 || dt_overdue_waits(line, fact->wid, fact->seq));
    dt_put_bool(o, "sealed", fact->sealed);
    dt_obj_key(o, "to");
    dt_obj_array(o);
    for (size_t i = 0; i < h->to_count; i++) {
        dt_obj_string(o, code_of(line, dt_wid(h->to[i], 1)));
    }
    dt_obj_end(o);
    if (fact->officer != 0) {
        put_officers(o, line, fact,
                     fact->officer_valid ||
                         (fact->sealed && fact->err == DT_OK && plain.size > 0 &&
                          dt_line_officers_signed(line, fact, header, body, plain)));
    }
    if (fact->has_target) {
        dt_put_id(o, "ref", line, fact->target.wid, fact->target.seq, fact->target.leaf);
        dt_put_bool(o, "ref_held", fact->target_matches); /* else it has no effect yet */
    }
}

void dt_query_item_open(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq,
                        bool stages)
{
    uint8_t *memory = malloc(DT_HEADER_MAX + DT_BODY_MAX + DT_SEALED_MAX);
    struct dt_stored record;
    struct dt_store_fact row;
    struct dt_header h;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    dt_obj_map(o);
    const bool other = (seq & DT_SEQ_OTHER) != 0;
    const unsigned log = writer == NULL ? 0 : other ? writer->other.id : writer->log.id;
    if (memory == NULL || log == 0 || !dt_record_of(line, wid, seq, &record) ||
        dt_store_fact_get(line->node->store, dt_store_key_of(log, seq & ~DT_SEQ_OTHER), &row) !=
            DT_OK) {
        free(memory);
        return;
    }
    uint8_t *body_bytes = memory + DT_HEADER_MAX, *plain_bytes = body_bytes + DT_BODY_MAX;
    memcpy(memory, record.header.data, record.header.size);
    if (record.body.size > 0) {
        memcpy(body_bytes, record.body.data, record.body.size);
    }
    const struct dt_span body = dt_span(body_bytes, record.body.size);
    (void)!dt_header_decode(&h, dt_span(memory, record.header.size));
    const size_t opens =
        dt_line_open(line, wid, seq & ~DT_SEQ_OTHER, body, plain_bytes, DT_SEALED_MAX);
    const size_t opened = line->node->withhold ? 0 : opens; /* no officer asks: stays closed */
    put_head(o, line, &row, &h, dt_span(memory, record.header.size), body,
             dt_span(plain_bytes, opens));
    dt_put_bool(o, "opened", opened > 0);
    if (opened < opens) {
        dt_put_bool(o, "withheld", true);
    }
    const char *doubt = doubt_of(writer, &row.fact);
    doubt = doubt != NULL ? doubt : dt_quota_doubt(line, &row, body);
    if (doubt != NULL) {
        dt_put_string(o, "doubt", doubt);
    }
    if (dt_quota_demoted(line, &row.fact)) {
        dt_put_bool(o, "demoted", true);
    }
    if (row.fact.err == DT_OK || row.fact.err == DT_ERR_FORK ||
        row.fact.kind == DT_KIND_CHECK_FIRE) {
        put_content(o, &row.fact, body, dt_span(plain_bytes, opened));
        if (row.fact.kind == DT_KIND_NOTICE) {
            dt_item_notice(o, line, &row.fact, body, dt_span(plain_bytes, opened));
        }
        dt_item_watch(o, line, &row.fact, body);
    }
    if (row.fact.kind == DT_KIND_CHECK_FIRE) {
        dt_query_fire(o, line, &row.fact);
    }
    if (stages) {
        struct dt_ref own = {wid, seq & ~DT_SEQ_OTHER, {0}};
        memcpy(own.leaf, row.fact.leaf, DT_HASH_SIZE);
        put_stages(o, line, &h, &own);
    }
    dt_wipe(plain_bytes, opens);
    free(memory);
}

void dt_query_item(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq,
                   bool stages)
{
    struct dt_life_entry life;
    struct dt_stored record;
    struct dt_ref ref = {wid, seq, {0}};
    dt_query_item_open(o, line, wid, seq, stages);
    if (stages && dt_record_of(line, wid, seq, &record)) { /* where a notice stands */
        dt_leaf_hash(ref.leaf, record.header);
        if (dt_line_life(line, &ref, dt_now_ms(), &life) && life.kind == DT_KIND_NOTICE) {
            dt_query_life(o, line, &life);
            dt_query_outcomes(o, line, &ref);
        }
    }
    dt_obj_end(o);
}
