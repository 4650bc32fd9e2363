/* SPDX-License-Identifier: ISC */
/* The node's life: start, passes of the loop, end. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"
#include "log/fields.h"
#include "node/clock.h"
#include "node/held.h"
#include "node/job.h"
#include "node/plans.h"
#include "node/succession.h"
#include "node/tiers.h"
#include "node/watch.h"
#include "node/seen.h"

enum { EVENTS = 64 };

/* What an epoll event belongs to: a kind and an index. */
enum source { SOURCE_UDP = 1, SOURCE_CONTROL = 2, SOURCE_SIGNAL = 3, SOURCE_CLIENT = 4 };

#define RECEIPT_DELAY INT64_C(100000) /* us that receipts may wait for the disk */
#define REST INT64_C(500000)          /* us without a commit after which the store is tidied */

int64_t dt_node_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void dt_node_log(const struct dt_node *n, const char *level, const char *format, ...)
{
    char text[512], time_text[DT_UTC_SIZE];
    va_list arguments;
    if (n->options.quiet && strcmp(level, "info") == 0) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dt_utc_text(time_text, dt_now_ms());
    fprintf(stderr, "%s %s %s %s\n", time_text, n->home.code, level, text);
}

/* --- transactions ------------------------------------------------------------------ */

static enum dt_err begin(struct dt_node *n)
{
    if (n->write_err != DT_OK) {
        return n->write_err;
    }
    if (!n->wrote) {
        n->write_err = dt_store_begin(n->store);
        n->wrote = n->write_err == DT_OK;
    }
    n->stirred = true;
    return n->write_err;
}

enum dt_err dt_node_write(struct dt_node *n)
{
    n->urgent = true;
    return begin(n);
}

enum dt_err dt_node_write_receipt(struct dt_node *n)
{
    if (!n->wrote) {
        n->commit_at_us = dt_node_now_us() + RECEIPT_DELAY;
    }
    return begin(n);
}

/* Notices, officers and our own checkpoint: the last writes of a pass. */
static enum dt_err finish(struct dt_node *n)
{
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        if (line->officers_stale) {
            DT_TRY(dt_line_remake_facts(line));
        }
        if (line->notices_stale) {
            DT_TRY(dt_line_notices(line, dt_now_ms()));
            if (n->plans != NULL) {
                n->plans->stale = true;
            }
        }
        DT_TRY(dt_line_grant_late(line));
        DT_TRY(dt_disclosed_late(line));
        DT_TRY(dt_sync_seal_own(&line->sync));
    }
    return DT_OK;
}

static void roll_back(struct dt_node *n, enum dt_err err)
{
    dt_node_log(n, "error", "nothing was recorded: %s", dt_err_name(err));
    dt_store_rollback(n->store);
    n->rollbacks++;
    n->rolled_back_for = err;
    n->write_err = DT_OK;
    n->wrote = n->urgent = false;
    dt_lines_settle(n, false);
    n->await_due_ms = 0; /* read again */
    n->stirred = true;
    for (size_t i = 0; i < n->line_count; i++) {
        const enum dt_err reloaded = dt_line_reload(n->lines[i]);
        if (reloaded != DT_OK) {
            dt_node_log(n, "error", "cannot read the store: %s", dt_err_name(reloaded));
            n->stopping = true;
        }
    }
}

void dt_node_commit(struct dt_node *n)
{
    enum dt_err err = n->write_err;
    bool stale = false;
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        err = err == DT_OK && line->seen_waiting > 0 ? dt_seen_settle(line, dt_node_now_us()) : err;
        line->notices_stale = line->notices_stale || dt_board_due(&line->board) <= dt_now_ms();
        stale = stale || line->notices_stale || line->officers_stale;
    }
    if (err == DT_OK && (n->wrote || stale)) {
        err = dt_node_write(n);
        err = err == DT_OK ? finish(n) : err;
        err = err == DT_OK ? n->write_err : err;
        err = err == DT_OK ? dt_store_commit(n->store) : err;
        if (err == DT_OK) {
            n->wrote = n->urgent = false;
            n->stirred = true;
            if (n->flush) {
                n->flush = dt_store_flush(n->store) != DT_OK; /* else at the next commit */
            }
            dt_lines_settle(n, true);
            const int64_t now = dt_node_now_us();
            n->tidy_due_us = now + REST;
            for (size_t i = 0; i < n->line_count; i++) {
                dt_sync_committed(&n->lines[i]->sync, now);
            }
        }
    }
    if (err != DT_OK) {
        roll_back(n, err);
    }
    dt_control_committed(n, err);
}

/* The end of a pass. */
static void settle(struct dt_node *n)
{
    if (n->wrote && !n->urgent && !n->stopping && n->write_err == DT_OK &&
        dt_node_now_us() < n->commit_at_us) {
        dt_control_committed(n, DT_OK);
    } else {
        dt_node_commit(n);
    }
}

/* --- start --------------------------------------------------------------------------- */

static enum dt_err watch(struct dt_node *n, int fd, enum source source, unsigned index)
{
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t)source << 32 | index};
    return epoll_ctl(n->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? DT_OK : DT_ERR_IO;
}

static enum dt_err watch_signals(struct dt_node *n)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return DT_ERR_IO;
    }
    n->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return n->signal_fd < 0 ? DT_ERR_IO : watch(n, n->signal_fd, SOURCE_SIGNAL, 0);
}

static enum dt_err open_store(struct dt_node *n)
{
    char path[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_file(path, &n->home, "detente.db"));
    enum dt_err err = dt_store_open(&n->store, path, DT_STORE_OPEN, NULL);
    if (err == DT_ERR_NO_HOME) {
        err = dt_store_open(&n->store, path, DT_STORE_CREATE, NULL);
    }
    DT_TRY(err);
    err = dt_store_may_run(n->store);
    if (err == DT_ERR_BAD_STATE) {
        dt_node_log(n, "error", "this is a copy: it must not go on with its log; use restore");
    }
    return err;
}

static enum dt_err start(struct dt_node *n)
{
    char path[DT_HOME_PATH_SIZE];
    if (dt_now_ms() < DT_CLOCK_EARLIEST) {
        return DT_ERR_BAD_CLOCK;
    }
    DT_TRY(dt_home_open(&n->home, n->options.home));
    DT_TRY(dt_home_unlock_node(&n->home, n->options.passphrase, &n->keys));
    DT_TRY(open_store(n));
    n->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (n->epoll_fd < 0) {
        return DT_ERR_IO;
    }
    DT_TRY(watch_signals(n));
    DT_TRY(dt_link_start(n));
    for (unsigned i = 0; i < n->socket_count; i++) {
        char text[DT_ADDRESS_TEXT_SIZE];
        DT_TRY(watch(n, n->sockets[i].fd, SOURCE_UDP, i));
        dt_address_text(text, &n->sockets[i].local);
        dt_node_log(n, "info", "listening %s", text);
    }
    DT_TRY(dt_lines_load(n));
    DT_TRY(dt_plans_load(n));
    for (size_t i = 0; i < n->line_count; i++) {
        DT_TRY(dt_line_publish_officers(n->lines[i]));
    }
    DT_TRY(dt_home_file(path, &n->home, "control.sock"));
    DT_TRY(dt_wire_listen(&n->control_fd, path));
    DT_TRY(watch(n, n->control_fd, SOURCE_CONTROL, 0));
    dt_node_log(n, "info", "ready party=%s number=%u lines=%zu", n->home.code, n->home.number,
                n->line_count);
    return DT_OK;
}

static void stop(struct dt_node *n)
{
    char path[DT_HOME_PATH_SIZE];
    dt_job_drop(n);
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        if (n->clients[i].fd >= 0) {
            dt_control_close(n, &n->clients[i]);
        }
    }
    dt_alarm_stop(n);
    dt_plans_stop(n);
    if (n->control_fd >= 0) {
        close(n->control_fd);
        if (dt_home_file(path, &n->home, "control.sock") == DT_OK) {
            unlink(path);
        }
    }
    for (size_t i = 0; i < n->line_count; i++) {
        dt_line_free(n->lines[i]);
    }
    free(n->lines);
    if (n->slots != NULL) {
        dt_session_deinit(&n->sessions);
    }
    for (size_t i = 0; i < n->socket_count; i++) {
        dt_udp_close(&n->sockets[i]);
    }
    free(n->pairing);
    free(n->slots);
    free(n->contacts);
    free(n->buffer);
    free(n->queue);
    free(n->replies);
    free(n->waiting);
    free(n->events);
    dt_store_close(n->store);
    dt_node_keys_wipe(&n->keys);
    if (n->signal_fd >= 0) {
        close(n->signal_fd);
    }
    if (n->epoll_fd >= 0) {
        close(n->epoll_fd);
    }
}

/* --- one pass --------------------------------------------------------------------------- */

static void take_signal(struct dt_node *n)
{
    struct signalfd_siginfo info;
    while (read(n->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == (uint32_t)SIGCHLD) {
            dt_alarm_reap(n);
        } else {
            dt_node_log(n, "info", "stopping");
            n->stopping = true;
        }
    }
}

static void dispatch(struct dt_node *n, const struct epoll_event *event)
{
    const unsigned index = (unsigned)(event->data.u64 & 0xffffffffu);
    switch ((enum source)(event->data.u64 >> 32)) {
    case SOURCE_UDP:
        dt_link_receive(n, index);
        return;
    case SOURCE_CONTROL:
        dt_control_accept(n);
        return;
    case SOURCE_SIGNAL:
        take_signal(n);
        return;
    case SOURCE_CLIENT:
        if (n->clients[index].fd >= 0 && (event->events & EPOLLOUT) != 0) {
            dt_control_flush(n, &n->clients[index]);
        }
        if (n->clients[index].fd >= 0 && (event->events & (EPOLLIN | EPOLLHUP)) != 0) {
            dt_control_read(n, &n->clients[index]);
        }
        return;
    }
}

static int wait_ms(const struct dt_node *n)
{
    const int64_t now = dt_node_now_us();
    if (n->job != NULL) {
        return 0; /* look what came in, then go on with it */
    }
    int64_t due = dt_link_deadline(n, now);
    for (size_t i = 0; i < n->line_count; i++) { /* a window ends, a movement is overdue */
        const struct dt_line *line = n->lines[i];
        const int64_t board_ms = dt_matcher_due(&line->board.matcher), now_ms = dt_now_ms();
        const int64_t shred_ms = dt_line_shred_at(line, now_ms);
        const int64_t at_ms = board_ms < shred_ms ? board_ms : shred_ms;
        if (at_ms < now_ms + 60000) {
            const int64_t at_us = now + (at_ms > now_ms ? (at_ms - now_ms) * 1000 : 0);
            due = at_us < due ? at_us : due;
        }
    }
    const int64_t conflicts_ms = dt_conflicts_due_ms(n), ms_now = dt_now_ms();
    if (conflicts_ms < ms_now + 60000) { /* one is late, or begins */
        const int64_t at_us = now + (conflicts_ms > ms_now ? (conflicts_ms - ms_now) * 1000 : 0);
        due = at_us < due ? at_us : due;
    }
    const int64_t alarm = dt_alarm_deadline(n);
    due = alarm < due ? alarm : due;
    if (!n->wrote && n->tidy_due_us < due) {
        due = n->tidy_due_us;
    }
    if (n->wrote && n->commit_at_us < due) {
        due = n->commit_at_us;
    }
    if (due <= now) {
        return 1; /* due, but not done: never spin on it */
    }
    const int64_t ms = (due - now + 999) / 1000;
    return ms > 60000 ? 60000 : (int)ms;
}

static void rest(struct dt_node *n)
{
    if (!n->wrote && dt_node_now_us() >= n->tidy_due_us) {
        dt_store_tidy(n->store);
        n->tidy_due_us = INT64_MAX;
    }
}

/* So that the next start can tell a clock that is far off. Not kept is no harm. */
static int64_t keep_clock(const struct dt_node *n)
{
    if (dt_clock_keep(&n->home, dt_now_ms()) != DT_OK) {
        dt_node_log(n, "error", "cannot write the file clock: %s", strerror(errno));
    }
    return dt_node_now_us() + DT_CLOCK_DAY * 1000;
}

/* Drafts that nobody released in time are wiped, whether somebody looks or not. */
static int64_t wipe_drafts(const struct dt_node *n)
{
    char names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    size_t count, gone = 0;
    if (dt_held_list(&n->home, dt_now_ms(), names, &count, &gone) == DT_OK && gone > 0) {
        dt_node_log(n, "info", "drafts that nobody released are wiped: %zu", gone);
    }
    return dt_node_now_us() + INT64_C(600000000);
}

static void shred(struct dt_node *n)
{
    for (size_t i = 0; i < n->line_count; i++) {
        const enum dt_err err = dt_line_shred(n->lines[i], dt_now_ms());
        if (err != DT_OK && n->write_err == DT_OK) {
            n->write_err = err;
        }
    }
}

static void run(struct dt_node *n)
{
    struct epoll_event events[EVENTS];
    int64_t clock_due_us = 0, drafts_due_us = 0;
    while (!n->stopping) {
        if (dt_node_now_us() >= clock_due_us) {
            clock_due_us = keep_clock(n);
        }
        if (dt_node_now_us() >= drafts_due_us) {
            drafts_due_us = wipe_drafts(n);
        }
        const int count = epoll_wait(n->epoll_fd, events, EVENTS, wait_ms(n));
        if (count < 0 && errno != EINTR) {
            dt_node_log(n, "error", "epoll: %s", strerror(errno));
            return;
        }
        for (int i = 0; i < count; i++) {
            dispatch(n, &events[i]);
        }
        dt_link_tick(n);
        dt_job_turn(n); /* after what came in: nobody waits for more than a slice */
        dt_watch_tick(n, dt_now_ms());
        dt_conflicts_tick(n, dt_now_ms());
        shred(n);
        settle(n);
        dt_plans_tick(n);
        dt_alarm_tick(n, dt_node_now_us());
        dt_link_send(n);
        for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
            if (n->clients[i].fd >= 0 && n->clients[i].out_size > n->clients[i].out_sent) {
                dt_control_flush(n, &n->clients[i]);
            }
        }
        rest(n);
    }
}

int dt_node_main(const struct dt_node_options *options)
{
    struct dt_node *n = calloc(1, sizeof *n);
    if (n == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    n->options = *options;
    n->control_fd = n->epoll_fd = n->signal_fd = -1;
    n->started_us = dt_node_now_us();
    n->tidy_due_us = INT64_MAX;
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        n->clients[i].fd = -1;
    }
    enum dt_err err = dt_crypto_init();
    err = err == DT_OK ? start(n) : err;
    if (err == DT_OK) {
        dt_node_commit(n);
        run(n);
    }
    stop(n);
    dt_wipe(n, sizeof *n);
    free(n);
    return (int)err;
}
