/* SPDX-License-Identifier: ISC */
/*
 * Goal: deriving only what was touched gives what deriving everything would give, in
 * whatever order records, keys and hours come; nothing untouched is compared again.
 * Method: random histories, one a seed, each told to a board step by step; then a board
 * told all of it at once, and dt_notice_life() over all facts, must agree with it.
 */
#include "world.h"

#include "view/board.h"

enum { SEEDS = 400, FACTS = 60, HOUR = 3600000, FOUND_MAX = 4096 };

/* One history. A version's shape follows from its place. */
struct history {
    struct dt_fact facts[FACTS];
    bool held[FACTS];
    bool key_late[FACTS]; /* the shape of that notice cannot be read until the key comes */
    size_t count;
    bool key;     /* it came */
    bool shrinks; /* knowledge that came later took a conflict back */
    struct {
        uint8_t id[DT_HASH_SIZE];
        struct dt_ref a, b;
    } found[FOUND_MAX];
    size_t found_count;
    size_t compared; /* calls of found */
    struct dt_life_line on_it;
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
};

static struct dt_ref ref_of(const struct dt_fact *f)
{
    struct dt_ref ref = {f->wid, f->seq, {0}};
    memcpy(ref.leaf, f->leaf, DT_HASH_SIZE);
    return ref;
}

/* --- a history ------------------------------------------------------------------------ */

/* An earlier fact of that kind, of the member or (-1) anybody; NULL if there is none. */
static const struct dt_fact *earlier(const struct history *h, struct dt_rng *rng, unsigned kind,
                                     int member)
{
    const struct dt_fact *chosen = NULL;
    unsigned seen = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct dt_fact *f = &h->facts[i];
        if (f->kind == kind && (member < 0 || dt_wid_member(f->wid) == (unsigned)member) &&
            dt_rng_below(rng, ++seen) == 0) {
            chosen = f;
        }
    }
    return chosen;
}

static void add_notice(struct history *h, struct dt_rng *rng, struct dt_fact *f)
{
    static const enum dt_category categories[] = {DT_CATEGORY_FIRES, DT_CATEGORY_EVAC,
                                                  DT_CATEGORY_MOVEMENT, DT_CATEGORY_STATIC};
    f->kind = DT_KIND_NOTICE;
    f->code = categories[dt_rng_below(rng, 4)];
    f->number[0] = DT_REQUEST_AVOID_WINDOW;
    f->number[1] = T0 + (int64_t)dt_rng_below(rng, 6) * HOUR / 2;
    f->number[2] = f->number[1] + HOUR;
    f->number[3] = dt_rng_below(rng, 3) == 0;
    if (dt_rng_below(rng, 2) == 0) {
        dt_members_add(&f->to, (dt_wid_member(f->wid) + 1) % MEMBERS);
    }
    const struct dt_fact *parent =
        earlier(h, rng, DT_KIND_NOTICE, (int)dt_wid_member(f->wid));
    if (parent != NULL && dt_rng_below(rng, 3) == 0) {
        f->has_target = true;
        f->target = ref_of(parent);
    }
    h->key_late[h->count] = dt_rng_below(rng, 8) == 0;
}

static void add_about(struct history *h, struct dt_rng *rng, struct dt_fact *f)
{
    const bool ack = dt_rng_below(rng, 2) == 0;
    const struct dt_fact *target =
        ack ? earlier(h, rng, dt_rng_below(rng, 3) == 0 ? DT_KIND_NOTICE_STATE : DT_KIND_NOTICE, -1)
            : earlier(h, rng, DT_KIND_NOTICE, (int)dt_wid_member(f->wid));
    if (target == NULL) {
        add_notice(h, rng, f);
        return;
    }
    f->kind = ack ? DT_KIND_ACK : DT_KIND_NOTICE_STATE;
    f->has_target = true;
    f->target = ref_of(target);
    if (dt_rng_below(rng, 16) == 0) {
        f->target.leaf[5] ^= 1; /* another version of that place: nothing */
    }
    f->officer_valid = dt_rng_below(rng, 8) != 0;
    f->code = ack ? 0 : (int64_t)dt_rng_below(rng, DT_NOTICE_STATES);
    if (f->kind == DT_KIND_NOTICE_STATE && f->code == DT_NOTICE_DELAYED) {
        f->number[0] = target->number[2] + (int64_t)dt_rng_below(rng, 3) * HOUR / 2;
    }
}

static void make_history(struct history *h, struct dt_rng *rng)
{
    uint64_t next[MEMBERS * DT_WRITERS_MAX] = {0};
    memset(h, 0, sizeof *h);
    h->on_it.members = MEMBERS;
    for (h->count = 0; h->count < FACTS; h->count++) {
        struct dt_fact *f = &h->facts[h->count];
        const uint16_t wid = dt_wid((unsigned)dt_rng_below(rng, MEMBERS),
                                    1 + (unsigned)dt_rng_below(rng, 2));
        *f = fact_about(DT_KIND_MESSAGE, wid, ++next[wid], NULL);
        if (dt_rng_below(rng, 2) == 0) {
            add_notice(h, rng, f);
        } else {
            add_about(h, rng, f);
        }
    }
}

/* --- the source ------------------------------------------------------------------------ */

static bool source_fact(void *ctx, uint16_t wid, uint64_t seq, struct dt_fact *out)
{
    const struct history *h = ctx;
    for (size_t i = 0; i < h->count; i++) {
        if (h->held[i] && h->facts[i].wid == wid && h->facts[i].seq == seq) {
            *out = h->facts[i];
            return true;
        }
    }
    return false;
}

static enum dt_err source_about(void *ctx, uint16_t wid, uint64_t seq,
                                bool (*take)(void *to, const struct dt_fact *fact), void *to)
{
    const struct history *h = ctx;
    for (size_t i = h->count; i > 0; i--) {
        const struct dt_fact *f = &h->facts[i - 1];
        if (h->held[i - 1] && f->has_target && f->target.wid == wid && f->target.seq == seq &&
            !take(to, f)) {
            break;
        }
    }
    return DT_OK;
}

static bool source_side(void *ctx, const struct dt_life_entry *entry, struct dt_conflict_side *out)
{
    struct history *h = ctx;
    const struct dt_fact *f = entry->fact;
    bool readable = true;
    for (size_t i = 0; i < h->count; i++) { /* the family has a copy */
        readable = readable && !(h->facts[i].wid == f->wid && h->facts[i].seq == f->seq &&
                                 h->key_late[i] && !h->key);
    }
    h->clear = (struct dt_body_notice){.category = (enum dt_category)f->code,
                                       .request = DT_REQUEST_AVOID_WINDOW,
                                       .start_ms = f->number[1],
                                       .end_ms = f->number[2],
                                       .movement = f->number[3] != 0};
    h->plain.points[0] = (struct dt_point){(int32_t)(f->wid * 7919 + f->seq * 104729) % 300000,
                                           (int32_t)(f->wid * 6007 + f->seq * 15485863) % 300000};
    h->plain.rings[0] = (struct dt_ring){h->plain.points, 1};
    h->plain.volume_count = 1;
    h->plain.volumes[0] =
        (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                            .radius_mm = 100000,
                                            .rings = h->plain.rings,
                                            .ring_count = 1,
                                            .time = {f->number[1], f->number[2]},
                                            .alt_hi_mm = 30000},
                                  .datum = DT_DATUM_SURFACE};
    assert_err(dt_notice_cells(&h->clear, &h->plain), DT_OK);
    *out = (struct dt_conflict_side){.member = dt_wid_member(f->wid),
                                     .ref = entry->ref,
                                     .clear = &h->clear,
                                     .plain = readable ? &h->plain : NULL,
                                     .arrived = entry->arrived,
                                     .end_ms = entry->end_ms,
                                     .extension_ms = entry->extension_ms};
    return true;
}

static enum dt_err source_found(void *ctx, const struct dt_conflict_side *side,
                                const struct dt_match *match)
{
    struct history *h = ctx;
    h->compared++;
    for (size_t i = 0; i < h->found_count; i++) {
        if (memcmp(h->found[i].id, match->conflict.id, DT_HASH_SIZE) == 0) {
            return DT_OK;
        }
    }
    assert_true(h->found_count < FOUND_MAX);
    memcpy(h->found[h->found_count].id, match->conflict.id, DT_HASH_SIZE);
    h->found[h->found_count].a = side->ref;
    h->found[h->found_count++].b = match->other;
    return DT_OK;
}

static struct dt_board_source source_of(struct history *h)
{
    return (struct dt_board_source){source_fact, source_about, source_side, source_found, h,
                                    h->on_it};
}

/* --- telling it --------------------------------------------------------------------------- */

static void touch(struct dt_board *b, const struct dt_fact *f)
{
    if (f->kind != DT_KIND_ACK) {
        assert_err(dt_board_touch(b, f->wid, f->seq), DT_OK);
    }
    if (f->has_target) {
        assert_err(dt_board_touch(b, f->target.wid, f->target.seq), DT_OK);
    }
}

/* As a node does: at each moment at which the clock changes something. */
static int64_t advance(struct dt_board *b, struct history *h, int64_t now, int64_t to)
{
    const struct dt_board_source source = source_of(h);
    while (dt_board_due(b) <= to) {
        now = dt_board_due(b) > now ? dt_board_due(b) : now;
        assert_err(dt_board_settle(b, &source, now), DT_OK);
    }
    return to;
}

static int64_t tell(struct dt_board *b, struct history *h, struct dt_rng *rng)
{
    size_t order[FACTS];
    int64_t now = T0 - HOUR;
    const bool shuffled = dt_rng_below(rng, 2) == 0;
    for (size_t i = 0; i < h->count; i++) {
        const size_t k = shuffled ? (size_t)dt_rng_below(rng, i + 1) : i;
        order[i] = order[k];
        order[k] = i;
    }
    const size_t key_at = (size_t)dt_rng_below(rng, h->count);
    const size_t leaves_at = (size_t)dt_rng_below(rng, 2 * h->count); /* in half of them */
    for (size_t i = 0; i < h->count; i++) {
        h->held[order[i]] = true;
        touch(b, &h->facts[order[i]]);
        if (i == key_at) {
            h->key = true;
            dt_board_touch_closed(b);
        }
        if (i == leaves_at) { /* nothing waits for that member any more */
            dt_members_add(&h->on_it.left, (unsigned)dt_rng_below(rng, MEMBERS));
            for (size_t k = 0; k < h->count; k++) {
                touch(b, &h->facts[k]);
            }
        }
        if (dt_rng_below(rng, 3) != 0) {
            now = advance(b, h, now, now + (int64_t)dt_rng_below(rng, HOUR / 3));
        }
    }
    return advance(b, h, now, now);
}

/* --- comparing ----------------------------------------------------------------------------- */

static bool counts(const struct dt_life_entry *entries, size_t count, const struct dt_ref *ref)
{
    const struct dt_life_entry *e = dt_life_find(entries, count, ref);
    return e != NULL && e->counts;
}

static void assert_same(const struct dt_board *b, const struct history *h, int64_t now)
{
    static struct dt_life_entry entries[FACTS];
    static struct history again;
    struct dt_board fresh;
    size_t count = 0, standing = 0;
    again = *h;
    again.found_count = 0;
    assert_err(dt_notice_life(entries, FACTS, &count, &again.on_it, again.facts, again.count, now), DT_OK);
    dt_board_init(&fresh, &world()->charter);
    for (size_t i = 0; i < again.count; i++) {
        touch(&fresh, &again.facts[i]);
    }
    const struct dt_board_source source = source_of(&again);
    assert_err(dt_board_settle(&fresh, &source, now), DT_OK);
    for (size_t i = 0; i < count; i++) {
        struct dt_conflict_side side;
        if (entries[i].kind == DT_KIND_NOTICE && entries[i].counts) {
            assert_true(source_side(&again, &entries[i], &side));
            assert_true(dt_matcher_holds(&b->matcher, &side));
            assert_true(dt_matcher_holds(&fresh.matcher, &side));
            standing++;
        }
    }
    assert_int_equal(dt_matcher_count(&b->matcher), standing);
    assert_int_equal(dt_matcher_count(&fresh.matcher), standing);
    /* What stands by a fresh look was found on the way; and the other way round, but for
     * what a key, once it came, showed to be further off than its cells. */
    size_t both = 0, stand = 0;
    for (size_t i = 0; i < h->found_count; i++) {
        stand += counts(entries, count, &h->found[i].a) && counts(entries, count, &h->found[i].b);
    }
    for (size_t i = 0; i < again.found_count; i++) {
        bool known = false;
        for (size_t k = 0; k < h->found_count; k++) {
            known = known || memcmp(again.found[i].id, h->found[k].id, DT_HASH_SIZE) == 0;
        }
        assert_true(known);
        both++;
    }
    bool late = false;
    for (size_t i = 0; i < h->count; i++) {
        late = late || h->key_late[i];
    }
    assert_true(late ? stand >= both : stand == both);
    dt_board_free(&fresh);
}

static void touched_alone_gives_what_all_gives(void **state)
{
    (void)state;
    static struct history h;
    struct dt_rng rng = dt_rng("touched_alone_gives_what_all_gives");
    size_t found = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
        struct dt_board b;
        make_history(&h, &rng);
        if (seed % 2 == 0) {
            memset(h.key_late, 0, sizeof h.key_late);
        }
        dt_board_init(&b, &world()->charter);
        int64_t now = tell(&b, &h, &rng);
        assert_same(&b, &h, now);
        now = advance(&b, &h, now, now + 8 * HOUR); /* overdue, over */
        assert_same(&b, &h, now);
        found += h.found_count;
        dt_board_free(&b);
    }
    print_message("# %d histories, %zu conflicts\n", SEEDS, found);
    assert_true(found > SEEDS); /* they do meet */
}

static void what_became_invalid_leaves(void **state)
{
    (void)state;
    static struct history h;
    struct dt_rng rng = dt_rng("what_became_invalid_leaves");
    for (int seed = 0; seed < SEEDS / 4; seed++) {
        struct dt_board b;
        make_history(&h, &rng);
        memset(h.key_late, 0, sizeof h.key_late);
        dt_board_init(&b, &world()->charter);
        int64_t now = tell(&b, &h, &rng);
        for (int i = 0; i < 6; i++) { /* an officer was revoked, a reference was wrong */
            struct dt_fact *f = &h.facts[dt_rng_below(&rng, h.count)];
            touch(&b, f);
            dt_fact_void(f, DT_ERR_WRONG_RECORD);
            touch(&b, f);
            now = advance(&b, &h, now, now + HOUR / 4);
        }
        static struct dt_life_entry entries[FACTS];
        size_t count = 0, standing = 0;
        assert_err(dt_notice_life(entries, FACTS, &count, &h.on_it, h.facts, h.count, now), DT_OK);
        for (size_t i = 0; i < count; i++) {
            struct dt_conflict_side side;
            if (entries[i].kind == DT_KIND_NOTICE && entries[i].counts) {
                assert_true(source_side(&h, &entries[i], &side));
                assert_true(dt_matcher_holds(&b.matcher, &side));
                standing++;
            }
        }
        assert_int_equal(dt_matcher_count(&b.matcher), standing);
        dt_board_free(&b);
    }
}

static void an_acknowledgement_compares_nothing(void **state)
{
    (void)state;
    static struct history h;
    struct dt_board b;
    memset(&h, 0, sizeof h);
    h.on_it.members = MEMBERS;
    for (uint64_t i = 0; i < 4; i++) { /* all at one place and time: each with two others */
        struct dt_fact *f = &h.facts[h.count];
        *f = fact_about(DT_KIND_NOTICE, dt_wid((unsigned)i % 2, 1), i, NULL);
        f->code = i % 2 == 0 ? DT_CATEGORY_FIRES : DT_CATEGORY_EVAC;
        f->number[1] = T0;
        f->number[2] = T0 + HOUR;
        h.held[h.count++] = true;
    }
    const struct dt_board_source source = source_of(&h);
    dt_board_init(&b, &world()->charter);
    for (size_t i = 0; i < 4; i++) {
        touch(&b, &h.facts[i]);
    }
    assert_err(dt_board_settle(&b, &source, T0), DT_OK);
    const size_t before = h.compared;
    assert_true(h.found_count > 0);
    const struct dt_ref target = ref_of(&h.facts[0]);
    h.facts[4] = fact_about(DT_KIND_ACK, dt_wid(1, 1), 9, &target);
    h.facts[4].officer_valid = h.held[4] = true;
    h.count = 5;
    touch(&b, &h.facts[4]);
    assert_err(dt_board_settle(&b, &source, T0), DT_OK);
    assert_int_equal(h.compared, before);
    dt_board_free(&b);
}

static void the_gravest_are_kept(void **state)
{
    (void)state;
    static struct history h;
    struct dt_match matches[3];
    struct dt_match_sum sum;
    struct dt_conflict_side side;
    struct dt_board b;
    memset(&h, 0, sizeof h);
    h.on_it.members = MEMBERS;
    for (uint64_t i = 0; i < 12; i++) { /* low ones come first; three severe ones last */
        struct dt_fact *f = &h.facts[h.count];
        *f = fact_about(DT_KIND_NOTICE, dt_wid(1, 1), i, NULL);
        f->code = i < 9 ? DT_CATEGORY_FIRES : DT_CATEGORY_EVAC;
        f->number[1] = T0;
        f->number[2] = T0 + HOUR;
        h.key_late[h.count] = true; /* by cells: all of them are near */
        h.held[h.count++] = true;
    }
    struct dt_fact *own = &h.facts[h.count];
    *own = fact_about(DT_KIND_NOTICE, dt_wid(0, 1), 1, NULL);
    own->code = DT_CATEGORY_FIRES;
    own->number[1] = T0;
    own->number[2] = T0 + HOUR;
    h.held[h.count++] = true;
    const struct dt_board_source source = source_of(&h);
    dt_board_init(&b, &world()->charter);
    for (size_t i = 0; i < h.count; i++) {
        touch(&b, &h.facts[i]);
    }
    assert_err(dt_board_settle(&b, &source, T0), DT_OK);
    const struct dt_life_entry entry = {.ref = ref_of(own), .fact = own};
    assert_true(source_side(&h, &entry, &side));
    const size_t count = dt_matcher_query(&b.matcher, &side, T0, matches, 3, &sum);
    assert_true(count == 3 && sum.found > 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(matches[i].conflict.rule.severity, DT_SEVERITY_SEVERE);
        assert_true(matches[i].other.seq >= 9);
        assert_true(i == 0 ||
                    matches[i - 1].conflict.distance_mm <= matches[i].conflict.distance_mm);
    }
    dt_board_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touched_alone_gives_what_all_gives),
        cmocka_unit_test(what_became_invalid_leaves),
        cmocka_unit_test(an_acknowledgement_compares_nothing),
        cmocka_unit_test(the_gravest_are_kept),
    };
    return cmocka_run_group_tests_name("view_board", tests, dt_test_setup, NULL);
}
