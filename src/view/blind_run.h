/* SPDX-License-Identifier: ISC */
/*
 * blind_run - the messages of one run of blind notices, put together from the records of a
 * case (view/case.h): what a side computes from is what a third party would be shown.
 *
 *     case -> dt_blind_run_take() for each record -> messages 0..5 -> blind, judge
 *
 * Of several records that say the same thing differently the first by (log, seq) counts. Large
 * (1.4 MB): not on the stack. Spans point into the run. Pure.
 */
#ifndef DT_VIEW_BLIND_RUN_H
#define DT_VIEW_BLIND_RUN_H

#include "view/blind_body.h"
#include "view/case.h"
#include "view/notice.h"

struct dt_blind_said { /* what a party's officer said of the run last */
    bool there;
    enum dt_blind_event event; /* DECLINED .. REFUSED */
    size_t step;
    char reason[DT_TEXT_MAX + 1];
    uint8_t after[DT_HASH_SIZE];
};

struct dt_blind_run {
    bool begun; /* the first record was a proposal */
    struct dt_ref proposal;
    unsigned asks, answers; /* members */
    char code[2][DT_CODE_MAX + 1];
    bool officer[2]; /* a valid officer's signature on the HELLO */
    int64_t time_ms; /* of the proposal, as its author says */
    struct dt_blind_terms terms;
    struct dt_blind_said said[2]; /* by role */
    struct {
        size_t parts; /* 0: none yet */
        size_t size;  /* once the last part is there */
        bool have[DT_BLIND_PARTS_MAX];
    } part[DT_BLIND_MESSAGES];
    uint8_t hello[2][DT_BLIND_HELLO_MAX];
    uint8_t bytes[DT_BLIND_MESSAGES - DT_BLIND_STEP_LIST][DT_BLIND_PARTS_MAX * DT_BLIND_PART_SIZE];
};

/* Adds the cells of every volume, enlarged by its accuracy and tolerance, each of its windows by
 * itself. As dt_blind_cells_add(). */
DT_MUST_USE enum dt_err dt_blind_cover(struct dt_blind_cells *set, const struct dt_notice_plain *plain,
                                       const struct dt_separation *separation, uint32_t slot_ms);

void dt_blind_run_init(struct dt_blind_run *run);

/* As the `each` of dt_case_verify(); ctx is the run. What does not belong is passed over. */
void dt_blind_run_take(void *ctx, const struct dt_case_entry *entry);

/* Message `step` if all of it is there, else an empty span. */
struct dt_span dt_blind_run_message(const struct dt_blind_run *run, size_t step);
/* How many messages are whole, from the first. */
size_t dt_blind_run_count(const struct dt_blind_run *run);

/* --- an opening as a file ------------------------------------------------------------ */

/*
 * What a side shows a third party: its OPENING and the case of the run.
 *
 *     detente-blind@v1
 *     opening <base64 of the OPENING>
 *     detente-case@v1
 *     …
 */
#define DT_BLIND_FIRST_LINE "detente-blind@v1\n"

enum {
    DT_BLIND_OPENING_MAX = DT_BLIND_SIZE_MAX * DT_BLIND_CELL_SIZE + 256,
    DT_BLIND_OPENED_MAX = DT_CASE_SIZE_MAX + 2 * DT_BLIND_OPENING_MAX, /* bytes of the file */
};

/* Opening and case of a file; `room` of DT_BLIND_OPENING_MAX bytes, borrowed by *opening. Neither
 * is judged yet. BAD_TEXT, TRUNCATED, TOO_LARGE, NOT_CANONICAL. */
DT_MUST_USE enum dt_err dt_blind_opened_parse(struct dt_span *opening, struct dt_span *case_text,
                                              uint8_t *room, struct dt_span text);
/* First line and opening; the case follows. BAD_VALUE for more than an opening. NO_MEMORY. */
DT_MUST_USE enum dt_err dt_blind_opened_write(struct dt_writer *w, struct dt_span opening);

#endif
