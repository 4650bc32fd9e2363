/* SPDX-License-Identifier: ISC */
/* Goal: making the views again loses nothing of what is held, a record that overtook its
 * predecessors neither. */
#include "test.h"

#include <signal.h>

#include "node/query.h"
#include "rig.h"
#include "view/watch_body.h"

/* A FLASH of party 0 that is held at party 1 with a gap before it. */
static void hold_ahead(struct dt_line *line, uint64_t seq)
{
    uint8_t header[DT_HEADER_MAX], body[64], leaf[DT_HASH_SIZE];
    const uint8_t promise[DT_SIGNATURE_SIZE] = {0};
    size_t size = 0, body_size = 0;
    struct dt_header h = {.version = DT_VERSION, .kind = DT_KIND_TEST, .time_ms = dt_now_ms(),
                          .flags = dt_flags(DT_FLASH, DT_EXERCISE)};
    const struct dt_body_test test = {.nonce = 12345678};
    assert_err(dt_body_test_encode(body, sizeof body, &body_size, &test), DT_OK);
    assert_err(dt_header_encode(header, &size, &h, dt_span(body, body_size)), DT_OK);
    dt_leaf_hash(leaf, dt_span(header, size));
    const struct dt_stored record = {dt_span(header, size), dt_span(body, body_size), false};
    assert_err(line->sync.host.put_ahead(line, dt_wid(0, 1), seq, leaf, &record, promise), DT_OK);
}

static void a_record_that_came_early_stays_in_the_view(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_EXERCISE);
    struct dt_node *n = calloc(1, sizeof *n);
    char path[DT_HOME_PATH_SIZE];
    uint8_t before[DT_HASH_SIZE], after[DT_HASH_SIZE];
    uint64_t facts = 0, again = 0, all = 0;
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 1, SIGTERM);
    n->options.quiet = true;
    n->home = r->party[1].home;
    assert_err(dt_home_unlock_node(&n->home, dt_span(NULL, 0), &n->keys), DT_OK);
    assert_err(dt_home_file(path, &n->home, "detente.db"), DT_OK);
    assert_err(dt_store_open(&n->store, path, DT_STORE_OPEN, NULL), DT_OK);
    assert_err(dt_lines_load(n), DT_OK);
    struct dt_line *line = n->lines[0];
    hold_ahead(line, dt_sync_find_log(&line->sync, dt_wid(0, 1))->size + 3);
    dt_node_commit(n);
    assert_err(dt_line_digest(line, before, &facts), DT_OK);
    assert_err(dt_store_fact_count(n->store, line->id, &all), DT_OK);
    assert_true(all == facts); /* every one is valid, this too */
    assert_err(dt_line_rebuild(line), DT_OK);
    assert_err(dt_line_digest(line, after, &again), DT_OK);
    assert_int_equal(again, facts);
    assert_memory_equal(after, before, DT_HASH_SIZE);
    dt_line_free(line);
    free(n->lines);
    dt_store_close(n->store);
    free(n);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_that_came_early_stays_in_the_view),
    };
    return cmocka_run_group_tests_name("rebuild", tests, dt_test_setup, NULL);
}
