/* SPDX-License-Identifier: ISC */
/*
 * Goal: members who speak of one line id have agreed to one text, and no charter is
 * proposed that a member would refuse.
 * Method: the vectors of the independent reference, read and written back; charters
 * with one field out of range; the largest one.
 */
#include "vectors.h"

#include "log/charter.h"

enum { ROOM = DT_STATEMENT_MAX };

static uint8_t bytes[ROOM], made[ROOM];

static void check_charter_members(const json_t *c, const struct dt_charter *charter)
{
    size_t i, k;
    json_t *m, *f;
    json_array_foreach(json_object_get(c, "members"), i, m)
    {
        const struct dt_member *member = &charter->members[i];
        assert_string_equal(member->code, vectors_text(m, "code"));
        assert_string_equal(member->name, vectors_text(m, "name"));
        uint8_t root[DT_PUBLIC_SIZE];
        vectors_hex(m, "root", root, sizeof root);
        assert_memory_equal(member->root, root, sizeof root);
        assert_int_equal(dt_charter_find_code(charter, member->code), (int)i);
        assert_int_equal(dt_charter_find_root(charter, member->root), (int)i);
        assert_int_equal(dt_wid((unsigned)i, 1), vectors_number(m, "wid"));
        assert_int_equal(member->force_count, json_array_size(json_object_get(m, "forces")));
        json_array_foreach(json_object_get(m, "forces"), k, f)
        {
            assert_string_equal(member->forces[k].name, vectors_text(f, "name"));
            assert_int_equal(member->forces[k].relation, vectors_number(f, "relation"));
        }
    }
    assert_int_equal(charter->member_count, i);
}

static uint64_t number_in(const json_t *list, size_t i)
{
    return (uint64_t)json_integer_value(json_array_get(list, i));
}

static void check_charter_settings(const json_t *c, const struct dt_charter *charter)
{
    const json_t *rules = json_object_get(c, "rules");
    assert_int_equal(charter->rule_count, json_array_size(rules));
    for (size_t i = 0; i < charter->rule_count; i++) {
        const json_t *r = json_array_get(rules, i);
        const struct dt_rule *rule = &charter->rules[i];
        assert_true(rule->a == number_in(r, 0) && rule->b == number_in(r, 1));
        assert_true(rule->lateral_mm == number_in(r, 2) && rule->vertical_mm == number_in(r, 3));
        assert_true((uint64_t)rule->temporal_ms == number_in(r, 4) &&
                    rule->severity == number_in(r, 5));
    }
    for (size_t i = 0; i < 4; i++) { /* FLASH first in the charter, last in our enum */
        assert_true((uint64_t)charter->ack_deadline_ms[DT_FLASH - i] ==
                    number_in(json_object_get(c, "deadlines"), i));
    }
    assert_true((uint64_t)charter->stale_ms == vectors_number(c, "staleness"));
    assert_int_equal(charter->flash_budget, vectors_number(c, "flash_budget"));
    assert_true(charter->quota_bytes == vectors_number(c, "quota"));
    assert_int_equal(charter->two_officers, vectors_number(c, "two_officers"));
    const json_t *periods = json_object_get(c, "periods");
    assert_int_equal(charter->test_ms, json_integer_value(json_array_get(periods, 0)));
    assert_int_equal(charter->watch_ms, json_integer_value(json_array_get(periods, 1)));
    const json_t *steps = json_object_get(c, "steps");
    for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
        assert_int_equal(charter->attempt_percent[i], json_integer_value(json_array_get(steps, i)));
    }
    size_t lead_index, category = 1;
    json_t *lead;
    json_array_foreach (json_object_get(c, "leads"), lead_index, lead) {
        for (; category < number_in(lead, 0); category++) {
            assert_int_equal(charter->lead_ms[category], 0);
        }
        assert_true((uint64_t)charter->lead_ms[category++] == number_in(lead, 1));
    }
    for (; category <= DT_RULE_CATEGORIES; category++) {
        assert_int_equal(charter->lead_ms[category], 0);
    }
    assert_int_equal(charter->class_, vectors_number(c, "class"));
    assert_string_equal(charter->title, vectors_text(c, "title"));
}

static struct dt_charter charter;
static char armour[DT_ARMOUR_SIZE(ROOM)];

static void check_charter_vector(const json_t *c)
{
    uint8_t line[32], predecessor[32];
    char base32[DT_BASE32_SIZE(32) + 1];
    size_t size = vectors_hex(c, "statement", bytes, sizeof bytes);
    struct dt_statement s;
    assert_err(dt_statement_decode(&s, dt_span(bytes, size)), DT_OK);
    assert_err(dt_charter_from_statement(&charter, &s), DT_OK);
    vectors_hex(c, "line", line, sizeof line);
    assert_memory_equal(charter.id, line, 32);
    dt_base32(base32, charter.id, 32);
    assert_string_equal(base32, vectors_text(c, "line_base32"));
    check_charter_members(c, &charter);
    check_charter_settings(c, &charter);
    const size_t named = vectors_hex(c, "predecessor", predecessor, sizeof predecessor);
    assert_int_equal(charter.has_predecessor, named == 32);
    assert_memory_equal(charter.predecessor, predecessor, named);
    size_t i;
    json_t *head;
    json_array_foreach(json_object_get(c, "heads"), i, head)
    {
        uint8_t root[DT_HASH_SIZE];
        vectors_hex(head, "root", root, sizeof root);
        assert_int_equal(charter.heads[i].wid, vectors_number(head, "wid"));
        assert_true(charter.heads[i].size == vectors_number(head, "size"));
        assert_memory_equal(charter.heads[i].root, root, sizeof root);
    }
    assert_int_equal(charter.head_count, i);
    const char *text = vectors_text(c, "armour");
    const size_t length = dt_armour(armour, "CHARTER", s.whole);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(armour, text, length);

    memset(charter.id, 0, sizeof charter.id);
    assert_err(dt_charter_encode(made, sizeof made, &size, &charter), DT_OK);
    assert_true(dt_span_equal(dt_span(made, size), s.content));
    assert_memory_equal(charter.id, line, 32);
}

static void charters_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/charter.json"), *c;
    assert_non_null(root);
    size_t i, refused = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (json_is_true(json_object_get(c, "valid"))) {
            check_charter_vector(c);
            continue;
        }
        struct dt_statement s;
        const size_t size = vectors_hex(c, "statement", bytes, sizeof bytes);
        assert_err(dt_statement_decode(&s, dt_span(bytes, size)), DT_OK);
        const char *got = dt_err_name(dt_charter_from_statement(&charter, &s));
        if (strcmp(got, vectors_text(c, "error")) != 0) {
            fail_msg("%s: got %s, expected %s", vectors_text(c, "name"), got,
                     vectors_text(c, "error"));
        }
        refused++;
    }
    json_decref(root);
    assert_true(refused >= 20);
}

static void a_charter_of_200_members_is_written_and_read(void **state)
{
    (void)state;
    static struct dt_charter large, read;
    memset(&large, 0, sizeof large);
    dt_charter_defaults(&large);
    memcpy(large.title, "Large", 6);
    for (; large.member_count < DT_MEMBERS_MAX; large.member_count++) {
        struct dt_member *m = &large.members[large.member_count];
        snprintf(m->code, sizeof m->code, "M%03u", (unsigned)large.member_count);
        memcpy(m->name, "N", 2);
        m->root[0] = (uint8_t)large.member_count;
    }
    size_t size = 0;
    assert_err(dt_charter_encode(made, ROOM, &size, &large), DT_OK);
    assert_err(dt_charter_decode(&read, dt_span(made, size)), DT_OK);
    assert_int_equal(read.member_count, DT_MEMBERS_MAX);
    assert_memory_equal(read.id, large.id, DT_HASH_SIZE);
    assert_int_equal(dt_charter_find_code(&read, "M199"), 199);
    assert_int_equal(dt_charter_find_code(&read, "M200"), -1);
    static const uint8_t nobody[DT_PUBLIC_SIZE] = {0xff};
    assert_int_equal(dt_charter_find_root(&read, nobody), -1);
    for (size_t i = 0; i < DT_MEMBERS_MAX; i++) {
        memset(large.members[i].name, 'n', DT_TEXT_MAX);
    }
    assert_err(dt_charter_encode(made, ROOM, &size, &large), DT_ERR_TOO_LARGE);
}

static void a_charter_that_would_be_refused_is_not_written(void **state)
{
    (void)state;
    static struct dt_charter good, changed;
    dt_charter_defaults(&good);
    memcpy(good.title, "Line", 5);
    good.member_count = 2;
    memcpy(good.members[0].code, "AA", 3);
    memcpy(good.members[0].name, "A", 2);
    memcpy(good.members[1].code, "BB", 3);
    memcpy(good.members[1].name, "B", 2);
    good.members[1].root[0] = 1;
    good.rule_count = 1;
    good.rules[0] = (struct dt_rule){1, 10, 1, 1, 1, 3};
    size_t size = 0;
    assert_err(dt_charter_encode(made, ROOM, &size, &good), DT_OK);
#define CHECK_CHANGED(change, expected)                                       \
    do {                                                                      \
        changed = good;                                                       \
        changed.change;                                                       \
        assert_err(dt_charter_encode(made, ROOM, &size, &changed), expected); \
    } while (0)
    CHECK_CHANGED(member_count = 1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(member_count = DT_MEMBERS_MAX + 1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(members[1].root[0] = 0, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(members[1].force_count = DT_FORCES_MAX + 1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(members[1].name[0] = '\n', DT_ERR_BAD_VALUE);
    CHECK_CHANGED(rule_count = DT_RULES_MAX + 1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(rules[0].a = 0, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(rules[0].b = 11, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(rules[0].severity = 0, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(class_ = DT_TEST, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(title[0] = '\0', DT_ERR_BAD_VALUE);
    CHECK_CHANGED(class_ = DT_EXERCISE, DT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charters_of_the_reference),
        cmocka_unit_test(a_charter_of_200_members_is_written_and_read),
        cmocka_unit_test(a_charter_that_would_be_refused_is_not_written),
    };
    return cmocka_run_group_tests_name("charter", tests, dt_test_setup, NULL);
}
