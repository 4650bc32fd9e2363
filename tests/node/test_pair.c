/* SPDX-License-Identifier: ISC */
/* Goal: two nodes that open a window for each other's card show one code; without a
 * confirmation nothing is kept; another card gives no code. */
#include "test.h"

#include <signal.h>

#include "log/statement.h"
#include "node/pair.h"
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

/* --- a node that only knows contacts: no loop, no sockets ------------------------------ */

static struct dt_node *quiet_node(struct rig *r)
{
    static const uint8_t secret[32] = {1};
    char path[DT_HOME_PATH_SIZE];
    struct dt_node *n = calloc(1, sizeof *n);
    n->options.quiet = true;
    n->home = r->party[0].home;
    n->slots = calloc(DT_SESSION_PEERS_MAX, sizeof *n->slots);
    dt_session_init(&n->sessions, n->slots, DT_SESSION_PEERS_MAX, secret, secret);
    assert_err(dt_home_file(path, &n->home, "detente.db"), DT_OK);
    assert_err(dt_store_open(&n->store, path, DT_STORE_CREATE, NULL), DT_OK);
    return n;
}

static void free_node(struct dt_node *n)
{
    dt_session_deinit(&n->sessions);
    dt_store_close(n->store);
    free(n->pairing);
    free(n->contacts);
    free(n->slots);
    free(n);
}

static struct dt_span card_of(const struct rig *r, unsigned party)
{
    return dt_span(r->party[party].card, r->party[party].card_size);
}

static void a_window_that_was_opened_again_keeps_nothing_either(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    struct dt_node *n = quiet_node(r);
    struct dt_client_state client = {.fd = -1, .id = 1};
    for (int i = 0; i < 2; i++) {
        assert_err(dt_pair_open(n, &client, card_of(r, 1)), DT_OK);
        assert_int_equal(n->contact_count, 1);
    }
    dt_pair_tick(n, dt_node_now_us() + DT_PAIR_WINDOW + 1);
    assert_null(n->pairing);
    assert_int_equal(n->contact_count, 0);
    /* One that was known before stays. */
    assert_err(dt_link_add_card(n, card_of(r, 1), NULL, true), DT_OK);
    for (int i = 0; i < 2; i++) {
        assert_err(dt_pair_open(n, &client, card_of(r, 1)), DT_OK);
    }
    dt_pair_tick(n, dt_node_now_us() + DT_PAIR_WINDOW + 1);
    assert_int_equal(n->contact_count, 1);
    dt_node_commit(n);
    free_node(n);
    rig_free(r);
}

/* Party `as`'s card with one more installation, whose session key is somebody else's. */
static size_t card_with_key_of(const struct rig *r, unsigned as, unsigned whose,
                               uint8_t out[static DT_STATEMENT_MAX])
{
    static struct dt_card card, other;
    static uint8_t bytes[DT_STATEMENT_MAX];
    struct dt_statement s, t;
    size_t size = 0, certificate_size = 0;
    assert_err(dt_statement_decode(&s, card_of(r, as)), DT_OK);
    assert_err(dt_card_decode(&card, &s), DT_OK);
    assert_err(dt_statement_decode(&t, card_of(r, whose)), DT_OK);
    assert_err(dt_card_decode(&other, &t), DT_OK);
    struct dt_certificate c = card.certificates[0];
    c.number = 2;
    memcpy(c.session, other.certificates[0].session, sizeof c.session);
    assert_err(dt_certificate_sign(bytes, sizeof bytes, &certificate_size, &c, r->party[as].root,
                                   card.root),
               DT_OK);
    card.certificate_bytes[card.certificate_count++] = dt_span(bytes, certificate_size);
    assert_err(dt_card_sign(out, DT_STATEMENT_MAX, &size, &card, r->party[as].root), DT_OK);
    return size;
}

static void assert_endpoint(const struct dt_node *n, const char *wanted)
{
    char address[DT_ADDRESS_TEXT_SIZE];
    dt_address_text(address, &n->contacts[0].address);
    assert_string_equal(address, wanted);
}

/* A party that certifies another's session key must not move that one's link to itself. */
static void nobody_takes_over_the_link_of_another(void **state)
{
    (void)state;
    static uint8_t card[DT_STATEMENT_MAX];
    struct rig *r = rig_new(3, DT_OPERATION);
    struct dt_node *n = quiet_node(r);
    assert_err(dt_link_add_card(n, card_of(r, 1), NULL, true), DT_OK);
    assert_endpoint(n, r->party[1].listen);
    const size_t size = card_with_key_of(r, 2, 1, card);
    assert_err(dt_link_add_card(n, dt_span(card, size), NULL, true), DT_ERR_DUPLICATE);
    assert_int_equal(n->contact_count, 1); /* nothing of that card is kept */
    assert_endpoint(n, r->party[1].listen);
    assert_memory_equal(n->contacts[0].root, r->party[1].home.root, 32);
    assert_err(dt_link_add_card(n, card_of(r, 2), NULL, true), DT_OK);
    assert_int_equal(n->contact_count, 2);
    dt_node_commit(n);
    free_node(n);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_see_one_code_and_keep_what_is_confirmed),
        cmocka_unit_test(what_is_not_confirmed_is_not_kept),
        cmocka_unit_test(a_window_that_was_opened_again_keeps_nothing_either),
        cmocka_unit_test(nobody_takes_over_the_link_of_another),
    };
    return cmocka_run_group_tests_name("pair", tests, dt_test_setup, NULL);
}
