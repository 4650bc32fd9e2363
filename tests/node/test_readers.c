/* SPDX-License-Identifier: ISC */
/* Goal: whoever is addressed gets the key, be they two hundred, late, or we restarted in
 * between; whose key was revoked gets no other. */
#include "test.h"

#include <signal.h>
#include <unistd.h>

#include "log/seal.h"
#include "rig.h"
#include "node/state.h"

enum { MEMBERS = DT_MEMBERS_MAX };

struct place {
    struct rig *r;
    struct dt_node *n;
    struct dt_line *line;
    uint8_t reader[DT_PUBLIC_SIZE], reader_secret[32]; /* of every other writer */
};

/* A node without a loop on a line of `members`; only we have opened a log. */
static void open_place(struct place *p, unsigned members)
{
    static uint8_t content[DT_STATEMENT_MAX], certificate[DT_STATEMENT_MAX], body[DT_BODY_MAX];
    struct dt_rng rng = dt_rng("readers");
    struct dt_certificate c;
    struct dt_body_open open = {0};
    char path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    p->r = rig_new(2, DT_EXERCISE);
    struct rig_party *party = &p->r->party[0];
    struct dt_charter *charter = &p->r->charter;
    for (unsigned i = 2; i < members; i++) {
        struct dt_member *m = &charter->members[i];
        snprintf(m->code, sizeof m->code, "P%u", i);
        snprintf(m->name, sizeof m->name, "Party %u", i);
        dt_rng_fill(&rng, m->root, sizeof m->root);
    }
    charter->member_count = members;
    assert_err(dt_charter_encode(content, sizeof content, &size, charter), DT_OK);
    assert_err(dt_statement_sign(p->r->statement, sizeof p->r->statement, &p->r->statement_size,
                                 DT_STATEMENT_CHARTER, dt_span(content, size), party->root,
                                 party->home.root),
               DT_OK);
    p->n = calloc(1, sizeof *p->n);
    p->n->options.quiet = true;
    p->n->home = party->home;
    assert_err(dt_home_unlock_node(&p->n->home, dt_span(NULL, 0), &p->n->keys), DT_OK);
    assert_err(dt_home_file(path, &p->n->home, "detente.db"), DT_OK);
    assert_err(dt_store_open(&p->n->store, path, DT_STORE_CREATE, NULL), DT_OK);
    assert_err(dt_home_certificate(&party->home, certificate, &size, &c), DT_OK);
    memcpy(open.line, charter->id, DT_HASH_SIZE);
    open.certificate = dt_span(certificate, size);
    dt_accept_sign(open.acceptance, charter->id, c.writer, party->root);
    assert_err(dt_body_open_encode(body, sizeof body, &size, &open), DT_OK);
    assert_err(dt_line_add(p->n, dt_span(p->r->statement, p->r->statement_size),
                           dt_span(body, size), &p->line),
               DT_OK);
    dt_node_commit(p->n);
    dt_rng_fill(&rng, p->reader_secret, sizeof p->reader_secret);
    dt_x25519_public(p->reader, p->reader_secret);
}

static void close_place(struct place *p)
{
    dt_line_free(p->line);
    free(p->n->lines);
    dt_store_close(p->n->store);
    free(p->n);
    rig_free(p->r);
}

/* Every other member's installations up to `number` have opened their logs. */
static void others_come(struct place *p, unsigned number)
{
    for (unsigned m = 1; m < p->line->charter->member_count; m++) {
        for (unsigned i = 1; i <= number; i++) {
            struct dt_line_writer *w = dt_line_writer(p->line, dt_wid(m, i), true);
            assert_non_null(w);
            memcpy(w->reader, p->reader, DT_PUBLIC_SIZE);
        }
    }
}

static uint64_t write_message(struct place *p, const uint8_t *to, size_t to_count)
{
    static uint8_t plain[DT_SEALED_MAX], empty[8];
    struct dt_body_message message = {.text = dt_span("text", 4), .language = "en"};
    struct dt_draft draft = {.kind = DT_KIND_MESSAGE, .time_ms = dt_now_ms(),
                             .flags = dt_flags(DT_ROUTINE, DT_EXERCISE), .to_count = to_count};
    uint8_t leaf[DT_HASH_SIZE];
    size_t size = 0, empty_size = 0;
    uint64_t seq = 0;
    if (to_count > 0) { /* to all: no list */
        memcpy(draft.to, to, to_count);
    }
    assert_err(dt_body_message_encode(plain, sizeof plain, &size, &message), DT_OK);
    assert_err(dt_body_empty_encode(empty, sizeof empty, &empty_size), DT_OK);
    draft.plain = dt_span(plain, size);
    draft.body = dt_span(empty, empty_size);
    assert_err(dt_line_append(p->line, &draft, &seq, leaf), DT_OK);
    dt_node_commit(p->n);
    return seq;
}

/* Key that record `seq` of ours is sealed with. */
static void key_of(struct place *p, uint64_t seq, uint8_t key_id[static DT_KEY_ID_SIZE])
{
    struct dt_stored record;
    struct dt_sealed sealed;
    bool present = false;
    assert_true(p->line->sync.host.get(p->line, p->line->wid, seq, &record));
    assert_err(dt_sealed_find(&sealed, record.body, &present), DT_OK);
    assert_true(present);
    memcpy(key_id, sealed.key_id, DT_KEY_ID_SIZE);
}

/* Writers that a GRANT of ours gives this key to; each of them once. */
static size_t granted(struct place *p, const uint8_t *key_id)
{
    static bool has[DT_WIDS_MAX];
    static struct dt_body_grant grant;
    size_t count = 0;
    memset(has, 0, sizeof has);
    const uint64_t size = dt_sync_find_log(&p->line->sync, p->line->wid)->size;
    for (uint64_t seq = 0; seq < size; seq++) {
        struct dt_stored record;
        struct dt_header h;
        uint8_t key[DT_SET_KEY_SIZE];
        assert_true(p->line->sync.host.get(p->line, p->line->wid, seq, &record));
        assert_err(dt_header_decode(&h, record.header), DT_OK);
        if (h.kind != DT_KIND_GRANT) {
            continue;
        }
        assert_err(dt_body_grant_decode(&grant, record.body), DT_OK);
        for (size_t i = 0; memcmp(grant.key_id, key_id, DT_KEY_ID_SIZE) == 0 && i < grant.box_count;
             i++) {
            assert_false(has[grant.boxes[i].wid]);
            has[grant.boxes[i].wid] = true;
            count++;
        }
        assert_err(dt_grant_open(key, grant.boxes[grant.box_count - 1].box, grant.key_id,
                                 p->line->charter->id, p->reader_secret, p->reader),
                   DT_OK);
    }
    return count;
}

static void every_reader_of_the_largest_line_gets_the_key(void **state)
{
    (void)state;
    struct place p;
    uint8_t first[DT_KEY_ID_SIZE], again[DT_KEY_ID_SIZE];
    open_place(&p, MEMBERS);
    others_come(&p, DT_WRITERS_MAX);
    key_of(&p, write_message(&p, NULL, 0), first);
    assert_int_equal(granted(&p, first), (MEMBERS - 1) * DT_WRITERS_MAX);
    /* A restart keeps the set whole: no reader is boxed again, and the key is the same. */
    assert_err(dt_line_recall(p.line), DT_OK);
    key_of(&p, write_message(&p, NULL, 0), again);
    assert_memory_equal(again, first, DT_KEY_ID_SIZE);
    assert_int_equal(granted(&p, first), (MEMBERS - 1) * DT_WRITERS_MAX);
    close_place(&p);
}

static void who_comes_after_our_restart_can_read_too(void **state)
{
    (void)state;
    static const uint8_t to[1] = {1};
    struct place p;
    uint8_t all[DT_KEY_ID_SIZE], one[DT_KEY_ID_SIZE];
    open_place(&p, 3);
    key_of(&p, write_message(&p, NULL, 0), all); /* nobody is there yet */
    key_of(&p, write_message(&p, to, 1), one);
    assert_memory_not_equal(all, one, DT_KEY_ID_SIZE);
    assert_err(dt_line_recall(p.line), DT_OK);
    others_come(&p, 1);
    assert_err(dt_line_grant_late(p.line), DT_OK);
    dt_node_commit(p.n);
    assert_int_equal(granted(&p, all), 2);
    assert_int_equal(granted(&p, one), 1); /* not the one it was not for */
    close_place(&p);
}

static void a_revoked_reader_gets_no_other_key(void **state)
{
    (void)state;
    struct place p;
    uint8_t before[DT_KEY_ID_SIZE], after[DT_KEY_ID_SIZE];
    open_place(&p, 3);
    others_come(&p, 1);
    key_of(&p, write_message(&p, NULL, 0), before);
    assert_int_equal(granted(&p, before), 2);
    dt_line_writer(p.line, dt_wid(2, 1), false)->in_doubt = true;
    key_of(&p, write_message(&p, NULL, 0), after);
    assert_memory_not_equal(after, before, DT_KEY_ID_SIZE);
    assert_int_equal(granted(&p, after), 1);
    /* Its successor reads. */
    struct dt_line_writer *w = dt_line_writer(p.line, dt_wid(2, 2), true);
    memcpy(w->reader, p.reader, DT_PUBLIC_SIZE);
    assert_err(dt_line_grant_late(p.line), DT_OK);
    dt_node_commit(p.n);
    assert_int_equal(granted(&p, after), 2);
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_of_the_largest_line_gets_the_key),
        cmocka_unit_test(who_comes_after_our_restart_can_read_too),
        cmocka_unit_test(a_revoked_reader_gets_no_other_key),
    };
    return cmocka_run_group_tests_name("readers", tests, dt_test_setup, NULL);
}
