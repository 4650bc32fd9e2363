/* SPDX-License-Identifier: ISC */
/*
 * Goal: members who hold the same records see the same, whatever they refer to and
 * whichever came first; what refers to a wrong record has no effect and stops nothing.
 * Method: random sets of records of every kind (sound, about the wrong kind or the wrong
 * version, about what never came, by officers nobody knows, broken, said twice), told in
 * shuffled orders, some ahead of their place; digests must be equal.
 */
#include "../view/world.h"

#include "node/query.h"
#include "node/quota.h"

enum { SETS = 300, LOGS = 5, RECORDS = 40, ORDERS = 3, OFFICERS_TOLD = 2 };

struct made {
    struct record r;
    uint8_t leaf[DT_HASH_SIZE];
    unsigned kind;
};

static struct made made[RECORDS];
static size_t made_count;
static uint64_t log_size[LOGS];

static const uint16_t wids[LOGS] = {0, 1, 16, 17, 32}; /* two writers, two writers, one */

/* --- records ---------------------------------------------------------------------------- */

/* Mostly of the party that may be spoken of, so that the rest gets its turn too. */
static struct dt_ref random_ref(struct dt_rng *rng, unsigned kind, uint16_t wid)
{
    const bool own = kind == DT_KIND_RECALL || kind == DT_KIND_LIFT || kind == DT_KIND_NOTICE ||
                     kind == DT_KIND_NOTICE_STATE;
    const uint64_t what = dt_rng_below(rng, 12);
    struct dt_ref ref = some_ref(wids[dt_rng_below(rng, LOGS)], dt_rng_below(rng, 12));
    for (int tries = 0; made_count > 0 && what > 0 && tries < 8; tries++) {
        const struct made *m = &made[dt_rng_below(rng, made_count)];
        ref = (struct dt_ref){m->r.wid, m->r.seq, {0}};
        memcpy(ref.leaf, m->leaf, DT_HASH_SIZE);
        ref.leaf[3] ^= what == 1; /* the place, but another version */
        if ((dt_wid_member(m->r.wid) == dt_wid_member(wid)) == own) {
            break;
        }
    }
    return ref;
}

static size_t random_body(struct dt_rng *rng, unsigned kind, uint16_t wid, uint8_t *out)
{
    const struct dt_ref ref = random_ref(rng, kind, wid);
    struct dt_body_passed_on passed = {.ref = ref, .force = "Air", .told = 1, .units = 2};
    struct dt_body_position position = {.ref = ref};
    struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    struct dt_body_fire_answer answer = {.ref = ref, .answer = DT_ANSWER_STOPPED};
    struct dt_body_recall recall = {.ref = ref};
    struct dt_body_notice_state state = {
        .ref = ref, .state = (enum dt_notice_state)dt_rng_below(rng, DT_NOTICE_DELAYED)};
    struct dt_body_notice notice = {.category = DT_CATEGORY_EVAC,
                                    .request = DT_REQUEST_AVOID_WINDOW,
                                    .start_ms = T0,
                                    .end_ms = T0 + 3600000,
                                    .has_amended = dt_rng_below(rng, 2) == 0,
                                    .amended = ref};
    struct dt_body_suspend suspend = {.suspended = true};
    size_t size = 0;
    enum dt_err err = DT_OK;
    switch (kind) {
    case DT_KIND_SHOWN:
    case DT_KIND_ACK:
    case DT_KIND_LIFT:
        err = dt_body_ref_encode(out, DT_BODY_MAX, &size, &ref);
        break;
    case DT_KIND_PASSED_ON:
        err = dt_body_passed_on_encode(out, DT_BODY_MAX, &size, &passed);
        break;
    case DT_KIND_POSITION:
        err = dt_body_position_encode(out, DT_BODY_MAX, &size, &position);
        break;
    case DT_KIND_CHECK_FIRE:
        err = dt_body_check_fire_encode(out, DT_BODY_MAX, &size, &fire);
        break;
    case DT_KIND_FIRE_ANSWER:
        err = dt_body_fire_answer_encode(out, DT_BODY_MAX, &size, &answer);
        break;
    case DT_KIND_RECALL:
        err = dt_body_recall_encode(out, DT_BODY_MAX, &size, &recall);
        break;
    case DT_KIND_NOTICE:
        err = dt_body_notice_encode(out, DT_BODY_MAX, &size, &notice);
        break;
    case DT_KIND_NOTICE_STATE:
        err = dt_body_notice_state_encode(out, DT_BODY_MAX, &size, &state);
        break;
    case DT_KIND_SUSPEND:
        err = dt_body_suspend_encode(out, DT_BODY_MAX, &size, &suspend);
        break;
    default: /* empty: right for MESSAGE and LEAVE, and unknown kinds */
        err = dt_body_empty_encode(out, DT_BODY_MAX, &size);
        break;
    }
    assert_err(err, DT_OK);
    return size;
}

static void sign(struct dt_rng *rng, struct record *r, const struct dt_header *h)
{
    const unsigned most = dt_body_officers(h->kind);
    const unsigned member = dt_wid_member(r->wid);
    uint8_t digest[DT_HASH_SIZE], signature[DT_SIGNATURE_SIZE], room[DT_BODY_MAX];
    assert_err(dt_officer_digest(digest, dt_span(r->body, r->body_size), dt_span(NULL, 0)), DT_OK);
    for (unsigned i = 0; i < most; i++) {
        const unsigned number = 1 + (unsigned)dt_rng_below(rng, OFFICERS); /* one is not told */
        size_t size = 0;
        dt_officer_sign(signature, world()->charter.id, r->wid, h, digest,
                        world()->officer[member][number]);
        signature[0] ^= dt_rng_below(rng, 20) == 0;
        assert_err(dt_body_add_officer(room, sizeof room, &size, dt_span(r->body, r->body_size),
                                       DT_BODY_OFFICER + i, number, signature),
                   DT_OK);
        memcpy(r->body, room, size);
        r->body_size = size;
    }
}

static void finish(struct made *m, struct dt_header *h)
{
    m->kind = h->kind;
    assert_err(dt_header_encode(m->r.header, &m->r.header_size, h,
                                dt_span(m->r.body, m->r.body_size)),
               DT_OK);
    dt_leaf_hash(m->leaf, dt_span(m->r.header, m->r.header_size));
}

/* An officer's certificate; anywhere in the log, so that what he signed may come before. */
static void key_body(struct record *r, unsigned number)
{
    const unsigned member = dt_wid_member(r->wid);
    uint8_t statement[DT_STATEMENT_MAX];
    size_t size = 0;
    struct dt_operator o = {.number = number, .time_ms = T0};
    strcpy(o.role, "watch officer");
    memcpy(o.key, world()->officer_key[member][number], DT_PUBLIC_SIZE);
    assert_err(dt_operator_sign(statement, sizeof statement, &size, &o, world()->root[member],
                                world()->charter.members[member].root),
               DT_OK);
    assert_err(dt_body_key_encode(r->body, DT_BODY_MAX, &r->body_size, dt_span(statement, size)),
               DT_OK);
}

static void make_one(struct dt_rng *rng)
{
    struct made *m = &made[made_count];
    const size_t log = (size_t)dt_rng_below(rng, LOGS);
    const unsigned kind = log_size[log] == 0            ? DT_KIND_OPEN
                          : dt_rng_below(rng, 6) == 0   ? DT_KIND_KEY
                          : dt_rng_below(rng, 15) == 0  ? 200 + (unsigned)dt_rng_below(rng, 3)
                          : dt_rng_below(rng, 5) == 0   ? DT_KIND_CHECK_FIRE
                                                        : 4 + (unsigned)dt_rng_below(rng, 13);
    struct dt_header h = {.version = DT_VERSION, .kind = kind, .time_ms = T0 + (int64_t)made_count};
    h.flags = dt_flags(DT_ROUTINE, DT_OPERATION);
    if (dt_rng_below(rng, 2) == 0) {
        h.to[0] = (uint8_t)dt_rng_below(rng, MEMBERS);
        h.to_count = 1;
    }
    m->r.wid = wids[log];
    m->r.seq = log_size[log]++;
    if (kind == DT_KIND_KEY) {
        key_body(&m->r, 1 + (unsigned)dt_rng_below(rng, OFFICERS_TOLD));
    } else {
        m->r.body_size = random_body(rng, kind, m->r.wid, m->r.body);
        if (dt_rng_below(rng, 15) == 0) {
            m->r.body[0] ^= 0x80; /* no map any more */
        } else {
            sign(rng, &m->r, &h);
        }
    }
    finish(m, &h);
    made_count++;
}

/* --- a member who is told them ------------------------------------------------------------ */

struct holder {
    struct dt_node node;
    struct dt_line line;
};

static bool get(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *w = dt_line_writer(line, wid, false);
    struct dt_store_record record;
    if (w == NULL || dt_store_record_get(line->node->store, w->log.id, seq, &record) != DT_OK) {
        return false;
    }
    *out = (struct dt_stored){record.header, record.body, record.body.data == NULL};
    return true;
}

static struct holder *holder_new(unsigned me)
{
    struct holder *h = calloc(1, sizeof *h);
    static uint8_t charter[1] = {0};
    assert_err(dt_store_open(&h->node.store, ":memory:", DT_STORE_CREATE, NULL), DT_OK);
    struct dt_store_line row = {.charter = dt_span(charter, 1)};
    assert_err(dt_store_line_insert(h->node.store, &row), DT_OK);
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        h->node.clients[i].fd = -1;
    }
    h->node.options.quiet = true;
    h->line.node = &h->node;
    h->line.id = row.id;
    h->line.charter = malloc(sizeof *h->line.charter);
    *h->line.charter = world()->charter;
    h->line.me = me;
    h->line.wid = dt_wid(me, 9); /* writes nothing itself */
    h->line.sync.host.get = get;
    dt_board_init(&h->line.board, h->line.charter);
    return h;
}

static void holder_free(struct holder *h)
{
    dt_store_close(h->node.store);
    dt_line_officers_clear(&h->line);
    for (size_t i = 0; i < h->line.writer_count; i++) {
        free(h->line.writers[i]);
    }
    free(h->line.writers);
    free(h->line.officers);
    free(h->line.charter);
    free(h->line.sources);
    dt_board_free(&h->line.board);
    free(h);
}

static struct dt_line_writer *writer_of(struct holder *h, uint16_t wid)
{
    struct dt_line_writer *w = dt_line_writer(&h->line, wid, false);
    if (w == NULL) {
        w = dt_line_writer(&h->line, wid, true);
        w->log.line = h->line.id;
        w->log.wid = wid;
        assert_err(dt_store_fact_target_end(h->node.store, h->line.id, wid, &w->referred_end),
                   DT_OK);
        assert_err(dt_store_log_insert(h->node.store, &w->log), DT_OK);
    }
    return w;
}

static void tell(struct holder *h, const struct made *m, bool ahead)
{
    struct dt_line_writer *w = writer_of(h, m->r.wid);
    uint8_t leaf[DT_HASH_SIZE];
    const struct dt_span header = dt_span(m->r.header, m->r.header_size);
    const struct dt_span body = dt_span(m->r.body, m->r.body_size);
    if (ahead) {
        struct dt_store_ahead row = {.record = {m->r.seq, header, body}};
        assert_err(dt_store_ahead_put(h->node.store, w->log.id, &row), DT_OK);
    } else {
        assert_err(dt_store_append(h->node.store, &w->log, header, body, leaf), DT_OK);
        assert_err(dt_store_log_update(h->node.store, &w->log), DT_OK);
    }
    assert_err(dt_line_apply(&h->line, m->r.wid, m->r.seq, header, body, true), DT_OK);
}

/* As at the end of a pass. */
static void settle(struct holder *h)
{
    if (h->line.officers_stale) {
        assert_err(dt_line_remake_facts(&h->line), DT_OK);
    }
    if (h->line.notices_stale) {
        assert_err(dt_line_notices(&h->line, T0), DT_OK);
    }
}

/* All of them, each log in its order, the logs mixed; some a while before their turn. */
static void tell_all(struct holder *h, struct dt_rng *rng, bool shuffled)
{
    size_t order[RECORDS], next[LOGS] = {0};
    bool early[RECORDS] = {false};
    size_t of_log[LOGS][RECORDS], count[LOGS] = {0};
    for (size_t i = 0; i < made_count; i++) {
        size_t log = 0;
        while (wids[log] != made[i].r.wid) {
            log++;
        }
        of_log[log][count[log]++] = i;
    }
    for (size_t n = 0; n < made_count; n++) {
        size_t log = (size_t)dt_rng_below(rng, LOGS);
        while (!shuffled || next[log] == count[log]) { /* in order: the log of record n */
            log = (log + 1) % LOGS;
            if (next[log] < count[log] && (shuffled || of_log[log][next[log]] == n)) {
                break;
            }
        }
        order[n] = of_log[log][next[log]++];
    }
    assert_err(dt_store_begin(h->node.store), DT_OK);
    h->node.wrote = true; /* as dt_node_write() would */
    for (size_t n = 0; n < made_count; n++) {
        const size_t later = n + 1 + (size_t)dt_rng_below(rng, 8);
        if (shuffled && later < made_count && made[order[later]].r.seq > 0 && !early[later] &&
            dt_rng_below(rng, 4) == 0) {
            early[later] = true;
            tell(h, &made[order[later]], true);
        }
        tell(h, &made[order[n]], false);
        if (dt_rng_below(rng, 3) == 0) {
            settle(h);
        }
    }
    settle(h);
    settle(h);
    assert_err(dt_store_commit(h->node.store), DT_OK);
}

static void digest_of(struct holder *h, uint8_t out[DT_HASH_SIZE], uint64_t *facts)
{
    assert_err(dt_line_digest(&h->line, out, facts), DT_OK);
}

struct tally {
    size_t ok, wrong, not_addressed, other, waiting;
};

static bool count_fact(void *ctx, const struct dt_store_fact *row)
{
    struct tally *t = ctx;
    t->ok += row->fact.err == DT_OK;
    t->wrong += row->fact.err == DT_ERR_WRONG_RECORD;
    t->not_addressed += row->fact.err == DT_ERR_NOT_ADDRESSED;
    t->other += row->fact.err != DT_OK && row->fact.err != DT_ERR_WRONG_RECORD &&
                row->fact.err != DT_ERR_NOT_ADDRESSED;
    t->waiting += row->fact.has_target && !row->fact.target_matches;
    assert_true(row->fact.err == DT_OK || !row->fact.has_target);
    return true;
}

static void the_same_records_give_the_same_view(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("the_same_records_give_the_same_view");
    struct tally tally = {0};
    for (int set = 0; set < SETS; set++) {
        uint8_t first[DT_HASH_SIZE], again[DT_HASH_SIZE];
        uint64_t facts = 0, facts_again = 0;
        made_count = 0;
        memset(log_size, 0, sizeof log_size);
        while (made_count < RECORDS) {
            make_one(&rng);
        }
        struct holder *h = holder_new(0);
        tell_all(h, &rng, false);
        digest_of(h, first, &facts);
        assert_err(dt_store_fact_list(h->node.store, h->line.id, count_fact, &tally), DT_OK);
        holder_free(h);
        for (int order = 0; order < ORDERS; order++) {
            h = holder_new((unsigned)order % MEMBERS);
            tell_all(h, &rng, true);
            digest_of(h, again, &facts_again);
            assert_int_equal(facts, facts_again);
            assert_memory_equal(first, again, DT_HASH_SIZE);
            holder_free(h);
        }
    }
    print_message("# %zu valid, %zu WRONG_RECORD, %zu NOT_ADDRESSED, %zu others, %zu refer to "
                  "what is not here\n",
                  tally.ok, tally.wrong, tally.not_addressed, tally.other, tally.waiting);
    assert_true(tally.wrong > SETS && tally.not_addressed > SETS / 4 && tally.waiting > SETS / 4);
}

/* --- by hand --------------------------------------------------------------------------- */

static void add(struct dt_rng *rng, uint16_t wid, uint64_t seq, unsigned kind, struct dt_span body,
                int to)
{
    struct made *m = &made[made_count++];
    struct dt_header h = {.version = DT_VERSION, .kind = kind, .time_ms = T0 + (int64_t)made_count};
    h.flags = dt_flags(DT_ROUTINE, DT_OPERATION);
    if (to >= 0) {
        h.to[0] = (uint8_t)to;
        h.to_count = 1;
    }
    m->r.wid = wid;
    m->r.seq = seq;
    memcpy(m->r.body, body.data, body.size);
    m->r.body_size = body.size;
    if (kind == DT_KIND_KEY) {
        key_body(&m->r, 1);
    }
    (void)rng;
    finish(m, &h);
}

static struct dt_ref last_ref(void)
{
    const struct made *m = &made[made_count - 1];
    struct dt_ref ref = {m->r.wid, m->r.seq, {0}};
    memcpy(ref.leaf, m->leaf, DT_HASH_SIZE);
    return ref;
}

static struct dt_store_fact row_of(struct holder *h, uint16_t wid, uint64_t seq)
{
    struct dt_store_fact row;
    const struct dt_line_writer *w = dt_line_writer(&h->line, wid, false);
    assert_non_null(w);
    assert_err(dt_store_fact_get(h->node.store, dt_store_key_of(w->log.id, seq), &row), DT_OK);
    return row;
}

static void it_waits_for_what_it_names(void **state)
{
    (void)state;
    uint8_t body[256];
    size_t size = 0;
    made_count = 0;
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    add(NULL, 0, 0, DT_KIND_OPEN, dt_span(body, size), -1);
    add(NULL, 0, 1, DT_KIND_MESSAGE, dt_span(body, size), 1); /* to member 1 alone */
    const struct dt_ref message = last_ref();
    add(NULL, 16, 0, DT_KIND_OPEN, dt_span(body, size), -1);
    assert_err(dt_body_shown_encode(body, sizeof body, &size, &message), DT_OK);
    add(NULL, 16, 1, DT_KIND_SHOWN, dt_span(body, size), -1); /* its addressee */
    add(NULL, 32, 0, DT_KIND_OPEN, dt_span(body, size), -1);
    add(NULL, 32, 1, DT_KIND_SHOWN, dt_span(body, size), -1); /* somebody else */
    struct dt_body_notice_state s = {.ref = message, .state = DT_NOTICE_ENDED};
    assert_err(dt_body_notice_state_encode(body, sizeof body, &size, &s), DT_OK);
    add(NULL, 1, 0, DT_KIND_OPEN, dt_span(body, size), -1);
    add(NULL, 1, 1, DT_KIND_NOTICE_STATE, dt_span(body, size), -1); /* of a message */
    struct holder *h = holder_new(1);
    assert_err(dt_store_begin(h->node.store), DT_OK);
    h->node.wrote = true; /* as dt_node_write() would */
    for (size_t i = made_count; i > 2; i--) { /* whatever speaks of the message comes first */
        if (made[i - 1].r.seq == 1) {
            tell(h, &made[i - 2], false);
            tell(h, &made[i - 1], false);
        }
    }
    assert_true(row_of(h, 16, 1).fact.err == DT_OK && !row_of(h, 16, 1).fact.target_matches);
    assert_true(row_of(h, 32, 1).fact.err == DT_OK && row_of(h, 1, 1).fact.err == DT_OK);
    assert_int_equal(row_of(h, 1, 1).open, 1 + DT_ROUTINE); /* an officer may look at it */
    tell(h, &made[0], false);
    tell(h, &made[1], false);
    assert_true(row_of(h, 16, 1).fact.err == DT_OK && row_of(h, 16, 1).fact.target_matches);
    assert_err(row_of(h, 32, 1).fact.err, DT_ERR_NOT_ADDRESSED);
    assert_err(row_of(h, 1, 1).fact.err, DT_ERR_WRONG_RECORD);
    assert_int_equal(row_of(h, 1, 1).open, 0); /* nothing is left to act on */
    assert_err(dt_store_commit(h->node.store), DT_OK);
    holder_free(h);
}

/* Nobody makes what we know of him look fresh by writing tomorrow's date; and what is judged
 * again is not news. */
static void a_record_of_tomorrow_is_as_old_as_its_arrival(void **state)
{
    (void)state;
    uint8_t body[16];
    size_t size = 0;
    made_count = 1;
    struct made *m = &made[0];
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    struct dt_header h = {.version = DT_VERSION, .kind = DT_KIND_MESSAGE,
                          .time_ms = dt_now_ms() + 86400000};
    m->r.wid = 16;
    m->r.seq = 0;
    memcpy(m->r.body, body, size);
    m->r.body_size = size;
    finish(m, &h);
    struct holder *holder = holder_new(0);
    assert_err(dt_store_begin(holder->node.store), DT_OK);
    holder->node.wrote = true;
    const int64_t before = dt_now_ms();
    tell(holder, m, false);
    struct dt_line_writer *w = dt_line_writer(&holder->line, 16, false);
    assert_in_range(w->newest_ms, before, dt_now_ms());
    w->newest_ms = 5;
    assert_err(dt_line_apply(&holder->line, 16, 0, dt_span(m->r.header, m->r.header_size),
                             dt_span(m->r.body, m->r.body_size), false),
               DT_OK);
    assert_int_equal(w->newest_ms, 5);
    assert_err(dt_store_commit(holder->node.store), DT_OK);
    holder_free(holder);
}

/* --- doubt ------------------------------------------------------------------------------- */

static const char *doubt_at(struct holder *h, uint16_t wid, uint64_t seq)
{
    const struct dt_store_fact row = row_of(h, wid, seq);
    struct dt_stored record;
    assert_true(dt_record_of(&h->line, wid, seq, &record));
    const char *doubt = dt_quota_doubt(&h->line, &row, record.body);
    return doubt != NULL ? doubt : "none";
}

static void add_flash(unsigned kind, uint16_t wid, uint64_t seq, int64_t time_ms,
                      struct dt_span body)
{
    struct made *m = &made[made_count++];
    struct dt_header h = {.version = DT_VERSION, .kind = kind, .time_ms = time_ms};
    h.flags = dt_flags(DT_FLASH, DT_OPERATION);
    m->r.wid = wid;
    m->r.seq = seq;
    memcpy(m->r.body, body.data, body.size);
    m->r.body_size = body.size;
    finish(m, &h);
}

static void too_much_and_too_late_are_in_doubt(void **state)
{
    (void)state;
    uint8_t body[256], sealed[DT_BODY_MAX], key[32];
    size_t size = 0, sealed_size = 0;
    made_count = 0;
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    struct holder *h = holder_new(1);
    h->line.charter->flash_budget = 2;
    add(NULL, 0, 0, DT_KIND_OPEN, dt_span(body, size), -1);
    for (uint64_t seq = 1; seq <= 4; seq++) { /* two in the hour; a check-fire is not counted */
        add_flash(seq == 2 ? DT_KIND_CHECK_FIRE : DT_KIND_MESSAGE, 0, seq, T0 + (int64_t)seq,
                  dt_span(body, size));
    }
    add_flash(DT_KIND_MESSAGE, 0, 5, T0 + 3600000 + 3, dt_span(body, size)); /* the next hour */
    struct dt_store_content_key content = {.expiry_ms = T0 + 50, .creator = 0};
    memset(content.key, 7, sizeof content.key);
    dt_key_id(content.key_id, content.key);
    for (uint64_t seq = 6; seq <= 7; seq++) { /* sealed in time, and after it */
        const struct dt_place place = {world()->charter.id, 0, seq};
        const uint8_t plain[1] = {0xa0};
        dt_record_key(key, content.key, &place);
        assert_err(dt_seal_body(sealed, sizeof sealed, &sealed_size, dt_span(body, size),
                                dt_span(plain, 1), content.key_id, key, &place),
                   DT_OK);
        struct made *m = &made[made_count++];
        struct dt_header header = {.version = DT_VERSION, .kind = DT_KIND_MESSAGE,
                                   .time_ms = T0 + (seq == 6 ? 50 : 51)};
        m->r.wid = 0;
        m->r.seq = seq;
        memcpy(m->r.body, sealed, sealed_size);
        m->r.body_size = sealed_size;
        finish(m, &header);
    }
    add_flash(DT_KIND_ATTEMPT, 0, 8, T0 + 60, dt_span(body, size)); /* nor is an attempt */
    assert_err(dt_store_begin(h->node.store), DT_OK);
    h->node.wrote = true; /* as dt_node_write() would */
    assert_err(dt_store_content_key_put(h->node.store, h->line.id, &content), DT_OK);
    for (size_t i = 0; i < made_count; i++) {
        tell(h, &made[i], false);
    }
    static const char *const expected[9] = {"none", "none", "none", "none",   "QUOTA",
                                            "none", "none", "EXPIRED", "none"};
    for (uint64_t seq = 0; seq < 9; seq++) {
        assert_string_equal(doubt_at(h, 0, seq), expected[seq]);
    }
    /* Its logs are full: what waits here as an alarm says so. */
    h->line.charter->quota_bytes = 1;
    assert_string_equal(doubt_at(h, 0, 2), "QUOTA");
    assert_err(dt_store_open_clear(h->node.store,
                                   dt_store_key_of(dt_line_writer(&h->line, 0, false)->log.id, 2)),
               DT_OK);
    assert_string_equal(doubt_at(h, 0, 2), "none");
    assert_err(dt_store_open_set(h->node.store,
                                 dt_store_key_of(dt_line_writer(&h->line, 0, false)->log.id, 2),
                                 DT_FLASH, T0),
               DT_OK);
    h->line.me = 0; /* an author does not doubt his own full logs, and judges his FLASH as they do */
    assert_string_equal(doubt_at(h, 0, 2), "none");
    assert_string_equal(doubt_at(h, 0, 4), "QUOTA");
    assert_err(dt_store_commit(h->node.store), DT_OK);
    holder_free(h);
}

/* --- ahead of its turn ----------------------------------------------------------------- */

static unsigned ahead_rows(struct holder *h, const struct dt_line_writer *w)
{
    struct dt_store_ahead row;
    unsigned count = 0;
    for (uint64_t seq = 0; seq < 8; seq++) {
        count += dt_store_ahead_get(h->node.store, w->log.id, seq, &row) == DT_OK;
    }
    return count;
}

/* What came early is forgotten when its turn has come; what was promised and did not come stays. */
static void what_is_overtaken_is_forgotten(void **state)
{
    (void)state;
    uint8_t body[16];
    size_t size = 0;
    made_count = 0;
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    struct holder *h = holder_new(0);
    assert_err(dt_store_begin(h->node.store), DT_OK);
    h->node.wrote = true; /* as dt_node_write() would */
    for (uint64_t seq = 0; seq < 3; seq++) {
        const uint8_t promise[64] = {1};
        add(NULL, 16, seq, DT_KIND_MESSAGE, dt_span(body, size), -1);
        tell(h, &made[seq], true);
        assert_err(dt_sync_load_ahead(&h->line.sync, 16, seq, made[seq].leaf, promise), DT_OK);
    }
    const struct dt_line_writer *w = dt_line_writer(&h->line, 16, false);
    assert_int_equal(ahead_rows(h, w), 3);
    assert_err(dt_line_overtaken(&h->line, w, 0, made[0].leaf), DT_OK);
    assert_int_equal(ahead_rows(h, w), 2);
    assert_err(dt_line_overtaken(&h->line, w, 1, made[2].leaf), DT_OK); /* not what was promised */
    assert_int_equal(ahead_rows(h, w), 2);
    assert_err(dt_line_overtaken(&h->line, w, 2, made[2].leaf), DT_OK);
    assert_int_equal(ahead_rows(h, w), 1);
    assert_err(dt_store_commit(h->node.store), DT_OK);
    dt_sync_deinit(&h->line.sync);
    holder_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_for_what_it_names),
        cmocka_unit_test(a_record_of_tomorrow_is_as_old_as_its_arrival),
        cmocka_unit_test(what_is_overtaken_is_forgotten),
        cmocka_unit_test(the_same_records_give_the_same_view),
        cmocka_unit_test(too_much_and_too_late_are_in_doubt),
    };
    return cmocka_run_group_tests_name("arrival", tests, dt_test_setup, NULL);
}
