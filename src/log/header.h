/* SPDX-License-Identifier: ISC */
/*
 * header - the clear part of a record: what the Merkle tree is built over.
 *
 * protocol.md section 5. A header is a deterministic CBOR array of at most
 * DT_HEADER_MAX bytes that holds length and hash of its body. Its first part,
 * the *prefix*, is all that a link needs to carry beside the body.
 *
 * Also here: names for precedence, class and kinds, writer references, record
 * ids. Pure; nothing allocates.
 */
#ifndef DT_LOG_HEADER_H
#define DT_LOG_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

enum {
    DT_HEADER_MAX = 512,  /* bytes */
    DT_BODY_MAX = 16384,  /* bytes */
    DT_REFS_MAX = 64,     /* references in one body */
    DT_MEMBERS_MAX = 200, /* of a line */
    DT_WRITERS_MAX = 16,  /* of a party */
    DT_WIDS_MAX = DT_MEMBERS_MAX * DT_WRITERS_MAX,
    DT_SEEN_MAX = 8,
    DT_CODE_MAX = 8, /* letters of a party's code */
    DT_TEXT_MAX = 64, /* bytes of a name, role, title */
    DT_KIND_MAX = 255,
    DT_VERSION = 1,
};

/* Precedence, lowest first: greater is more urgent (ACP 121). */
enum dt_precedence { DT_ROUTINE, DT_PRIORITY, DT_IMMEDIATE, DT_FLASH };

enum dt_class { DT_OPERATION, DT_EXERCISE, DT_TEST, DT_DRILL };

/* X(NAME, number); protocol.md section 8. */
#define DT_KINDS(X)                                                                                \
    X(OPEN, 1)                                                                                     \
    X(KEY, 2)                                                                                      \
    X(GRANT, 3)                                                                                    \
    X(MESSAGE, 4)                                                                                  \
    X(SHOWN, 5)                                                                                    \
    X(ACK, 6)                                                                                      \
    X(PASSED_ON, 7)                                                                                \
    X(POSITION, 8)                                                                                 \
    X(CHECK_FIRE, 9)                                                                               \
    X(FIRE_ANSWER, 10)                                                                             \
    X(RECALL, 11)                                                                                  \
    X(LIFT, 12)                                                                                    \
    X(NOTICE, 13)                                                                                  \
    X(NOTICE_STATE, 14)                                                                            \
    X(LEAVE, 15)                                                                                   \
    X(SUSPEND, 16)                                                                                 \
    X(TEST, 17)                                                                                    \
    X(WATCH, 18)                                                                                   \
    X(MISSED, 19)                                                                                  \
    X(ATTEMPT, 20)                                                                                 \
    X(REPORTED, 21)                                                                                \
    X(NAMED, 22)                                                                                   \
    X(CONFLICT, 23)                                                                                \
    X(OUTCOME, 24)                                                                                 \
    X(DISCLOSED, 25)                                                                               \
    X(RAISED, 26)                                                                                  \
    X(BLIND, 27)                                                                                   \
    X(BLIND_PART, 28)

enum dt_kind {
#define X(name, number) DT_KIND_##name = number,
    DT_KINDS(X)
#undef X
};

const char *dt_kind_name(unsigned kind);             /* "MESSAGE"; "UNKNOWN" */
const char *dt_precedence_name(unsigned precedence); /* "FLASH"; "?" */
const char *dt_class_name(unsigned class_);          /* "EXERCISE"; "?" */

/* Writer reference: names one log on one line. */
static inline uint16_t dt_wid(unsigned member, unsigned number)
{
    return (uint16_t)(member * DT_WRITERS_MAX + number - 1);
}

static inline unsigned dt_wid_member(uint16_t wid)
{
    return wid / DT_WRITERS_MAX;
}

static inline unsigned dt_wid_number(uint16_t wid)
{
    return wid % DT_WRITERS_MAX + 1;
}

/* What an author knew of another log when he wrote. */
struct dt_seen {
    uint16_t wid;
    uint64_t size;
    uint8_t root[DT_HASH_SIZE];
};

struct dt_header {
    unsigned version; /* DT_VERSION in what we write; read: at most 65535 */
    unsigned kind;    /* enum dt_kind, or one a later version knows */
    int64_t time_ms;  /* the author's claim */
    unsigned flags;   /* use the helpers below */
    uint8_t to[DT_MEMBERS_MAX]; /* member indexes, ascending */
    size_t to_count;            /* 0: all members */
    struct dt_seen seen[DT_SEEN_MAX];
    size_t seen_count;
    uint64_t body_size; /* bytes */
    uint8_t body_hash[DT_HASH_SIZE];
};

static inline unsigned dt_flags(enum dt_precedence precedence, enum dt_class class_)
{
    return (unsigned)precedence | (unsigned)class_ << 2;
}

static inline enum dt_precedence dt_header_precedence(const struct dt_header *h)
{
    return (enum dt_precedence)(h->flags & 3u);
}

static inline enum dt_class dt_header_class(const struct dt_header *h)
{
    return (enum dt_class)(h->flags >> 2 & 3u);
}

/* True if `member` is addressed. */
bool dt_header_addresses(const struct dt_header *h, unsigned member);

/* Writes prefix, body length and hash; `body` may be empty. Fills body_size and
 * body_hash of `h`. TOO_LARGE if header or body pass their limit, BAD_VALUE for
 * a field out of range and unordered `to` or `seen`. */
DT_MUST_USE enum dt_err dt_header_encode(uint8_t out[static DT_HEADER_MAX], size_t *size,
                                         struct dt_header *h, struct dt_span body);

/* Strict; BAD_HASH where an empty body has another hash than that of nothing.
 * UNKNOWN_VERSION still fills version (and kind and time if they can be
 * read): such a record is kept and relayed, not understood. */
DT_MUST_USE enum dt_err dt_header_decode(struct dt_header *h, struct dt_span header);

/* Of a header that is known to be well formed: its precedence, without reading the rest. */
enum dt_precedence dt_header_peek_precedence(struct dt_span header);

/* The number of bytes of `header` that are its prefix. */
DT_MUST_USE enum dt_err dt_header_prefix(size_t *size, struct dt_span header);

/* Whole header from a prefix and the body, as a receiver does it. Does not judge
 * the prefix beyond its size: the leaf decides. */
DT_MUST_USE enum dt_err dt_header_complete(uint8_t out[static DT_HEADER_MAX], size_t *size,
                                           struct dt_span prefix, struct dt_span body);

/* A record named exactly: which writer, which place, which version. */
struct dt_ref {
    uint16_t wid;
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
};

/* By writer, place and leaf: below 0, 0 if they name the same record, above 0. */
int dt_ref_compare(const struct dt_ref *a, const struct dt_ref *b);

enum { DT_RECORD_ID_SIZE = 48, DT_CHECK_WORD_SIZE = 5 };

/* First 20 bits of a hash as four base32 characters and a NUL. */
void dt_check_word(char out[static DT_CHECK_WORD_SIZE], const uint8_t hash[static DT_HASH_SIZE]);

/* "NORD.1-42-k7qm" */
void dt_record_id(char out[static DT_RECORD_ID_SIZE], const char *code, unsigned number,
                  uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE]);

/* As it is spelled by voice, to whoever listens in whatever language: "November Oscar Romeo
 * Delta point One dash Four Two dash Kilo Seven Quebec Mike". The only form; not translated. */
enum { DT_SPOKEN_SIZE = 512 };
void dt_record_id_spoken(char out[static DT_SPOKEN_SIZE], const char *id);

/* Reads "NORD.1-42-k7qm"; case of the code and of the word does not matter, the
 * word may be left out (then `word` is ""). BAD_TEXT otherwise. */
DT_MUST_USE enum dt_err dt_record_id_parse(const char *text, char code[static DT_CODE_MAX + 1],
                                           unsigned *number, uint64_t *seq,
                                           char word[static DT_CHECK_WORD_SIZE]);

#endif
