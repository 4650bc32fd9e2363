/* SPDX-License-Identifier: ISC */
/* Goal: two nodes that open a window for each other's card show one code; without a
 * confirmation nothing is kept; another card gives no code. */
#include "test.h"

#include <signal.h>

#include "rig.h"

static void open_window(struct rig *r, unsigned at, unsigned whose)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "pair_open");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, dt_span(r->party[whose].card, r->party[whose].card_size));
    rig_call(r, at, &o, NULL);
}

static void wait_code(struct rig *r, unsigned at, char code[static 16])
{
    struct dt_span message;
    assert_err(dt_client_receive(&r->party[at].client, &message, 30000), DT_OK);
    struct dt_cbor c = dt_cbor_need_text(message, "code");
    const struct dt_span text = dt_cbor_text(&c, 15);
    assert_err(dt_cbor_error(&c), DT_OK);
    memcpy(code, text.data, text.size);
    code[text.size] = '\0';
}

static size_t peers(struct rig *r, unsigned at)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "status");
    struct dt_cbor c = dt_cbor_need_text(rig_call(r, at, &o, NULL), "peers");
    return dt_cbor_array(&c, 0, 100);
}

static void confirm(struct rig *r, unsigned at, unsigned whose, enum dt_err expected)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[at].client, &o, "pair_confirm");
    dt_obj_key(&o, "root");
    dt_obj_bytes(&o, dt_span(r->party[whose].home.root, 32));
    rig_call(r, at, &o, &err);
    assert_int_equal(err, expected);
}

static void both_sides_see_one_code_and_keep_what_is_confirmed(void **state)
{
    (void)state;
    struct rig *r = rig_new(3, DT_OPERATION);
    char a[16], b[16];
    rig_start(r, 0);
    rig_start(r, 1);
    open_window(r, 0, 1);
    confirm(r, 0, 1, DT_ERR_BAD_STATE); /* there is nothing to confirm yet */
    open_window(r, 1, 0);
    wait_code(r, 0, a);
    wait_code(r, 1, b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 8);
    confirm(r, 0, 2, DT_ERR_BAD_STATE); /* not the party of the window */
    confirm(r, 0, 1, DT_OK);
    confirm(r, 1, 0, DT_OK);
    for (unsigned i = 0; i < 2; i++) {
        rig_stop(r, i, SIGTERM);
        rig_start(r, i);
        assert_int_equal(peers(r, i), 1);
    }
    rig_free(r);
}

static void what_is_not_confirmed_is_not_kept(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    char a[16], b[16];
    rig_start(r, 0);
    rig_start(r, 1);
    open_window(r, 0, 1);
    open_window(r, 1, 0);
    wait_code(r, 0, a);
    wait_code(r, 1, b);
    rig_stop(r, 0, SIGTERM);
    rig_start(r, 0);
    assert_int_equal(peers(r, 0), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_see_one_code_and_keep_what_is_confirmed),
        cmocka_unit_test(what_is_not_confirmed_is_not_kept),
    };
    return cmocka_run_group_tests_name("pair", tests, dt_test_setup, NULL);
}
