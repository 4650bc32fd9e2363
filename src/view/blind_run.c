/* SPDX-License-Identifier: ISC */
#include "view/blind_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/try.h"

void dt_blind_run_init(struct dt_blind_run *run)
{
    memset(run, 0, sizeof *run);
}

static void take_hello(struct dt_blind_run *run, enum dt_blind_role role, struct dt_span hello,
                       const struct dt_case_entry *e)
{
    run->part[role].parts = 1;
    run->part[role].have[0] = true;
    run->part[role].size = hello.size;
    memcpy(run->hello[role], hello.data, hello.size);
    run->officer[role] = e->officer.valid;
    memcpy(run->code[role], e->code, strlen(e->code) + 1);
}

static void begin(struct dt_blind_run *run, const struct dt_case_entry *e, const struct dt_body_blind *b,
                  const struct dt_blind_message *hello)
{
    run->begun = true;
    run->proposal = (struct dt_ref){e->fact->wid, e->fact->seq, {0}};
    memcpy(run->proposal.leaf, e->fact->leaf, DT_HASH_SIZE);
    run->asks = dt_wid_member(e->fact->wid);
    run->answers = (unsigned)e->fact->number[2];
    run->time_ms = e->fact->time_ms;
    memcpy(run->terms.line, hello->line.data, DT_HASH_SIZE);
    run->terms.slot_ms = hello->slot_ms;
    run->terms.size = hello->size;
    take_hello(run, DT_BLIND_ASKS, b->hello, e);
}

static bool about(const struct dt_blind_run *run, const struct dt_ref *ref)
{
    return ref->wid == run->proposal.wid && ref->seq == run->proposal.seq &&
           memcmp(ref->leaf, run->proposal.leaf, DT_HASH_SIZE) == 0;
}

/* False for a member that has no part in the run. */
static bool role_of(const struct dt_blind_run *run, const struct dt_fact *f, enum dt_blind_role *role)
{
    const unsigned member = dt_wid_member(f->wid);
    *role = member == run->asks ? DT_BLIND_ASKS : DT_BLIND_ANSWERS;
    return member == run->asks || member == run->answers;
}

static void take_said(struct dt_blind_run *run, enum dt_blind_role role, const struct dt_body_blind *b)
{
    struct dt_blind_said *said = &run->said[role];
    if (said->there || (b->event == DT_BLIND_DECLINED && role == DT_BLIND_ASKS)) {
        return;
    }
    said->there = true;
    said->event = b->event;
    said->step = b->step;
    memcpy(said->reason, b->reason, sizeof said->reason);
    memcpy(said->after, b->after, sizeof said->after);
}

static void take_blind(struct dt_blind_run *run, const struct dt_case_entry *e)
{
    struct dt_body_blind b;
    struct dt_blind_message hello;
    enum dt_blind_role role;
    if (dt_body_blind_decode(&b, &hello, e->proof->body) != DT_OK) {
        return;
    }
    if (b.event == DT_BLIND_PROPOSED) {
        if (!run->begun) {
            begin(run, e, &b, &hello);
        }
        return;
    }
    if (!run->begun || !about(run, &b.ref) || !role_of(run, e->fact, &role)) {
        return;
    }
    if (b.event != DT_BLIND_ANSWERED) {
        take_said(run, role, &b);
    } else if (role == DT_BLIND_ANSWERS && run->part[DT_BLIND_ANSWERS].parts == 0) {
        take_hello(run, role, b.hello, e);
    }
}

static void take_part(struct dt_blind_run *run, const struct dt_case_entry *e)
{
    struct dt_body_blind_part b;
    enum dt_blind_role role;
    if (dt_body_blind_part_decode(&b, e->proof->body) != DT_OK || !run->begun || !about(run, &b.ref) ||
        !role_of(run, e->fact, &role) || role != dt_blind_turn(b.step)) {
        return;
    }
    if (b.step >= DT_BLIND_STEP_REPLY &&
        (!e->proof->has_opening || dt_body_blind_plain_decode(&b.bytes, e->proof->plaintext) != DT_OK)) {
        return;
    }
    const bool last = b.part + 1 == b.parts;
    const size_t parts = run->part[b.step].parts;
    if ((parts != 0 && parts != b.parts) || run->part[b.step].have[b.part] ||
        (!last && b.bytes.size != DT_BLIND_PART_SIZE)) {
        return;
    }
    run->part[b.step].parts = b.parts;
    run->part[b.step].have[b.part] = true;
    memcpy(run->bytes[b.step - DT_BLIND_STEP_LIST] + b.part * DT_BLIND_PART_SIZE, b.bytes.data,
           b.bytes.size);
    if (last) {
        run->part[b.step].size = b.part * DT_BLIND_PART_SIZE + b.bytes.size;
    }
}

void dt_blind_run_take(void *ctx, const struct dt_case_entry *entry)
{
    if (entry->fact->err != DT_OK) {
        return;
    }
    if (entry->fact->kind == DT_KIND_BLIND) {
        take_blind(ctx, entry);
    } else if (entry->fact->kind == DT_KIND_BLIND_PART) {
        take_part(ctx, entry);
    }
}

struct dt_span dt_blind_run_message(const struct dt_blind_run *run, size_t step)
{
    for (size_t i = 0; i < run->part[step].parts; i++) {
        if (!run->part[step].have[i]) {
            return dt_span(NULL, 0);
        }
    }
    const uint8_t *bytes = step < DT_BLIND_STEP_LIST ? run->hello[step]
                                                     : run->bytes[step - DT_BLIND_STEP_LIST];
    return run->part[step].parts == 0 ? dt_span(NULL, 0) : dt_span(bytes, run->part[step].size);
}

size_t dt_blind_run_count(const struct dt_blind_run *run)
{
    size_t count = 0;
    while (count < DT_BLIND_MESSAGES && dt_blind_run_message(run, count).size > 0) {
        count++;
    }
    return count;
}

/* --- an opening as a file ------------------------------------------------------------ */

static const char opening_word[] = "opening ";

enum dt_err dt_blind_opened_parse(struct dt_span *opening, struct dt_span *case_text, uint8_t *room,
                                  struct dt_span text)
{
    const size_t head = strlen(DT_BLIND_FIRST_LINE), word = strlen(opening_word);
    size_t size = 0;
    if (text.size > DT_BLIND_OPENED_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    if (text.size < head + word || memcmp(text.data, DT_BLIND_FIRST_LINE, head) != 0 ||
        memcmp(text.data + head, opening_word, word) != 0) {
        return DT_ERR_BAD_TEXT;
    }
    const uint8_t *start = text.data + head + word;
    const uint8_t *end = memchr(start, '\n', text.size - head - word);
    if (end == NULL) {
        return DT_ERR_TRUNCATED;
    }
    DT_TRY(dt_unbase64(room, DT_BLIND_OPENING_MAX, &size, (const char *)start, (size_t)(end - start)));
    *opening = dt_span(room, size);
    *case_text = dt_span(end + 1, text.size - (size_t)(end + 1 - text.data));
    return DT_OK;
}

enum dt_err dt_blind_opened_write(struct dt_writer *w, struct dt_span opening)
{
    if (opening.size > DT_BLIND_OPENING_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    char *text = malloc(4 * (opening.size / 3 + 1) + 1);
    if (text == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    const size_t size = dt_base64(text, opening.data, opening.size);
    dt_write_bytes(w, DT_BLIND_FIRST_LINE, strlen(DT_BLIND_FIRST_LINE));
    dt_write_bytes(w, opening_word, strlen(opening_word));
    dt_write_bytes(w, text, size);
    dt_write_u8(w, '\n');
    free(text);
    return w->overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}
