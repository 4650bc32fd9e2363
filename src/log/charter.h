/* SPDX-License-Identifier: ISC */
/*
 * charter - the agreement that fixes a line: members, their forces, rules.
 *
 * protocol.md section 4. The line id is the hash of the content, so members who
 * speak of one id have agreed to one text. A decoded charter is a plain value of
 * fixed size for up to DT_MEMBERS_MAX members; whoever holds many lines keeps the
 * bytes and decodes on demand. Pure; nothing allocates.
 */
#ifndef DT_LOG_CHARTER_H
#define DT_LOG_CHARTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/header.h"
#include "log/statement.h"

enum {
    DT_FORCES_MAX = 4, /* of one member */
    DT_RULES_MAX = 64,
    DT_RULE_CATEGORIES = 10, /* notice categories are 1..10 */
    DT_NONCE_SIZE = 16,
    DT_HEADS_MAX = 256,   /* final heads of a predecessor */
    DT_ATTEMPT_STEPS = 6, /* of escalation, protocol.md section 12 */
};

/* What two officers release (setting 5), a sum. */
enum dt_two_officers {
    DT_TWO_FOR_FLASH = 1,   /* MESSAGE of FLASH without a subject */
    DT_TWO_FOR_FIRES = 2,   /* NOTICE of own FIRES */
    DT_TWO_FOR_SUSPEND = 4, /* SUSPEND, LEAVE */
    DT_TWO_FOR_ALL = 7,
};

enum dt_force_relation { DT_FORCE_OWN = 0, DT_FORCE_GUARANTEED = 1 };

struct dt_force {
    char name[DT_TEXT_MAX + 1];
    enum dt_force_relation relation;
};

struct dt_member {
    char code[DT_CODE_MAX + 1];
    char name[DT_TEXT_MAX + 1];
    uint8_t root[DT_PUBLIC_SIZE];
    struct dt_force forces[DT_FORCES_MAX];
    size_t force_count;
};

/* Separation rule for a pair of notice categories, a <= b. */
struct dt_rule {
    uint8_t a, b;
    uint32_t lateral_mm, vertical_mm;
    int64_t temporal_ms;
    uint8_t severity; /* 1 low, 2 high, 3 severe */
};

struct dt_charter {
    uint8_t id[DT_HASH_SIZE]; /* line id */
    uint8_t nonce[DT_NONCE_SIZE];
    char title[DT_TEXT_MAX + 1];
    enum dt_class class_; /* operation or exercise */
    struct dt_member members[DT_MEMBERS_MAX];
    size_t member_count;
    struct dt_rule rules[DT_RULES_MAX];
    size_t rule_count;
    int64_t ack_deadline_ms[4]; /* by enum dt_precedence */
    int64_t stale_ms;
    unsigned flash_budget;                      /* an hour and member */
    uint64_t quota_bytes;                       /* a member */
    unsigned two_officers;                      /* enum dt_two_officers */
    int64_t test_ms;                            /* between link tests */
    int64_t watch_ms;                           /* longest watch */
    unsigned attempt_percent[DT_ATTEMPT_STEPS]; /* when a step is due, of the deadline; ascending */
    int64_t lead_ms[DT_RULE_CATEGORIES + 1];    /* by category: notified so long before; 0: not agreed */
    bool has_predecessor;
    uint8_t predecessor[DT_HASH_SIZE];
    struct dt_seen heads[DT_HEADS_MAX]; /* of the predecessor's logs, as its proposer held them */
    size_t head_count;
};

/* Fills all settings with the protocol's defaults. */
void dt_charter_defaults(struct dt_charter *c);

/* Writes the content map and sets c->id. What dt_charter_decode() would refuse is
 * refused with the same error, TOO_LARGE if it does not fit a statement. */
DT_MUST_USE enum dt_err dt_charter_encode(uint8_t *out, size_t capacity, size_t *size,
                                          struct dt_charter *c);

/* `content` is that of a statement of type charter. Strict; sets c->id. */
DT_MUST_USE enum dt_err dt_charter_decode(struct dt_charter *c, struct dt_span content);

/* Decodes the statement's content, and checks that a member's root signed it. */
DT_MUST_USE enum dt_err dt_charter_from_statement(struct dt_charter *c,
                                                  const struct dt_statement *s);

/* Index of the member with that code or root key, or -1. */
int dt_charter_find_code(const struct dt_charter *c, const char *code);
int dt_charter_find_root(const struct dt_charter *c, const uint8_t root[static DT_PUBLIC_SIZE]);

#endif
