/* SPDX-License-Identifier: ISC */
/* state - what the files of the node share. Nothing outside node/ includes this. */
#ifndef DT_NODE_STATE_H
#define DT_NODE_STATE_H

#include "bearer/udp.h"
#include "log/charter.h"
#include "log/seal.h"
#include "node/alarm.h"
#include "node/conflicts.h"
#include "node/auth.h"
#include "node/home.h"
#include "node/node.h"
#include "node/recent.h"
#include "node/wire.h"
#include "session/session.h"
#include "store/store.h"
#include "sync/sync.h"
#include "view/body.h"
#include "view/fact.h"
#include "view/board.h"
#include "view/watch.h"

/* A place in a log's second history, where places are given by their seq. */
#define DT_SEQ_OTHER (UINT64_C(1) << 62)

enum {
    DT_KEPT_FORK = 256, /* the store's number for the fork proof of wid 0; then by wid */
    DT_KEPT_SEEN = 4096, /* what a member says it saw of a log, where that is another root */
    DT_OTHERWISE_MAX = 64, /* of those, a line */
    DT_OWN_TESTS = 16, /* of people, the newest */
    DT_CLIENTS_MAX = 64,
    DT_SETS_MAX = 64,       /* reader sets of ours with a live key, a line */
    DT_KEY_CACHE = 64,      /* content keys kept at hand, a line */
    DT_DATAGRAMS_A_PASS = 1024,
    DT_SOURCE_SIZE = 16,
};

/* Line states, as stored. */
enum dt_line_state { DT_LINE_ACTIVE = 0, DT_LINE_LEFT = 1, DT_LINE_SUSPENDED = 2 };

/* One installation of another party, or another one of ours. */
struct dt_contact {
    uint8_t root[DT_PUBLIC_SIZE];
    char code[DT_CODE_MAX + 1];
    unsigned number;
    uint32_t slot;               /* in the session table */
    bool quantum;                /* a secret was exchanged in person */
    struct dt_address endpoints[DT_CARD_ENDPOINTS_MAX]; /* of its card: one of them is its own */
    size_t endpoint_count, endpoint_at;
    bool called;                 /* at that one */
    struct dt_address address;   /* where it was last heard, or its card's endpoint */
    unsigned socket;             /* which of ours reaches it */
    bool up;
    int64_t up_us;               /* since when */
    int64_t heard_us;            /* last authenticated datagram; 0 never */
    int64_t call_at_us;          /* no call before */
    struct dt_link_test path;         /* link tests; ms, monotonic */
    bool test_wanted, test_calls; /* a test waits to be sent; it may call for a session, once */
    bool echo_wanted;
    uint64_t echo_nonce;
    bool skew_known;
    int64_t skew_ms;             /* their clock less ours, at the last echo */
};

/* A set of readers of ours and its key. */
struct dt_reader_set {
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t key[DT_SET_KEY_SIZE];
    bool shred;          /* its readers destroy it at its expiry: for notices */
    int64_t expiry_ms;   /* nothing is sealed with it from then on */
    uint64_t grant_seq;  /* of its newest GRANT in our log; UINT64_MAX: none yet */
    size_t writers;      /* of the line when all its readers had a box */
    size_t member_count;
    uint8_t members[DT_MEMBERS_MAX];
    uint8_t boxed[DT_WIDS_MAX / 8]; /* a bit for each writer that has a box */
};

struct dt_key_cached {
    unsigned party;
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t key[DT_SET_KEY_SIZE];
};

/* A TEST of ours that asks people. */
struct dt_own_test {
    uint16_t wid;
    uint64_t seq;
    int64_t time_ms;
    uint8_t leaf[DT_HASH_SIZE];
};

/* Our tests of a member's people. */
struct dt_human {
    int64_t asked_ms; /* the newest; 0 never */
    unsigned missed;  /* in a row, up to now */
    bool answered, declined; /* the last that was not missed */
};

/* An officer known on a line through KEY records. */
struct dt_line_officer {
    uint8_t member;
    unsigned number;
    bool revoked;   /* for what is signed now */
    uint64_t *good; /* owned; NULL: not revoked; else last good sizes by certificate number - 1 */
    uint8_t key[DT_PUBLIC_SIZE];
    char role[DT_TEXT_MAX + 1];
};

/* A record says: that log had that root at that size (seen.h). */
struct dt_seen_claim {
    uint16_t by, wid;
    uint64_t seq, size;
    uint8_t root[DT_HASH_SIZE];
};

struct dt_seen_waiting; /* seen.c */

/* A movement that has not arrived (overdue.h). */
struct dt_overdue {
    struct dt_ref ref;
    int64_t end_ms;
};

/* A writer's reader key, from its certificate in record 0. */
struct dt_line_writer {
    uint16_t wid;
    uint8_t reader[DT_PUBLIC_SIZE];
    struct dt_store_log log; /* the store's row, kept */
    struct dt_store_checkpoint kept; /* the last on the way that is kept; size 0: none */
    uint64_t head_bytes;             /* log.bytes at its newest checkpoint */
    uint64_t seen_size;      /* of it, in our last record */
    uint64_t referred_end;   /* records below it may have been spoken of before they came */
    int64_t newest_ms;       /* of what came since our start: the latest time it says, but not
                              * later than when it came; 0 none. For people, and for UNKNOWN */
    struct dt_store_log other; /* its second history, branch 1; id 0: none is held */
    uint64_t judged_to;      /* facts below it count, as they were made; UINT64_MAX: all */
    struct dt_desk desk;     /* what its records say of its desk */
    struct dt_seen_waiting *seen; /* owned; what it says of other logs, not yet decided */
    bool copy_said;          /* that an old copy of its node runs, or that we are one */
    bool in_doubt;           /* its key was revoked */
    uint64_t doubt_from;
};

/* An own notice of a thing in another system. */
struct dt_source {
    uint64_t hash; /* of its id there */
    uint64_t seq;
    uint16_t wid;
};

enum { DT_RULE_PAIRS = 256 };

/* Conflicts found in this pass that a rule may speak of, and who came up against one. */
struct dt_rule_pairs {
    struct dt_ref pair[DT_RULE_PAIRS][2];
    size_t count;
    struct {
        int64_t since_ms; /* the first of a day */
        uint64_t count;
    } refused[DT_MEMBERS_MAX];
};

/* What a member last said of the line as a whole: SUSPEND or LEAVE. */
struct dt_member_state {
    bool suspended, left;
    uint16_t wid; /* of the record that says so */
    unsigned officer;
    uint64_t seq;
    int64_t since_ms;
};

struct dt_line {
    struct dt_node *node;
    unsigned id; /* the store's */
    enum dt_line_state state;
    struct dt_charter *charter; /* owned */
    unsigned me;                /* member index */
    uint16_t wid;
    struct dt_sync sync;
    struct dt_line_writer **writers; /* by wid */
    size_t writer_count;
    struct dt_line_officer *officers;
    size_t officer_count;
    struct dt_reader_set sets[DT_SETS_MAX];
    size_t set_count;
    size_t disclosed_writers; /* of the line when all that was disclosed had its boxes */
    struct dt_rule_pairs *rule_pairs; /* owned; NULL until there are any (rule.c) */
    int64_t shred_due_ms; /* when keys are looked at next (shred.c) */
    int64_t shredded_ms;  /* when some were last destroyed */
    bool single_keys; /* keys of single records may be here (tiers.c) */
    struct dt_key_cached keys[DT_KEY_CACHE];
    size_t key_next;
    struct dt_board board;
    struct dt_watched_conflicts conflicts;
    struct dt_source *sources; /* own notices, by what they are found again, once known */
    size_t source_count, source_capacity;
    bool sources_known;
    struct dt_seen_claim otherwise[DT_OTHERWISE_MAX]; /* another root than ours was seen */
    size_t otherwise_count;
    struct dt_overdue *overdue;
    size_t overdue_count, overdue_capacity;
    bool overdue_more[DT_MEMBERS_MAX]; /* of that member are more than there is room for */
    struct dt_site *sites; /* sites.h */
    size_t site_count, site_capacity;
    size_t seen_waiting; /* claims of all writers that wait */
    int64_t seen_at_us;  /* no root is made from a tree before */
    struct dt_recent recent;       /* records of ours, from memory */
    const struct dt_fact *judged;  /* of the record that is being appended, or NULL */
    uint16_t seen_turn; /* wid named last in a `seen` of ours: the next turn comes after it */
    bool notices_stale; /* the board was touched */
    bool officers_stale; /* facts that named an officer must be made again */
    bool reload; /* a transaction was rolled back */
    bool added; /* in the transaction under way: gone with it if that fails */
    bool member_states_known; /* else they are derived when they are asked for */
    struct dt_member_state member_states[DT_MEMBERS_MAX];
    struct dt_human humans[DT_MEMBERS_MAX]; /* our tests of people, by member (human.c) */
    int64_t tests_due_ms;                   /* when they are looked at again; 0: now */
    int64_t ask_due_ms;                     /* when people are asked next */
    bool tests_known;                       /* else they are found in the store again */
    struct dt_own_test tests[DT_OWN_TESTS]; /* newest first */
    size_t test_count;
};

/* What a connection to the control socket has shown itself to be (role.c). */
enum dt_role { DT_ROLE_NONE = 0, DT_ROLE_OFFICER = 1, DT_ROLE_ROOT = 2 };

struct dt_client_state {
    int fd; /* -1: free */
    uint64_t id;
    uint8_t challenge[DT_CHALLENGE_SIZE]; /* to be signed next */
    enum dt_role role; /* as it was; ask dt_role_of() */
    unsigned officer;
    uint8_t key[DT_PUBLIC_SIZE]; /* that signed */
    int64_t role_until_us;
    struct dt_wire in;
    uint8_t *out;
    size_t out_size, out_capacity, out_sent;
    bool follows;
    bool closing; /* after what is in `out` */
    bool blocked; /* waits for the socket to take more */
};

/* Told after the commit: an append, with whom to tell. */
struct dt_reply_due {
    uint64_t client;
    uint64_t re;
    struct dt_line *line;
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
    bool wait_stored;
    bool flash;
    uint8_t to_count; /* members to wait for; all others when `to_all` */
    bool to_all;
    uint8_t to[8];
    bool unchanged; /* it was there already, under this wid: */
    uint16_t wid;
};

/* Something followers hear of after the commit. */
struct dt_event_due {
    struct dt_line *line;
    uint16_t wid;
    uint64_t seq;
    bool overdue; /* not that it came: that it is overdue */
};

enum { DT_CONFLICTS_A_PASS = 256 };

/* A conflict found in this pass; followers hear of it after the commit. */
struct dt_conflict_due {
    struct dt_line *line;
    uint8_t id[DT_HASH_SIZE];
};

struct dt_pairing; /* pair.c */
struct dt_job;     /* job.h */
struct dt_plans;   /* plans.h */
struct dt_plan_kept;

struct dt_node {
    struct dt_node_options options;
    struct dt_home home;
    struct dt_node_keys keys;
    struct dt_store *store;
    enum dt_err write_err; /* first failure in the transaction under way */
    uint64_t rollbacks;          /* transactions that were lost, and why the last was */
    enum dt_err rolled_back_for;
    bool wrote;
    bool urgent;           /* it holds more than receipts: nobody is told before the commit */
    int64_t commit_at_us;  /* when receipts alone are committed */
    struct dt_line **lines;
    size_t line_count;
    struct dt_session_table sessions;
    struct dt_peer_session *slots;
    struct dt_contact *contacts;
    size_t contact_count;
    bool drop_revoked; /* a writer was revoked, or a contact added: none may be both */
    size_t writers_looked_at; /* on all lines: whether a new one has to be reached */
    struct dt_udp sockets[DT_NODE_LISTEN_MAX];
    size_t socket_count;
    int control_fd, epoll_fd, signal_fd;
    struct dt_client_state clients[DT_CLIENTS_MAX];
    uint64_t next_client;
    struct dt_reply_due *replies; /* of this pass */
    size_t reply_count, reply_capacity;
    struct dt_reply_due *waiting; /* for receipts */
    size_t waiting_count, waiting_capacity;
    struct dt_event_due *events;
    size_t event_count, event_capacity;
    struct dt_conflict_due conflicts[DT_CONFLICTS_A_PASS];
    size_t conflict_count;
    bool stirred;        /* a line's sync has been told something since it was last asked */
    int64_t sync_due_us; /* else it has nothing to say before */
    bool flush; /* keys were destroyed: the journal must not keep them beyond the commit */
    int64_t tidy_due_us; /* when the store may be tidied, if nothing more is written before */
    struct dt_alarm alarm;
    int64_t echo_due_us;  /* when a link test is due, as computed for so many lines and contacts; */
    size_t echo_lines, echo_contacts; /* 0 us: compute again (echo.c) */
    int64_t await_due_ms; /* when something of ours that nobody acknowledged is looked at */
    bool receipts_moved; /* a cosignature came in this pass */
    struct dt_plans *plans;     /* owned; NULL: what is on the disk cannot be read (plans.h) */
    struct dt_job *job;         /* owned; long work under way, or NULL (job.h) */
    struct dt_pairing *pairing; /* owned; NULL: no window is open */
    bool shapes;   /* whoever is answered now asked for the parts of notices as bytes */
    bool withhold; /* whoever is answered now has no role: sealed parts stay closed */
    bool stopping;
    int64_t started_us;
    uint64_t address_secret;
    uint8_t *buffer; /* datagrams in, out, plain */
    struct dt_datagram queued[DT_UDP_BATCH]; /* frames that leave in one call */
    size_t queued_count;
    unsigned queued_socket;
    uint8_t *queue; /* their bytes */
};

/* --- clock, diagnostics (loop.c) ------------------------------------------- */
int64_t dt_node_now_us(void);
void dt_node_log(const struct dt_node *n, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Room for one more in an array of `count` items (tell.c); false without memory. */
bool dt_node_grow(void *array, size_t count, size_t *capacity, size_t item);

/* --- transactions (loop.c) ------------------------------------------------- */
/* Opens the pass's transaction if it is not open. */
enum dt_err dt_node_write(struct dt_node *n);
/* The same for what others can say again, a receipt: it need not be on disk before clients
 * hear of it, and may wait for the next commit, a moment at most. */
enum dt_err dt_node_write_receipt(struct dt_node *n);
/* Commits what the pass wrote; tells those who wait. */
void dt_node_commit(struct dt_node *n);

/* --- lines (line.c, apply.c, append.c, notices.c) ----------------------------- */
DT_MUST_USE enum dt_err dt_lines_load(struct dt_node *n);
void dt_line_free(struct dt_line *line);
struct dt_line *dt_line_by_id(struct dt_node *n, const uint8_t id[static DT_HASH_SIZE]);
struct dt_line *dt_line_by_tag(struct dt_node *n, uint32_t tag);
DT_MUST_USE enum dt_err dt_line_add(struct dt_node *n, struct dt_span charter_statement,
                                    struct dt_span open_body, struct dt_line **out);
/* After the transaction: a line that was added in it stays, or is gone. */
void dt_lines_settle(struct dt_node *n, bool committed);
struct dt_line_writer *dt_line_writer(struct dt_line *line, uint16_t wid, bool make);
/* Officers and doubts as the records tell them. */
DT_MUST_USE enum dt_err dt_line_load_views(struct dt_line *line);
/* Adds the sync peers that contacts make possible. */
DT_MUST_USE enum dt_err dt_line_add_peers(struct dt_line *line);
/* Reads the logs again after a rollback. */
DT_MUST_USE enum dt_err dt_line_reload(struct dt_line *line);

/* What a new record means here: fact, keys, officers, open items (apply.c). */
DT_MUST_USE enum dt_err dt_line_apply(struct dt_line *line, uint16_t wid, uint64_t seq,
                                      struct dt_span header, struct dt_span body, bool fresh);
/* The same for a record as sync puts it: its header made from its body, its leaf known. */
DT_MUST_USE enum dt_err dt_line_apply_put(struct dt_line *line, uint16_t wid, uint64_t seq,
                                          const uint8_t leaf[static DT_HASH_SIZE],
                                          struct dt_span header, struct dt_span body);
/* Facts again for records that named an officer not known then. */
DT_MUST_USE enum dt_err dt_line_remake_facts(struct dt_line *line);
/* Judges a fact by the record it refers to, if that is held (refer.c). */
void dt_line_refer(struct dt_line *line, struct dt_fact *fact);
/* The fact of the very version a reference names, on whichever branch. */
bool dt_line_fact_of(struct dt_line *line, const struct dt_ref *ref, struct dt_store_fact *row);
/* A record came: judges those that spoke of it before. */
DT_MUST_USE enum dt_err dt_line_referred(struct dt_line *line, const struct dt_fact *fact,
                                         struct dt_span header);
/* What our own entry refuses of a reference; a CHECK_FIRE passes. */
DT_MUST_USE enum dt_err dt_line_entry_refers(struct dt_line *line, struct dt_fact *fact);
/* Is it to be put before an officer here? */
bool dt_line_waits_for_us(const struct dt_line *line, uint16_t wid, const struct dt_header *h,
                          const struct dt_fact *fact);
/* Puts it there, or takes away what it acknowledges. `again`: it may have waited before. */
DT_MUST_USE enum dt_err dt_line_mark_open(struct dt_line *line, dt_store_key key, uint16_t wid,
                                          const struct dt_header *header,
                                          const struct dt_fact *fact, bool again);
/* Followers hear of it after the commit. */
DT_MUST_USE enum dt_err dt_line_add_event(struct dt_line *line, uint16_t wid, uint64_t seq);
/* Looks a set key up that this party granted; false if it is not here. */
bool dt_line_set_key(struct dt_line *line, unsigned party,
                     const uint8_t key_id[static DT_KEY_ID_SIZE],
                     struct dt_store_content_key *key);
/* The same, of those used before without a look into the store. */
bool dt_line_key(struct dt_line *line, unsigned party,
                 const uint8_t key_id[static DT_KEY_ID_SIZE], uint8_t key[static DT_SET_KEY_SIZE]);
/* Opens the sealed part of a record: size of the plaintext, 0 if it stays closed. */
size_t dt_line_open(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                    uint8_t *out, size_t capacity);

/* Officers and revocations as KEY records say (officers.c). */
struct dt_officers dt_line_officers(struct dt_line *line);
/* Who has that number in a record at that place; NULL if nobody whose key holds there. */
const struct dt_line_officer *dt_line_officer(const struct dt_line *line, uint16_t wid,
                                              uint64_t seq, unsigned number);
/* The role to show beside the number, of a revoked officer too; NULL for an unknown one. */
const char *dt_line_officer_role(const struct dt_line *line, uint16_t wid, uint64_t seq,
                                 unsigned number);
/* `in_doubt`: beyond what a forked log's histories share; only a revocation counts there. */
DT_MUST_USE enum dt_err dt_line_take_key(struct dt_line *line, uint16_t wid, struct dt_span body,
                                         bool in_doubt);
/* Of a record whose plaintext is at hand: did all officers it names sign it, with keys that
 * hold at its place? */
bool dt_line_officers_signed(const struct dt_line *line, const struct dt_fact *fact,
                             struct dt_span header, struct dt_span body, struct dt_span plain);
void dt_line_officers_clear(struct dt_line *line); /* and what revocations said of writers */

/* A record of ours (append.c). `plain` empty: nothing to seal. */
struct dt_draft {
    unsigned kind;
    int64_t time_ms;
    unsigned flags;
    uint8_t to[DT_MEMBERS_MAX];
    size_t to_count;
    struct dt_span body;
    struct dt_span plain;
    const uint8_t *tiers; /* a NOTICE told in tiers: one for each member; else NULL */
};
/* Another node goes on with our log, or did: of ours only CHECK_FIRE is appended any more, the
 * rest is FORK. Who writes by itself asks first. */
bool dt_line_is_copy(const struct dt_line *line);
DT_MUST_USE enum dt_err dt_line_append(struct dt_line *line, const struct dt_draft *draft,
                                       uint64_t *seq, uint8_t leaf[static DT_HASH_SIZE]);
uint64_t dt_line_next(const struct dt_line *line); /* the place of our next record */
/* What our own records say that memory lost: reader sets, and what of other logs was seen. */
DT_MUST_USE enum dt_err dt_line_recall(struct dt_line *line);

/* Our reader sets (readers.c): the one for a draft, or for members given ascending, ourselves
 * among them, with a box for each reader whose log is here; good until the next one. For readers
 * whose log came later; those of before a restart. */
DT_MUST_USE enum dt_err dt_line_set_for(struct dt_line *line, const struct dt_draft *draft,
                                        const struct dt_reader_set **out);
DT_MUST_USE enum dt_err dt_line_set_of(struct dt_line *line, int64_t time_ms, bool shred,
                                       const uint8_t *members, size_t count,
                                       const struct dt_reader_set **out);
DT_MUST_USE enum dt_err dt_line_grant_late(struct dt_line *line);
DT_MUST_USE enum dt_err dt_line_recall_sets(struct dt_line *line);
bool dt_set_has_box(const struct dt_reader_set *set, uint16_t wid);

/* --- checkpoints of others' logs, and what overtook them (keeping.c) ------------- */
/* Before the log's checkpoint becomes one over `size` records: keeps the one it has, if
 * without it a piece of the log would become too long to be handed on. */
DT_MUST_USE enum dt_err dt_line_keep_checkpoint(struct dt_line *line,
                                                struct dt_line_writer *writer, uint64_t size);
/* The first that is held with low < size <= high. */
bool dt_line_next_checkpoint(struct dt_line *line, uint16_t wid, uint64_t low, uint64_t high,
                             uint64_t *size, uint8_t signature[static DT_SIGNATURE_SIZE]);
/* After the log's row was read. */
DT_MUST_USE enum dt_err dt_line_load_checkpoint(struct dt_line *line,
                                                struct dt_line_writer *writer);
/* Record `seq` has come in its turn: what was kept of it before is not needed any more,
 * unless it was promised as another record. */
DT_MUST_USE enum dt_err dt_line_overtaken(struct dt_line *line, const struct dt_line_writer *writer,
                                          uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE]);
/* Our officers' certificates that the line does not know yet. */
DT_MUST_USE enum dt_err dt_line_publish_officers(struct dt_line *line);

/* By member index; true for what may be appended now, else *who is in its way
 * (member_state.c). */
const struct dt_member_state *dt_line_member_states(struct dt_line *line);
/* Distress, a warning of danger, an accident: by its subject, in clear. */
bool dt_draft_warns(const struct dt_draft *draft);
bool dt_line_carries(struct dt_line *line, const struct dt_draft *draft, unsigned *who);
const char *dt_line_state_name(struct dt_line *line); /* active, suspended, left, ended */

/* The line that follows this one, once all its members have accepted; else NULL. Is `draft` new
 * business, which then goes there? Of a charter that follows a line of ours: BAD_HASH where it
 * names another history than the one held (successor.c). */
const struct dt_line *dt_line_successor(struct dt_line *line);
bool dt_line_succeeded(struct dt_line *line, const struct dt_draft *draft);
DT_MUST_USE enum dt_err dt_successor_check(struct dt_node *n, const struct dt_charter *charter);

/* Notices that count, and conflicts between them (notices.c). */
DT_MUST_USE enum dt_err dt_line_notices(struct dt_line *line, int64_t now_ms);
/* What a fact says of notices will be derived again at the end of the pass. */
DT_MUST_USE enum dt_err dt_line_touch(struct dt_line *line, const struct dt_fact *fact);
/* The same for all notices of the line. */
DT_MUST_USE enum dt_err dt_line_touch_all(struct dt_line *line);
/* What stands already of the thing a NOTICE draft names (source.c). */
struct dt_source_found {
    bool there, same, amended;
    struct dt_ref ref;
};
/* IN_THE_PAST unless `past`, for what is over; nothing for other kinds. */
DT_MUST_USE enum dt_err dt_source_entry(struct dt_line *line, const struct dt_draft *draft,
                                        bool past, struct dt_source_found *found);
/* An own notice was recorded. */
DT_MUST_USE enum dt_err dt_source_note(struct dt_line *line, const struct dt_fact *fact,
                                       struct dt_span body);
/* Who is on the line and who has left it, for lives. */
struct dt_life_line dt_line_on_it(struct dt_line *line);
/* The life of one version now; false if it is not held, or no valid notice. */
bool dt_line_life(struct dt_line *line, const struct dt_ref *ref, int64_t now_ms,
                  struct dt_life_entry *out);
/* Makes all views again if another version of this program made them (rebuild.c). */
DT_MUST_USE enum dt_err dt_lines_renew_views(struct dt_node *n);

/* --- links (link.c, contact.c) ---------------------------------------------------------- */
DT_MUST_USE enum dt_err dt_link_start(struct dt_node *n);
DT_MUST_USE enum dt_err dt_link_add_card(struct dt_node *n, struct dt_span card,
                                         const uint8_t *secret, bool store);
/* Unpairs the contact at that place; another one takes it. */
void dt_link_remove(struct dt_node *n, size_t i);
/* Unpairs a party that was not kept. */
void dt_link_forget(struct dt_node *n, const uint8_t root[static DT_PUBLIC_SIZE]);
enum { DT_PEER_QUANTUM = 1 }; /* of a stored peer's flags */
/* One installation, reached as its card says. One that is there gets the endpoint. */
DT_MUST_USE enum dt_err dt_link_add_contact(struct dt_node *n, const struct dt_card *card,
                                            const struct dt_certificate *certificate,
                                            const uint8_t *psk, bool quantum);
/* protocol.md section 10; `secret` of 32 bytes or NULL. */
void dt_link_pair_key(uint8_t out[static 32], const uint8_t *a, const uint8_t *b,
                      const uint8_t *secret);
/* Our party's other installations that the card names. */
DT_MUST_USE enum dt_err dt_link_add_own(struct dt_node *n, const struct dt_card *card);
DT_MUST_USE enum dt_err dt_link_load_contacts(struct dt_node *n); /* at start */
/* Before a call: if the last found nobody, another endpoint of its card. */
void dt_contact_next_endpoint(struct dt_contact *c);
struct dt_contact *dt_contact_by_slot(struct dt_node *n, uint32_t slot);
void dt_link_down(struct dt_node *n, struct dt_contact *c);
/* Contacts for writers of our peers that no card names (installation.c). */
void dt_link_add_successors(struct dt_node *n);
/* Ends the sessions of installations whose writer key was revoked, for good. */
void dt_link_drop_revoked(struct dt_node *n);
/* NUMBER_TAKEN if the card has an installation whose number another writer of that party
 * bears on a line of ours: a backup was restored twice. */
DT_MUST_USE enum dt_err dt_link_check_numbers(struct dt_node *n, const struct dt_card *card);
void dt_link_receive(struct dt_node *n, unsigned socket);
void dt_link_tick(struct dt_node *n);
void dt_link_send(struct dt_node *n);
int64_t dt_link_deadline(const struct dt_node *n, int64_t now_us);
struct dt_contact *dt_contact_of(struct dt_node *n, const struct dt_line *line, uint16_t wid);

/* --- roles of clients (role.c) -------------------------------------------------- */
void dt_role_fresh(struct dt_client_state *client); /* another challenge */
/* Now: it ends with the watch, with `lock`, and when the key is revoked. */
enum dt_role dt_role_of(const struct dt_node *n, struct dt_client_state *client);
bool dt_role_may(const struct dt_node *n, struct dt_client_state *client, const char *cmd,
                 struct dt_span request);
/* auth, lock; as dt_answer(). */
bool dt_role_request(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                     const char *cmd, struct dt_span request);
const char *dt_role_name(enum dt_role role);

/* --- entry (enter.c) ------------------------------------------------------------ */
/* Who may write what: the state of the line, and a clock that is not far off. */
enum dt_err dt_enter_may(const struct dt_line *line, const struct dt_draft *draft);
/* What a copy of a home may not write, or a suspended line does not carry: said, and true. */
bool dt_enter_refused(struct dt_line *line, struct dt_client_state *client, uint64_t re,
                      const struct dt_draft *draft);

/* --- control (control.c, query.c) --------------------------------------------- */
void dt_control_accept(struct dt_node *n);
void dt_control_read(struct dt_node *n, struct dt_client_state *client);
void dt_control_flush(struct dt_node *n, struct dt_client_state *client);
void dt_control_close(struct dt_node *n, struct dt_client_state *client);
/* A finished message to one client; NULL o->... errors close it. */
void dt_control_send(struct dt_node *n, struct dt_client_state *client, struct dt_object *o);
void dt_control_error(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                      enum dt_err err, const char *detail);
struct dt_client_state *dt_control_client(struct dt_node *n, uint64_t id);
/* A conflict that was not known: followers hear of it after the commit. */
void dt_control_conflict(struct dt_line *line, const uint8_t id[static DT_HASH_SIZE]);
void dt_control_overdue(struct dt_line *line, const struct dt_ref *ref);
/* Followers hear at once that a plan of ours comes too close to something. */
void dt_control_plan(struct dt_node *n, const struct dt_plan_kept *plan);
/* After the commit: replies to appends, receipts, events. */
void dt_control_committed(struct dt_node *n, enum dt_err err);
/* One item map (docs/control.md) for a record held. */
void dt_query_item(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq,
                   bool stages);
/* One conflict map; null if it is not there. */
void dt_query_conflict(struct dt_object *o, struct dt_line *line, const uint8_t id[static DT_HASH_SIZE]);
/* Answers a request that only reads; false if `cmd` is none of those. */
bool dt_answer(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
              struct dt_span request);
/* Begins a reply: map with re and ok. */
void dt_reply_begin(struct dt_object *o, uint64_t re);

#endif
