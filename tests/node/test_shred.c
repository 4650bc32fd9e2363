/* SPDX-License-Identifier: ISC */
/*
 * Goal: after its expiry a key that another gave us is nowhere in our files, nor usable; what
 * we made ourselves and what is not to be destroyed stays; a key of one record goes at its own
 * time. Asking what a plan comes too close to writes nothing and leaves no frame to send.
 * Method: a node without a loop; the bytes of the database and its journal before and after.
 */
#include "test.h"

#include <dirent.h>
#include <stdlib.h>

#include "rig.h"
#include "node/tiers.h"

enum { SUED_WID = 16, DAY_MS = 86400000 };

struct place {
    struct rig *r;
    struct dt_node *n;
    struct dt_line *line;
};

static void open_place(struct place *p)
{
    static uint8_t certificate[DT_STATEMENT_MAX], body[DT_BODY_MAX];
    struct dt_certificate c;
    struct dt_body_open open = {0};
    char path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    p->r = rig_new(2, DT_EXERCISE);
    struct rig_party *party = &p->r->party[0];
    p->n = calloc(1, sizeof *p->n);
    p->n->options.quiet = true;
    p->n->home = party->home;
    assert_err(dt_home_unlock_node(&p->n->home, dt_span(NULL, 0), &p->n->keys), DT_OK);
    assert_err(dt_home_file(path, &p->n->home, "detente.db"), DT_OK);
    assert_err(dt_store_open(&p->n->store, path, DT_STORE_CREATE, NULL), DT_OK);
    assert_err(dt_home_certificate(&party->home, certificate, &size, &c), DT_OK);
    memcpy(open.line, p->r->charter.id, DT_HASH_SIZE);
    open.certificate = dt_span(certificate, size);
    dt_accept_sign(open.acceptance, p->r->charter.id, c.writer, party->root);
    assert_err(dt_body_open_encode(body, sizeof body, &size, &open), DT_OK);
    assert_err(dt_line_add(p->n, dt_span(p->r->statement, p->r->statement_size),
                           dt_span(body, size), &p->line),
               DT_OK);
    dt_node_commit(p->n);
}

static void close_place(struct place *p)
{
    dt_line_free(p->line);
    free(p->n->lines);
    dt_store_close(p->n->store);
    free(p->n);
    rig_free(p->r);
}

/* How many files of the home hold these bytes. */
static size_t files_with(const struct place *p, const uint8_t *what, size_t size)
{
    size_t found = 0;
    DIR *dir = opendir(p->n->home.path);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char name[DT_HOME_PATH_SIZE + 260];
        static uint8_t bytes[16 << 20];
        snprintf(name, sizeof name, "%s/%s", p->n->home.path, e->d_name);
        FILE *f = e->d_type == DT_REG ? fopen(name, "rb") : NULL;
        const size_t length = f != NULL ? fread(bytes, 1, sizeof bytes, f) : 0;
        if (f != NULL) {
            fclose(f);
        }
        assert_true(length < sizeof bytes);
        found += memmem(bytes, length, what, size) != NULL;
    }
    closedir(dir);
    return found;
}

static void put(struct place *p, uint8_t key[static 32], uint16_t creator, bool shred,
                int64_t expiry_ms)
{
    struct dt_store_content_key row = {.creator = creator, .shred = shred, .expiry_ms = expiry_ms};
    dt_random(key, 32);
    dt_key_id(row.key_id, key);
    memcpy(row.key, key, 32);
    assert_err(dt_node_write(p->n), DT_OK);
    assert_err(dt_store_content_key_put(p->n->store, p->line->id, &row), DT_OK);
    dt_node_commit(p->n);
}

static bool usable(struct place *p, const uint8_t *key)
{
    uint8_t id[DT_KEY_ID_SIZE], got[32];
    dt_key_id(id, key);
    return dt_line_key(p->line, id, got);
}

static void shred(struct place *p, int64_t now_ms)
{
    assert_err(dt_line_shred(p->line, now_ms), DT_OK);
    dt_node_commit(p->n);
}

static void an_expired_key_is_in_no_file(void **state)
{
    (void)state;
    struct place p;
    const int64_t now = dt_now_ms();
    uint8_t theirs[32], later[32], message[32], ours[32];
    open_place(&p);
    put(&p, theirs, SUED_WID, true, now + DAY_MS);
    put(&p, later, SUED_WID, true, now + 3 * (int64_t)DAY_MS);
    put(&p, message, SUED_WID, false, now + DAY_MS);
    put(&p, ours, p.line->wid, true, now + DAY_MS);
    assert_true(usable(&p, theirs) && usable(&p, later)); /* in memory, too */
    shred(&p, now);
    assert_true(files_with(&p, theirs, 32) > 0 && usable(&p, theirs));
    p.line->shred_due_ms = 0;
    shred(&p, now + 2 * (int64_t)DAY_MS);
    assert_int_equal(files_with(&p, theirs, 32), 0);
    assert_false(usable(&p, theirs));
    assert_true(files_with(&p, later, 32) > 0 && usable(&p, later));
    assert_true(files_with(&p, message, 32) > 0 && usable(&p, message));
    assert_true(files_with(&p, ours, 32) > 0 && usable(&p, ours));
    /* the next one is due at its own time, or in an hour */
    assert_true(p.line->shred_due_ms <= now + 2 * (int64_t)DAY_MS + 3600000);
    close_place(&p);
}

static void a_key_of_one_record_goes_at_its_time(void **state)
{
    (void)state;
    struct place p;
    const int64_t now = dt_now_ms();
    uint8_t given[32], kept[32], got[32];
    open_place(&p);
    dt_random(given, sizeof given);
    dt_random(kept, sizeof kept);
    assert_err(dt_tier_keep(p.line, SUED_WID, 7, DT_TIER_SHAPE, given, now + DAY_MS, true), DT_OK);
    assert_err(dt_tier_keep(p.line, SUED_WID, 8, DT_TIER_EXACT, kept, 0, false), DT_OK);
    dt_node_commit(p.n);
    assert_true(p.line->shred_due_ms <= now + DAY_MS);
    static const uint8_t empty[1] = {0xa0};
    const struct dt_span body = {empty, 1};
    assert_true(dt_tier_key(p.line, SUED_WID, 7, body, DT_TIER_SHAPE, got));
    assert_memory_equal(got, given, 32);
    assert_true(dt_tier_key(p.line, SUED_WID, 7, body, DT_TIER_CELL, got)); /* and below it */
    assert_memory_not_equal(got, given, 32);
    assert_false(dt_tier_key(p.line, SUED_WID, 7, body, DT_TIER_EXACT, got));
    assert_false(dt_tier_key(p.line, SUED_WID, 6, body, DT_TIER_SHAPE, got));
    p.line->shred_due_ms = 0;
    shred(&p, now + 2 * (int64_t)DAY_MS);
    assert_false(dt_tier_key(p.line, SUED_WID, 7, body, DT_TIER_SHAPE, got));
    assert_int_equal(files_with(&p, given, 32), 0);
    /* of a record that is not here yet the other one waits */
    assert_true(dt_tier_key(p.line, SUED_WID, 8, body, DT_TIER_EXACT, got));
    assert_true(files_with(&p, kept, 32) > 0);
    uint16_t wid = 0;
    uint64_t seq = 0;
    static const uint8_t name[DT_KEY_ID_SIZE] = {0x01, 0x08, 0, 0, 0, 0, 0, 7};
    dt_tier_named(name, &wid, &seq);
    assert_true(wid == 16 && seq == 7);
    close_place(&p);
}

/* A flight that was told to nobody, asked of a board that holds a notice of ours and others'. */
static void checking_leaves_nothing_to_send(void **state)
{
    (void)state;
    static struct dt_notice_plain plain;
    static uint8_t body[DT_BODY_MAX], sealed[DT_SEALED_MAX];
    struct place p;
    struct dt_object o;
    struct dt_span request;
    struct dt_client_state client = {.fd = -1};
    struct dt_point at = {451234567, 191234567};
    struct dt_ring ring = {&at, 1};
    struct dt_body_notice clear = {.category = DT_CATEGORY_FLIGHT,
                                   .request = DT_REQUEST_INFORM_ONLY,
                                   .start_ms = dt_now_ms(),
                                   .end_ms = dt_now_ms() + DAY_MS};
    size_t body_size = 0, sealed_size = 0;
    open_place(&p);
    strcpy(plain.title, "Plan");
    strcpy(plain.language, "en");
    plain.volume_count = 1;
    plain.volumes[0] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                                           .radius_mm = 5000,
                                                           .rings = &ring,
                                                           .ring_count = 1,
                                                           .time = {clear.start_ms, clear.end_ms},
                                                           .alt_hi_mm = 30000}};
    const struct dt_conflict_side theirs = {.member = 1, .ref = {SUED_WID, 3, {1}},
                                            .clear = &clear, .plain = &plain,
                                            .end_ms = clear.end_ms};
    assert_err(dt_matcher_add(&p.line->board.matcher, &theirs, dt_now_ms()), DT_OK);
    assert_err(dt_body_notice_encode(body, sizeof body, &body_size, &clear), DT_OK);
    assert_err(dt_notice_plain_encode(sealed, sizeof sealed, &sealed_size, &plain, &clear), DT_OK);
    dt_obj_init(&o);
    dt_obj_map(&o);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(p.line->charter->id, DT_HASH_SIZE));
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(body, body_size));
    dt_obj_key(&o, "plain");
    dt_obj_bytes(&o, dt_span(sealed, sealed_size));
    dt_obj_end(&o);
    assert_err(dt_obj_done(&o, &request), DT_OK);
    const uint64_t records = dt_line_next(p.line);
    for (int i = 0; i < 100; i++) {
        client.out_size = 0;
        assert_true(dt_query_notices(p.n, &client, 1, "check", request));
        /* it was asked in earnest: the answer names the conflict */
        assert_non_null(memmem(client.out, client.out_size, "severity", 8));
    }
    assert_true(!p.n->wrote && p.n->queued_count == 0 && p.n->event_count == 0 &&
                p.n->conflict_count == 0);
    assert_int_equal(dt_line_next(p.line), records);
    for (size_t i = 0; i < p.n->contact_count; i++) {
        assert_false(p.n->contacts[i].called);
    }
    dt_obj_free(&o);
    free(client.out);
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expired_key_is_in_no_file),
        cmocka_unit_test(a_key_of_one_record_goes_at_its_time),
        cmocka_unit_test(checking_leaves_nothing_to_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
