/* SPDX-License-Identifier: ISC */
/*
 * rig - real nodes of one line on loopback, each a process of its own, driven over their
 * control sockets. For tests and benchmarks; prints what failed and aborts.
 */
#ifndef DT_TESTS_NODE_RIG_H
#define DT_TESTS_NODE_RIG_H

#include <sys/types.h>

#include "log/charter.h"
#include "node/home.h"
#include "node/wire.h"
#include "view/watch_body.h"

enum { RIG_PARTIES = 32 };

struct rig_party {
    struct dt_home home;
    char listen[64];
    const char *alarm_exec; /* NULL: none */
    bool no_human_tests;
    pid_t pid; /* 0: not running */
    struct dt_client client;
    enum dt_err auth; /* what the node said to the officer's signature at the start */
    uint8_t root[DT_SIGNER_SIZE];
    uint8_t card[DT_STATEMENT_MAX];
    size_t card_size;
    struct dt_operator officer;
    struct dt_officer_key officer_key;
    uint16_t wid; /* as whom the officer signs */
};

struct rig {
    struct rig *next; /* of those not yet freed */
    char dir[256];
    unsigned parties;
    unsigned mtu;
    bool pin; /* everything on one processor */
    bool seen_otherwise; /* members may say that they saw other roots; else that is a fault */
    const char *program; /* run this as the node; NULL: a fork of ourselves */
    struct dt_charter charter;
    uint8_t statement[DT_STATEMENT_MAX];
    size_t statement_size;
    struct rig_party party[RIG_PARTIES];
};

/* Homes, cards and a charter of `parties` under a fresh directory; nothing runs yet. */
struct rig *rig_new(unsigned parties, enum dt_class class_);
/* After a change to r->charter, before any party accepts it. */
void rig_sign_charter(struct rig *r);
void rig_start(struct rig *r, unsigned party); /* returns when its control socket answers */
/* One party accepts the line and pairs with those below `paired`. */
void rig_accept_line(struct rig *r, unsigned party, unsigned paired);
enum dt_err rig_line_add(struct rig *r, unsigned party); /* accepts the line; no pairing */
void rig_accept(struct rig *r, unsigned party); /* one party accepts the line and pairs with all */
void rig_join(struct rig *r);                  /* every party accepts the line and pairs with all */
void rig_stop(struct rig *r, unsigned party, int signal);
void rig_free(struct rig *r); /* stops all, removes the directory */

/* One request; `o` from dt_client_begin(). Returns the reply; aborts on an error reply
 * unless `err` is given, which then receives it. */
struct dt_span rig_call(struct rig *r, unsigned party, struct dt_object *o, enum dt_err *err);

/* Writes an append request of a message from `party` to member `to` (255: all). */
void rig_message(struct rig *r, unsigned party, struct dt_client *client, struct dt_object *o,
                 unsigned to, unsigned precedence, struct dt_span text, bool wait_stored);
/* The same with a subject, in clear. */
void rig_warning(struct rig *r, struct dt_client *client, struct dt_object *o,
                 enum dt_subject subject, unsigned to, unsigned precedence, struct dt_span text);
/* Signs `body` as the party's officer and appends it. Returns the reply. */
struct dt_span rig_officer(struct rig *r, unsigned party, unsigned kind, unsigned precedence,
                           struct dt_span body, enum dt_err *err);
/* Goes on from the folder of a backup of `party` as another installation of it; returns its
 * index. Not started; its card names both endpoints. */
unsigned rig_restore(struct rig *r, unsigned party, const char *copy, const char *name);
/* An officer of `party` answers a test of people, or declines to. */
void rig_test_answer(struct rig *r, unsigned party, const struct dt_ref *test);
void rig_test_decline(struct rig *r, unsigned party, const struct dt_ref *test);
/* Gives one party's card to another's node, which keeps the newer of two. */
enum dt_err rig_give_card(struct rig *r, unsigned to, unsigned of);
/* A second node of that party from a backup of the first, which runs: started, known to it and to
 * party `told`. Returns its index. */
unsigned rig_standby(struct rig *r, unsigned party, unsigned told);
/* The same unsigned. */
struct dt_span rig_plain(struct rig *r, unsigned party, unsigned kind, unsigned precedence,
                         struct dt_span body, enum dt_err *err);
/* `items` of the party's inbox (what waits there) or of its whole record list: a reader at
 * the first, with their number. Good until the next call. */
struct dt_cbor rig_inbox(struct rig *r, unsigned party, size_t *count);
struct dt_cbor rig_records(struct rig *r, unsigned party, size_t *count);
/* Is that text field of a map this one? False if it is not there. */
bool rig_is(struct dt_span map, const char *key, const char *text);
void rig_pause_ms(long ms);
uint64_t rig_uint(struct dt_span map, const char *key);
/* 32 bytes of a field. */
void rig_hash(struct dt_span map, const char *key, uint8_t out[32]);
/* Waits until the digests of all running parties are equal, at most `seconds`. */
bool rig_equal(struct rig *r, unsigned seconds);
int64_t rig_now_us(void);
long rig_status_kb(pid_t pid, const char *field); /* "VmRSS", "RssAnon" */

#endif
