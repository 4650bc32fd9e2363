/* SPDX-License-Identifier: ISC */
/*
 * case - one record with all that was said about it, as a file that needs no node and no
 * network: the message, who stored it, acknowledged it, passed it on, answered.
 *
 *     detente-case@v1
 *     charter <base64 of the statement>
 *     officer <base64 of an operator certificate>          none or more, ascending
 *     record <bytes>
 *     <a proof file (log/proof.h) of that many bytes>      the record itself
 *     record <bytes>
 *     …                                                    the same again over greater sizes
 *     …                                                    the others, ascending by log and seq
 *
 * A proof file holds the signatures over one size of a log, and each addressee signs first
 * when it has the record; so the record itself may be proved several times, sizes ascending,
 * each with a cosigner that none before it had.
 *
 * Every record is proved by itself. The charter, whose hash is the line's id, says which
 * roots are members; certificates tie writers and officers to them. Each record but the
 * first names a record of the file exactly: what belongs to another case is refused. Each
 * officer's certificate was needed. So no byte is there that nothing vouches for; a record
 * that was left out does not show.
 *
 * dt_case_parse() refuses what dt_case_write() would not have written. Nothing is
 * allocated; spans point into the text or into the caller's memory. Pure.
 */
#ifndef DT_VIEW_CASE_H
#define DT_VIEW_CASE_H

#include "log/charter.h"
#include "log/proof.h"
#include "log/statement.h"
#include "view/body.h"
#include "view/fact.h"

#define DT_CASE_FIRST_LINE "detente-case@v1\n"

enum {
    DT_CASE_RECORDS_MAX = 256,
    DT_CASE_OFFICERS_MAX = 64,
    DT_CASE_OFFICER_SIZE = 1024, /* bytes of one certificate */
    DT_CASE_SIZE_MAX = 4 << 20,  /* bytes of the file */
    DT_CASE_MEMORY = DT_STATEMENT_MAX + DT_CASE_OFFICERS_MAX * DT_CASE_OFFICER_SIZE,
};

struct dt_case {
    struct dt_span charter; /* statement */
    struct dt_span officers[DT_CASE_OFFICERS_MAX];
    size_t officer_count;
    struct dt_span records[DT_CASE_RECORDS_MAX]; /* proof files */
    size_t record_count;
};

void dt_case_write(struct dt_writer *w, const struct dt_case *c);
/* `memory` of DT_CASE_MEMORY bytes. BAD_TEXT, TRUNCATED, TOO_LARGE, NOT_CANONICAL. */
DT_MUST_USE enum dt_err dt_case_parse(struct dt_case *out, uint8_t memory[static DT_CASE_MEMORY],
                                      struct dt_span text);

/* An officer's signature on a record. */
struct dt_case_officer {
    bool there;  /* the record claims one */
    bool valid;  /* it holds, and the author's root certified that officer */
    unsigned number;
    char role[DT_TEXT_MAX + 1]; /* if valid */
};

/* One record that was judged. */
struct dt_case_entry {
    const struct dt_proof_result *proof;
    const struct dt_fact *fact;
    const char *code; /* of the author, as the charter says */
    bool again; /* the record itself once more: what its cosigners add is all that is new */
    bool has_target;
    struct dt_ref target;
    struct dt_case_officer officer, second;
};

/* Large: not for deep stacks. */
struct dt_case_memory {
    struct dt_charter charter;
    struct dt_proof proof;
    struct dt_proof_result result;
    uint8_t extra[DT_PROOF_EXTRA_MAX];
    struct dt_ref record[DT_CASE_RECORDS_MAX], target[DT_CASE_RECORDS_MAX];
    size_t proofs;          /* of the record itself; they come first */
    uint64_t size;          /* of the log in the last of them */
    struct {
        uint8_t root[DT_PUBLIC_SIZE];
        unsigned number;
    } cosigner[DT_WIDS_MAX]; /* of all of them: root, and number of the certificate */
    size_t cosigner_count;
    bool used[DT_CASE_OFFICERS_MAX];
};

/*
 * Judges a parsed case; hands each record to `each` (may be NULL), in order. What was
 * handed over counts only on DT_OK at the end. m->charter stays for the caller.
 *   errors of dt_charter_from_statement(), dt_proof_parse(), dt_proof_verify()
 *   UNKNOWN_LINE    a record of another line than the charter's
 *   UNKNOWN_PARTY   its author is no member
 *   MISSING_FIELD   a body that is not shown
 *   WRONG_RECORD    it speaks of no record of this file, or is invalid
 *   NOT_CANONICAL   records out of order, the record itself again without a new cosigner, an officer's certificate that nothing needs
 */
DT_MUST_USE enum dt_err dt_case_verify(struct dt_case_memory *m, const struct dt_case *c,
                                       void (*each)(void *ctx, const struct dt_case_entry *entry),
                                       void *ctx);

/* The first officer's or (LIFT) second's mark in a body against one certificate. */
bool dt_case_signed_by(const struct dt_operator *officer, const struct dt_officer_mark *mark,
                       const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                       const struct dt_header *h, struct dt_span body, struct dt_span plain);

#endif
