/* SPDX-License-Identifier: ISC */
/*
 * Goal: a movement that has not arrived at its end alarms on both sides, until a person acts.
 * Method: two real nodes with alarm programs; a movement that ends in a few seconds, which is
 * acknowledged before; then what status, inbox, the nodes' logs and the alarm programs say.
 */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "program.h"
#include "view/notice.h"

enum { NORD, SUED, WAIT_S = 60 };

static char alarm_program[2][300];

/* A program that notes what it is told. */
static void alarms(struct rig *r)
{
    for (unsigned i = 0; i < 2; i++) {
        snprintf(alarm_program[i], sizeof alarm_program[i], "%s/alarm%u", r->dir, i);
        FILE *f = fopen(alarm_program[i], "w");
        assert_non_null(f);
        fprintf(f, "#!/bin/sh\necho \"$@\" >>%s/sounded%u\n", r->dir, i);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(alarm_program[i], 0700), 0);
        r->party[i].alarm_exec = alarm_program[i];
    }
}

static bool file_says(struct rig *r, const char *name, unsigned party, const char *text)
{
    char path[320], line[1024];
    bool found = false;
    snprintf(path, sizeof path, "%s/%s", r->dir, name);
    if (party < 2) {
        snprintf(path, sizeof path, "%s/%s%u", r->dir, name, party);
    }
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        found = found || strstr(line, text) != NULL;
    }
    if (f != NULL) {
        fclose(f);
    }
    return found;
}

static json_t *ask(struct rig *r, unsigned party, const char *command)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, command);
    return cli_json_from_cbor(rig_call(r, party, &o, NULL));
}

/* -1: not overdue there; else whether somebody of the party has acted. */
static int overdue(struct rig *r, unsigned party, const char *id)
{
    size_t i;
    json_t *one, *status = ask(r, party, "status");
    int found = -1;
    json_array_foreach (json_object_get(status, "overdue"), i, one) {
        found = strcmp(cli_str(one, "id"), id) == 0 ? (int)cli_true(one, "acted") : found;
    }
    json_decref(status);
    return found;
}

static bool waits(struct rig *r, unsigned party, const char *id)
{
    size_t i;
    json_t *one, *inbox = ask(r, party, "inbox");
    bool found = false;
    json_array_foreach (json_object_get(inbox, "items"), i, one) {
        found = found || (strcmp(cli_str(one, "id"), id) == 0 && cli_true(one, "waiting"));
    }
    json_decref(inbox);
    return found;
}

static bool becomes(struct rig *r, unsigned party, const char *id, int state)
{
    for (int i = 0; i < WAIT_S * 20; i++) {
        if (overdue(r, party, id) == state) {
            return true;
        }
        rig_pause_ms(50);
    }
    return false;
}

/* A movement that ends `seconds` from now; its id, and when it ends. */
static int64_t add(struct rig *r, int64_t seconds, char id[static DT_RECORD_ID_SIZE])
{
    char plan[300], out[300], line[1024], start[DT_UTC_SIZE], end[DT_UTC_SIZE];
    const int64_t now = dt_now_ms() / 1000 * 1000, end_ms = now + seconds * 1000;
    snprintf(plan, sizeof plan, "%s/plan.geojson", r->dir);
    snprintf(out, sizeof out, "%s/added", r->dir);
    dt_utc_text(start, now - 60000);
    dt_utc_text(end, end_ms);
    FILE *f = fopen(plan, "w");
    assert_non_null(f);
    fprintf(f, "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[37,36]},"
               "\"properties\":{\"category\":\"MOVEMENT\",\"request\":\"PASSAGE\",\"title\":\"Convoy\","
               "\"start\":\"%s\",\"end\":\"%s\",\"radius_m\":200}}", start, end);
    assert_int_equal(fclose(f), 0);
    const char *const words[] = {"notice", "add", plan, "--yes", "--that-duration", "--short-notice", NULL};
    program_run(r, NORD, out, words);
    f = fopen(out, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "PA00.1-", 7) == 0) {
            assert_int_equal(sscanf(line, "%31s", id), 1);
        }
    }
    fclose(f);
    return end_ms;
}

static void run(struct rig *r, unsigned party, const char *a, const char *b, const char *c)
{
    const char *const words[] = {a, b, c, NULL};
    program_run(r, party, "/dev/null", words);
}

static void a_movement_that_has_not_arrived_alarms_on_both_sides(void **state)
{
    (void)state;
    char id[DT_RECORD_ID_SIZE] = "", said[128];
    struct rig *r = rig_new(2, DT_EXERCISE);
    alarms(r);
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    int64_t end = 0;
    for (int64_t seconds = 5; end <= dt_now_ms(); seconds *= 2) { /* acknowledged before its end */
        end = add(r, seconds, id);
        assert_true(rig_equal(r, WAIT_S));
        if (dt_now_ms() < end) {
            run(r, SUED, "ack", id, NULL);
        }
    }
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(becomes(r, i, id, 0));
        snprintf(said, sizeof said, "alarm movement overdue %s", id);
        assert_true(file_says(r, i == 0 ? "0.log" : "1.log", 9, said));
        snprintf(said, sizeof said, "%s IMMEDIATE NOTICE PA00 EXERCISE overdue", id);
        for (int k = 0; k < WAIT_S * 20 && !file_says(r, "sounded", i, said); k++) {
            rig_pause_ms(50);
        }
        assert_true(file_says(r, "sounded", i, said));
    }
    assert_true(waits(r, SUED, id)); /* again, though it was acknowledged */
    assert_false(waits(r, NORD, id));
    static const char *const status[] = {"status", NULL};
    assert_int_equal(program_says(r, NORD, "MOVEMENT OVERDUE: EXERCISE PA00.1-", status), 1);

    run(r, SUED, "ack", id, NULL); /* somebody there has seen it */
    assert_int_equal(overdue(r, SUED, id), 1);
    assert_false(waits(r, SUED, id));
    assert_int_equal(overdue(r, NORD, id), 0); /* that is no act of its author */
    rig_stop(r, NORD, SIGKILL);
    rig_start(r, NORD); /* it is found again */
    assert_true(becomes(r, NORD, id, 0));

    run(r, NORD, "notice", "arrived", id);
    assert_true(rig_equal(r, WAIT_S));
    assert_true(becomes(r, NORD, id, -1));
    assert_true(becomes(r, SUED, id, -1));
    rig_free(r);
}

static size_t overdue_count(struct rig *r, unsigned party)
{
    json_t *status = ask(r, party, "status");
    const size_t count = json_array_size(json_object_get(status, "overdue"));
    json_decref(status);
    return count;
}

/* One member's bogus movements, more than are followed of one, that end first. */
static void many_of_one_member_hide_none_of_another(void **state)
{
    (void)state;
    enum { BOGUS = 257 };
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    const int64_t now = dt_now_ms();
    struct dt_body_notice movement = {.category = DT_CATEGORY_MOVEMENT,
                                      .request = DT_REQUEST_AVOID_WINDOW,
                                      .start_ms = now + 1000,
                                      .end_ms = now + 20000,
                                      .movement = true};
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    for (unsigned i = 0; i < BOGUS; i++) {
        movement.start_ms++;
        assert_err(dt_body_notice_encode(body, sizeof body, &size, &movement), DT_OK);
        (void)rig_plain(r, SUED, DT_KIND_NOTICE, DT_ROUTINE, dt_span(body, size), NULL);
    }
    movement.end_ms += 1000;
    assert_err(dt_body_notice_encode(body, sizeof body, &size, &movement), DT_OK);
    (void)rig_plain(r, NORD, DT_KIND_NOTICE, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned tries = 0; tries < 20 * WAIT_S && overdue_count(r, NORD) < BOGUS; tries++) {
        rig_pause_ms(50);
    }
    assert_int_equal(overdue_count(r, NORD), 257); /* the share of the one, and the other's */
    assert_true(file_says(r, "0.log", 2, "more than 256 of PA01"));
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_movement_that_has_not_arrived_alarms_on_both_sides),
        cmocka_unit_test(many_of_one_member_hide_none_of_another),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
