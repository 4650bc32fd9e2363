/* SPDX-License-Identifier: ISC */
/*
 * home - a party's home directory: who it is, its keys under passphrases, its papers.
 *
 *     home/            0700
 *       party          text: format, code, name, root key, certificate number
 *       keys/          0700; files 0600: root.key, node.key, operator-N.key
 *       certs/         statements as signed: node-N.cert, operator-N.cert, *.revocation
 *       card           the party's card, in armour: the one file to hand out
 *       charters/      drafts and accepted charters, in armour
 *       detente.db     the store (store/)
 *       control.sock   the node's door (wire.h)
 *       run/           unlocked officers, when there is no $XDG_RUNTIME_DIR
 *
 * A key file is CBOR [1, what, kdf, salt, nonce, sealed]; kdf 1 is Argon2id over the
 * passphrase, kdf 0 a node key without one: integrity only, and then the file's mode is
 * all that guards it. Root and officers' keys always have a passphrase.
 *
 * Everything is written to a temporary file, synced, renamed, and the directory synced:
 * after a crash a file is the old one or the new one. Nothing is ever overwritten by
 * dt_home_init(). What is read is checked: a certificate by another root is BAD_SIGNATURE.
 *
 * Clock and entropy: times are handed in; entropy is the kernel's (getrandom).
 * Secrets handed out are the caller's to wipe (dt_node_keys_wipe() and so on).
 */
#ifndef DT_NODE_HOME_H
#define DT_NODE_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "log/statement.h"

enum {
    DT_HOME_FORMAT = 1,
    DT_HOME_PATH_SIZE = 4096,
    DT_PASSPHRASE_MIN = 8, /* bytes; the node's alone may be empty */
    DT_PASSPHRASE_MAX = 1024,
    DT_OPERATOR_HOURS = 12, /* a watch: how long an officer stays unlocked */
};

/* The public part: what `party` says. */
struct dt_home {
    char path[DT_HOME_PATH_SIZE]; /* without a slash at its end */
    char code[DT_CODE_MAX + 1];
    char name[DT_TEXT_MAX + 1];
    uint8_t root[DT_PUBLIC_SIZE];
    unsigned number; /* of this installation's certificate, 1..DT_WRITERS_MAX */
};

/* Everything the node holds. Public parts are computed, not read. */
struct dt_node_keys {
    uint8_t writer[DT_SIGNER_SIZE];
    uint8_t writer_public[DT_PUBLIC_SIZE];
    uint8_t session[DT_SECRET_SIZE];
    uint8_t session_public[DT_PUBLIC_SIZE];
    uint8_t reader[DT_SECRET_SIZE];
    uint8_t reader_public[DT_PUBLIC_SIZE];
};

/* An officer, unlocked. */
struct dt_officer_key {
    unsigned number; /* 1..999 */
    uint8_t signer[DT_SIGNER_SIZE];
    uint8_t public_key[DT_PUBLIC_SIZE];
};

/* "<home>/<name>"; TOO_LARGE if that is longer than `out`. */
DT_MUST_USE enum dt_err dt_home_file(char out[static DT_HOME_PATH_SIZE],
                                     const struct dt_home *home, const char *name);

/*
 * Makes a home with fresh keys and this installation's certificate (number 1), and a
 * card without endpoints. `path` must not hold a party; it is made, or must be an empty
 * directory of ours. The passphrases are borrowed; `node_passphrase` may be empty.
 *
 *   HOME_EXISTS      a party lives there, or files that are not ours
 *   BAD_PASSPHRASE   shorter than DT_PASSPHRASE_MIN or longer than DT_PASSPHRASE_MAX
 *   BAD_VALUE        code or name
 *   IO, NO_MEMORY    errno says why; what was begun is taken away again
 */
DT_MUST_USE enum dt_err dt_home_init(struct dt_home *home, const char *path, const char *code,
                                     const char *name, struct dt_span root_passphrase,
                                     struct dt_span node_passphrase, int64_t now_ms);

/* Reads `party`. NO_HOME, UNKNOWN_VERSION, BAD_TEXT for a damaged file, NOT_ALLOWED if
 * the directory belongs to somebody else or others may enter it. */
DT_MUST_USE enum dt_err dt_home_open(struct dt_home *home, const char *path);

/* True if the node's key needs a passphrase. */
DT_MUST_USE enum dt_err dt_home_node_sealed(const struct dt_home *home, bool *sealed);

/* BAD_PASSPHRASE, IO, BAD_HASH (a key file that is damaged, or not this party's). About
 * 0.1 s and 64 MiB for a moment when there is a passphrase. */
DT_MUST_USE enum dt_err dt_home_unlock_node(const struct dt_home *home, struct dt_span passphrase,
                                            struct dt_node_keys *keys);
void dt_node_keys_wipe(struct dt_node_keys *keys);

/* The root signer; it must belong to home->root. Wipe it. */
DT_MUST_USE enum dt_err dt_home_unlock_root(const struct dt_home *home, struct dt_span passphrase,
                                            uint8_t root[static DT_SIGNER_SIZE]);

/* --- copies and successors -------------------------------------------------- */

/* Copies keys, certificates, charters and the card of `from` into the new folder `path`
 * (0700). Without `all`: but this installation's own key. No home until
 * dt_home_establish(). HOME_EXISTS if anything is there; on error nothing of it stays. */
DT_MUST_USE enum dt_err dt_home_copy(const struct dt_home *from, const char *path, bool all);
/* In such a folder: fresh keys and the certificate `home->number` for a new installation,
 * and a card that names it. */
DT_MUST_USE enum dt_err dt_home_succeed(const struct dt_home *home,
                                        const uint8_t root[static DT_SIGNER_SIZE],
                                        struct dt_span node_passphrase, int64_t now_ms,
                                        struct dt_node_keys *keys);
/* Writes `party`: from now on it is a home. */
DT_MUST_USE enum dt_err dt_home_establish(const struct dt_home *home);
/* Removes all that a home or a copy consists of, keys overwritten, and the folder. */
void dt_home_discard(const char *path);

/* --- papers ------------------------------------------------------------- */

/* This installation's certificate, as signed; `out` of DT_STATEMENT_MAX bytes. */
DT_MUST_USE enum dt_err dt_home_certificate(const struct dt_home *home, uint8_t *out, size_t *size,
                                            struct dt_certificate *certificate);

/* The card, as a statement (not armoured), verified. `card` borrows from `out`. */
DT_MUST_USE enum dt_err dt_home_card(const struct dt_home *home,
                                     uint8_t out[static DT_STATEMENT_MAX], size_t *size,
                                     struct dt_card *card);

/* What a card says beside keys. Texts borrowed; counts within the limits of a card. */
struct dt_card_words {
    const char *endpoints[DT_CARD_ENDPOINTS_MAX]; /* as dt_address_parse() reads them */
    size_t endpoint_count;
    struct {
        const char *kind; /* tel, sat, freq, mail */
        const char *text;
    } contacts[DT_CARD_CONTACTS_MAX];
    size_t contact_count;
};

/* Signs and writes a new card: certificates and operators in certs/ that are not revoked
 * (of the operators the first DT_CARD_OPERATORS_MAX by number: others are made known by
 * KEY records), and these words, or for NULL those of the present card. BAD_VALUE for
 * words a card does not take, TOO_LARGE for more than it holds. */
DT_MUST_USE enum dt_err dt_home_make_card(const struct dt_home *home,
                                          const struct dt_card_words *words,
                                          const uint8_t root[static DT_SIGNER_SIZE],
                                          int64_t now_ms);

/* Keeps a card of our party that another of its homes made, and the certificates in it.
 * NUMBER_TAKEN: another certificate with such a number is here. */
DT_MUST_USE enum dt_err dt_home_take_card(const struct dt_home *home, const struct dt_card *card,
                                          struct dt_span statement);

/* Signs and keeps a revocation, and gives it as a statement; the key's certificate leaves
 * the next card. `out` of DT_STATEMENT_MAX bytes. */
DT_MUST_USE enum dt_err dt_home_revoke(const struct dt_home *home,
                                       const struct dt_revocation *revocation,
                                       const uint8_t root[static DT_SIGNER_SIZE], uint8_t *out,
                                       size_t *size);

/* Writes a file of the home (name relative to it, mode 0600) atomically. */
DT_MUST_USE enum dt_err dt_home_write(const struct dt_home *home, const char *name,
                                      struct dt_span bytes);
/* Reads one, up to `capacity` bytes. NO_HOME if it is not there, TOO_LARGE, IO. */
DT_MUST_USE enum dt_err dt_home_read(const struct dt_home *home, const char *name, uint8_t *out,
                                     size_t capacity, size_t *size);

/* --- officers ------------------------------------------------------------- */

/* A new officer with a fresh key, certified by the root. DUPLICATE for a number in use.
 * `number` 0 takes the lowest free one; *operator is filled. */
DT_MUST_USE enum dt_err dt_home_add_operator(const struct dt_home *home, unsigned number,
                                             const char *role, struct dt_span passphrase,
                                             const uint8_t root[static DT_SIGNER_SIZE],
                                             int64_t now_ms, struct dt_operator *operator_);

/* The operators certified here, by number; revoked ones are marked. */
struct dt_home_operator {
    struct dt_operator operator_;
    bool revoked;
    bool unlocked;     /* at now_ms */
    int64_t expiry_ms; /* of the unlocking; 0 if none */
};
DT_MUST_USE enum dt_err dt_home_operators(const struct dt_home *home, int64_t now_ms,
                                          struct dt_home_operator *out, size_t capacity,
                                          size_t *count);

/* The statement that certifies one, for a KEY record. UNKNOWN_PARTY if there is none. */
DT_MUST_USE enum dt_err dt_home_operator_statement(const struct dt_home *home, unsigned number,
                                                   uint8_t out[static DT_STATEMENT_MAX],
                                                   size_t *size, struct dt_operator *operator_);

/* Opens the key with its passphrase and leaves it for DT_OPERATOR_HOURS in the runtime
 * directory (tmpfs where there is one), so that CHECK_FIRE needs no passphrase. */
DT_MUST_USE enum dt_err dt_home_unlock_operator(const struct dt_home *home, unsigned number,
                                                struct dt_span passphrase, int64_t now_ms);

/* Overwrites and removes what unlocking left; `number` 0: all. *count: how many. */
DT_MUST_USE enum dt_err dt_home_lock_operator(const struct dt_home *home, unsigned number,
                                              size_t *count);

/*
 * The unlocked officer `number`, or the only one unlocked for `number` 0.
 *   NOT_ALLOWED   nobody is unlocked (or not this one)
 *   EXPIRED       unlocked too long ago, or the clock stands before it; removed
 *   USAGE         several are unlocked: say which
 */
DT_MUST_USE enum dt_err dt_home_officer(const struct dt_home *home, unsigned number,
                                        int64_t now_ms, struct dt_officer_key *key);
void dt_officer_key_wipe(struct dt_officer_key *key);

/* --- small things --------------------------------------------------------- */

/* Fills `out` from the kernel; aborts if it cannot: a guess must never be a key. */
void dt_random(void *out, size_t size);

/* The wall clock, ms since 1970. */
int64_t dt_now_ms(void);

/* What is wrong with the modes of the home, as texts for `doctor`; false when all is well. */
bool dt_home_modes_wrong(const struct dt_home *home, char *detail, size_t capacity);

#endif
