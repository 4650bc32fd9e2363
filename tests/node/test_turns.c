/* SPDX-License-Identifier: ISC */
/*
 * Goal: of many logs that all advance, each is named in a `seen` in its turn.
 * Method: ten real nodes; all but one write before each record of that one, whose headers
 * are then read from its disk. Nor does a node leave files behind that a kill left.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "log/header.h"
#include "rig.h"
#include "store/store.h"

enum { PARTIES = 12, OTHERS = PARTIES - 1, ROUNDS = 4, WAIT_S = 60 };

static void write_one(struct rig *r, unsigned party)
{
    struct dt_object o;
    rig_message(r, party, &r->party[party].client, &o, 255, DT_ROUTINE, dt_span("text", 4), false);
    rig_call(r, party, &o, NULL);
}

struct named {
    unsigned times[PARTIES];
    unsigned records, waited[PARTIES], longest;
};

static bool count(void *ctx, const struct dt_store_record *record)
{
    struct named *n = ctx;
    struct dt_header h;
    assert_err(dt_header_decode(&h, record->header), DT_OK);
    n->records++;
    for (unsigned m = 1; m < PARTIES; m++) {
        n->waited[m]++;
    }
    for (size_t i = 0; i < h.seen_count; i++) {
        assert_true(i == 0 || h.seen[i].wid > h.seen[i - 1].wid);
        n->times[dt_wid_member(h.seen[i].wid)]++;
        n->waited[dt_wid_member(h.seen[i].wid)] = 0;
    }
    for (unsigned m = 1; m < PARTIES; m++) {
        n->longest = n->waited[m] > n->longest ? n->waited[m] : n->longest;
    }
    return true;
}

struct own_log {
    unsigned id;
    uint64_t size;
};

static bool find_own(void *ctx, const struct dt_store_log *log)
{
    struct own_log *own = ctx;
    if ((log->flags & DT_STORE_LOG_OWN) != 0) {
        *own = (struct own_log){log->id, log->frontier.size};
    }
    return true;
}

static void each_of_many_logs_is_named_in_its_turn(void **state)
{
    (void)state;
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    struct named named = {.records = 0};
    struct own_log own = {0, 0};
    struct dt_store *store;
    char path[DT_HOME_PATH_SIZE], left[DT_HOME_PATH_SIZE + 16];
    assert_err(dt_home_file(path, &r->party[0].home, "clock.0badcafe.tmp"), DT_OK);
    snprintf(left, sizeof left, "%s", path);
    FILE *f = fopen(left, "w");
    assert_non_null(f);
    fclose(f);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    assert_int_not_equal(access(left, F_OK), 0); /* gone at the first start */
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    write_one(r, 0); /* keys are granted: from here on a record is a record */
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 1; i < PARTIES; i++) {
            write_one(r, i);
        }
        assert_true(rig_equal(r, WAIT_S));
        write_one(r, 0);
        if (round == ROUNDS / 2) { /* whose turn it is outlives a restart */
            rig_stop(r, 0, SIGKILL);
            rig_start(r, 0);
        }
    }
    rig_stop(r, 0, SIGTERM);
    assert_err(dt_home_file(path, &r->party[0].home, "detente.db"), DT_OK);
    assert_err(dt_store_open(&store, path, DT_STORE_READ, NULL), DT_OK);
    assert_err(dt_store_log_list(store, 1, find_own, &own), DT_OK);
    assert_true(own.size > ROUNDS);
    assert_err(dt_store_record_list(store, own.id, own.size - ROUNDS, ROUNDS, count, &named), DT_OK);
    dt_store_close(store);
    assert_int_equal(named.records, ROUNDS);
    for (unsigned m = 1; m < PARTIES; m++) {
        if (named.times[m] < ROUNDS / 2) {
            fail_msg("the log of %u is named %u times in %u records", m, named.times[m], ROUNDS);
        }
    }
    assert_true(named.longest <= 1); /* eleven logs, eight places: none waits twice */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_logs_is_named_in_its_turn),
    };
    return cmocka_run_group_tests_name("turns", tests, dt_test_setup, NULL);
}
