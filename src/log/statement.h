/* SPDX-License-Identifier: ISC */
/*
 * statement - what is signed outside logs: cards, certificates, revocations,
 * charters. protocol.md section 3.
 *
 * A statement is one byte string, named by its hash; decoding verifies its
 * signature, so a struct dt_statement that exists is one somebody signed. What
 * the signer had the right to say is another question, asked by whoever knows
 * the root key. Spans point into the bytes that were decoded.
 *
 * Armour is the text form in files: one spelling, nothing around it.
 * Pure; nothing allocates.
 */
#ifndef DT_LOG_STATEMENT_H
#define DT_LOG_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "log/header.h"

enum { DT_STATEMENT_MAX = 16384, DT_SUITE = 1 };

enum dt_statement_type {
    DT_STATEMENT_CARD = 1,
    DT_STATEMENT_CERTIFICATE = 2,
    DT_STATEMENT_OPERATOR = 3,
    DT_STATEMENT_REVOCATION = 4,
    DT_STATEMENT_CHARTER = 5,
};

struct dt_statement {
    uint8_t type;
    struct dt_span content; /* checked CBOR map */
    uint8_t signer[DT_PUBLIC_SIZE];
    uint8_t signature[DT_SIGNATURE_SIZE];
    struct dt_span whole;
};

/* Strict, and verifies: BAD_SIGNATURE, UNKNOWN_VERSION, or an encoding error. */
DT_MUST_USE enum dt_err dt_statement_decode(struct dt_statement *out, struct dt_span bytes);

/* Signs `content` (a deterministic map). TOO_LARGE if `capacity` or the limit is passed. */
DT_MUST_USE enum dt_err dt_statement_sign(uint8_t *out, size_t capacity, size_t *size,
                                          enum dt_statement_type type, struct dt_span content,
                                          const uint8_t signer[static DT_SIGNER_SIZE],
                                          const uint8_t public_key[static DT_PUBLIC_SIZE]);

/* The statement's name. */
void dt_statement_id(uint8_t id[static DT_HASH_SIZE], struct dt_span whole);

/* Installation certificate. */
struct dt_certificate {
    unsigned number; /* 1..DT_WRITERS_MAX */
    uint8_t writer[DT_PUBLIC_SIZE];
    uint8_t session[DT_PUBLIC_SIZE];
    uint8_t reader[DT_PUBLIC_SIZE];
    int64_t time_ms;
};

/* Here and below: UNKNOWN_SUITE, BAD_TYPE for a statement of another type, or the
 * field's error. The signing half refuses what the reading half would refuse. */
DT_MUST_USE enum dt_err dt_certificate_decode(struct dt_certificate *out,
                                              const struct dt_statement *s);
DT_MUST_USE enum dt_err dt_certificate_sign(uint8_t *out, size_t capacity, size_t *size,
                                            const struct dt_certificate *c,
                                            const uint8_t root[static DT_SIGNER_SIZE],
                                            const uint8_t root_public[static DT_PUBLIC_SIZE]);

/* Operator certificate: one officer's key, number and role; no name. */
struct dt_operator {
    unsigned number; /* 1..999 */
    uint8_t key[DT_PUBLIC_SIZE];
    char role[DT_TEXT_MAX + 1];
    int64_t time_ms;
};

DT_MUST_USE enum dt_err dt_operator_decode(struct dt_operator *out, const struct dt_statement *s);
DT_MUST_USE enum dt_err dt_operator_sign(uint8_t *out, size_t capacity, size_t *size,
                                         const struct dt_operator *o,
                                         const uint8_t root[static DT_SIGNER_SIZE],
                                         const uint8_t root_public[static DT_PUBLIC_SIZE]);

/*
 * Revocation of one key, a writer's or an officer's. For each log of the party on a line
 * the size up to which what that key signed there is not in doubt: records at and after it
 * are. A log that is not named is in doubt from its start.
 */
enum { DT_GOOD_MAX = 64 };
struct dt_revocation {
    uint8_t key[DT_PUBLIC_SIZE];
    struct {
        uint8_t line[DT_HASH_SIZE];
        unsigned number; /* of the certificate whose log is meant, 1..DT_WRITERS_MAX */
        uint64_t size;
    } good[DT_GOOD_MAX];
    size_t good_count;
    int64_t time_ms;
    char reason[DT_TEXT_MAX + 1];
};

DT_MUST_USE enum dt_err dt_revocation_decode(struct dt_revocation *out,
                                             const struct dt_statement *s);
DT_MUST_USE enum dt_err dt_revocation_sign(uint8_t *out, size_t capacity, size_t *size,
                                           const struct dt_revocation *r,
                                           const uint8_t root[static DT_SIGNER_SIZE],
                                           const uint8_t root_public[static DT_PUBLIC_SIZE]);

/* The last good size of the log of certificate `number` on `line`; 0 if it is not named. Of
 * a log named twice the smaller one. */
uint64_t dt_revocation_good(const struct dt_revocation *r, const uint8_t line[static DT_HASH_SIZE],
                            unsigned number);

/* Card: what a party hands to another before they pair. */
enum {
    DT_CARD_CERTS_MAX = DT_WRITERS_MAX,
    DT_CARD_OPERATORS_MAX = 32,
    DT_CARD_ENDPOINTS_MAX = 4,
    DT_CARD_CONTACTS_MAX = 8
};

struct dt_card {
    char code[DT_CODE_MAX + 1];
    char name[DT_TEXT_MAX + 1];
    uint8_t root[DT_PUBLIC_SIZE];
    int64_t time_ms;
    struct dt_certificate certificates[DT_CARD_CERTS_MAX];
    struct dt_span certificate_bytes[DT_CARD_CERTS_MAX]; /* borrowed, as signed */
    size_t certificate_count;
    struct dt_operator operators[DT_CARD_OPERATORS_MAX];
    struct dt_span operator_bytes[DT_CARD_OPERATORS_MAX];
    size_t operator_count;
    char endpoints[DT_CARD_ENDPOINTS_MAX][DT_TEXT_MAX + 1];
    size_t endpoint_count;
    struct {
        char kind[8]; /* tel, sat, freq, mail */
        char text[DT_TEXT_MAX + 1];
    } contacts[DT_CARD_CONTACTS_MAX];
    size_t contact_count;
};

/* Verifies every certificate inside against the card's root. */
DT_MUST_USE enum dt_err dt_card_decode(struct dt_card *out, const struct dt_statement *s);
/* Takes certificate_bytes and operator_bytes; the decoded structs are not read. */
DT_MUST_USE enum dt_err dt_card_sign(uint8_t *out, size_t capacity, size_t *size,
                                     const struct dt_card *card,
                                     const uint8_t root[static DT_SIGNER_SIZE]);

/* True for 2 to 8 of A-Z and 0-9, a letter first. */
bool dt_code_valid(const char *code);

/* Armour: `what` is "CARD", "CHARTER" or "STATEMENT". `out` needs
 * DT_ARMOUR_SIZE(size) bytes; returns the length of the text. */
#define DT_ARMOUR_SIZE(n) (DT_BASE64_SIZE(n) + DT_BASE64_SIZE(n) / 64 + 96)
size_t dt_armour(char *out, const char *what, struct dt_span bytes);
/* Only the canonical form. BAD_TEXT, NOT_CANONICAL, TOO_LARGE. */
DT_MUST_USE enum dt_err dt_unarmour(uint8_t *out, size_t capacity, size_t *size, const char *what,
                                    struct dt_span text);

#endif
