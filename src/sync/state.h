/* SPDX-License-Identifier: ISC */
/* state - what the files of this layer share: one peer, and its view of one log. */
#ifndef DT_SYNC_STATE_H
#define DT_SYNC_STATE_H

#include "sync/sync.h"

/* Items of a payload, protocol.md section 7. */
enum dt_item {
    DT_ITEM_RECORDS = 1,
    DT_ITEM_CHECKPOINT = 2,
    DT_ITEM_COSIGNATURE = 3,
    DT_ITEM_HEADS = 4,
    DT_ITEM_PROMISED = 5,
    DT_ITEM_FRAGMENT = 6,
    DT_ITEM_FRAGMENTS_HELD = 7,
    DT_ITEM_WANT = 8,
    DT_ITEM_FORK = 11,
    DT_ITEM_UNSIGNED = 12,
    DT_ITEM_CONTESTED = 13,
    DT_ITEM_HEARD = 14,
    DT_ITEM_WANT_HISTORY = 15,
    DT_ITEM_HISTORY = 16,
    DT_ITEM_PROMISED_PART = 17,
    DT_ITEM_CONTESTED_ROOT = 18,
    DT_ITEM_CONTESTED_SIGNATURE = 19,
};

enum dt_form { DT_FORM_SIGNED = 0, DT_FORM_OPENED = 1, DT_FORM_ABSENT = 2 };

enum { DT_WANT_AS_SIGNED = 1 };

/* The last record a host can be asked to keep; the store's limit is the same. */
#define DT_SYNC_SEQ_MAX ((UINT64_C(1) << 40) - 1)

/* A received record that no signature covers yet. One allocation: header, body. */
struct dt_pending_record {
    uint16_t header_size;
    uint16_t body_size;
    bool absent;
    uint8_t leaf[DT_HASH_SIZE]; /* once a root was made of it */
    uint8_t bytes[];
};

/* Records of one log from one peer that wait for their checkpoint. */
struct dt_pending {
    size_t *total; /* of the peer: what it makes us hold in all its logs */
    struct dt_pending_record *slot[DT_SYNC_PENDING_RECORDS]; /* ring, by seq */
    uint64_t first;       /* seq of the lowest that may be held */
    uint64_t end;         /* one past the highest held */
    size_t bytes;
    uint64_t signed_size; /* checkpoint waiting for its records; 0 none */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

/* A record too large for one frame on its way in. */
struct dt_assembly {
    uint64_t seq;
    bool promised; /* its signature is the last of the pieces: it waits for no other record */
    size_t total; /* bytes of the whole; 0: not in use */
    size_t held;  /* of them, here */
    uint8_t *bytes; /* total bytes, then as many flags: which are held */
};

enum { DT_SYNC_ASSEMBLIES = 8, DT_SYNC_ASSEMBLIES_PROMISED = 4 /* of them, at most */ };

/* The other history of a log, on its way in from one peer (other.c). */
struct dt_other {
    struct dt_checkpoint head; /* verified */
    uint64_t first;            /* records from there on are asked for */
    uint64_t count;            /* of them, here */
    size_t bytes;
    size_t *total; /* of the peer */
    int64_t asked_us; /* 0: ask now */
    unsigned tries;
    struct dt_pending_record *record[DT_SYNC_PENDING_RECORDS];
};

struct dt_peer_log {
    uint16_t wid;
    uint64_t has;        /* the peer holds so many durably */
    uint64_t heard;      /* it holds so many, if only in memory; >= has */
    uint64_t sent;       /* next to send, >= heard */
    uint64_t signed_to;  /* highest size we sent a checkpoint for */
    uint64_t sign_at;    /* where the batch under way ends, and a checkpoint belongs */
    bool sign_again;     /* the checkpoint for what it has heard may be lost */
    size_t in_flight;    /* bytes sent beyond `heard` */
    int64_t progress_us; /* last send or last advance of `has` */
    int64_t rewound_us;  /* when the peer last made us go back */
    unsigned backoff;    /* doublings of the timeout */
    uint64_t cosigned;   /* size up to which we told the author `stored` */
    bool cosign_due;     /* we owe the author a cosignature (again) */
    bool heard_due;      /* we owe it word of what waits for a checkpoint here */
    bool heads_due;      /* we owe this peer our head of this log */
    bool contest_due;    /* its checkpoint does not fit what we hold */
    unsigned contest_step; /* two for each head that is shown: halves, where frames are narrow */
    uint64_t contest_size; /* of the head whose root came, and its signature did not yet */
    uint8_t contest_root[DT_HASH_SIZE];
    bool fork_due;
    bool as_signed;      /* no opened form: the peer lacks a key */
    bool want_as_signed; /* we lack one */
    uint64_t want_first, want_count; /* NACK to send; count 0 none */
    struct dt_other *other; /* coming in; NULL: none */
    bool history_due;    /* going out: a piece it asked for */
    bool history_other;  /* of our second history */
    uint64_t history_first, history_size;
    struct dt_pending *pending;
    struct dt_assembly assembly[DT_SYNC_ASSEMBLIES];
    bool fragments_due;
    /* outgoing fragments of record `sent` */
    uint64_t fragment_seq;
    size_t fragment_at;
};

enum { DT_RANK_FIRE = DT_FLASH + 1 };

struct dt_sync_promise_out {
    uint16_t wid;
    uint64_t seq;
    uint8_t rank; /* its precedence, or DT_RANK_FIRE */
    int64_t sent_us; /* 0 not yet */
    unsigned tries;
    size_t at; /* of one too large for a frame: so much of it is sent */
};

struct dt_sync_peer {
    uint16_t wid;
    bool up;
    int64_t rtt_us;
    size_t window; /* bytes that may be in flight */
    size_t in_flight;
    int64_t heads_us; /* next periodic heads */
    bool heads_all;   /* tell all heads now */
    bool heads_seen;  /* it has told us its own since it came up */
    size_t pending_bytes; /* in all its logs, at most DT_SYNC_PENDING_BYTES and a record */
    struct dt_peer_log **logs; /* sorted by wid */
    size_t log_count;
    struct dt_sync_promise_out promises[DT_SYNC_PROMISES];
    size_t promise_count;
};

/* send.c: the first fields of an item, and their size. */
void dt_item_head(struct dt_writer *w, enum dt_item item, uint16_t wid, uint64_t first,
                  uint64_t count);
size_t dt_item_head_size(uint16_t wid, uint64_t first, uint64_t count);
/* One record as the link carries it, in `out`; 0 if it is not to be had. */
size_t dt_record_form(struct dt_sync *s, const struct dt_sync_peer *p,
                      const struct dt_peer_log *pl, uint64_t seq, uint8_t *out, size_t capacity);
/* urgent.c: records that must not wait behind a backlog, under a promise each. */
void dt_promises_write(struct dt_sync *s, struct dt_sync_peer *p, int64_t now_us,
                       struct dt_writer *w, bool *urgent);
struct dt_sync_peer *dt_sync_find_peer(const struct dt_sync *s, uint16_t wid);
/* Finds or makes; NULL without memory. */
struct dt_peer_log *dt_peer_log(struct dt_sync_peer *p, uint16_t wid);
struct dt_peer_log *dt_peer_log_find(const struct dt_sync_peer *p, uint16_t wid);
struct dt_sync_log *dt_sync_log(struct dt_sync *s, uint16_t wid);
void dt_sync_reject(struct dt_sync *s, enum dt_err err);
/* The peer holds `size` durably, or has heard them: settles what was in flight. */
void dt_peer_log_has(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size, int64_t now_us);
void dt_peer_log_heard(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size,
                       int64_t now_us);
/* Everything from `seq` on goes again. */
void dt_peer_log_rewind(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t seq);
void dt_sync_free_peer(struct dt_sync_peer *p);
void dt_pending_free(struct dt_peer_log *pl);
void dt_assemblies_free(struct dt_peer_log *pl);
/* other.c: the peer showed a verified head of a forked log. */
DT_MUST_USE enum dt_err dt_other_shown(struct dt_sync *s, struct dt_sync_peer *p,
                                       struct dt_peer_log *pl, struct dt_sync_log *log,
                                       const struct dt_checkpoint *head);
/* Our head of that log with its whole root, and that of its second history. */
void dt_contested_write(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                        struct dt_writer *w);
int64_t dt_other_due(const struct dt_sync_peer *p, const struct dt_peer_log *pl, int64_t now_us);
void dt_other_ask(const struct dt_sync_peer *p, struct dt_peer_log *pl, int64_t now_us,
                  struct dt_writer *w);
void dt_other_write(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                    struct dt_writer *w);
void dt_other_take(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size, uint64_t seq,
                   const struct dt_stored *record);
/* All of it may be here: keeps it, or asks from further back. */
DT_MUST_USE enum dt_err dt_other_whole(struct dt_sync *s, struct dt_peer_log *pl,
                                       struct dt_sync_log *log);
void dt_other_free(struct dt_peer_log *pl);
/* The lowest record that has arrived in part, or NULL. */
struct dt_assembly *dt_assembly_lowest(struct dt_peer_log *pl);
void dt_pending_drop_below(struct dt_pending *pending, uint64_t seq);

/* accept.c: where what is taken of a log must end: UINT64_MAX, or near what is held once its
 * member has had all the room there is. */
uint64_t dt_sync_room(struct dt_sync *s, const struct dt_sync_log *log);
/* Tries to turn pending records into staged ones. */
DT_MUST_USE enum dt_err dt_sync_accept(struct dt_sync *s, struct dt_sync_peer *p,
                                       struct dt_peer_log *pl, struct dt_sync_log *log);
/* The same when records came that may be the last to be missing: asks for nothing. */
DT_MUST_USE enum dt_err dt_sync_accept_whole(struct dt_sync *s, struct dt_sync_peer *p,
                                             struct dt_peer_log *pl, struct dt_sync_log *log);
/* Keeps a root for dt_sync_root_at(). */
void dt_sync_keep_root(struct dt_sync_log *log, uint64_t size,
                       const uint8_t root[static DT_HASH_SIZE]);
/* Stages one record at the end of `log`; `leaf` is the hash of its header. */
DT_MUST_USE enum dt_err dt_sync_stage(struct dt_sync *s, struct dt_sync_log *log,
                                      const struct dt_stored *record,
                                      const uint8_t leaf[static DT_HASH_SIZE]);
/* A promised record: verifies and keeps. */
DT_MUST_USE enum dt_err dt_sync_take_promised(struct dt_sync *s, struct dt_sync_log *log,
                                              uint64_t seq, const struct dt_stored *record,
                                              const uint8_t *promise);
/* Two histories: keeps the proof, marks the log, tells the peers. */
DT_MUST_USE enum dt_err dt_sync_forked(struct dt_sync *s, struct dt_sync_log *log,
                                       const struct dt_fork *fork);
DT_MUST_USE enum dt_err dt_sync_contested(struct dt_sync *s, struct dt_sync_log *log,
                                          const struct dt_checkpoint *theirs);
int64_t dt_peer_timeout(const struct dt_sync_peer *p, unsigned backoff);

#endif
