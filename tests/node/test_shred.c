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

#include "log/fields.h"
#include "rig.h"
#include "node/tiers.h"

enum { SUED_WID = 16, MEDI_WID = 32, DAY_MS = 86400000 };

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
    p->r = rig_new(3, DT_EXERCISE);
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

static bool usable_of(struct place *p, uint16_t creator, const uint8_t *key)
{
    uint8_t id[DT_KEY_ID_SIZE], got[32];
    dt_key_id(id, key);
    return dt_line_key(p->line, dt_wid_member(creator), id, got);
}

static bool usable(struct place *p, const uint8_t *key)
{
    return usable_of(p, SUED_WID, key);
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
    assert_true(files_with(&p, ours, 32) > 0 && usable_of(&p, p.line->wid, ours));
    /* the next one is due at its own time, or in an hour */
    assert_true(p.line->shred_due_ms <= now + 2 * (int64_t)DAY_MS + 3600000);
    /* Ends that follow each other closely are met together, a minute after the last. */
    const int64_t last = now + 2 * (int64_t)DAY_MS;
    uint8_t soon[2][32];
    for (int i = 0; i < 2; i++) {
        put(&p, soon[i], SUED_WID, true, last + 1000 + i);
        dt_line_shred_by(p.line, last + 1000 + i);
    }
    assert_int_equal(dt_line_shred_at(p.line, last + 1000), last + 60000);
    shred(&p, last + 30000);
    assert_true(usable(&p, soon[0]) && usable(&p, soon[1]));
    assert_true(dt_line_shred_at(p.line, now) <= last + 1000); /* the clock was put back */
    shred(&p, last + 60000);
    assert_false(usable(&p, soon[0]) || usable(&p, soon[1]));
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

/* --- whose a key is --------------------------------------------------------------------- */

/* A record of another member comes. */
static void take(struct place *p, uint16_t wid, unsigned kind, struct dt_span body)
{
    struct dt_line_writer *w = dt_line_writer(p->line, wid, false);
    struct dt_header h = {.version = DT_VERSION, .kind = kind, .time_ms = dt_now_ms()};
    uint8_t header[DT_HEADER_MAX], leaf[DT_HASH_SIZE];
    size_t size = 0;
    assert_err(dt_header_encode(header, &size, &h, body), DT_OK);
    assert_err(dt_node_write(p->n), DT_OK);
    if (w == NULL) {
        w = dt_line_writer(p->line, wid, true);
        assert_non_null(w);
        w->log.line = p->line->id;
        w->log.wid = wid;
        assert_err(dt_store_log_insert(p->n->store, &w->log), DT_OK);
    }
    const uint64_t seq = w->log.frontier.size;
    assert_err(dt_store_append(p->n->store, &w->log, dt_span(header, size), body, leaf), DT_OK);
    assert_err(dt_store_log_update(p->n->store, &w->log), DT_OK);
    assert_err(dt_line_apply(p->line, wid, seq, dt_span(header, size), body, true), DT_OK);
    dt_node_commit(p->n);
}

static void grant_us(struct place *p, uint16_t by, struct dt_body_grant *g,
                     const uint8_t key[static 32])
{
    static uint8_t body[DT_BODY_MAX];
    uint8_t box[DT_GRANT_BOX_SIZE], ephemeral[32];
    size_t size = 0;
    dt_random(ephemeral, sizeof ephemeral);
    assert_err(dt_grant_box(box, key, g->key_id, p->line->charter->id, p->n->keys.reader_public,
                            ephemeral),
               DT_OK);
    g->box_count = 1;
    g->boxes[0].wid = p->line->wid;
    g->boxes[0].box = box;
    assert_err(dt_body_grant_encode(body, sizeof body, &size, g), DT_OK);
    take(p, by, DT_KIND_GRANT, dt_span(body, size));
}

static void grant_set(struct place *p, uint16_t by, const uint8_t key[static 32], bool shred,
                      int64_t expiry_ms)
{
    static struct dt_body_grant g;
    g = (struct dt_body_grant){.shredded = shred, .expiry_ms = expiry_ms};
    dt_key_id(g.key_id, key);
    grant_us(p, by, &g, key);
}

/* Does a record of that writer, sealed with that key, open here? */
static bool opens(struct place *p, uint16_t wid, const uint8_t key[static 32])
{
    static const uint8_t plain[1] = {0xa0};
    const struct dt_place place = {p->line->charter->id, wid, 77};
    uint8_t empty[16], sealed[512], out[512], id[DT_KEY_ID_SIZE], record_key[32];
    size_t size = 0, sealed_size = 0;
    assert_err(dt_body_empty_encode(empty, sizeof empty, &size), DT_OK);
    dt_key_id(id, key);
    dt_record_key(record_key, key, &place);
    assert_err(dt_seal_body(sealed, sizeof sealed, &sealed_size, dt_span(empty, size),
                            dt_span(plain, 1), id, record_key, &place),
               DT_OK);
    return dt_line_open(p->line, wid, 77, dt_span(sealed, sealed_size), out, sizeof out) > 0;
}

/* A reader of a key boxes it to us with an end of its own, before its author does or after. */
static void only_its_party_ends_a_key(void **state)
{
    (void)state;
    for (int foreign_first = 0; foreign_first < 2; foreign_first++) {
        struct place p;
        const int64_t now = dt_now_ms();
        uint8_t key[32];
        open_place(&p);
        dt_random(key, sizeof key);
        if (foreign_first) {
            grant_set(&p, SUED_WID, key, true, now + DAY_MS);
            assert_false(opens(&p, MEDI_WID, key)); /* of MEDI nothing opens by SUED's grant */
        }
        grant_set(&p, MEDI_WID, key, false, now + 30 * (int64_t)DAY_MS);
        grant_set(&p, SUED_WID, key, true, now + DAY_MS);
        assert_true(opens(&p, MEDI_WID, key) && usable_of(&p, SUED_WID, key));
        assert_false(opens(&p, p.line->wid, key));
        p.line->shred_due_ms = 0;
        shred(&p, now + 2 * (int64_t)DAY_MS);
        assert_false(usable_of(&p, SUED_WID, key));
        assert_true(opens(&p, MEDI_WID, key));
        assert_true(opens(&p, MEDI_WID + 1, key)); /* another writer of the same party */
        close_place(&p);
    }
}

/* The place of a record is chosen so that the store's name for it is the id of a set key. */
static void the_key_of_a_record_is_no_set_key(void **state)
{
    (void)state;
    static struct dt_body_grant g;
    struct place p;
    uint8_t key[32], junk[32] = {1}, id[DT_KEY_ID_SIZE];
    const int64_t end = dt_now_ms() + DAY_MS;
    open_place(&p);
    do {
        dt_random(key, sizeof key);
        dt_key_id(id, key);
        dt_tier_named(id, &g.wid, &g.seq);
    } while (dt_wid_member(g.wid) != 1 || (id[1] >> 2 & 3) == 0);
    for (unsigned by = 0; by < 2; by++) { /* a key of another's, and of its own */
        grant_set(&p, by == 0 ? MEDI_WID : SUED_WID, key, false, end);
        g.single = true;
        g.tier = id[1] >> 2 & 3;
        g.expiry_ms = end;
        memcpy(g.key_id, id, sizeof id);
        grant_us(&p, SUED_WID, &g, junk);
        assert_true(p.line->single_keys);
        dt_wipe(p.line->keys, sizeof p.line->keys); /* what is in memory hides nothing */
        p.line->key_next = 0;
        assert_true(opens(&p, MEDI_WID, key));
    }
    assert_true(opens(&p, SUED_WID, key));
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expired_key_is_in_no_file),
        cmocka_unit_test(a_key_of_one_record_goes_at_its_time),
        cmocka_unit_test(checking_leaves_nothing_to_send),
        cmocka_unit_test(only_its_party_ends_a_key),
        cmocka_unit_test(the_key_of_a_record_is_no_set_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
