/* SPDX-License-Identifier: ISC */
/*
 * Goal: somebody is woken until he has acknowledged, and an alarm that does not sound is
 * itself seen.
 * Method: two real nodes; alarm programs that write down how they were called, that fail,
 * and that are not there.
 */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "wake.h"
#include "view/body.h"

enum { NORD, SUED, PARTIES, WAIT_S = 60 };

static struct rig *line_with_alarm(const char *ending)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    wake_write(r, ending);
    r->party[SUED].alarm_exec = wake_program;
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

static bool is_called(unsigned times, char last[static 256])
{
    for (int i = 0; i < WAIT_S * 10; i++) {
        if (wake_called("", "", last) >= times) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

static bool alarm_is(struct rig *r, const char *wanted)
{
    for (int i = 0; i < WAIT_S * 10; i++) {
        struct dt_object o;
        dt_client_begin(&r->party[SUED].client, &o, "status");
        struct dt_cbor alarm = dt_cbor_need_text(rig_call(r, SUED, &o, NULL), "alarm");
        struct dt_cbor state = dt_cbor_need_text(dt_cbor_skip(&alarm), "state");
        if (dt_span_equal(dt_cbor_text(&state, 31), dt_span(wanted, strlen(wanted)))) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

static struct dt_ref send_flash(struct rig *r)
{
    struct dt_object o;
    struct dt_ref ref = {.wid = dt_wid(NORD, 1)};
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_FLASH, dt_span("wake", 4), true);
    const struct dt_span reply = rig_call(r, NORD, &o, NULL);
    ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

static void it_sounds_until_somebody_acknowledges(void **state)
{
    (void)state;
    struct rig *r = line_with_alarm("exit 0");
    char last[256];
    uint8_t body[128];
    size_t size = 0;
    assert_true(alarm_is(r, "untried"));
    assert_int_equal(wake_called("", "", last), 0);
    const struct dt_ref ref = send_flash(r);
    assert_true(is_called(1, last));
    assert_non_null(strstr(last, "FLASH MESSAGE PA00 EXERCISE none"));
    assert_int_equal(strncmp(last, "PA00.1-", 7), 0);
    assert_true(is_called(2, last)); /* nobody did anything: again */
    assert_true(alarm_is(r, "good"));
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    rig_pause_ms(500); /* one that is running may end */
    const unsigned before = wake_called("", "", last);
    rig_pause_ms(11000);
    assert_int_equal(wake_called("", "", last), before);
    rig_free(r);
}

static void an_alarm_that_fails_is_seen(void **state)
{
    (void)state;
    struct rig *r = line_with_alarm("exit 3");
    char last[256];
    send_flash(r);
    assert_true(is_called(1, last));
    assert_true(alarm_is(r, "failed"));
    wake_write(r, "exit 0");
    assert_true(alarm_is(r, "good")); /* mended: the next one sounds */
    unlink(wake_program);
    assert_true(alarm_is(r, "failed"));
    rig_free(r);
}

/* The real command, unlocked as the party's officer. */
static void a_watch_begins_with_the_alarm_and_a_question(void **state)
{
    (void)state;
    static const char *const take[] = {"watch", "take", NULL}, *const again[] = {"watch", "alarm", NULL},
                             *const unheard[] = {"watch", "not-heard", NULL},
                             *const heard[] = {"watch", "heard", NULL}, *const status[] = {"status", NULL};
    struct rig *r = line_with_alarm("exit 0");
    char last[256];
    assert_int_equal(wake_called("", "", last), 0);
    assert_int_equal(program_says(r, SUED, "The alarm is played. Did you hear it?", take), 1);
    assert_true(is_called(1, last));
    assert_string_equal(last, "TEST FLASH TEST PA01 TEST none\n");
    assert_int_equal(program_says(r, SUED, "NOT HEARD", status), 0);
    program_run(r, SUED, "/dev/null", unheard);
    assert_int_equal(program_says(r, SUED, "THE ALARM WAS NOT HEARD", status), 1);
    rig_stop(r, SUED, SIGTERM); /* a restart forgets nothing of it */
    rig_start(r, SUED);
    assert_int_equal(program_says(r, SUED, "THE ALARM WAS NOT HEARD", status), 1);
    assert_int_equal(program_says(r, SUED, "The alarm is played.", again), 1);
    assert_true(is_called(2, last));
    assert_string_equal(last, "TEST FLASH TEST PA01 TEST none\n");
    program_run(r, SUED, "/dev/null", heard);
    assert_int_equal(program_says(r, SUED, "NOT HEARD", status), 0);
    assert_int_equal(program_says(r, NORD, "nothing was played", take), 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_sounds_until_somebody_acknowledges),
        cmocka_unit_test(an_alarm_that_fails_is_seen),
        cmocka_unit_test(a_watch_begins_with_the_alarm_and_a_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
