/* SPDX-License-Identifier: ISC */
/*
 * window - which frame numbers of one key have been received.
 *
 * Remembers the highest number and which of the DT_WINDOW_SIZE numbers ending
 * there have been seen. Checked before decryption, because it is cheap; marked
 * only after, because until then the number is a stranger's claim.
 *
 * Pure, no allocation; a zeroed struct is an empty window.
 */
#ifndef DT_SESSION_WINDOW_H
#define DT_SESSION_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DT_WINDOW_SIZE = 1024, /* frames; an older one is refused */
    DT_WINDOW_WORDS = DT_WINDOW_SIZE / 64 + 1,
};

struct dt_replay_window {
    uint64_t next;                  /* highest number seen + 1; 0: none yet */
    uint64_t bits[DT_WINDOW_WORDS]; /* ring: number n is bit n % (64 * words) */
};

enum dt_window_answer { DT_WINDOW_NEW, DT_WINDOW_SEEN, DT_WINDOW_TOO_OLD };

enum dt_window_answer dt_window_check(const struct dt_replay_window *window, uint64_t number);

/* Records `number`; `number` is NEW and below UINT64_MAX. Cost: O(DT_WINDOW_WORDS). */
void dt_window_mark(struct dt_replay_window *window, uint64_t number);

/*
 * The full number whose low 32 bits are `low`: of all candidates the one nearest
 * to the next number expected (RFC 9000, appendix A.3). It is right as long as
 * fewer than 2^31 frames in a row were lost; if it is not, decryption fails.
 */
uint64_t dt_window_full(const struct dt_replay_window *window, uint32_t low);

#endif
