/* SPDX-License-Identifier: ISC */
/*
 * Goal: each member sees of a notice what it was told, and no more, until an officer tells it
 * more; a member that tiles the theatre with bogus notices gains what a rule's cap allows, is
 * flagged, and gains nothing where there is no rule; nothing of 500 sealed positions lies on
 * the disk of who is told that they exist; what one sees and others do not can be raised
 * without a place in it; a key lasts until its expiry.
 * Method: three nodes; what each answers; the bytes of a home searched in every form a number
 * takes, by a search that finds them where they are.
 */
#include "test.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "node/file.h"
#include "rig.h"
#include "view/conflict.h"
#include "view/conflict_body.h"
#include "view/disclose.h"
#include "view/tier.h"

enum { NORD, SUED, MEDI, PARTIES, WAIT_S = 30, HOUR_MS = 3600000 };

static struct dt_notice_plain plain, shape;
static struct dt_body_notice clear, cells;
static uint8_t plain_bytes[DT_SEALED_MAX], body_bytes[DT_BODY_MAX];
static size_t plain_size, body_size;

static struct rig *open_rig(void)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

static void begin(enum dt_category category)
{
    const int64_t start = dt_now_ms() + 60000;
    memset(&clear, 0, sizeof clear);
    plain.volume_count = plain.ring_count = plain.point_count = 0;
    plain.has_tiers = false;
    strcpy(plain.title, "Clinic of the hidden word");
    strcpy(plain.language, "en");
    clear.category = category;
    clear.request = DT_REQUEST_AVOID_WINDOW;
    clear.start_ms = start;
    clear.end_ms = start + 6 * HOUR_MS;
}

static void add_circle(int32_t lat_e7, int32_t lon_e7, uint32_t radius_mm)
{
    struct dt_point *p = &plain.points[plain.point_count++];
    struct dt_ring *ring = &plain.rings[plain.ring_count++];
    *p = (struct dt_point){lat_e7, lon_e7};
    *ring = (struct dt_ring){p, 1};
    plain.volumes[plain.volume_count++] =
        (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                            .radius_mm = radius_mm,
                                            .rings = ring,
                                            .ring_count = 1,
                                            .time = {clear.start_ms, clear.end_ms},
                                            .alt_hi_mm = 30000}};
}

/* As the command line makes them: the others named in the exact one. */
static void encode(bool in_tiers)
{
    static uint8_t shape_bytes[DT_SEALED_MAX], cell_bytes[DT_BODY_MAX];
    size_t shape_size = 0, cell_size = 0;
    if (in_tiers) {
        clear.start_ms = dt_tier_clear_window(
            (struct dt_window){clear.start_ms, clear.end_ms}).from_ms;
        assert_err(dt_tier_shape(&shape, &plain, &clear), DT_OK);
        cells = clear;
        dt_tier_cells(&cells, &shape);
        assert_err(dt_tier_cells_encode(cell_bytes, sizeof cell_bytes, &cell_size, &cells), DT_OK);
        assert_err(dt_notice_plain_encode(shape_bytes, sizeof shape_bytes, &shape_size, &shape,
                                          &clear),
                   DT_OK);
        dt_tier_digest(plain.tiers, dt_span(cell_bytes, cell_size),
                       dt_span(shape_bytes, shape_size));
        plain.has_tiers = true;
    } else {
        assert_err(dt_notice_cells(&clear, &plain), DT_OK);
    }
    assert_err(dt_body_notice_encode(body_bytes, sizeof body_bytes, &body_size, &clear), DT_OK);
    assert_err(dt_notice_plain_encode(plain_bytes, sizeof plain_bytes, &plain_size, &plain, &clear),
               DT_OK);
}

/* Appends `kind`; `tiers` of PARTIES bytes or NULL; an officer signs if `officer`. */
static struct dt_span append(struct rig *r, unsigned party, unsigned kind, struct dt_span body,
                             struct dt_span sealed, const uint8_t *tiers, int to, bool officer,
                             enum dt_err *err)
{
    static uint8_t signed_body[DT_BODY_MAX];
    struct rig_party *p = &r->party[party];
    struct dt_object o;
    uint8_t digest[32], signature[64];
    size_t size = 0;
    struct dt_header h = {.kind = kind,
                          .time_ms = dt_now_ms(),
                          .flags = dt_flags(DT_PRIORITY, r->charter.class_)};
    if (to >= 0) {
        h.to[h.to_count++] = (uint8_t)to;
    }
    if (officer) {
        assert_err(dt_officer_digest(digest, body, sealed), DT_OK);
        dt_officer_sign(signature, r->charter.id, p->wid, &h, digest, p->officer_key.signer);
        assert_err(dt_body_add_officer(signed_body, sizeof signed_body, &size, body,
                                       DT_BODY_OFFICER, 1, signature),
                   DT_OK);
        body = dt_span(signed_body, size);
    }
    dt_client_begin(&p->client, &o, "append");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, 32));
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, kind);
    dt_obj_key(&o, "time");
    dt_obj_int(&o, h.time_ms);
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, h.flags);
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    for (size_t i = 0; i < h.to_count; i++) {
        dt_obj_uint(&o, h.to[i]);
    }
    dt_obj_end(&o);
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, body);
    if (sealed.size > 0) {
        dt_obj_key(&o, "plain");
        dt_obj_bytes(&o, sealed);
    }
    if (tiers != NULL) {
        dt_obj_key(&o, "tiers");
        dt_obj_bytes(&o, dt_span(tiers, PARTIES));
    }
    return rig_call(r, party, &o, err);
}

struct notified {
    struct dt_ref ref;
    char id[DT_RECORD_ID_SIZE];
};

static struct notified notify(struct rig *r, unsigned party, const uint8_t *tiers, bool officer)
{
    struct notified n = {.ref = {.wid = r->party[party].wid}};
    encode(tiers != NULL);
    const struct dt_span reply =
        append(r, party, DT_KIND_NOTICE, dt_span(body_bytes, body_size),
               dt_span(plain_bytes, plain_size), tiers, -1, officer, NULL);
    n.ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", n.ref.leaf);
    struct dt_cbor id = dt_cbor_need_text(reply, "id");
    const struct dt_span text = dt_cbor_text(&id, sizeof n.id - 1);
    memcpy(n.id, text.data, text.size);
    return n;
}

/* What `show` says of it at a party. */
static struct dt_span item(struct rig *r, unsigned party, const struct notified *n)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, n->id);
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    struct dt_cbor c = dt_cbor_need_text(reply, "item");
    return dt_cbor_skip(&c);
}

static bool sees(struct rig *r, unsigned party, const struct notified *n, enum dt_tier tier)
{
    return rig_is(item(r, party, n), "tier", dt_tier_name((int64_t)tier));
}

static bool comes_to_see(struct rig *r, unsigned party, const struct notified *n,
                         enum dt_tier tier)
{
    for (unsigned i = 0; i < 20 * WAIT_S; i++) {
        if (sees(r, party, n, tier)) {
            return true;
        }
        rig_pause_ms(50);
    }
    return false;
}

static enum dt_err disclose(struct rig *r, unsigned party, const struct notified *n,
                            unsigned member, enum dt_tier tier, int64_t expiry_ms, bool officer)
{
    uint8_t body[512];
    size_t size = 0;
    enum dt_err err = DT_OK;
    const struct dt_body_disclosed d = {
        .notice = n->ref, .tier = tier, .member = member, .expiry_ms = expiry_ms};
    assert_err(dt_body_disclosed_encode(body, sizeof body, &size, &d), DT_OK);
    (void)append(r, party, DT_KIND_DISCLOSED, dt_span(body, size), dt_span(NULL, 0), NULL,
                 (int)member, officer, &err);
    return err;
}

static struct dt_cbor list(struct rig *r, unsigned party, const char *cmd, const char *key,
                           size_t *count)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, cmd);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, 32));
    struct dt_cbor items = dt_cbor_need_text(rig_call(r, party, &o, NULL), key);
    *count = dt_cbor_array(&items, 0, 4096);
    return items;
}

/* Comes the conflict of two notices at a party to have that text? "": there is none. */
static bool conflict_has(struct rig *r, unsigned party, const struct notified *a,
                         const struct notified *b, const char *key, const char *text)
{
    uint8_t id[DT_HASH_SIZE];
    char word[DT_CHECK_WORD_SIZE];
    size_t count = 0;
    dt_conflict_id(id, r->charter.id, &a->ref, &b->ref);
    dt_check_word(word, id);
    for (unsigned i = 0; i < 20 * WAIT_S; i++) {
        bool found = false;
        struct dt_cbor items = list(r, party, "conflicts", "items", &count);
        for (size_t k = 0; k < count; k++) {
            const struct dt_span one = dt_cbor_skip(&items);
            found = found || rig_is(one, "id", word);
            if (rig_is(one, "id", word) && rig_is(one, key, text)) {
                return true;
            }
        }
        if (!found && text[0] == '\0') {
            return true;
        }
        rig_pause_ms(50);
    }
    return false;
}

static bool conflict_is(struct rig *r, unsigned party, const struct notified *a,
                        const struct notified *b, const char *level)
{
    return conflict_has(r, party, a, b, "level", level);
}

static enum dt_err raise_to(struct rig *r, unsigned from, unsigned to, const struct notified *x,
                            const struct notified *y, bool officer)
{
    uint8_t raised[512], empty[8];
    size_t size = 0, empty_size = 0;
    const struct dt_body_raised b = {x->ref, y->ref, 3};
    enum dt_err err = DT_OK;
    assert_err(dt_body_raised_encode(raised, sizeof raised, &size, &b), DT_OK);
    assert_err(dt_body_empty_encode(empty, sizeof empty, &empty_size), DT_OK);
    (void)append(r, from, DT_KIND_RAISED, dt_span(empty, empty_size), dt_span(raised, size), NULL,
                 (int)to, officer, &err);
    return err;
}

/* --- tests ---------------------------------------------------------------------------- */

static void each_member_sees_what_it_was_told(void **state)
{
    (void)state;
    struct rig *r = open_rig();
    const uint8_t tiers[PARTIES] = {DT_TIER_EXACT, DT_TIER_CELL, DT_TIER_EXISTENCE};
    begin(DT_CATEGORY_STATIC);
    add_circle(451234567, 191234567, 300000);
    /* An exact part that names other steps than are made of it: refused. */
    enum dt_err err = DT_OK;
    encode(true);
    plain.tiers[0] ^= 1;
    assert_err(dt_notice_plain_encode(plain_bytes, sizeof plain_bytes, &plain_size, &plain, &clear),
               DT_OK);
    (void)append(r, NORD, DT_KIND_NOTICE, dt_span(body_bytes, body_size),
                 dt_span(plain_bytes, plain_size), tiers, -1, false, &err);
    assert_err(err, DT_ERR_PARTS_DIFFER);
    const struct notified n = notify(r, NORD, tiers, false);
    assert_true(rig_equal(r, WAIT_S));
    assert_true(sees(r, NORD, &n, DT_TIER_EXACT) && sees(r, SUED, &n, DT_TIER_CELL) &&
                sees(r, MEDI, &n, DT_TIER_EXISTENCE));
    struct dt_cbor c;
    assert_false(dt_cbor_find_text(item(r, SUED, &n), "lat", &c));
    assert_false(dt_cbor_find_text(item(r, SUED, &n), "title", &c));
    /* Without an officer, of another's, for ourselves or without end: refused. */
    const int64_t later = dt_now_ms() + HOUR_MS;
    assert_err(disclose(r, NORD, &n, SUED, DT_TIER_SHAPE, later, false), DT_ERR_MISSING_FIELD);
    assert_err(disclose(r, SUED, &n, MEDI, DT_TIER_SHAPE, later, true), DT_ERR_NOT_ALLOWED);
    assert_err(disclose(r, NORD, &n, NORD, DT_TIER_SHAPE, later, true), DT_ERR_NOT_ALLOWED);
    assert_err(disclose(r, NORD, &n, SUED, DT_TIER_SHAPE, 1, true), DT_ERR_IN_THE_PAST);
    assert_true(rig_equal(r, WAIT_S) && sees(r, SUED, &n, DT_TIER_CELL));

    assert_err(disclose(r, NORD, &n, SUED, DT_TIER_SHAPE, later, true), DT_OK);
    assert_true(comes_to_see(r, SUED, &n, DT_TIER_SHAPE));
    const struct dt_span at = item(r, SUED, &n);
    struct dt_cbor lat = dt_cbor_need_text(at, "lat"), fit = dt_cbor_need_text(at, "parts_fit");
    assert_int_equal(dt_cbor_int(&lat, INT32_MIN, INT32_MAX), 451200000); /* on its grid */
    assert_true(dt_cbor_bool(&fit));
    assert_false(dt_cbor_find_text(at, "title", &c));
    assert_true(rig_equal(r, WAIT_S) && sees(r, MEDI, &n, DT_TIER_EXISTENCE));

    /* Exactly, for a moment; then the shape is what is left. */
    assert_err(disclose(r, NORD, &n, SUED, DT_TIER_EXACT, dt_now_ms() + 4000, true), DT_OK);
    assert_true(comes_to_see(r, SUED, &n, DT_TIER_EXACT));
    assert_true(comes_to_see(r, SUED, &n, DT_TIER_SHAPE));

    size_t count = 0, readers = 0;
    struct dt_cbor items = list(r, NORD, "disclosures", "items", &count);
    assert_int_equal(count, 1);
    const struct dt_span one = dt_cbor_skip(&items);
    assert_true(rig_is(one, "id", n.id) && rig_is(one, "everybody", "existence"));
    struct dt_cbor who = dt_cbor_need_text(one, "readers");
    readers = dt_cbor_array(&who, 0, 99);
    assert_int_equal(readers, 3); /* SUED's cells, shape, exact; of MEDI nobody */
    static const char *const told[3][2] = {
        {"cell", "addressed"}, {"shape", "disclosed"}, {"exact", "disclosed"}};
    for (size_t i = 0; i < readers; i++) {
        const struct dt_span reader = dt_cbor_skip(&who);
        assert_true(rig_is(reader, "code", r->charter.members[SUED].code) &&
                    rig_is(reader, "tier", told[i][0]) && rig_is(reader, "how", told[i][1]));
        assert_true(rig_uint(reader, "since") > 0 &&
                    rig_uint(reader, "expires") > rig_uint(reader, "since"));
    }
    rig_free(r);
}

static void more_knowledge_makes_the_same_conflict_exact(void **state)
{
    (void)state;
    struct rig *r = open_rig();
    const uint8_t hidden[PARTIES] = {DT_TIER_EXACT, DT_TIER_CELL, DT_TIER_EXACT};
    const uint8_t silent[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_EXISTENCE};
    begin(DT_CATEGORY_STATIC);
    add_circle(451234567, 191234567, 300000);
    const struct notified site = notify(r, NORD, hidden, false);
    begin(DT_CATEGORY_FLIGHT);
    add_circle(451244567, 191244567, 300000);
    const struct notified flight = notify(r, SUED, silent, false);
    assert_true(conflict_is(r, NORD, &site, &flight, "exact"));
    assert_true(conflict_is(r, SUED, &site, &flight, "cell"));
    uint8_t body[256]; /* their officer sees what is known: it is silent from the next look on */
    size_t size = 0;
    const struct dt_body_conflict seen = {
        .first = site.ref, .second = flight.ref, .step = DT_STEP_SEEN};
    assert_err(dt_body_conflict_encode(body, sizeof body, &size, &seen), DT_OK);
    (void)append(r, SUED, DT_KIND_CONFLICT, dt_span(body, size), dt_span(NULL, 0), NULL, -1, true, NULL);
    rig_stop(r, SUED, SIGTERM);
    rig_start(r, SUED);
    assert_true(conflict_has(r, SUED, &site, &flight, "sound", "none"));
    assert_true(rig_equal(r, WAIT_S) && conflict_is(r, MEDI, &site, &flight, ""));
    assert_err(disclose(r, NORD, &site, SUED, DT_TIER_SHAPE, dt_now_ms() + HOUR_MS, true), DT_OK);
    assert_true(conflict_is(r, SUED, &site, &flight, "shape"));
    assert_err(disclose(r, NORD, &site, SUED, DT_TIER_EXACT, dt_now_ms() + HOUR_MS, true), DT_OK);
    assert_true(conflict_is(r, SUED, &site, &flight, "exact"));
    rig_pause_ms(500); /* looked at again, and by a node that starts */
    assert_true(conflict_has(r, SUED, &site, &flight, "sound", "repeated"));
    rig_stop(r, SUED, SIGTERM);
    rig_start(r, SUED);
    rig_pause_ms(500);
    assert_true(conflict_has(r, SUED, &site, &flight, "sound", "repeated"));

    /* MEDI cannot see it. NORD's officer raises it: the same id, no place. */
    assert_err(raise_to(r, NORD, MEDI, &site, &flight, false), DT_ERR_MISSING_FIELD);
    assert_err(raise_to(r, NORD, MEDI, &site, &flight, true), DT_OK);
    assert_true(conflict_is(r, MEDI, &site, &flight, "existence"));
    rig_free(r);
}

/* RAISED and the notice come in one pass: the row is there before the exact conflict is found. */
static void what_was_raised_first_sounds(void **state)
{
    (void)state;
    struct rig *r = open_rig();
    begin(DT_CATEGORY_STATIC);
    add_circle(451234567, 191234567, 300000);
    const struct notified site = notify(r, NORD, NULL, false);
    assert_true(rig_equal(r, WAIT_S));
    rig_stop(r, NORD, SIGTERM);
    begin(DT_CATEGORY_FLIGHT);
    add_circle(451244567, 191244567, 300000);
    const struct notified flight = notify(r, SUED, NULL, false);
    assert_err(raise_to(r, SUED, NORD, &site, &flight, true), DT_OK);
    rig_start(r, NORD);
    assert_true(conflict_is(r, NORD, &site, &flight, "exact"));
    assert_true(conflict_has(r, NORD, &site, &flight, "sound", "repeated"));
    rig_free(r);
}

static void set_rule(struct rig *r, const struct notified *n, uint64_t km2, uint64_t per_day)
{
    struct dt_object o;
    dt_client_begin(&r->party[NORD].client, &o, "disclosure_rule");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, n->id);
    dt_obj_key(&o, "tier");
    dt_obj_uint(&o, DT_TIER_SHAPE);
    dt_obj_key(&o, "km2");
    dt_obj_uint(&o, km2);
    dt_obj_key(&o, "per_day");
    dt_obj_uint(&o, per_day);
    (void)rig_call(r, NORD, &o, NULL);
}

enum { SITES = 5, TILES = 6, CAP = 2 };

/* A grid of notices over everything, exactly told to NORD. */
static void tile(struct rig *r, uint32_t radius_mm, bool officer)
{
    const uint8_t tiers[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_EXISTENCE};
    for (int i = 0; i < TILES; i++) {
        begin(DT_CATEGORY_FLIGHT);
        for (int k = 0; k < TILES; k++) {
            add_circle(450000000 + 600000 * i, 190000000 + 600000 * k, radius_mm);
        }
        (void)notify(r, SUED, tiers, officer);
    }
    assert_true(rig_equal(r, WAIT_S));
    rig_pause_ms(300);
}

static size_t sites_seen(struct rig *r, const struct notified *sites, enum dt_tier tier)
{
    size_t seen = 0;
    for (int i = 0; i < SITES; i++) {
        seen += sees(r, SUED, &sites[i], tier);
    }
    return seen;
}

static void tiling_the_theatre_gains_the_cap_and_is_flagged(void **state)
{
    (void)state;
    struct rig *r = open_rig();
    const uint8_t hidden[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXISTENCE, DT_TIER_EXISTENCE};
    struct notified sites[SITES];
    size_t flagged = 0, conflicts = 0;
    for (int i = 0; i < SITES; i++) {
        begin(DT_CATEGORY_STATIC);
        add_circle(450300000 + 500000 * i, 190250000 + 500000 * i, 200000);
        sites[i] = notify(r, NORD, hidden, false);
    }
    assert_true(rig_equal(r, WAIT_S));
    tile(r, 5000000, true);
    (void)list(r, NORD, "conflicts", "items", &conflicts);
    assert_true(conflicts >= SITES); /* NORD sees every one of them hit */
    assert_int_equal(sites_seen(r, sites, DT_TIER_EXISTENCE), SITES); /* no rule, nothing told */
    for (int i = 0; i < SITES; i++) {
        set_rule(r, &sites[i], 20000, CAP);
    }
    tile(r, 5000000, false); /* no officer of theirs stands for it */
    assert_int_equal(sites_seen(r, sites, DT_TIER_EXISTENCE), SITES);
    for (int i = 0; i < SITES; i++) {
        set_rule(r, &sites[i], 300, CAP); /* a whole row is larger than that */
    }
    tile(r, 5000000, true);
    assert_int_equal(sites_seen(r, sites, DT_TIER_EXISTENCE), SITES);
    for (int i = 0; i < SITES; i++) {
        set_rule(r, &sites[i], 20000, CAP);
    }
    tile(r, 5000000, true);
    tile(r, 5000000, true);
    assert_int_equal(sites_seen(r, sites, DT_TIER_SHAPE), CAP);
    assert_int_equal(sites_seen(r, sites, DT_TIER_EXISTENCE), SITES - CAP);
    struct dt_cbor items = list(r, NORD, "disclosures", "flagged", &flagged);
    assert_int_equal(flagged, 1);
    const struct dt_span one = dt_cbor_skip(&items);
    assert_true(rig_is(one, "code", r->charter.members[SUED].code) &&
                rig_uint(one, "refused") >= SITES - CAP);
    /* The cap lasts beyond a restart. */
    rig_stop(r, NORD, SIGTERM);
    rig_start(r, NORD);
    tile(r, 5000000, true);
    assert_int_equal(sites_seen(r, sites, DT_TIER_SHAPE), CAP);
    rig_free(r);
}

/* --- the bytes of a home ------------------------------------------------------------------ */

static bool in_bytes(struct dt_span bytes, const void *what, size_t size)
{
    return memmem(bytes.data, bytes.size, what, size) != NULL;
}

/* A position in any form: both numbers as CBOR, big and little endian of 4 and 8 bytes, side by
 * side; each alone as text, with and without its point. */
static bool has_position(struct dt_span bytes, struct dt_point p)
{
    const int32_t numbers[2] = {p.lat_e7, p.lon_e7};
    uint8_t form[5][18];
    char text[2][2][16];
    struct dt_writer cbor = dt_writer(form[0], sizeof form[0]);
    struct dt_writer big = dt_writer(form[1], sizeof form[1]);
    struct dt_writer big8 = dt_writer(form[2], sizeof form[2]);
    bool found = false;
    for (int i = 0; i < 2; i++) {
        const uint32_t n = (uint32_t)numbers[i];
        dt_cbor_put_int(&cbor, numbers[i]);
        dt_write_u32(&big, n);
        dt_write_u64(&big8, n);
        for (int k = 0; k < 4; k++) {
            form[3][4 * i + k] = (uint8_t)(n >> 8 * k);
        }
        for (int k = 0; k < 8; k++) {
            form[4][8 * i + k] = k < 4 ? (uint8_t)(n >> 8 * k) : 0;
        }
        snprintf(text[i][0], sizeof text[i][0], "%" PRId32, numbers[i]);
        snprintf(text[i][1], sizeof text[i][1], "%" PRId32 ".%07" PRId32, numbers[i] / 10000000,
                 numbers[i] % 10000000);
        found = found || in_bytes(bytes, text[i][0], strlen(text[i][0])) ||
                in_bytes(bytes, text[i][1], strlen(text[i][1]));
    }
    const size_t sizes[5] = {cbor.size, 8, 16, 8, 16};
    for (int i = 0; i < 5; i++) {
        found = found || in_bytes(bytes, form[i], sizes[i]);
    }
    return found;
}

enum { POSITIONS = 500, IN_ONE = 10 };

struct home_bytes {
    const struct dt_point *points;
    size_t found, files, bytes;
};

static void search(struct home_bytes *h, const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char name[1024];
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (e->d_name[0] == '.') {
            continue;
        }
        if (e->d_type == DT_DIR) {
            search(h, name);
            continue;
        }
        FILE *f = fopen(name, "rb");
        static uint8_t bytes[64 << 20];
        const size_t size = f != NULL ? fread(bytes, 1, sizeof bytes, f) : 0;
        if (f != NULL) {
            fclose(f);
        }
        assert_true(size < sizeof bytes);
        h->files++;
        h->bytes += size;
        for (size_t i = 0; i < POSITIONS; i++) {
            h->found += has_position(dt_span(bytes, size), h->points[i]);
        }
    }
    closedir(dir);
}

/* CONFLICT records that a party holds. */
static size_t raised_in_clear(struct rig *r, unsigned party)
{
    size_t count = 0, found = 0;
    struct dt_cbor items = rig_records(r, party, &count);
    for (size_t i = 0; i < count; i++) {
        found += rig_is(dt_cbor_skip(&items), "kind", "CONFLICT");
    }
    return found;
}

/* The alarm that it is not raised, in the log of a party. */
static bool logs(struct rig *r, unsigned party, const char *what)
{
    static char bytes[1 << 20];
    char path[1024];
    snprintf(path, sizeof path, "%s/%u.log", r->dir, party);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t size = fread(bytes, 1, sizeof bytes - 1, f);
    fclose(f);
    bytes[size] = '\0';
    return strstr(bytes, what) != NULL;
}

/* MEDI knows of the site that there is one: no record in clear tells it where. What all were
 * shown is raised as before. */
static void no_conflict_in_clear_names_what_a_third_was_not_shown(void **state)
{
    (void)state;
    for (int shown = 0; shown < 2; shown++) {
        struct rig *r = rig_new(PARTIES, DT_EXERCISE);
        r->charter.ack_deadline_ms[DT_FLASH] = r->charter.ack_deadline_ms[DT_IMMEDIATE] = 1000;
        rig_sign_charter(r);
        for (unsigned i = 0; i < PARTIES; i++) {
            rig_start(r, i);
        }
        rig_join(r);
        assert_true(rig_equal(r, WAIT_S));
        const uint8_t told[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_EXISTENCE};
        const uint8_t all[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_EXACT};
        begin(DT_CATEGORY_STATIC);
        add_circle(451234567, 191234567, 300000);
        (void)notify(r, NORD, shown ? all : told, true);
        begin(DT_CATEGORY_FIRES);
        add_circle(451244567, 191244567, 300000);
        (void)notify(r, SUED, NULL, true);
        bool held = false, raised = false;
        for (int i = 0; i < WAIT_S * 10 && !(shown ? raised : held); i++) {
            rig_pause_ms(100);
            held = logs(r, NORD, "is not raised by itself") && logs(r, SUED, "is not raised by itself");
            raised = raised_in_clear(r, MEDI) > 0;
        }
        assert_true(shown ? raised : held);
        if (!shown) {
            assert_true(rig_equal(r, WAIT_S));
            assert_int_equal(raised_in_clear(r, MEDI), 0);
        }
        rig_free(r);
    }
}

static void no_position_is_on_the_disk_of_who_is_not_told(void **state)
{
    (void)state;
    static struct dt_point points[POSITIONS];
    struct rig *r = open_rig();
    struct dt_rng rng = dt_rng("sealed positions");
    const uint8_t tiers[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_CELL};
    size_t told = 0;
    for (size_t i = 0; i < POSITIONS; i += IN_ONE) {
        begin(DT_CATEGORY_STATIC);
        for (size_t k = 0; k < IN_ONE; k++) {
            points[i + k] =
                (struct dt_point){450000001 + (int32_t)dt_rng_below(&rng, 9999998),
                                  190000001 + (int32_t)dt_rng_below(&rng, 9999998)};
            add_circle(points[i + k].lat_e7, points[i + k].lon_e7, 100000);
        }
        (void)notify(r, NORD, tiers, false);
        for (size_t k = 0; k < IN_ONE; k++) { /* the search finds what is there */
            told += has_position(dt_span(plain_bytes, plain_size), points[i + k]);
        }
    }
    assert_int_equal(told, POSITIONS);
    begin(DT_CATEGORY_FLIGHT); /* MEDI compares and finds conflicts with what it is told */
    add_circle(455000000, 195000000, 60000000);
    const uint8_t all[PARTIES] = {DT_TIER_EXACT, DT_TIER_EXACT, DT_TIER_EXACT};
    (void)notify(r, MEDI, all, false);
    assert_true(rig_equal(r, WAIT_S));
    size_t conflicts = 0;
    (void)list(r, MEDI, "conflicts", "items", &conflicts);
    assert_true(conflicts > 10);
    rig_stop(r, MEDI, SIGTERM);
    struct home_bytes h = {points, 0, 0, 0};
    search(&h, r->party[MEDI].home.path);
    assert_true(h.files >= 4 && h.bytes > 100000);
    assert_int_equal(h.found, 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_sees_what_it_was_told),
        cmocka_unit_test(more_knowledge_makes_the_same_conflict_exact),
        cmocka_unit_test(what_was_raised_first_sounds),
        cmocka_unit_test(tiling_the_theatre_gains_the_cap_and_is_flagged),
        cmocka_unit_test(no_conflict_in_clear_names_what_a_third_was_not_shown),
        cmocka_unit_test(no_position_is_on_the_disk_of_who_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
