/* SPDX-License-Identifier: ISC */
#include "node/alarm.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/overdue.h"
#include "node/plans.h"
#include "node/query.h"
#include "view/rules.h"
#include "view/watch.h"
#include "view/watch_body.h"

extern char **environ;

#define SECOND INT64_C(1000000)
#define PATIENCE (60 * SECOND)

/* What it is to sound for. */
struct cause {
    bool there;
    struct dt_store_fact row;
    int step; /* furthest of enum dt_attempt; -1 none */
    bool overdue; /* a movement has not arrived */
};

static bool take_first(void *ctx, const struct dt_store_fact *row)
{
    struct cause *c = ctx;
    c->there = row->open > DT_ROUTINE + 1; /* `open` is precedence + 1 */
    c->row = *row;
    return false; /* the most urgent comes first */
}

static bool take_step(void *ctx, const struct dt_store_fact *row)
{
    struct cause *c = ctx;
    const struct dt_fact *f = &row->fact;
    if (f->kind == DT_KIND_ATTEMPT && f->err == DT_OK && f->code > c->step &&
        memcmp(f->target.leaf, c->row.fact.leaf, DT_HASH_SIZE) == 0) {
        c->step = (int)f->code;
    }
    return true;
}

static int64_t pause_us(unsigned open)
{
    return open == DT_FLASH + 1       ? 10 * SECOND
           : open == DT_IMMEDIATE + 1 ? 30 * SECOND
                                      : 60 * SECOND;
}

static void failed(struct dt_node *n, const char *why, int number)
{
    struct dt_alarm *a = &n->alarm;
    if (a->failed_ms == 0) {
        a->failed_ms = dt_now_ms();
    }
    snprintf(a->failed, sizeof a->failed, "%s %d", why, number);
    dt_node_log(n, "alarm", "THE ALARM PROGRAM FAILED: %s", a->failed);
}

/* Without our signals blocked, without our descriptors, in a group of its own. */
static int spawn(pid_t *pid, char *const argv[])
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0) {
        return rc;
    }
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(&files, 2, 1);
        rc = rc != 0 ? rc : posix_spawnattr_setsigmask(&attributes, &none);
        rc = rc != 0 ? rc : posix_spawnattr_setpgroup(&attributes, 0);
        rc = rc != 0 ? rc
                     : posix_spawnattr_setflags(&attributes,
                                                POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        rc = rc != 0 ? rc : posix_spawn(pid, argv[0], &files, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

static void run(struct dt_node *n, const char *id, const char *precedence, const char *kind,
                const char *from, const char *class_, const char *step)
{
    struct dt_alarm *a = &n->alarm;
    /* posix_spawn() takes them without const and changes none. */
    char *const argv[] = {(char *)(uintptr_t)n->options.alarm_exec,
                          (char *)(uintptr_t)id,
                          (char *)(uintptr_t)precedence,
                          (char *)(uintptr_t)kind,
                          (char *)(uintptr_t)from,
                          (char *)(uintptr_t)class_,
                          (char *)(uintptr_t)step,
                          NULL};
    snprintf(a->id, sizeof a->id, "%s", id);
    const int rc = spawn(&a->pid, argv);
    a->began_us = dt_node_now_us();
    if (rc != 0) {
        a->pid = 0;
        failed(n, "it cannot be started: error", rc);
    }
}

/* A plan of ours that a notice has come too close to, and no officer has looked; true if that
 * is more urgent than `other` (a precedence and one). */
static bool sound_plan(struct dt_node *n, unsigned other, int64_t now_us)
{
    char id[32];
    unsigned severity = 0;
    const struct dt_plan_kept *plan = dt_plans_alarm(n, &severity);
    const unsigned open = (severity == DT_SEVERITY_SEVERE ? DT_IMMEDIATE : DT_PRIORITY) + 1;
    if (plan == NULL || open <= other) {
        return false;
    }
    n->alarm.next_us = now_us + pause_us(open);
    snprintf(id, sizeof id, "plan:%s", plan->name);
    run(n, id, dt_precedence_name(open - 1), "PLAN", n->home.code, "LOCAL", "none");
    return true;
}

static void sound(struct dt_node *n, struct cause *c)
{
    const struct dt_fact *f = &c->row.fact;
    const struct dt_line *line = NULL;
    char id[DT_RECORD_ID_SIZE];
    for (size_t i = 0; i < n->line_count; i++) {
        line = n->lines[i]->id == c->row.line ? n->lines[i] : line;
    }
    if (line == NULL) {
        return;
    }
    const char *code = line->charter->members[dt_wid_member(f->wid)].code;
    c->step = -1;
    (void)!dt_store_fact_by_target(n->store, line->id, f->wid, f->seq, take_step, c);
    dt_record_id(id, code, dt_wid_number(f->wid), f->seq, f->leaf);
    run(n, id, dt_precedence_name(c->row.open - 1), dt_kind_name(f->kind), code,
        dt_class_name(f->flags >> 2 & 3u),
        c->overdue ? "overdue" : c->step < 0 ? "none" : dt_attempt_name(c->step));
}

/* True if a conflict is what people have to hear of now, and its program runs. */
static bool sound_conflict(struct dt_node *n, unsigned open)
{
    char word[DT_CHECK_WORD_SIZE];
    struct dt_line *line = NULL;
    unsigned other = 0;
    struct dt_alarm *a = &n->alarm;
    struct dt_watched_conflict *w = dt_conflicts_ringing(n, &line, &other);
    a->conflict = w != NULL && !(a->conflict && open > 0); /* in turns with what else waits */
    if (!a->conflict || dt_severity_precedence(w->row.severity) + 1 < open) {
        a->conflict = false;
        return false;
    }
    dt_check_word(word, w->row.id);
    a->next_us = dt_node_now_us() + pause_us(dt_severity_precedence(w->row.severity) + 1);
    run(n, word, dt_precedence_name(dt_severity_precedence(w->row.severity)), "CONFLICT",
        line->charter->members[other].code, dt_class_name(line->charter->class_),
        w->late_told || w->undecided_told ? "overdue" : "none");
    dt_conflicts_rang(w);
    return true;
}

void dt_alarm_tick(struct dt_node *n, int64_t now_us)
{
    struct dt_alarm *a = &n->alarm;
    struct cause c = {0};
    if (n->options.alarm_exec == NULL) {
        return;
    }
    if (a->pid != 0) {
        if (now_us - a->began_us >= PATIENCE) {
            kill(-a->pid, SIGKILL); /* reaped as any that failed */
        }
        return;
    }
    if (a->test) {
        a->test = false;
        run(n, "TEST", "FLASH", "TEST", n->home.code, "TEST", "none");
        return;
    }
    if (now_us < a->next_us) {
        return;
    }
    (void)!dt_store_open_list(n->store, 0, take_first, &c);
    if (!c.there || c.row.open <= DT_IMMEDIATE) { /* less urgent than IMMEDIATE */
        struct dt_store_fact late;
        c.overdue = dt_overdue_first(n, &late);
        c.there = c.there || c.overdue;
        if (c.overdue) {
            c.row = late;
            c.row.open = DT_IMMEDIATE + 1;
        }
    }
    a->next_us = INT64_MAX; /* until something new waits */
    const unsigned record = c.there ? c.row.open : 0;
    if (!sound_conflict(n, record) && !sound_plan(n, record, now_us) && c.there) {
        a->next_us = now_us + pause_us(c.row.open);
        sound(n, &c);
    }
}

void dt_alarm_reap(struct dt_node *n)
{
    struct dt_alarm *a = &n->alarm;
    int status = 0;
    if (a->pid == 0 || waitpid(a->pid, &status, WNOHANG) != a->pid) {
        return;
    }
    a->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        a->sounded_ms = dt_now_ms();
        a->failed_ms = 0;
    } else if (WIFEXITED(status)) {
        failed(n, "it ended with status", WEXITSTATUS(status));
    } else {
        failed(n, "it was ended by signal", WTERMSIG(status));
    }
}

void dt_alarm_note(struct dt_node *n, const struct dt_fact *fact)
{
    struct dt_alarm *a = &n->alarm;
    const bool said = fact->code == DT_WATCH_ALARM_HEARD || fact->code == DT_WATCH_ALARM_NOT_HEARD;
    if (fact->kind == DT_KIND_WATCH && fact->err == DT_OK && fact->officer_valid && said &&
        fact->time_ms > a->said_ms) {
        a->said_ms = fact->time_ms;
        a->not_heard = fact->code == DT_WATCH_ALARM_NOT_HEARD;
    }
}

void dt_alarm_wake(struct dt_node *n)
{
    n->alarm.next_us = 0;
}

int64_t dt_alarm_deadline(const struct dt_node *n)
{
    const struct dt_alarm *a = &n->alarm;
    return n->options.alarm_exec == NULL ? INT64_MAX
           : a->pid != 0                 ? a->began_us + PATIENCE
           : a->test                     ? 0
                                         : a->next_us;
}

void dt_alarm_stop(struct dt_node *n)
{
    if (n->alarm.pid != 0) {
        kill(-n->alarm.pid, SIGTERM);
        n->alarm.pid = 0;
    }
}

void dt_alarm_status(struct dt_object *o, const struct dt_node *n)
{
    const struct dt_alarm *a = &n->alarm;
    dt_obj_key(o, "alarm");
    dt_obj_map(o);
    dt_put_string(o, "state",
                  n->options.alarm_exec == NULL ? "none"
                  : a->failed_ms != 0           ? "failed"
                  : a->sounded_ms != 0          ? "good"
                                                : "untried");
    dt_put_time(o, "sounded", a->sounded_ms != 0, a->sounded_ms);
    dt_put_time(o, "failed", a->failed_ms != 0, a->failed_ms);
    dt_put_time(o, "not_heard", a->not_heard, a->said_ms);
    dt_put_string(o, "why", a->failed_ms != 0 ? a->failed : "");
    dt_obj_end(o);
}
