/* SPDX-License-Identifier: ISC */
/* Goal: no client of the control socket costs the node more than its limits. */
#include "test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"

static enum dt_err show(struct rig *r, const char *id)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[0].client, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    rig_call(r, 0, &o, &err);
    return err;
}

static void an_id_beyond_the_numbers_names_nobody(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    assert_err(show(r, "PA00.1-0"), DT_OK);
    assert_err(show(r, "PA01.1-0"), DT_OK);
    assert_err(show(r, "PA00.17-0"), DT_ERR_BAD_TEXT); /* PA01.1 by the arithmetic */
    assert_err(show(r, "PA00.16-0"), DT_ERR_UNKNOWN_RECORD);
    rig_free(r);
}

static void a_client_that_is_being_closed_feeds_nothing(void **state)
{
    (void)state;
    enum { REPLIES = 4000, FLOOD = 48 << 20 };
    static uint8_t junk[65536];
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    struct dt_client c;
    char path[DT_HOME_PATH_SIZE];
    assert_err(dt_home_file(path, &r->party[0].home, "control.sock"), DT_OK);
    assert_err(dt_client_open(&c, path), DT_OK);
    for (unsigned i = 0; i < REPLIES; i++) { /* more replies than the socket holds, none read */
        struct dt_object o;
        struct dt_span request;
        uint8_t *frame = NULL;
        size_t size = 0, capacity = 0;
        dt_client_begin(&c, &o, "status");
        dt_obj_end(&o);
        assert_err(dt_obj_done(&o, &request), DT_OK);
        assert_err(dt_wire_frame(&frame, &size, &capacity, request), DT_OK);
        assert_int_equal(send(c.fd, frame, size, MSG_NOSIGNAL), size);
        dt_obj_free(&o);
        free(frame);
    }
    static const uint8_t malformed[] = {0, 0, 0, 1, 0xff};
    assert_int_equal(send(c.fd, malformed, sizeof malformed, MSG_NOSIGNAL), sizeof malformed);
    const uint32_t claim[4] = {0xff000000u}; /* big-endian 0x000000ff: a message that stays short */
    assert_true(send(c.fd, claim, 4, MSG_NOSIGNAL) == 4);
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "hello");
    rig_call(r, 0, &o, NULL); /* it has come so far */
    const long before = rig_status_kb(r->party[0].pid, "VmRSS");
    assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
    size_t sent = 0;
    for (unsigned tries = 0; sent < FLOOD && tries < 20000; tries++) {
        const ssize_t n = send(c.fd, junk, sizeof junk, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        if (n < 0) {
            usleep(500);
        }
    }
    assert_true(sent >= FLOOD); /* it is taken and thrown away */
    const long after = rig_status_kb(r->party[0].pid, "VmRSS");
    assert_true(after < before + 4096);
    dt_client_close(&c);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_beyond_the_numbers_names_nobody),
        cmocka_unit_test(a_client_that_is_being_closed_feeds_nothing),
    };
    return cmocka_run_group_tests_name("control", tests, dt_test_setup, NULL);
}
