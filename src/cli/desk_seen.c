/* SPDX-License-Identifier: ISC */
/* What was on the screen with a person there: only that counts as shown (desk.h). */
#include <string.h>

#include "cli/desk.h"

static size_t seen_at(const struct desk *d, const char *id)
{
    size_t i = 0;
    while (i < d->seen_count && strcmp(d->seen[i].id, id) != 0) {
        i++;
    }
    return i;
}

bool desk_seen(const struct desk *d, const char *id)
{
    for (size_t i = 0; i < d->drawn_count; i++) {
        if (strcmp(d->drawn[i], id) == 0) { /* who presses a key now has it before him */
            return true;
        }
    }
    return seen_at(d, id) < d->seen_count;
}

static void see(struct desk *d, const char *id)
{
    if (seen_at(d, id) == d->seen_count) {
        snprintf(d->seen[d->seen_next].id, DESK_ID_SIZE, "%s", id);
        d->seen[d->seen_next].said = false;
        d->seen_next = (d->seen_next + 1) % DESK_SHOWN_MAX;
        d->seen_count += d->seen_count < DESK_SHOWN_MAX;
    }
}

/* A text longer than the screen: how far it has been there, from its begin, without a gap.
 * True once its last word was. */
static bool follow_reading(struct desk *d, const struct desk_screen *s)
{
    d->page_top = s->read.top;
    d->page_rows = s->read.rows;
    d->page_of = s->read.of;
    if (strcmp(d->read_id, s->read.id) != 0 || d->read_detail != s->read.detail) {
        snprintf(d->read_id, sizeof d->read_id, "%s", s->read.id);
        d->read_detail = s->read.detail;
        d->read_to = 0;
    }
    if (s->read.from <= d->read_to && s->read.to > d->read_to) {
        d->read_to = s->read.to;
    }
    return s->read.id[0] != '\0' && d->read_to >= s->read.size;
}

static void say_shown(struct desk *d, const char *id)
{
    const json_t *item = desk_item(d, id);
    const size_t at = seen_at(d, id);
    if (item == NULL || d->seen[at].said || d->queue_count >= 8) {
        return;
    }
    struct desk_action *a = desk_queue(d, DESK_DO_SHOWN);
    snprintf(a->id, sizeof a->id, "%s", id);
    snprintf(a->line, sizeof a->line, "%s", cli_str(item, "line"));
    d->seen[at].said = true;
}

void desk_drawn(struct desk *d, const struct desk_screen *s, int64_t now_ms)
{
    const bool present = d->key_ms != 0 && now_ms - d->key_ms < DESK_PRESENT_MS;
    d->drawn_count = 0;
    for (size_t i = 0; i < s->shown_count; i++) {
        memcpy(d->drawn[d->drawn_count++], s->shown[i], DESK_ID_SIZE);
    }
    if (follow_reading(d, s)) {
        memcpy(d->drawn[d->drawn_count++], s->read.id, DESK_ID_SIZE);
    }
    if (!d->tty || !present || d->down) {
        return;
    }
    for (size_t i = 0; i < d->drawn_count; i++) {
        see(d, d->drawn[i]);
        if (desk_signer(d) != 0) { /* else the node takes nothing: it stays unshown */
            say_shown(d, d->drawn[i]);
        }
    }
}
