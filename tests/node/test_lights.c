/* SPDX-License-Identifier: ISC */
/*
 * Goal: a cut link, a desk that was left and a test that was declined are told apart, each
 * time, whatever happens first.
 * Method: one node looks at 15 others, real processes, with a test period of a second. In 20
 * rounds each of the others meets one of the three (a stopped process, WATCH left, POSITION
 * declined), in a random order; then each light must come to say exactly that. The test that is
 * declined is the one that the node sends by itself once a watch; the time of day is moved for
 * it (wall_clock.h). The time that the lights took is held against two test periods and printed;
 * the verdict is what was said.
 */
#include "test.h"

#include <signal.h>

#include "view/watch.h"
#include "wall_clock.h"

enum { OTHERS = 15, PARTIES = OTHERS + 1, ROUNDS = 20, WAIT_S = 60 };
enum fate { LINK_CUT, DESK_LEFT, DECLINED, FATES };

static const char *const fate_names[] = {"link cut", "desk left", "declined"};

struct lights {
    char link[16], desk[16], human[16];
};

static void field(struct dt_span map, const char *key, char out[static 16])
{
    struct dt_cbor c = dt_cbor_need_text(map, key);
    const struct dt_span text = dt_cbor_text(&c, 15);
    memcpy(out, text.data != NULL ? (const char *)text.data : "", text.size);
    out[text.size] = '\0';
}

/* What party 0 says of the others. */
static void look(struct rig *r, struct lights lights[static PARTIES])
{
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "status");
    const struct dt_span reply = rig_call(r, 0, &o, NULL);
    struct dt_cbor peers = dt_cbor_need_text(reply, "peers");
    const size_t count = dt_cbor_array(&peers, 0, 100);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span peer = dt_cbor_skip(&peers);
        char code[16];
        field(peer, "code", code);
        const int party = atoi(code + 2);
        assert_true(party > 0 && party < PARTIES);
        field(peer, "link", lights[party].link);
        field(peer, "desk", lights[party].desk);
        field(peer, "human", lights[party].human);
    }
}

/* Which of the three it is, by the lights alone; FATES: none of them. */
static enum fate read_lights(const struct lights *l)
{
    return strcmp(l->link, "green") != 0        ? LINK_CUT /* amber: the first test it missed */
           : strcmp(l->desk, "unattended") == 0 ? DESK_LEFT
           : strcmp(l->human, "declined") == 0 && strcmp(l->desk, "attended") == 0
               ? DECLINED
               : FATES;
}

static void take_or_leave(struct rig *r, unsigned party, enum dt_watch_event event)
{
    static struct dt_body_watch b;
    uint8_t body[256];
    size_t size = 0;
    b = (struct dt_body_watch){.event = event};
    b.until_ms = event == DT_WATCH_TAKEN ? dt_now_ms() + 3600000 : 0;
    assert_err(dt_body_watch_encode(body, sizeof body, &size, &b), DT_OK);
    rig_officer(r, party, DT_KIND_WATCH, DT_ROUTINE, dt_span(body, size), NULL);
}

/* Party 0 asks all whether somebody is there. */
static struct dt_ref ask(struct rig *r, uint64_t nonce)
{
    uint8_t body[128];
    size_t size = 0;
    struct dt_ref ref = {.wid = dt_wid(0, 1)};
    const struct dt_body_test b = {.nonce = nonce};
    assert_err(dt_body_test_encode(body, sizeof body, &size, &b), DT_OK);
    const struct dt_span reply = rig_officer(r, 0, DT_KIND_TEST, DT_IMMEDIATE, dt_span(body, size), NULL);
    ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

/* The first test of people in party 0's own log from there on. */
static bool find_test(struct rig *r, uint64_t from, struct dt_ref *ref)
{
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "records");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "wid");
    dt_obj_uint(&o, r->party[0].wid);
    dt_obj_key(&o, "from");
    dt_obj_uint(&o, from);
    const struct dt_span reply = rig_call(r, 0, &o, NULL);
    struct dt_cbor items = dt_cbor_need_text(reply, "items");
    const size_t count = dt_cbor_array(&items, 0, 10000);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        if (rig_is(item, "kind", "TEST")) {
            *ref = (struct dt_ref){r->party[0].wid, rig_uint(item, "seq"), {0}};
            rig_hash(item, "leaf", ref->leaf);
            return true;
        }
    }
    return false;
}

/* The next watch begins: everybody takes it, and party 0's node asks by itself. */
static struct dt_ref next_watch(struct rig *r)
{
    static uint64_t from;
    struct dt_ref ref = {0};
    bool found = false;
    while (find_test(r, from, &ref)) { /* those that an officer asked */
        from = ref.seq + 1;
    }
    wall_clock_forward(r, r->charter.watch_ms + 1000);
    for (int i = 0; i < WAIT_S * 20 && !(found = find_test(r, from, &ref)); i++) {
        rig_pause_ms(50);
    }
    assert_true(found);
    from = ref.seq + 1;
    for (unsigned p = 1; p < PARTIES; p++) {
        take_or_leave(r, p, DT_WATCH_TAKEN);
    }
    assert_true(rig_equal(r, WAIT_S));
    return ref;
}

static void everybody_is_there(struct rig *r, uint64_t nonce)
{
    struct lights lights[PARTIES] = {{{0}, {0}, {0}}};
    bool good = false;
    for (unsigned p = 1; p < PARTIES; p++) {
        take_or_leave(r, p, DT_WATCH_TAKEN);
    }
    const struct dt_ref test = ask(r, nonce);
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned p = 1; p < PARTIES; p++) {
        rig_test_answer(r, p, &test);
    }
    for (int i = 0; i < WAIT_S * 20 && !good; i++) {
        look(r, lights);
        good = true;
        for (unsigned p = 1; p < PARTIES; p++) {
            good = good && strcmp(lights[p].link, "green") == 0 &&
                   strcmp(lights[p].desk, "attended") == 0 &&
                   strcmp(lights[p].human, "green") == 0;
        }
        rig_pause_ms(50);
    }
    assert_true(good);
}

static unsigned one_round(struct rig *r, struct dt_rng *rng, uint64_t nonce, int64_t *slowest_ms)
{
    struct lights lights[PARTIES] = {{{0}, {0}, {0}}};
    enum fate fates[PARTIES];
    unsigned order[OTHERS], right = 0;
    everybody_is_there(r, nonce);
    const struct dt_ref test = next_watch(r);
    for (unsigned i = 0; i < OTHERS; i++) {
        order[i] = i + 1;
        fates[i + 1] = (enum fate)dt_rng_below(rng, FATES);
    }
    for (unsigned i = OTHERS; i > 1; i--) {
        const unsigned j = (unsigned)dt_rng_below(rng, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
    for (unsigned i = 0; i < OTHERS; i++) {
        const unsigned p = order[i];
        if (fates[p] == LINK_CUT) {
            assert_int_equal(kill(r->party[p].pid, SIGSTOP), 0);
        } else if (fates[p] == DESK_LEFT) {
            take_or_leave(r, p, DT_WATCH_LEFT);
        } else {
            rig_test_decline(r, p, &test);
        }
    }
    const int64_t begun = rig_now_us();
    for (int i = 0; i < WAIT_S * 20 && right < OTHERS; i++) {
        look(r, lights);
        right = 0;
        for (unsigned p = 1; p < PARTIES; p++) {
            right += read_lights(&lights[p]) == fates[p];
        }
        rig_pause_ms(20);
    }
    const int64_t took = (rig_now_us() - begun) / 1000;
    *slowest_ms = took > *slowest_ms ? took : *slowest_ms;
    for (unsigned p = 1; p < PARTIES; p++) {
        if (read_lights(&lights[p]) != fates[p]) {
            print_message("# %s: link %s, desk %s, human %s\n", fate_names[fates[p]],
                          lights[p].link, lights[p].desk, lights[p].human);
        }
        if (fates[p] == LINK_CUT) {
            assert_int_equal(kill(r->party[p].pid, SIGCONT), 0);
        }
    }
    return right;
}

static void three_hundred_are_told_apart(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("three_hundred");
    wall_clock_begin();
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    unsigned right = 0;
    int64_t slowest = 0;
    r->charter.test_ms = 1000;
    rig_sign_charter(r);
    for (unsigned i = 0; i < PARTIES; i++) {
        r->party[i].no_human_tests = i > 0; /* one node looks */
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        right += one_round(r, &rng, round, &slowest);
    }
    print_message("# told apart: %u of %d; the slowest round took %lld ms, test period 1000 ms\n",
                  right, OTHERS * ROUNDS, (long long)slowest);
    assert_int_equal(right, OTHERS * ROUNDS);
    rig_free(r);
}

/* --- misses ------------------------------------------------------------------------------ */

static unsigned missed_records(struct rig *r, unsigned party)
{
    unsigned found = 0;
    size_t count = 0;
    struct dt_cbor items = rig_records(r, party, &count);
    for (size_t i = 0; i < count; i++) {
        found += rig_is(dt_cbor_skip(&items), "missed", "desk");
    }
    return found;
}

static bool comes_to(struct rig *r, unsigned party, const char *human)
{
    struct lights lights[PARTIES] = {{{0}, {0}, {0}}};
    for (int i = 0; i < WAIT_S * 20; i++) {
        look(r, lights);
        if (strcmp(lights[party].human, human) == 0) {
            return true;
        }
        rig_pause_ms(50);
    }
    print_message("# human light is %s, not %s\n", lights[party].human, human);
    return false;
}

static void three_misses_are_a_record(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_EXERCISE);
    r->charter.ack_deadline_ms[DT_IMMEDIATE] = 1000;
    rig_sign_charter(r);
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    assert_true(comes_to(r, 1, "unknown"));
    (void)ask(r, 1);
    assert_true(comes_to(r, 1, "amber"));
    (void)ask(r, 2);
    assert_true(comes_to(r, 1, "red"));
    assert_int_equal(missed_records(r, 0), 0);
    const struct dt_ref third = ask(r, 3);
    for (int i = 0; i < WAIT_S * 20 && missed_records(r, 0) == 0; i++) {
        rig_pause_ms(50);
    }
    assert_int_equal(missed_records(r, 0), 1);
    rig_stop(r, 0, SIGKILL); /* a restart writes no second one */
    rig_start(r, 0);
    assert_true(comes_to(r, 1, "red"));
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(missed_records(r, 1), 1);
    rig_test_answer(r, 1, &third); /* late, but somebody is there */
    assert_true(comes_to(r, 1, "green"));
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_misses_are_a_record),
        cmocka_unit_test(three_hundred_are_told_apart),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
