/* SPDX-License-Identifier: ISC */
#include "world.h"

static struct world the_world;

static const uint8_t *officer_key(const void *context, uint16_t wid, uint64_t seq, unsigned number,
                                  size_t nth, bool *holds)
{
    const struct world *w = context;
    (void)seq;
    *holds = true;
    return nth == 0 && number >= 1 && number <= OFFICERS ? w->officer_key[dt_wid_member(wid)][number]
                                                         : NULL;
}

static void build(struct world *w)
{
    static const char *const codes[MEMBERS] = {"NORD", "SUED", "BLUE"};
    uint8_t bytes[DT_STATEMENT_MAX], seed[DT_SEED_SIZE] = {1};
    size_t size = 0;
    dt_charter_defaults(&w->charter);
    strcpy(w->charter.title, "Test line");
    w->charter.member_count = MEMBERS;
    for (unsigned m = 0; m < MEMBERS; m++) {
        struct dt_member *member = &w->charter.members[m];
        strcpy(member->code, codes[m]);
        strcpy(member->name, codes[m]);
        seed[1] = (uint8_t)m;
        seed[2] = 0;
        dt_signer_from_seed(w->root[m], member->root, seed);
        for (unsigned o = 1; o <= OFFICERS; o++) {
            seed[2] = (uint8_t)o;
            dt_signer_from_seed(w->officer[m][o], w->officer_key[m][o], seed);
        }
        strcpy(member->forces[0].name, "Artillery");
        strcpy(member->forces[1].name, "Air");
        member->force_count = 2;
    }
    assert_err(dt_charter_encode(bytes, sizeof bytes, &size, &w->charter), DT_OK);
    w->officers = (struct dt_officers){officer_key, w};
}

const struct world *world(void)
{
    if (the_world.charter.member_count == 0) {
        build(&the_world);
    }
    return &the_world;
}

void record_make(struct record *r, uint16_t wid, uint64_t seq, unsigned kind, struct dt_span body)
{
    struct dt_header h = {
        .version = DT_VERSION,
        .kind = kind,
        .time_ms = T0 + (int64_t)seq,
        .flags = dt_flags(DT_ROUTINE, DT_OPERATION),
    };
    r->wid = wid;
    r->seq = seq;
    memmove(r->body, body.data, body.size);
    r->body_size = body.size;
    assert_err(dt_header_encode(r->header, &r->header_size, &h, dt_span(r->body, r->body_size)),
               DT_OK);
}

void record_sign(struct record *r, uint16_t wid, uint64_t seq, unsigned kind, struct dt_span body,
                 unsigned first, unsigned second)
{
    const unsigned number[2] = {first, second};
    uint8_t digest[DT_HASH_SIZE], signature[DT_SIGNATURE_SIZE];
    uint8_t buffer[2][DT_BODY_MAX];
    const unsigned member = dt_wid_member(wid);
    assert_err(dt_officer_digest(digest, body, dt_span(NULL, 0)), DT_OK);
    for (unsigned i = 0; i < 2 && number[i] != 0; i++) {
        const unsigned known = number[i] <= OFFICERS ? number[i] : 1;
        size_t size = 0;
        const struct dt_header h = {.kind = kind,
                                    .time_ms = T0 + (int64_t)seq,
                                    .flags = dt_flags(DT_ROUTINE, DT_OPERATION)};
        dt_officer_sign(signature, world()->charter.id, wid, &h, digest,
                        world()->officer[member][known]);
        assert_err(dt_body_add_officer(buffer[i], DT_BODY_MAX, &size, body, DT_BODY_OFFICER + i,
                                       number[i], signature),
                   DT_OK);
        body = dt_span(buffer[i], size);
    }
    record_make(r, wid, seq, kind, body);
}

struct dt_fact record_fact(const struct record *r)
{
    struct dt_fact fact;
    assert_err(dt_fact_from_record(&fact, &world()->charter, r->wid, r->seq,
                                   dt_span(r->header, r->header_size),
                                   dt_span(r->body, r->body_size), &world()->officers),
               DT_OK);
    if (fact.err != DT_ERR_BAD_HASH) { /* then the header may be made of this body */
        struct dt_fact made;
        assert_err(dt_fact_from_made(&made, &world()->charter, r->wid, r->seq, fact.leaf,
                                     dt_span(r->header, r->header_size),
                                     dt_span(r->body, r->body_size), &world()->officers),
                   DT_OK);
        assert_true(made.err == fact.err && made.wid == fact.wid && made.seq == fact.seq);
        assert_true(made.kind == fact.kind && made.sealed == fact.sealed);
        assert_true(made.officer == fact.officer && made.officer_valid == fact.officer_valid);
        assert_true(made.code == fact.code && made.has_target == fact.has_target);
        assert_memory_equal(made.leaf, fact.leaf, DT_HASH_SIZE);
    }
    return fact;
}

struct dt_ref some_ref(uint16_t wid, uint64_t seq)
{
    struct dt_ref ref = {wid, seq, {0}};
    memset(ref.leaf, (int)(wid * 31 + seq * 7 + 1) & 0xff, sizeof ref.leaf);
    return ref;
}

struct dt_fact fact_about(unsigned kind, uint16_t wid, uint64_t seq, const struct dt_ref *target)
{
    const struct dt_ref self = some_ref(wid, seq);
    struct dt_fact f = {.wid = wid, .seq = seq, .kind = kind, .time_ms = T0 + (int64_t)seq};
    memcpy(f.leaf, self.leaf, DT_HASH_SIZE);
    if (target != NULL) {
        f.has_target = true;
        f.target = *target;
    }
    return f;
}
