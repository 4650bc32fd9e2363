/* SPDX-License-Identifier: ISC */
#include "view/fact.h"

#include <string.h>

#include "log/fields.h"
#include "log/merkle.h"
#include "view/blind_body.h"
#include "view/body.h"
#include "view/conflict.h"
#include "view/conflict_body.h"
#include "view/disclose.h"
#include "view/notice.h"
#include "view/watch_body.h"

/* What the steps below judge by. */
struct trial {
    const struct dt_charter *charter;
    const struct dt_member *author;
    struct dt_header header;
    struct dt_span body;
    const struct dt_officers *officers;
    bool made; /* the header is made from this body */
};

/* --- header and place ------------------------------------------------------------- */

static enum dt_err check_header(const struct trial *t, const struct dt_fact *f)
{
    const struct dt_header *h = &t->header;
    for (size_t i = 0; i < h->to_count; i++) {
        if (h->to[i] >= t->charter->member_count) {
            return DT_ERR_BAD_VALUE;
        }
    }
    for (size_t i = 0; i < h->seen_count; i++) {
        if (dt_wid_member(h->seen[i].wid) >= t->charter->member_count) {
            return DT_ERR_BAD_VALUE;
        }
    }
    /* Only what says NO DUFF is real there; what is notified never is. */
    const bool played = f->kind == DT_KIND_OPEN || f->kind == DT_KIND_NOTICE ||
                        f->kind == DT_KIND_NOTICE_STATE;
    if (t->charter->class_ == DT_EXERCISE && dt_header_class(h) == DT_OPERATION && played) {
        return DT_ERR_NOT_ALLOWED;
    }
    return (f->kind == DT_KIND_OPEN) == (f->seq == 0) ? DT_OK : DT_ERR_NOT_ALLOWED;
}

static bool wid_known(const struct dt_charter *charter, uint16_t wid)
{
    return dt_wid_member(wid) < charter->member_count;
}

/* A reference to a log that is not there, or to what its own log does not yet hold,
 * leads to nothing. */
static enum dt_err check_ref(const struct trial *t, const struct dt_fact *f,
                             const struct dt_ref *ref)
{
    const bool later = ref->wid == f->wid && ref->seq >= f->seq;
    return wid_known(t->charter, ref->wid) && !later ? DT_OK : DT_ERR_BAD_VALUE;
}

static enum dt_err set_target(const struct trial *t, struct dt_fact *f, const struct dt_ref *ref)
{
    DT_TRY(check_ref(t, f, ref));
    f->has_target = true;
    f->target = *ref;
    return DT_OK;
}

/* What only the author of the record meant may say of it. */
static enum dt_err set_own_target(const struct trial *t, struct dt_fact *f, const struct dt_ref *ref)
{
    DT_TRY(set_target(t, f, ref));
    return dt_wid_member(ref->wid) == dt_wid_member(f->wid) ? DT_OK : DT_ERR_NOT_ALLOWED;
}

/* Nobody answers for the other side. */
static enum dt_err set_foreign_target(const struct trial *t, struct dt_fact *f,
                                      const struct dt_ref *ref)
{
    DT_TRY(set_target(t, f, ref));
    return dt_wid_member(ref->wid) != dt_wid_member(f->wid) ? DT_OK : DT_ERR_NOT_ALLOWED;
}

/* --- kinds ----------------------------------------------------------------------------- */

static enum dt_err from_open(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_open b;
    struct dt_statement s;
    struct dt_certificate certificate;
    DT_TRY(dt_body_open_decode(&b, t->body));
    if (memcmp(b.line, t->charter->id, DT_HASH_SIZE) != 0) {
        return DT_ERR_UNKNOWN_LINE;
    }
    DT_TRY(dt_statement_decode(&s, b.certificate));
    DT_TRY(dt_certificate_decode(&certificate, &s));
    if (memcmp(s.signer, t->author->root, DT_PUBLIC_SIZE) != 0) {
        return DT_ERR_NOT_ALLOWED;
    }
    if (certificate.number != dt_wid_number(f->wid)) {
        return DT_ERR_BAD_VALUE;
    }
    for (size_t i = 0; i < b.predecessor_count; i++) {
        const uint16_t wid = b.predecessors[i].wid;
        if (dt_wid_member(wid) != dt_wid_member(f->wid) || wid == f->wid) {
            return DT_ERR_BAD_VALUE;
        }
    }
    f->code = certificate.number;
    f->number[0] = (int64_t)b.predecessor_count;
    return dt_accept_verify(b.acceptance, b.line, certificate.writer, s.signer)
               ? DT_OK
               : DT_ERR_BAD_SIGNATURE;
}

static enum dt_err from_key(const struct trial *t, struct dt_fact *f)
{
    union {
        struct dt_certificate certificate;
        struct dt_operator operator_;
        struct dt_revocation revocation;
    } c;
    struct dt_span bytes;
    struct dt_statement s;
    DT_TRY(dt_body_key_decode(&bytes, t->body));
    DT_TRY(dt_statement_decode(&s, bytes));
    if (memcmp(s.signer, t->author->root, DT_PUBLIC_SIZE) != 0) {
        return DT_ERR_NOT_ALLOWED;
    }
    f->code = s.type;
    switch (s.type) {
    case DT_STATEMENT_CERTIFICATE:
        DT_TRY(dt_certificate_decode(&c.certificate, &s));
        f->number[0] = c.certificate.number;
        return DT_OK;
    case DT_STATEMENT_OPERATOR:
        DT_TRY(dt_operator_decode(&c.operator_, &s));
        f->number[0] = c.operator_.number;
        return DT_OK;
    case DT_STATEMENT_REVOCATION:
        return dt_revocation_decode(&c.revocation, &s);
    default:
        return DT_ERR_BAD_VALUE;
    }
}

static enum dt_err from_grant(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_grant b;
    DT_TRY(dt_body_grant_decode(&b, t->body));
    for (size_t i = 0; i < b.box_count; i++) {
        if (!wid_known(t->charter, b.boxes[i].wid)) {
            return DT_ERR_BAD_VALUE;
        }
    }
    f->number[0] = b.expiry_ms;
    f->number[1] = (int64_t)b.box_count;
    return b.single && !wid_known(t->charter, b.wid) ? DT_ERR_BAD_VALUE : DT_OK;
}

static enum dt_err from_ref(const struct trial *t, struct dt_fact *f)
{
    struct dt_ref ref;
    DT_TRY(dt_body_ref_decode(&ref, t->body));
    const bool own = f->kind == DT_KIND_LIFT || f->kind == DT_KIND_NAMED;
    return own ? set_own_target(t, f, &ref) : set_foreign_target(t, f, &ref);
}

static bool answers_for(const struct dt_member *m, const char *force)
{
    for (size_t i = 0; i < m->force_count; i++) {
        if (strcmp(m->forces[i].name, force) == 0) {
            return true;
        }
    }
    return m->force_count == 0; /* a member that names no force passes on to its units */
}

static enum dt_err from_passed_on(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_passed_on b;
    DT_TRY(dt_body_passed_on_decode(&b, t->body));
    if (!answers_for(t->author, b.force)) {
        return DT_ERR_BAD_VALUE;
    }
    f->code = (int64_t)b.state;
    f->number[0] = b.told;
    f->number[1] = b.units;
    memcpy(f->force, b.force, sizeof f->force);
    return set_foreign_target(t, f, &b.ref);
}

static enum dt_err from_position(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_position b;
    DT_TRY(dt_body_position_decode(&b, t->body));
    f->code = (int64_t)b.position;
    return set_foreign_target(t, f, &b.ref);
}

static enum dt_err from_check_fire(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_check_fire b;
    DT_TRY(dt_body_check_fire_decode(&b, t->body));
    f->code = (int64_t)b.scope;
    f->number[0] = b.centre.lat_e7;
    f->number[1] = b.centre.lon_e7;
    f->number[2] = b.radius_mm;
    f->number[3] = b.since_ms;
    return b.has_notice ? set_target(t, f, &b.notice) : DT_OK;
}

static enum dt_err from_fire_answer(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_fire_answer b;
    DT_TRY(dt_body_fire_answer_decode(&b, t->body));
    f->code = (int64_t)b.answer;
    f->number[0] = b.stopped_ms;
    return set_foreign_target(t, f, &b.ref);
}

static enum dt_err from_recall(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_recall b;
    DT_TRY(dt_body_recall_decode(&b, t->body));
    return set_own_target(t, f, &b.ref);
}

static enum dt_err from_notice(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_notice b;
    DT_TRY(dt_body_notice_decode(&b, t->body));
    f->code = (int64_t)b.category;
    f->number[0] = (int64_t)b.request;
    f->number[1] = b.start_ms;
    f->number[2] = b.end_ms;
    f->number[3] = b.movement;
    return b.has_amended ? set_own_target(t, f, &b.amended) : DT_OK;
}

static enum dt_err from_notice_state(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_notice_state b;
    DT_TRY(dt_body_notice_state_decode(&b, t->body));
    f->code = (int64_t)b.state;
    f->number[0] = b.end_ms;
    return set_own_target(t, f, &b.ref);
}

static enum dt_err from_suspend(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_suspend b;
    DT_TRY(dt_body_suspend_decode(&b, t->body));
    f->code = b.suspended;
    return DT_OK;
}

static enum dt_err from_test(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_test b;
    DT_TRY(dt_body_test_decode(&b, t->body));
    f->code = (int64_t)b.nonce;
    return b.echo ? set_foreign_target(t, f, &b.ref) : DT_OK;
}

static enum dt_err from_watch(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_watch b;
    DT_TRY(dt_body_watch_decode(&b, t->body));
    f->code = (int64_t)b.event;
    f->number[0] = b.until_ms;
    f->number[1] = (int64_t)b.open_count;
    for (size_t i = 0; i < b.open_count; i++) {
        DT_TRY(check_ref(t, f, &b.open[i]));
    }
    const int64_t left = b.until_ms - f->time_ms;
    return b.until_ms == 0 || (left > 0 && left <= t->charter->watch_ms) ? DT_OK : DT_ERR_BAD_VALUE;
}

static enum dt_err member_known(const struct trial *t, unsigned member)
{
    return member < t->charter->member_count ? DT_OK : DT_ERR_BAD_VALUE;
}

static enum dt_err from_missed(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_missed b;
    DT_TRY(dt_body_missed_decode(&b, t->body));
    f->code = (int64_t)b.what;
    f->number[0] = b.member;
    f->number[1] = b.since_ms;
    f->number[2] = b.in_a_row;
    return member_known(t, b.member);
}

static enum dt_err from_attempt(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_attempt b;
    DT_TRY(dt_body_attempt_decode(&b, t->body));
    f->code = (int64_t)b.step;
    f->number[0] = b.member;
    f->number[1] = b.deadline_ms;
    DT_TRY(member_known(t, b.member));
    return set_own_target(t, f, &b.ref);
}

static enum dt_err from_reported(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_reported b;
    DT_TRY(dt_body_reported_decode(&b, t->body));
    f->code = (int64_t)b.means;
    f->number[0] = b.member;
    f->number[1] = b.when_ms;
    f->number[2] = (int64_t)b.what;
    memcpy(f->force, b.who, sizeof f->force);
    DT_TRY(member_known(t, b.member));
    return set_own_target(t, f, &b.ref);
}

static enum dt_err from_conflict(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_conflict b;
    uint8_t id[DT_HASH_SIZE];
    DT_TRY(dt_body_conflict_decode(&b, t->body));
    DT_TRY(check_ref(t, f, &b.second));
    const unsigned me = dt_wid_member(f->wid);
    const bool ours = me == dt_wid_member(b.first.wid) || me == dt_wid_member(b.second.wid);
    const bool foreign = b.has_offer && dt_wid_member(b.offer.wid) != me;
    if (foreign || (!ours && b.step != DT_STEP_RAISED && b.step != DT_STEP_SEEN)) {
        return DT_ERR_NOT_ALLOWED;
    }
    if (b.has_offer) {
        DT_TRY(check_ref(t, f, &b.offer));
    }
    dt_conflict_id(id, t->charter->id, &b.first, &b.second);
    f->code = (int64_t)b.step;
    f->number[0] = b.second.wid;
    f->number[1] = (int64_t)b.second.seq;
    f->number[2] = dt_conflict_bits(id);
    f->number[3] = b.has_offer;
    return set_target(t, f, &b.first);
}

static enum dt_err from_outcome(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_outcome b;
    DT_TRY(dt_body_outcome_decode(&b, t->body));
    f->code = (int64_t)b.outcome;
    f->number[0] = b.when_ms;
    f->number[1] = b.minutes;
    return b.outcome == DT_OUTCOME_WITHDRAWN ? set_own_target(t, f, &b.ref)
                                             : set_target(t, f, &b.ref);
}

static enum dt_err from_run(const struct trial *t, struct dt_fact *f)
{
    struct dt_ref target;
    enum dt_blind_target of = DT_BLIND_OF_NONE;
    DT_TRY(dt_blind_fact(f, &target, &of, &t->header, t->charter->id, t->body));
    return of == DT_BLIND_OF_NONE      ? DT_OK
           : of == DT_BLIND_OF_ANOTHER ? set_foreign_target(t, f, &target)
                                       : set_target(t, f, &target);
}

static enum dt_err from_message(const struct trial *t, struct dt_fact *f)
{
    enum dt_subject subject;
    DT_TRY(dt_body_subject_decode(&subject, t->body));
    f->code = (int64_t)subject;
    return DT_OK;
}

static enum dt_err from_disclosed(const struct trial *t, struct dt_fact *f)
{
    struct dt_body_disclosed b;
    DT_TRY(dt_body_disclosed_decode(&b, t->body));
    f->code = (int64_t)b.tier;
    f->number[0] = b.member;
    f->number[1] = b.expiry_ms;
    f->number[2] = b.automatic;
    DT_TRY(member_known(t, b.member));
    DT_TRY(b.automatic ? check_ref(t, f, &b.because) : DT_OK);
    return set_own_target(t, f, &b.notice);
}

static enum dt_err from_body(const struct trial *t, struct dt_fact *f)
{
    switch (f->kind) {
    case DT_KIND_OPEN:
        return from_open(t, f);
    case DT_KIND_KEY:
        return from_key(t, f);
    case DT_KIND_GRANT:
        return from_grant(t, f);
    case DT_KIND_SHOWN:
    case DT_KIND_ACK:
    case DT_KIND_LIFT:
    case DT_KIND_NAMED:
        return from_ref(t, f);
    case DT_KIND_PASSED_ON:
        return from_passed_on(t, f);
    case DT_KIND_POSITION:
        return from_position(t, f);
    case DT_KIND_CHECK_FIRE:
        return from_check_fire(t, f);
    case DT_KIND_FIRE_ANSWER:
        return from_fire_answer(t, f);
    case DT_KIND_RECALL:
        return from_recall(t, f);
    case DT_KIND_NOTICE:
        return from_notice(t, f);
    case DT_KIND_NOTICE_STATE:
        return from_notice_state(t, f);
    case DT_KIND_SUSPEND:
        return from_suspend(t, f);
    case DT_KIND_TEST:
        return from_test(t, f);
    case DT_KIND_MESSAGE:
        return from_message(t, f);
    case DT_KIND_WATCH:
        return from_watch(t, f);
    case DT_KIND_MISSED:
        return from_missed(t, f);
    case DT_KIND_ATTEMPT:
        return from_attempt(t, f);
    case DT_KIND_REPORTED:
        return from_reported(t, f);
    case DT_KIND_CONFLICT:
        return from_conflict(t, f);
    case DT_KIND_OUTCOME:
        return from_outcome(t, f);
    case DT_KIND_BLIND:
    case DT_KIND_BLIND_PART:
        return from_run(t, f);
    case DT_KIND_DISCLOSED:
        return from_disclosed(t, f);
    default: /* LEAVE says nothing in clear; a later version's kinds are kept */
        return DT_OK;
    }
}

/* --- officers --------------------------------------------------------------------------- */

/* One signature: *valid if it holds, BAD_SIGNATURE if a known officer did not sign. */
static enum dt_err try_officer(const struct trial *t, struct dt_fact *f, unsigned key,
                               const uint8_t digest[static DT_HASH_SIZE], bool *valid)
{
    struct dt_officer_mark mark;
    bool known = false; /* a key that holds here */
    DT_TRY(dt_body_officer(&mark, t->body, key));
    for (size_t nth = 0; t->officers != NULL && nth < DT_OFFICER_KEYS_MAX; nth++) {
        bool holds = false;
        const uint8_t *candidate =
            t->officers->key(t->officers->context, f->wid, f->seq, mark.number, nth, &holds);
        if (candidate == NULL) {
            break;
        }
        if (dt_officer_verify(mark.signature, t->charter->id, f->wid, &t->header, digest,
                              candidate)) {
            *valid = holds && !known;
            f->officer_doubt = *valid  ? f->officer_doubt
                               : holds ? DT_OFFICER_SECOND
                                       : DT_OFFICER_REVOKED;
            return DT_OK;
        }
        known = known || holds;
    }
    return known ? DT_ERR_BAD_SIGNATURE : DT_OK;
}

static enum dt_err try_officers(const struct trial *t, struct dt_fact *f)
{
    uint8_t digest[DT_HASH_SIZE];
    bool first = false, second = f->second == 0;
    if (f->officer == 0 || f->sealed) {
        return DT_OK; /* under a sealed part the plaintext is needed */
    }
    DT_TRY(dt_officer_digest(digest, t->body, dt_span(NULL, 0)));
    DT_TRY(try_officer(t, f, DT_BODY_OFFICER, digest, &first));
    if (!second) {
        DT_TRY(try_officer(t, f, DT_BODY_SECOND, digest, &second));
    }
    f->officer_valid = first && second;
    return DT_OK;
}

/* Who is said to have signed, whatever else is wrong with the record. */
static void name_officers(const struct trial *t, struct dt_fact *f)
{
    struct dt_officer_mark mark;
    const unsigned most = dt_body_officers(f->kind);
    if (most >= 1 && dt_body_officer(&mark, t->body, DT_BODY_OFFICER) == DT_OK) {
        f->officer = mark.number;
    }
    if (most >= 2 && dt_body_officer(&mark, t->body, DT_BODY_SECOND) == DT_OK) {
        f->second = mark.number;
    }
}

/* Does the charter ask for two (setting 5)? What warns, stops or helps never needs a second. */
static bool needs_two(const struct trial *t, const struct dt_fact *f)
{
    const unsigned rules = t->charter->two_officers;
    switch (f->kind) {
    case DT_KIND_MESSAGE:
        return (rules & DT_TWO_FOR_FLASH) != 0 && f->code == DT_SUBJECT_NONE &&
               dt_header_precedence(&t->header) == DT_FLASH;
    case DT_KIND_NOTICE:
        return (rules & DT_TWO_FOR_FIRES) != 0 && f->code == DT_CATEGORY_FIRES;
    case DT_KIND_SUSPEND:
    case DT_KIND_LEAVE:
        return (rules & DT_TWO_FOR_SUSPEND) != 0;
    default:
        return false;
    }
}

/* --- the whole record ----------------------------------------------------------------------- */

static bool is_the_body(const struct trial *t)
{
    uint8_t hash[DT_HASH_SIZE];
    if (t->made) {
        return t->body.size == t->header.body_size;
    }
    dt_sha256(hash, t->body);
    return t->body.size == t->header.body_size &&
           memcmp(hash, t->header.body_hash, DT_HASH_SIZE) == 0;
}

static enum dt_err judge_body(const struct trial *t, struct dt_fact *f)
{
    struct dt_sealed sealed;
    if (!is_the_body(t)) {
        return DT_ERR_BAD_HASH;
    }
    DT_TRY(dt_body_map(t->body));
    name_officers(t, f);
    DT_TRY(dt_sealed_find(&sealed, t->body, &f->sealed));
    DT_TRY(dt_body_check(f->kind, t->body));
    DT_TRY(from_body(t, f));
    if (needs_two(t, f) && f->second == 0) {
        return DT_ERR_NEEDS_SECOND;
    }
    return try_officers(t, f);
}

static enum dt_err judge(struct trial *t, struct dt_fact *f, struct dt_span header)
{
    const enum dt_err form = dt_header_decode(&t->header, header);
    f->kind = t->header.kind;
    f->time_ms = t->header.time_ms;
    f->flags = t->header.flags;
    DT_TRY(form);
    if (!wid_known(t->charter, f->wid)) {
        return DT_ERR_UNKNOWN_PARTY;
    }
    t->author = &t->charter->members[dt_wid_member(f->wid)];
    DT_TRY(check_header(t, f));
    f->to = dt_fact_addressees(&t->header);
    f->absent = t->body.size == 0 && t->header.body_size > 0;
    return f->absent ? DT_OK : judge_body(t, f);
}

static void try_record(struct trial *t, struct dt_fact *out, uint16_t wid, uint64_t seq,
                       struct dt_span header)
{
    out->wid = wid;
    out->seq = seq;
    const enum dt_err err = judge(t, out, header);
    if (err != DT_OK) {
        dt_fact_void(out, err);
    }
}

enum dt_err dt_fact_from_record(struct dt_fact *out, const struct dt_charter *charter, uint16_t wid,
                                uint64_t seq, struct dt_span header, struct dt_span body,
                                const struct dt_officers *officers)
{
    struct trial t = {.charter = charter, .body = body, .officers = officers};
    memset(out, 0, sizeof *out);
    dt_leaf_hash(out->leaf, header);
    try_record(&t, out, wid, seq, header);
    return DT_OK;
}

enum dt_err dt_fact_from_made(struct dt_fact *out, const struct dt_charter *charter, uint16_t wid,
                              uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE],
                              struct dt_span header, struct dt_span body,
                              const struct dt_officers *officers)
{
    struct trial t = {.charter = charter, .body = body, .officers = officers, .made = true};
    memset(out, 0, sizeof *out);
    memcpy(out->leaf, leaf, DT_HASH_SIZE);
    try_record(&t, out, wid, seq, header);
    return DT_OK;
}
