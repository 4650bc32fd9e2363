/* SPDX-License-Identifier: ISC */
#include "cli/nearest.h"

#include <ctype.h>
#include <string.h>

void cli_nearest_begin(struct cli_nearest *n, const char *word)
{
    n->word = word;
    n->best[0] = '\0';
    n->slips = strlen(word) / 3 + (strlen(word) < 3) + 1; /* one more than is near */
    n->slips = n->slips > 4 ? 4 : n->slips;
}

static int letter(const char *text, size_t at)
{
    return tolower((unsigned char)text[at]);
}

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Slips between two words, exchanged neighbours as one; each shorter than the rows. */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t row[3][CLI_NEAREST_SIZE];
    for (size_t j = 0; j <= b_size; j++) {
        row[0][j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t *now = row[i % 3];
        const size_t *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            const size_t change = letter(a, i - 1) != letter(b, j - 1);
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
            if (i > 1 && j > 1 && letter(a, i - 1) == letter(b, j - 2) &&
                letter(a, i - 2) == letter(b, j - 1) && before[j - 2] + 1 < now[j]) {
                now[j] = before[j - 2] + 1;
            }
        }
    }
    return row[a_size % 3][b_size];
}

void cli_nearest_try(struct cli_nearest *n, const char *known, size_t size)
{
    const size_t length = strlen(n->word);
    if (size == 0 || size >= CLI_NEAREST_SIZE || length == 0 || length >= CLI_NEAREST_SIZE) {
        return;
    }
    const size_t slips = distance(n->word, length, known, size);
    if (slips < n->slips) {
        n->slips = slips;
        memcpy(n->best, known, size);
        n->best[size] = '\0';
    }
}
