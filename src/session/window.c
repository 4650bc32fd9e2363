/* SPDX-License-Identifier: ISC */
#include "session/window.h"

#include <assert.h>

enum { RING_BITS = DT_WINDOW_WORDS * 64 };

static bool bit(const struct dt_replay_window *window, uint64_t number)
{
    const uint64_t at = number % RING_BITS;
    return window->bits[at / 64] >> (at % 64) & 1;
}

enum dt_window_answer dt_window_check(const struct dt_replay_window *window, uint64_t number)
{
    if (number >= window->next) {
        return DT_WINDOW_NEW;
    }
    if (window->next - number > DT_WINDOW_SIZE) {
        return DT_WINDOW_TOO_OLD;
    }
    return bit(window, number) ? DT_WINDOW_SEEN : DT_WINDOW_NEW;
}

void dt_window_mark(struct dt_replay_window *window, uint64_t number)
{
    assert(number < UINT64_MAX && dt_window_check(window, number) == DT_WINDOW_NEW);
    if (number >= window->next) {
        /* Whole words are cleared ahead of the highest number: the ring has one
         * word more than the window, so none that still counts is lost. */
        const uint64_t last = window->next == 0 ? 0 : (window->next - 1) / 64;
        uint64_t ahead = number / 64 - last;
        if (ahead > DT_WINDOW_WORDS) {
            ahead = DT_WINDOW_WORDS;
        }
        for (uint64_t i = 0; i < ahead; i++) {
            window->bits[(number / 64 - i) % DT_WINDOW_WORDS] = 0;
        }
        window->next = number + 1;
    }
    const uint64_t at = number % RING_BITS;
    window->bits[at / 64] |= (uint64_t)1 << (at % 64);
}

uint64_t dt_window_full(const struct dt_replay_window *window, uint32_t low)
{
    const uint64_t span = (uint64_t)1 << 32, half = span / 2;
    const uint64_t expected = window->next;
    const uint64_t candidate = (expected & ~(span - 1)) | low;
    if (candidate < expected && expected - candidate >= half && candidate < UINT64_MAX - span) {
        return candidate + span;
    }
    if (candidate > expected && candidate - expected > half && candidate >= span) {
        return candidate - span;
    }
    return candidate;
}
