/* SPDX-License-Identifier: ISC */
/*
 * Whose keys hold on a line, and where: officers' certificates and revocations out of KEY
 * records. A revocation binds from the sizes it names on, so that nobody takes back what an
 * officer or a node signed before.
 */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/state.h"
#include "view/body.h"

static bool holds_at(const struct dt_line_officer *o, uint16_t wid, uint64_t seq)
{
    return o->good == NULL || seq < o->good[dt_wid_number(wid) - 1];
}

/* The nth of that number, in the order of their KEY records. */
static const struct dt_line_officer *nth_officer(const struct dt_line *line, unsigned member,
                                                 unsigned number, size_t nth)
{
    for (size_t i = 0; i < line->officer_count; i++) {
        const struct dt_line_officer *o = &line->officers[i];
        if (o->member == member && o->number == number && nth-- == 0) {
            return o;
        }
    }
    return NULL;
}

const struct dt_line_officer *dt_line_officer(const struct dt_line *line, uint16_t wid,
                                              uint64_t seq, unsigned number)
{
    for (size_t nth = 0; nth < DT_OFFICER_KEYS_MAX; nth++) {
        const struct dt_line_officer *o = nth_officer(line, dt_wid_member(wid), number, nth);
        if (o == NULL || holds_at(o, wid, seq)) {
            return o;
        }
    }
    return NULL;
}

const char *dt_line_officer_role(const struct dt_line *line, uint16_t wid, uint64_t seq,
                                 unsigned number)
{
    const struct dt_line_officer *o = dt_line_officer(line, wid, seq, number);
    o = o != NULL ? o : nth_officer(line, dt_wid_member(wid), number, 0);
    return o != NULL ? o->role : NULL;
}

static const uint8_t *officer_key(const void *context, uint16_t wid, uint64_t seq, unsigned number,
                                  size_t nth, bool *holds)
{
    const struct dt_line_officer *o = nth_officer(context, dt_wid_member(wid), number, nth);
    *holds = o != NULL && holds_at(o, wid, seq);
    return o != NULL ? o->key : NULL;
}

struct dt_officers dt_line_officers(struct dt_line *line)
{
    return (struct dt_officers){officer_key, line};
}

static bool signed_by(const struct dt_line *line, const struct dt_fact *fact,
                      const struct dt_header *h, struct dt_span body,
                      const uint8_t digest[static DT_HASH_SIZE], unsigned key)
{
    struct dt_officer_mark mark;
    if (dt_body_officer(&mark, body, key) != DT_OK) {
        return false;
    }
    const struct dt_line_officer *o = dt_line_officer(line, fact->wid, fact->seq, mark.number);
    return o != NULL && dt_officer_verify(mark.signature, line->charter->id, fact->wid, h, digest,
                                          o->key);
}

bool dt_line_officers_signed(const struct dt_line *line, const struct dt_fact *fact,
                             struct dt_span header, struct dt_span body, struct dt_span plain)
{
    struct dt_header h;
    uint8_t digest[DT_HASH_SIZE];
    return fact->officer != 0 && dt_header_decode(&h, header) == DT_OK &&
           dt_officer_digest(digest, body, plain) == DT_OK &&
           signed_by(line, fact, &h, body, digest, DT_BODY_OFFICER) &&
           (fact->second == 0 || signed_by(line, fact, &h, body, digest, DT_BODY_SECOND));
}

void dt_line_officers_clear(struct dt_line *line)
{
    for (size_t i = 0; i < line->officer_count; i++) {
        free(line->officers[i].good);
    }
    line->officer_count = 0;
    for (size_t i = 0; i < line->writer_count; i++) {
        line->writers[i]->in_doubt = false;
    }
}

/* In the order of their KEY records once dt_line_load_views() has set them out, whatever
 * came first here. */
static enum dt_err add_officer(struct dt_line *line, unsigned member,
                               const struct dt_statement *statement)
{
    struct dt_operator operator_;
    if (dt_operator_decode(&operator_, statement) != DT_OK) {
        return DT_OK;
    }
    for (size_t i = 0; i < line->officer_count; i++) {
        const struct dt_line_officer *o = &line->officers[i];
        if (o->member == member && o->number == operator_.number &&
            memcmp(o->key, operator_.key, DT_PUBLIC_SIZE) == 0) {
            return DT_OK;
        }
    }
    struct dt_line_officer *officers =
        realloc(line->officers, (line->officer_count + 1) * sizeof *officers);
    if (officers == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    line->officers = officers;
    struct dt_line_officer *o = &officers[line->officer_count++];
    *o = (struct dt_line_officer){.member = (uint8_t)member, .number = operator_.number};
    memcpy(o->key, operator_.key, DT_PUBLIC_SIZE);
    memcpy(o->role, operator_.role, sizeof o->role);
    line->officers_stale = true;
    return DT_OK;
}

/* Of two revocations of one key the smaller sizes bind. */
static enum dt_err revoke_officer(struct dt_line *line, struct dt_line_officer *o,
                                  const struct dt_revocation *r)
{
    if (o->good == NULL) {
        o->good = malloc(DT_WRITERS_MAX * sizeof *o->good);
        if (o->good == NULL) {
            return DT_ERR_NO_MEMORY;
        }
        memset(o->good, 0xff, DT_WRITERS_MAX * sizeof *o->good);
        o->revoked = true;
    }
    for (unsigned number = 1; number <= DT_WRITERS_MAX; number++) {
        const uint64_t good = dt_revocation_good(r, line->charter->id, number);
        uint64_t *held = &o->good[number - 1];
        *held = good < *held ? good : *held;
    }
    line->officers_stale = true;
    return DT_OK;
}

static enum dt_err revoke(struct dt_line *line, unsigned member,
                          const struct dt_statement *statement)
{
    struct dt_revocation r;
    if (dt_revocation_decode(&r, statement) != DT_OK) {
        return DT_OK;
    }
    for (size_t i = 0; i < line->officer_count; i++) {
        struct dt_line_officer *o = &line->officers[i];
        if (o->member == member && memcmp(o->key, r.key, DT_PUBLIC_SIZE) == 0) {
            DT_TRY(revoke_officer(line, o, &r));
        }
    }
    for (size_t i = 0; i < line->writer_count; i++) {
        struct dt_line_writer *w = line->writers[i];
        if (dt_wid_member(w->wid) != member || /* nobody revokes another party's keys */
            memcmp(w->log.writer, r.key, DT_PUBLIC_SIZE) != 0) {
            continue;
        }
        const uint64_t good = dt_revocation_good(&r, line->charter->id, dt_wid_number(w->wid));
        w->doubt_from = !w->in_doubt || good < w->doubt_from ? good : w->doubt_from;
        w->in_doubt = true;
        line->node->drop_revoked = true;
    }
    return DT_OK;
}

/* KEY: a statement of the author's party. */
enum dt_err dt_line_take_key(struct dt_line *line, uint16_t wid, struct dt_span body,
                             bool in_doubt)
{
    struct dt_span bytes;
    struct dt_statement statement;
    if (dt_body_key_decode(&bytes, body) != DT_OK ||
        dt_statement_decode(&statement, bytes) != DT_OK) {
        return DT_OK; /* the fact says what is wrong with it */
    }
    const unsigned member = dt_wid_member(wid);
    if (memcmp(statement.signer, line->charter->members[member].root, DT_PUBLIC_SIZE) != 0) {
        return DT_OK;
    }
    switch (statement.type) {
    case DT_STATEMENT_OPERATOR:
        return in_doubt ? DT_OK : add_officer(line, member, &statement);
    case DT_STATEMENT_REVOCATION:
        return revoke(line, member, &statement);
    default:
        return DT_OK;
    }
}
