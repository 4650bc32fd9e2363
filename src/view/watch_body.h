/* SPDX-License-Identifier: ISC */
/*
 * watch_body - what the kinds of the watch say: who is at the desk, what was tried,
 * what was missed, what the other side is reported to have said. protocol.md
 * sections 8 and 12. Rules for encoders, decoders and officers: body.h.
 */
#ifndef DT_VIEW_WATCH_BODY_H
#define DT_VIEW_WATCH_BODY_H

#include "view/body.h"

/* --- MESSAGE, its clear part ---------------------------------------------------- */

enum dt_subject {
    DT_SUBJECT_NONE,
    DT_SUBJECT_DISTRESS,
    DT_SUBJECT_WARNING, /* of danger to the other side */
    DT_SUBJECT_ACCIDENT,
    DT_SUBJECTS,
};

DT_MUST_USE enum dt_err dt_body_subject_encode(uint8_t *out, size_t capacity, size_t *size,
                                               enum dt_subject subject);
/* `body`: the clear body, with or without officers and sealed part. */
DT_MUST_USE enum dt_err dt_body_subject_decode(enum dt_subject *subject, struct dt_span body);

/* --- TEST ------------------------------------------------------------------------ */

struct dt_body_test {
    uint64_t nonce; /* below 2^63 */
    bool echo;      /* answers the TEST meant: */
    struct dt_ref ref;
};

DT_MUST_USE enum dt_err dt_body_test_encode(uint8_t *out, size_t capacity, size_t *size,
                                            const struct dt_body_test *b);
DT_MUST_USE enum dt_err dt_body_test_decode(struct dt_body_test *out, struct dt_span body);

/* --- WATCH ------------------------------------------------------------------------ */

enum dt_watch_event {
    DT_WATCH_TAKEN,
    DT_WATCH_HANDED_OVER,
    DT_WATCH_LEFT,
    DT_WATCH_ALARM_HEARD,
    DT_WATCH_ALARM_NOT_HEARD,
    DT_WATCH_EVENTS,
};

struct dt_body_watch {
    enum dt_watch_event event;
    char desk[DT_TEXT_MAX + 1];      /* "" not said */
    int64_t until_ms;                /* must be for TAKEN and HANDED_OVER; 0 otherwise */
    struct dt_ref open[DT_REFS_MAX]; /* accepted one by one; HANDED_OVER only */
    size_t open_count;
};

DT_MUST_USE enum dt_err dt_body_watch_encode(uint8_t *out, size_t capacity, size_t *size,
                                             const struct dt_body_watch *b);
DT_MUST_USE enum dt_err dt_body_watch_decode(struct dt_body_watch *out, struct dt_span body);

/* --- MISSED ------------------------------------------------------------------------ */

enum dt_missed { DT_MISSED_LINK, DT_MISSED_DESK, DT_MISSED_KINDS };

struct dt_body_missed {
    enum dt_missed what;
    unsigned member; /* whose */
    int64_t since_ms;
    unsigned in_a_row; /* 1..1,000,000 */
};

DT_MUST_USE enum dt_err dt_body_missed_encode(uint8_t *out, size_t capacity, size_t *size,
                                              const struct dt_body_missed *b);
DT_MUST_USE enum dt_err dt_body_missed_decode(struct dt_body_missed *out, struct dt_span body);

/* --- ATTEMPT ------------------------------------------------------------------------ */

enum dt_attempt {
    DT_ATTEMPT_SAME_DESK,
    DT_ATTEMPT_OTHER_PATH,
    DT_ATTEMPT_DEPUTY,
    DT_ATTEMPT_DUTY_DIRECTOR,
    DT_ATTEMPT_GUARANTOR,
    DT_ATTEMPT_INTERMEDIARY,
    DT_ATTEMPTS, /* DT_ATTEMPT_STEPS of charter.h */
};

struct dt_body_attempt {
    struct dt_ref ref; /* the own record that nobody has acknowledged */
    enum dt_attempt step;
    unsigned member;     /* tried */
    int64_t deadline_ms; /* that had passed */
};

DT_MUST_USE enum dt_err dt_body_attempt_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_body_attempt *b);
DT_MUST_USE enum dt_err dt_body_attempt_decode(struct dt_body_attempt *out, struct dt_span body);

/* --- REPORTED ------------------------------------------------------------------------ */

enum dt_means { DT_MEANS_VOICE, DT_MEANS_PAPER, DT_MEANS_FILE, DT_MEANS_KINDS };
enum dt_reported {
    DT_REPORTED_ACKNOWLEDGED,
    DT_REPORTED_PASSED_ON,
    DT_REPORTED_REFUSED,
    DT_REPORTED_KINDS,
};

struct dt_body_reported {
    struct dt_ref ref;
    char who[DT_TEXT_MAX + 1]; /* the person or role spoken to */
    enum dt_means means;
    unsigned member; /* spoken for */
    int64_t when_ms;
    enum dt_reported what;
    struct dt_span text; /* words; empty if there are none */
};

DT_MUST_USE enum dt_err dt_body_reported_encode(uint8_t *out, size_t capacity, size_t *size,
                                                const struct dt_body_reported *b);
DT_MUST_USE enum dt_err dt_body_reported_decode(struct dt_body_reported *out, struct dt_span body);

/* NAMED is {1: reference}: dt_body_ref_encode(), dt_body_ref_decode(). */

/* --- names: stable, lower case; "?" outside the range ------------------------------- */

const char *dt_subject_name(int64_t subject); /* "none", "distress", "warning", "accident" */
const char *
dt_watch_event_name(int64_t event);         /* "taken", "handed-over", "left", "alarm-heard" … */
const char *dt_missed_name(int64_t what);   /* "link", "desk" */
const char *dt_attempt_name(int64_t step);  /* "same-desk", "other-path", "deputy" … */
const char *dt_means_name(int64_t means);   /* "voice", "paper", "file" */
const char *dt_reported_name(int64_t what); /* "acknowledged", "passed-on", "refused" */

#endif
