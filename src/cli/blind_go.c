/* SPDX-License-Identifier: ISC */
/* A run goes on by what stands in the logs (blind.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/blind.h"

struct cli_blind_case *cli_blind_load(struct cli *c, const char *id)
{
    struct dt_object o;
    struct cli_blind_case *r = calloc(1, sizeof *r);
    if (r == NULL) {
        cli_fail(c, DT_ERR_NO_MEMORY, NULL);
        return NULL;
    }
    cli_begin(c, &o, "prove");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "case");
    dt_obj_bool(&o, true);
    if (!cli_ask(c, &o, &r->reply)) {
        cli_blind_unload(r);
        return NULL;
    }
    const char *text = cli_str(r->reply, "proof");
    enum dt_err err = dt_case_parse(&r->file, r->memory, dt_span(text, strlen(text)));
    dt_blind_run_init(&r->run);
    err = err == DT_OK ? dt_case_verify(&r->judge, &r->file, dt_blind_run_take, &r->run) : err;
    err = err == DT_OK && !r->run.begun ? DT_ERR_WRONG_RECORD : err;
    if (err != DT_OK) {
        cli_fail(c, err, err == DT_ERR_WRONG_RECORD ? _("%s is not the proposal of a run") : "%s", cli_safe(id));
        cli_blind_unload(r);
        return NULL;
    }
    return r;
}

void cli_blind_unload(struct cli_blind_case *r)
{
    if (r != NULL) {
        json_decref(r->reply);
    }
    free(r);
}

bool cli_blind_role(struct cli *c, const struct cli_line *line, const struct cli_blind_case *r,
                    enum dt_blind_role *role)
{
    const unsigned me = (unsigned)cli_int(line->info, "me");
    *role = me == r->run.asks ? DT_BLIND_ASKS : DT_BLIND_ANSWERS;
    if (me != r->run.asks && me != r->run.answers) {
        cli_fail(c, DT_ERR_NOT_ADDRESSED, NULL);
        return false;
    }
    return true;
}

bool cli_blind_say(struct cli *c, const struct cli_line *line, const char *to,
                   const struct dt_body_blind *b, json_t **reply)
{
    uint8_t body[1024];
    size_t size = 0;
    const enum dt_err err = dt_body_blind_encode(body, sizeof body, &size, b);
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    const struct cli_append a = {.line = line, .kind = DT_KIND_BLIND, .precedence = DT_ROUTINE,
                                 .to = to, .body = dt_span(body, size)};
    json_t *said = NULL;
    const bool good = cli_append(c, &a, CLI_SIGNED, &said);
    if (reply != NULL) {
        *reply = said;
    } else {
        json_decref(said);
    }
    return good;
}

/* Code of the other side. */
static const char *other_code(const struct cli_line *line, const struct dt_blind_run *run,
                              enum dt_blind_role role)
{
    const unsigned member = role == DT_BLIND_ASKS ? run->answers : run->asks;
    return cli_str(json_array_get(json_object_get(line->info, "members"), member), "code");
}

/* The parts of message `step` that are not in our log yet. */
static bool append_parts(struct cli *c, const struct cli_line *line, const struct dt_blind_run *run,
                         size_t step, struct dt_span message)
{
    static uint8_t clear[DT_BODY_MAX], plain[DT_SEALED_MAX];
    const bool sealed = step >= DT_BLIND_STEP_REPLY;
    struct dt_body_blind_part b = {.ref = run->proposal, .step = step};
    b.parts = (message.size + DT_BLIND_PART_SIZE - 1) / DT_BLIND_PART_SIZE;
    for (; b.part < b.parts; b.part++) {
        const size_t from = b.part * DT_BLIND_PART_SIZE;
        const size_t left = message.size - from;
        size_t clear_size = 0, plain_size = 0;
        b.bytes = dt_span(message.data + from, left < DT_BLIND_PART_SIZE ? left : DT_BLIND_PART_SIZE);
        if (run->part[step].have[b.part]) {
            continue;
        }
        enum dt_err err = dt_body_blind_part_encode(clear, sizeof clear, &clear_size, &b);
        if (err == DT_OK && sealed) {
            err = dt_body_blind_plain_encode(plain, sizeof plain, &plain_size, b.bytes);
        }
        const struct cli_append a = {.line = line,
                                     .kind = DT_KIND_BLIND_PART,
                                     .precedence = DT_ROUTINE,
                                     .to = other_code(line, run, dt_blind_turn(step)),
                                     .body = dt_span(clear, clear_size),
                                     .plain = dt_span(plain, plain_size)};
        if (err != DT_OK) {
            cli_fail(c, err, NULL);
            return false;
        }
        if (!cli_append(c, &a, CLI_UNSIGNED, NULL)) {
            return false;
        }
    }
    return true;
}

/* --- the session ---------------------------------------------------------------------------- */

static enum dt_err begin(struct dt_blind **b, const struct dt_blind_run *run,
                         const struct cli_blind_kept *kept, struct dt_blind_budget *budget)
{
    /* The node counts lists against the caps; this one is charged already. */
    dt_blind_budget_init(budget, 1, run->terms.size, run->terms.size);
    return dt_blind_new(b, &run->terms, kept->kept.role, kept->kept.secret, kept->cells, kept->count,
                        budget, 0);
}

/* Says in the log that a message is not what it must be, once; our own program names it. */
static void refuse(struct cli *c, const struct cli_line *line, const struct dt_blind_run *run,
                   enum dt_blind_role role, size_t step, enum dt_err err)
{
    struct dt_body_blind b = {.event = DT_BLIND_REFUSED, .ref = run->proposal, .step = step};
    snprintf(b.reason, sizeof b.reason, "%s", dt_err_name(err));
    if (!run->said[role].there) {
        (void)cli_blind_say(c, line, other_code(line, run, role), &b, NULL);
    }
    cli_fail(c, err, _("message %zu of %s is not what the protocol says; the run is refused, and our log says so"),
             step, other_code(line, run, role));
}

/* One message: taken, or made and, with a line, put into our log. False: nothing more now. */
static bool one(struct cli *c, const struct cli_line *line, const struct dt_blind_run *run,
                enum dt_blind_role role, struct dt_blind *b, uint8_t *room, enum cli_blind_how *how)
{
    const size_t step = dt_blind_step(b);
    const struct dt_span held = dt_blind_run_message(run, step);
    if (dt_blind_turn(step) != role) {
        const enum dt_err err = held.size == 0 ? DT_OK : dt_blind_receive(b, held);
        if (err != DT_OK) {
            refuse(c, line, run, role, step, err);
            *how = CLI_BLIND_FAILED;
        }
        return held.size > 0 && err == DT_OK;
    }
    struct dt_writer w = dt_writer(room, DT_BLIND_MESSAGE_MAX);
    const enum dt_err err = dt_blind_next(b, &w);
    *how = CLI_BLIND_FAILED;
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    if (held.size > 0 && !dt_span_equal(held, dt_written(&w))) {
        cli_fail(c, DT_ERR_BAD_HASH, _("our log has another message %zu than this home would write"), step);
        return false;
    }
    if (held.size == 0 && !append_parts(c, line, run, step, dt_written(&w))) {
        return false;
    }
    *how = CLI_BLIND_WAITS;
    return true;
}

/* Both say that they are done, and mean the same six messages. */
static bool finish(struct cli *c, const struct cli_line *line, const struct dt_blind_run *run,
                   enum dt_blind_role role, const struct dt_blind *b, const char *id,
                   struct cli_blind_kept *kept)
{
    const struct dt_blind_said *said = &run->said[1 - (int)role];
    struct dt_body_blind done = {.event = DT_BLIND_DONE, .ref = run->proposal};
    const uint64_t *cells;
    size_t count = 0;
    dt_blind_after(b, done.after);
    if (said->there && said->event == DT_BLIND_DONE && memcmp(said->after, done.after, DT_HASH_SIZE) != 0) {
        cli_fail(c, DT_ERR_BAD_HASH, _("%s has signed that it saw other messages"), other_code(line, run, role));
        return false;
    }
    if (kept->kept.done) {
        return true;
    }
    const enum dt_err err = dt_blind_common(b, &cells, &count);
    uint8_t *coded = malloc(count * DT_BLIND_CELL_SIZE + 1);
    if (err != DT_OK || coded == NULL) {
        free(coded);
        cli_fail(c, err != DT_OK ? err : DT_ERR_NO_MEMORY, NULL);
        return false;
    }
    struct dt_writer w = dt_writer(coded, count * DT_BLIND_CELL_SIZE);
    for (size_t i = 0; i < count; i++) {
        dt_write_u64(&w, cells[i]);
    }
    kept->kept.done = true;
    kept->kept.common = dt_written(&w);
    const bool good = cli_blind_save(c, line, id, &kept->kept) &&
                      (run->said[role].there ||
                       cli_blind_say(c, line, other_code(line, run, role), &done, NULL));
    dt_wipe(coded, w.size);
    free(coded);
    kept->kept.common = dt_span(NULL, 0);
    return good;
}

enum cli_blind_how cli_blind_go(struct cli *c, const struct cli_line *line, struct cli_blind_case *r,
                                const char *id, struct cli_blind_kept *kept)
{
    const enum dt_blind_role role = kept->kept.role;
    const struct dt_blind_run *run = &r->run;
    enum cli_blind_how how = CLI_BLIND_WAITS;
    struct dt_blind_budget budget;
    struct dt_blind *b = NULL;
    if (run->part[1 - (int)role].parts > 0 && !run->officer[1 - (int)role]) {
        cli_fail(c, DT_ERR_BAD_SIGNATURE, _("no officer of %s is proved to stand for it"),
                 other_code(line, run, role));
        return CLI_BLIND_FAILED;
    }
    uint8_t *room = malloc(DT_BLIND_MESSAGE_MAX);
    const enum dt_err err = room == NULL ? DT_ERR_NO_MEMORY : begin(&b, run, kept, &budget);
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        how = CLI_BLIND_FAILED;
    }
    while (err == DT_OK && !dt_blind_done(b) && one(c, line, run, role, b, room, &how)) {
    }
    if (err == DT_OK && how != CLI_BLIND_FAILED && dt_blind_done(b)) {
        how = finish(c, line, run, role, b, id, kept) ? CLI_BLIND_FINISHED : CLI_BLIND_FAILED;
    }
    dt_blind_free(b);
    free(room);
    return how;
}

struct dt_blind *cli_blind_again(struct cli *c, const struct cli_blind_case *r,
                                 const struct cli_blind_kept *kept, struct dt_blind_budget *budget,
                                 size_t until)
{
    struct dt_blind *b = NULL;
    uint8_t *room = malloc(DT_BLIND_MESSAGE_MAX);
    enum dt_err err = room == NULL ? DT_ERR_NO_MEMORY : begin(&b, &r->run, kept, budget);
    while (err == DT_OK && dt_blind_step(b) < until) {
        const size_t step = dt_blind_step(b);
        const struct dt_span held = dt_blind_run_message(&r->run, step);
        struct dt_writer w = dt_writer(room, DT_BLIND_MESSAGE_MAX);
        err = held.size == 0                           ? DT_ERR_BAD_STATE
              : dt_blind_turn(step) == kept->kept.role ? dt_blind_next(b, &w)
                                                       : dt_blind_receive(b, held);
    }
    free(room);
    if (err != DT_OK) {
        dt_blind_free(b);
        cli_fail(c, err, err == DT_ERR_BAD_STATE ? _("the run has not come so far") : NULL);
        return NULL;
    }
    return b;
}
