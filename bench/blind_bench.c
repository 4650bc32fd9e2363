/* SPDX-License-Identifier: ISC */
/*
 * blind_bench - one session of blind notices: processor time of each side, and what travels.
 *
 *     blind_bench [CELLS]      10,000 unless said
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "blind/blind.h"

enum { LIMIT_S = 5 }; /* for 10,000 cells */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(enum dt_err err)
{
    if (err != DT_OK) {
        fprintf(stderr, "blind_bench: %s\n", dt_err_text(err));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static uint64_t cells[2][DT_BLIND_SIZE_MAX];
    static uint8_t bytes[DT_BLIND_MESSAGE_MAX];
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    if (count < DT_BLIND_SIZE_MIN || count > DT_BLIND_SIZE_MAX) {
        must(DT_ERR_USAGE);
    }
    const struct dt_blind_terms terms = {{1}, 3600000, (uint32_t)count};
    struct dt_blind_budget budget[2];
    struct dt_blind *side[2];
    double spent[2] = {0.0, 0.0};
    size_t sent = 0;
    const uint64_t *common;
    size_t common_count;
    must(dt_crypto_init());
    for (int i = 0; i < 2; i++) {
        const uint8_t secret[DT_BLIND_SECRET_SIZE] = {(uint8_t)(i + 1)};
        for (size_t k = 0; k < count; k++) {
            cells[i][k] = k * 2 + (k % 10 == 0 ? 0 : (size_t)i); /* every tenth is common */
        }
        dt_blind_budget_init(&budget[i], 1000, DT_BLIND_SIZE_MAX, DT_BLIND_SIZE_MAX);
        must(dt_blind_new(&side[i], &terms, i == 0 ? DT_BLIND_ASKS : DT_BLIND_ANSWERS, secret, cells[i],
                          count, &budget[i], 0));
    }
    for (size_t step = 0; step < DT_BLIND_MESSAGES; step++) {
        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        const double start = now();
        must(dt_blind_next(side[dt_blind_turn(step)], &w));
        const double made = now();
        must(dt_blind_receive(side[1 - dt_blind_turn(step)], dt_written(&w)));
        spent[dt_blind_turn(step)] += made - start;
        spent[1 - dt_blind_turn(step)] += now() - made;
        sent += w.size;
    }
    must(dt_blind_common(side[0], &common, &common_count));
    printf("{\"figure\": \"blind.session\", \"value\": %.3f, \"unit\": \"s\", \"n\": %lu, \"limit\": %d, "
           "\"note\": \"processor time of one core; asks %.3f, answers %.3f; %zu bytes both ways, %zu in common\"}\n",
           spent[0] > spent[1] ? spent[0] : spent[1], count, LIMIT_S, spent[0], spent[1], sent, common_count);
    dt_blind_free(side[0]);
    dt_blind_free(side[1]);
    return common_count == (count + 9) / 10 ? 0 : 1;
}
