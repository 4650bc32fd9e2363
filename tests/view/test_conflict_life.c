/* SPDX-License-Identifier: ISC */
/*
 * Goal: what is said about conflicts and outcomes is read, judged and summed up as the
 * independent reference does, in whatever order it comes; a site that nobody confirms is stale.
 * Method: the reference's bodies as records of the member that says them; its random lives,
 * each in two orders; a site's versions and states by hand.
 */
#include "world.h"

#include "../log/vectors.h"
#include "log/merkle.h"
#include "view/conflict_life.h"

enum { SAID = 16 };

/* --- bodies ----------------------------------------------------------------------- */

static void check_again(unsigned kind, struct dt_span body)
{
    uint8_t again[DT_BODY_MAX];
    size_t size = 0;
    if (kind == DT_KIND_CONFLICT) {
        struct dt_body_conflict b;
        assert_err(dt_body_conflict_decode(&b, body), DT_OK);
        assert_err(dt_body_conflict_encode(again, sizeof again, &size, &b), DT_OK);
    } else {
        struct dt_body_outcome b;
        assert_err(dt_body_outcome_decode(&b, body), DT_OK);
        assert_err(dt_body_outcome_encode(again, sizeof again, &size, &b), DT_OK);
    }
    assert_true(dt_span_equal(dt_span(again, size), body));
}

static void check_body(const json_t *c)
{
    uint8_t bytes[1024];
    struct record r;
    const size_t size = vectors_hex(c, "body", bytes, sizeof bytes);
    const struct dt_span body = dt_span(bytes, size);
    const unsigned kind = (unsigned)vectors_number(c, "kind");
    const unsigned member = (unsigned)vectors_number(c, "member");
    record_sign(&r, dt_wid(member, 3), 5, kind, body, 1, 0);
    const struct dt_fact fact = record_fact(&r);
    if (!json_is_true(json_object_get(c, "valid"))) {
        assert_string_equal(dt_err_name(fact.err), vectors_text(c, "error"));
        assert_true(!fact.has_target && !fact.officer_valid);
        return;
    }
    assert_err(fact.err, DT_OK);
    assert_true(fact.has_target && fact.officer_valid && fact.target.seq == 3);
    check_again(kind, body);
}

/* --- lives ------------------------------------------------------------------------ */

static const struct dt_ref first_version = {16, 3, {1}}, second_version = {33, 9, {2}};

static int64_t number_at(const json_t *array, size_t i)
{
    return json_integer_value(json_array_get(array, i));
}

static struct dt_life_entry version(const json_t *v)
{
    const bool expired = json_is_true(json_array_get(v, 2));
    return (struct dt_life_entry){.counts = json_is_true(json_array_get(v, 1)),
                                  .life = expired ? DT_LIFE_EXPIRED : DT_LIFE_ACTIVE,
                                  .end_ms = number_at(v, 3),
                                  .written_ms = number_at(v, 4)};
}

static struct dt_fact said(const json_t *s, const uint8_t id[static DT_HASH_SIZE])
{
    const int64_t what = number_at(s, 3);
    const bool ack = what < 0;
    struct dt_fact f = fact_about(ack ? DT_KIND_ACK : DT_KIND_CONFLICT, (uint16_t)number_at(s, 0),
                                  (uint64_t)number_at(s, 1), &first_version);
    f.time_ms = number_at(s, 2);
    f.officer_valid = json_is_true(json_array_get(s, 4));
    f.code = ack ? 0 : what;
    f.number[0] = second_version.wid;
    f.number[1] = (int64_t)second_version.seq;
    f.number[2] = dt_conflict_bits(id);
    return f;
}

static void compare(const struct dt_conflict_life *l, const json_t *c)
{
    const json_t *parties = json_object_get(c, "parties");
    assert_string_equal(dt_conflict_state_name(l->state), vectors_text(c, "state"));
    assert_int_equal(l->undecided, json_is_true(json_object_get(c, "undecided")));
    bool late = false;
    for (size_t k = 0; k < 2; k++) {
        const json_t *p = json_array_get(parties, k);
        assert_int_equal(l->party[k].seen.there, json_is_true(json_array_get(p, 0)));
        assert_int_equal(l->party[k].accepted.there, json_is_true(json_array_get(p, 1)));
        assert_int_equal(l->party[k].late, json_is_true(json_array_get(p, 2)));
        late = late || l->party[k].late;
    }
    assert_int_equal(l->overdue, late || l->undecided);
}

static void check_life(const json_t *c)
{
    static struct dt_charter charter;
    const json_t *list = json_object_get(c, "said"), *versions = json_object_get(c, "versions");
    const struct dt_life_entry a = version(json_array_get(versions, 0)),
                               b = version(json_array_get(versions, 1));
    struct dt_conflict_asked asked = {.a = first_version,
                                      .b = second_version,
                                      .life_a = &a,
                                      .life_b = &b,
                                      .severity = DT_SEVERITY_SEVERE,
                                      .first_ms = (int64_t)vectors_number(c, "first"),
                                      .temporal_ms = (int64_t)vectors_number(c, "temporal")};
    struct dt_fact facts[SAID], turned[SAID];
    struct dt_conflict_life life;
    const size_t count = json_array_size(list);
    charter = world()->charter;
    charter.ack_deadline_ms[DT_IMMEDIATE] = (int64_t)vectors_number(c, "patience");
    dt_conflict_id(asked.id, charter.id, &asked.a, &asked.b);
    assert_true(count < SAID);
    for (size_t i = 0; i < count; i++) {
        facts[i] = turned[count - 1 - i] = said(json_array_get(list, i), asked.id);
    }
    dt_conflict_life(&life, &charter, &asked, facts, count, (int64_t)vectors_number(c, "now"));
    compare(&life, c);
    dt_conflict_life(&life, &charter, &asked, turned, count, (int64_t)vectors_number(c, "now"));
    compare(&life, c);
    for (size_t i = 0; i < count; i++) { /* what is said of another conflict says nothing */
        turned[i].number[2] ^= turned[i].kind == DT_KIND_CONFLICT;
        turned[i].officer_valid = turned[i].officer_valid && turned[i].kind == DT_KIND_CONFLICT;
    }
    dt_conflict_life(&life, &charter, &asked, turned, count, (int64_t)vectors_number(c, "now"));
    assert_true(!life.party[0].seen.there && !life.party[1].seen.there && !life.raised.there);
}

static void test_as_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/conflicts.json"), *c;
    size_t i, bodies = 0, lives = 0;
    json_array_foreach (json_object_get(root, "cases"), i, c) {
        if (vectors_number(c, "kind") == 0) {
            check_life(c);
            lives++;
        } else {
            check_body(c);
            bodies++;
        }
    }
    assert_true(bodies >= 25 && lives >= 100);
    json_decref(root);
}

/* --- who must sign, and what may be referred to ------------------------------------ */

static void test_signatures_and_references(void **state)
{
    (void)state;
    uint8_t body[512], header[DT_HEADER_MAX];
    size_t size = 0, header_size = 0;
    struct record r;
    struct dt_body_conflict b = {.first = first_version, .second = second_version};
    /* A node raises by itself; nobody else speaks without an officer. */
    for (int step = 0; step < DT_STEPS; step++) {
        b.step = (enum dt_conflict_step)step;
        b.text = dt_span("x", step == DT_STEP_PROPOSED);
        assert_err(dt_body_conflict_encode(body, sizeof body, &size, &b), DT_OK);
        record_make(&r, dt_wid(1, 3), 5, DT_KIND_CONFLICT, dt_span(body, size));
        assert_err(record_fact(&r).err, step == DT_STEP_RAISED ? DT_OK : DT_ERR_MISSING_FIELD);
        assert_string_not_equal(dt_conflict_step_name(step), "?");
    }
    /* Only of notices; an outcome by who notified it and whom it was addressed to. */
    struct dt_header h = {.version = DT_VERSION, .kind = DT_KIND_MESSAGE, .to = {2}, .to_count = 1};
    struct dt_ref target = {16, 3, {0}};
    for (int notice = 0; notice < 2; notice++) {
        h.kind = notice != 0 ? DT_KIND_NOTICE : DT_KIND_MESSAGE;
        assert_err(dt_header_encode(header, &header_size, &h, dt_span("", 0)), DT_OK);
        dt_leaf_hash(target.leaf, dt_span(header, header_size));
        for (unsigned member = 0; member < 3; member++) {
            struct dt_fact step = fact_about(DT_KIND_CONFLICT, dt_wid(member, 3), 9, &target);
            struct dt_fact outcome = fact_about(DT_KIND_OUTCOME, dt_wid(member, 3), 9, &target);
            dt_fact_refer(&step, target.leaf, dt_span(header, header_size));
            dt_fact_refer(&outcome, target.leaf, dt_span(header, header_size));
            assert_err(step.err, notice != 0 ? DT_OK : DT_ERR_WRONG_RECORD);
            assert_err(outcome.err, notice == 0 ? DT_ERR_WRONG_RECORD
                                    : member == 0 ? DT_ERR_NOT_ADDRESSED
                                                  : DT_OK);
        }
    }
    /* Only its author withdraws it. */
    const struct dt_body_outcome withdrawn = {.ref = first_version, .outcome = DT_OUTCOME_WITHDRAWN};
    assert_err(dt_body_outcome_encode(body, sizeof body, &size, &withdrawn), DT_OK);
    for (unsigned member = 1; member < 3; member++) {
        record_sign(&r, dt_wid(member, 3), 5, DT_KIND_OUTCOME, dt_span(body, size), 1, 0);
        assert_err(record_fact(&r).err, member == 1 ? DT_OK : DT_ERR_NOT_ALLOWED);
    }
}

/* Each member's last word, by what is signed. */
static void test_outcomes(void **state)
{
    (void)state;
    struct dt_fact facts[4];
    for (size_t i = 0; i < 4; i++) {
        facts[i] = fact_about(DT_KIND_OUTCOME, dt_wid(i < 3 ? 1 : 2, 1), 10 + i, &first_version);
        facts[i].time_ms = 100 - (int64_t)i; /* a clock set back */
        facts[i].code = (int64_t)i;
        facts[i].officer_valid = i != 2;
    }
    assert_ptr_equal(dt_outcome_of(facts, 4, &first_version, 1), &facts[1]);
    assert_ptr_equal(dt_outcome_of(facts, 4, &first_version, 2), &facts[3]);
    assert_null(dt_outcome_of(facts, 4, &first_version, 0));
    assert_null(dt_outcome_of(facts, 4, &second_version, 1));
}

/* --- a site that nobody confirms ------------------------------------------------------ */

static enum dt_life life_at(const struct dt_fact *facts, size_t count, size_t of, int64_t now_ms)
{
    const struct dt_life_line on_it = {.members = 2};
    struct dt_life_entry entries[8];
    struct dt_ref ref = {facts[of].wid, facts[of].seq, {0}};
    size_t found = 0;
    memcpy(ref.leaf, facts[of].leaf, DT_HASH_SIZE);
    assert_err(dt_notice_life(entries, 8, &found, &on_it, facts, count, now_ms), DT_OK);
    const struct dt_life_entry *e = dt_life_find(entries, found, &ref);
    assert_true(e != NULL && (e->life != DT_LIFE_STALE || e->counts));
    return e->life;
}

static void test_stale(void **state)
{
    (void)state;
    const int64_t day = 86400000, year = 365 * day;
    struct dt_fact facts[3];
    facts[0] = fact_about(DT_KIND_NOTICE, 16, 1, NULL);
    facts[0].code = DT_CATEGORY_STATIC;
    facts[0].time_ms = 0;
    facts[0].number[1] = 10 * day;
    facts[0].number[2] = 3 * year;
    assert_int_equal(life_at(facts, 1, 0, 5 * day), DT_LIFE_PLANNED);
    assert_int_equal(life_at(facts, 1, 0, 90 * day - 1), DT_LIFE_ACTIVE);
    assert_int_equal(life_at(facts, 1, 0, 90 * day), DT_LIFE_STALE);
    assert_int_equal(life_at(facts, 1, 0, 4 * year), DT_LIFE_EXPIRED);
    struct dt_ref site = {16, 1, {0}};
    memcpy(site.leaf, facts[0].leaf, DT_HASH_SIZE);
    facts[1] = fact_about(DT_KIND_NOTICE_STATE, 16, 2, &site);
    facts[1].code = DT_NOTICE_CONFIRMED;
    facts[1].time_ms = 80 * day;
    assert_int_equal(life_at(facts, 2, 0, 169 * day), DT_LIFE_ACTIVE);
    assert_int_equal(life_at(facts, 2, 0, 170 * day), DT_LIFE_STALE);
    /* An amendment says that it is there, of both versions. */
    facts[2] = fact_about(DT_KIND_NOTICE, 16, 3, &site);
    facts[2].code = DT_CATEGORY_STATIC;
    facts[2].time_ms = 100 * day;
    facts[2].number[1] = 10 * day;
    facts[2].number[2] = 3 * year;
    assert_int_equal(life_at(facts, 3, 0, 189 * day), DT_LIFE_ACTIVE);
    assert_int_equal(life_at(facts, 3, 2, 190 * day), DT_LIFE_STALE);
    facts[0].code = facts[2].code = DT_CATEGORY_MARITIME; /* what is no site needs none */
    assert_int_equal(life_at(facts, 3, 0, year), DT_LIFE_ACTIVE);
}

/* --- versions that were amended, cancelled, ended --------------------------------------- */

enum { LIFE_RECORDS = 20 };

static void set_members(struct dt_members *set, const json_t *array)
{
    size_t i;
    const json_t *one;
    json_array_foreach (array, i, one) {
        dt_members_add(set, (unsigned)json_integer_value(one));
    }
}

static void life_fact(struct dt_fact *f, const json_t *row, uint64_t seq, const struct dt_fact *facts)
{
    const int64_t about = number_at(row, 2);
    struct dt_ref target = {0};
    if (about >= 0) {
        target = (struct dt_ref){facts[about].wid, facts[about].seq, {0}};
        memcpy(target.leaf, facts[about].leaf, DT_HASH_SIZE);
    }
    *f = fact_about((unsigned)number_at(row, 1), (uint16_t)number_at(row, 0), seq,
                    about >= 0 ? &target : NULL);
    f->code = f->kind == DT_KIND_NOTICE ? DT_CATEGORY_MOVEMENT : number_at(row, 3);
    set_members(&f->to, json_array_get(row, 4));
    f->officer_valid = json_is_true(json_array_get(row, 6));
    if (f->kind == DT_KIND_NOTICE) {
        f->number[1] = T0;
        f->number[2] = T0 + 1000;
        f->number[3] = json_is_true(json_array_get(row, 5));
    }
}

static void check_lives(const json_t *c, bool reversed)
{
    const json_t *rows = json_object_get(c, "records"), *lives = json_object_get(c, "lives"), *row;
    struct dt_life_line on_it = {.members = (unsigned)vectors_number(c, "members")};
    struct dt_fact made[LIFE_RECORDS], facts[LIFE_RECORDS];
    struct dt_life_entry entries[LIFE_RECORDS];
    const size_t count = json_array_size(rows);
    size_t i, found = 0;
    assert_true(count <= LIFE_RECORDS);
    set_members(&on_it.left, json_object_get(c, "left"));
    for (i = 0; i < count; i++) {
        life_fact(&made[i], json_array_get(rows, i), 1 + i, made);
    }
    for (i = 0; i < count; i++) {
        facts[i] = made[reversed ? count - 1 - i : i];
    }
    assert_err(dt_notice_life(entries, LIFE_RECORDS, &found, &on_it, facts, count, T0 + 500), DT_OK);
    json_array_foreach (lives, i, row) {
        const struct dt_fact *f = &made[number_at(row, 0)];
        struct dt_ref ref = {f->wid, f->seq, {0}};
        struct dt_members awaited = {{0}};
        memcpy(ref.leaf, f->leaf, DT_HASH_SIZE);
        const struct dt_life_entry *e = dt_life_find(entries, found, &ref);
        assert_non_null(e);
        assert_string_equal(dt_life_name(e->life), json_string_value(json_array_get(row, 1)));
        set_members(&awaited, json_array_get(row, 2));
        assert_memory_equal(&e->awaited, &awaited, sizeof awaited);
    }
}

static void test_lives_as_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/lives.json");
    const json_t *cases = json_object_get(root, "cases"), *c;
    size_t i, waiting = 0;
    json_array_foreach (cases, i, c) {
        check_lives(c, false);
        check_lives(c, true);
        waiting += json_array_size(json_array_get(json_array_get(json_object_get(c, "lives"), 0), 2)) > 0;
    }
    assert_true(i >= 150 && waiting >= 30);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_reference), cmocka_unit_test(test_signatures_and_references),
        cmocka_unit_test(test_outcomes),         cmocka_unit_test(test_stale),
        cmocka_unit_test(test_lives_as_the_reference),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
