/* SPDX-License-Identifier: ISC */
/*
 * err - every way in which something is refused, by name.
 *
 * One list gives the enum, the stable name that --json and the documents use,
 * and the sentence that says what was wrong and what to do. A value from outside
 * ends here, never in an assert: asserts are for our own mistakes only.
 *
 * Rejects (the other side's bytes are wrong) and errors (our own machine's
 * trouble: disk, memory, limits) share the enum; dt_err_is_ours() tells them
 * apart. Thread rules: none, all functions are pure.
 */
#ifndef DT_BASE_ERR_H
#define DT_BASE_ERR_H

#include <stdbool.h>

#define DT_MUST_USE __attribute__((warn_unused_result))

/* Marks a text for translation where gettext() itself cannot be called. */
#define N_(text) text

/* X(NAME, ours, text). Texts end without a full stop: callers may add a detail. */
#define DT_ERRS(X)                                                                                 \
    /* bytes and encodings */                                                                      \
    X(TRUNCATED, 0, N_("input ends too early; ask the sender for the whole of it"))                \
    X(TRAILING, 0, N_("input goes on after its end; ask the sender to send it again"))             \
    X(NOT_CANONICAL, 0, N_("encoding is not the one canonical form; the sender's program is wrong")) \
    X(TOO_LARGE, 0, N_("input is larger than the protocol allows; make it smaller, or split it"))  \
    X(TOO_DEEP, 0, N_("input nests deeper than the protocol allows; write it flatter"))            \
    X(BAD_TYPE, 0, N_("a field has the wrong type; correct it where it was made"))                 \
    X(BAD_VALUE, 0, N_("a field has a value outside its range; correct it where it was made"))     \
    X(BAD_UTF8, 0, N_("text is not valid UTF-8; save it as UTF-8 and try again"))                  \
    X(BAD_TEXT, 0, N_("text form cannot be read; copy it again without changes"))                  \
    X(MISSING_FIELD, 0, N_("a mandatory field is missing; add it where this was made"))            \
    X(UNKNOWN_FIELD, 0, N_("a field is not known to this version; check its spelling, or update this program")) \
    X(UNKNOWN_VERSION, 0, N_("made by a later version; update this program to read it"))           \
    X(UNKNOWN_SUITE, 0, N_("uses a cryptographic suite this version does not have; update this program")) \
    /* cryptography and proofs */                                                                  \
    X(BAD_KEY, 0, N_("key is malformed or weak; ask its owner for the card again"))                \
    X(BAD_SIGNATURE, 0, N_("signature does not verify; do not rely on it, ask the sender for it again")) \
    X(BAD_HASH, 0, N_("bytes do not match their hash; they were damaged or changed, fetch them again")) \
    X(BAD_PROOF, 0, N_("proof does not lead to the signed root; ask for a new one"))               \
    X(DOES_NOT_OPEN, 0, N_("the key does not open this, or the commitment does not match; ask its author")) \
    X(NO_KEY, 0, N_("sealed to others, no key here opens it; ask its author to address it to you")) \
    X(AUTH_FAILED, 0, N_("authentication failed; compare the cards and the shared secret of both sides")) \
    X(REPLAYED, 0, N_("already received; nothing is to be done"))                                  \
    X(BAD_STATE, 0, N_("not possible in the present state; see detente status"))                   \
    X(FORK, 0, N_("two histories: its author signed two statements that no single log satisfies; keep both, and ask the author")) \
    X(REVOKED, 0, N_("key has been revoked; ask its party for the new card"))                      \
    X(EXPIRED, 0, N_("certificate or key has expired; ask its party for the new card"))            \
    /* parties, lines, records */                                                                  \
    X(UNKNOWN_PARTY, 0, N_("party is not a member of this line; detente line show lists members")) \
    X(UNKNOWN_WRITER, 0, N_("writer is not certified on this line; ask its party for the new card")) \
    X(UNKNOWN_LINE, 0, N_("no such line; detente line list shows those here"))                     \
    X(UNKNOWN_RECORD, 0, N_("no such record here; check the id"))                                  \
    X(WRONG_RECORD, 0, N_("record is of another kind than this command needs; detente show says which"))           \
    X(NOT_ALLOWED, 0, N_("not allowed for this role, party or state; --help of the command says to whom it is")) \
    X(NEEDS_SECOND, 0,                                                                             \
      N_("needs a second officer; unlock one and add --second N, or let him release the draft"))   \
    X(QUOTA, 0, N_("quota is used up; wait, or agree on a larger one"))                            \
    X(GAP, 0, N_("records before this one are missing; wait until other members have sent them"))  \
    X(DUPLICATE, 0, N_("already there, and nothing was changed; list what is there, or give the new one another name")) \
    /* geometry and time */                                                                        \
    X(BAD_COORDINATE, 0, N_("coordinate is outside latitude +-90 or longitude +-180; check it"))        \
    X(SWAPPED, 0, N_("latitude and longitude look swapped; check them"))                           \
    X(OPEN_RING, 0, N_("polygon ring is not closed; its last position must repeat the first"))     \
    X(CROSSING_RING, 0, N_("polygon ring crosses itself; draw it again"))                          \
    X(DEGENERATE, 0, N_("shape has no extent; give at least three corners or a radius"))           \
    X(BAD_TIME, 0, N_("time cannot be read; write it in UTC as 2026-02-26T14:00:00Z"))             \
    X(END_BEFORE_START, 0, N_("end is not after start; check both times"))                         \
    X(MISSING_ALTITUDE, 0, N_("altitude band is missing; a flight needs alt_lower and alt_upper")) \
    X(FAR_AWAY, 0, N_("place is far from everything else on this line; check it"))                 \
    /* our own side */                                                                             \
    X(NO_MEMORY, 1, N_("out of memory, and nothing was changed; free some and try again"))         \
    X(CAPACITY, 1, N_("a limit of this program was reached, and nothing was changed; do it in smaller parts")) \
    X(STORE, 1, N_("the disk refused; nothing was recorded, free space or repair it and retry"))   \
    X(STORE_DAMAGED, 1, N_("what is on the disk is not what was written; run detente verify"))     \
    X(STORE_BUSY, 1, N_("another node runs on this home; stop it or use another --home"))          \
    X(IO, 1, N_("input or output failed; check the path, who may write there, and the disk"))      \
    X(NO_HOME, 1, N_("no party lives here; run detente init, or set --home"))                      \
    X(HOME_EXISTS, 1, N_("a party already lives here; choose another --home"))                     \
    X(NOT_ON_WATCH, 1, N_("no officer is on watch here; at the start of a watch: detente operator unlock N")) \
    X(NO_NODE, 1, N_("no node answers; start it with detente node"))                               \
    X(BAD_PASSPHRASE, 1, N_("wrong passphrase, and nothing was changed; try again"))               \
    X(BAD_CLOCK, 1, N_("this machine's clock is far off; set it, then try again"))                 \
    X(USAGE, 1, N_("the command is not understood; see --help"))                                   \
    X(TIMEOUT, 1, N_("not finished in the time given; what was done stays, and goes on"))          \
    /* later ones at the end: stored views hold the numbers */                                     \
    X(NOT_ADDRESSED, 0, N_("record is addressed to others; its addressees answer it"))             \
    X(ALREADY_LIFTED, 0, N_("the check fire was lifted before; show it to see by whom"))           \
    X(IN_THE_PAST, 0, N_("is over already; check the times, or give --past to record it"))         \
    X(CHANGED, 0, N_("was notified before with other content; use notice amend"))                   \
    X(NUMBER_TAKEN, 0, N_("another installation of that party has this number; restore this one again with --number N")) \
    X(SUSPENDED, 0, N_("the line does not carry this now; detente line show says who suspended it")) \
    X(SUCCEEDED, 0, N_("the line has a successor; new messages and notices go there, answers still pass here")) \
    X(OLDER_CARD, 0, N_("a newer card of that party is here already; ask for the one it uses now")) \
    X(PARTS_DIFFER, 0, N_("parts of one notice contradict one another; ask its author, and keep the proof")) \
    X(DOUBTFUL, 0, N_("looks like a slip; mend it, or confirm it by the option that is named"))

enum dt_err {
    DT_OK = 0,
#define X(name, ours, text) DT_ERR_##name,
    DT_ERRS(X)
#undef X
    DT_ERR_COUNT
};

/* The stable upper-case name, e.g. "BAD_SIGNATURE"; "OK" for DT_OK. */
const char *dt_err_name(enum dt_err err);

/* The English sentence, marked for gettext. */
const char *dt_err_text(enum dt_err err);

/* True where our own machine or command is at fault, false for bytes from outside. */
bool dt_err_is_ours(enum dt_err err);

#endif
