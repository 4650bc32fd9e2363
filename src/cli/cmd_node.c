/* SPDX-License-Identifier: ISC */
/* node, status, doctor: the program that runs, and how it does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "node/clock.h"
#include "node/node.h"

/* --- node ---------------------------------------------------------------------------------- */

static bool take_listen(struct cli *c, struct dt_node_options *o)
{
    for (const char *l; (l = cli_option_at(c, "listen", o->listen_count)) != NULL;) {
        if (o->listen_count == DT_NODE_LISTEN_MAX) {
            cli_usage(c, _("at most %d --listen"), DT_NODE_LISTEN_MAX);
            return false;
        }
        o->listen[o->listen_count++] = l;
    }
    if (o->listen_count == 0) {
        cli_usage(c, _("--listen udp:ADDRESS:PORT must be given"));
        return false;
    }
    return true;
}

/* A record signed under a false time is false evidence for ever. */
static bool clock_is_good(struct cli *c)
{
    int64_t seen;
    const int64_t now = dt_now_ms();
    if (cli_flag(c, "trust-clock") || dt_clock_check(&c->home, now, &seen) == DT_OK) {
        return true;
    }
    cli_fail(c, DT_ERR_BAD_CLOCK, _("it says %s, this home was in use at %s; if it is right now: --trust-clock"),
             cli_when(now), cli_when(seen));
    return false;
}

int cmd_node(struct cli *c)
{
    bool sealed = false;
    uint64_t mtu = 0;
    struct cli_secret secret = {.size = 0};
    struct dt_node_options o;
    const char *text = cli_option(c, "mtu");
    memset(&o, 0, sizeof o);
    if (!cli_words_end(c, 0) || !take_listen(c, &o) ||
        (text != NULL && !cli_number(c, text, DT_NODE_MTU_MAX, &mtu)) || !cli_open_home(c)) {
        return c->exit;
    }
    if (text != NULL && mtu < DT_NODE_MTU_MIN) {
        return cli_usage(c, _("--mtu is from %d to %d"), DT_NODE_MTU_MIN, DT_NODE_MTU_MAX);
    }
    o.no_human_tests = cli_flag(c, "no-human-tests");
    o.alarm_exec = cli_option(c, "alarm-exec");
    if (o.alarm_exec != NULL && (o.alarm_exec[0] != '/' || access(o.alarm_exec, X_OK) != 0)) {
        return cli_usage(c, _("--alarm-exec: the absolute path of a program that can be run"));
    }
    char wrong[256];
    if (dt_home_modes_wrong(&c->home, wrong, sizeof wrong)) {
        return cli_fail(c, DT_ERR_NOT_ALLOWED, "%s", wrong);
    }
    enum dt_err err = dt_home_node_sealed(&c->home, &sealed);
    if (err != DT_OK) {
        return cli_fail(c, err, "node.key");
    }
    if (sealed && !cli_passphrase(c, &secret, _("passphrase of the node"), false, false)) {
        return c->exit;
    }
    if (!clock_is_good(c)) {
        return c->exit;
    }
    o.home = c->home.path;
    o.mtu = (unsigned)mtu;
    o.passphrase = cli_secret_span(&secret);
    o.quiet = cli_flag(c, "quiet");
    err = (enum dt_err)dt_node_main(&o);
    cli_secret_wipe(&secret);
    return err == DT_OK ? CLI_DONE : cli_fail(c, err, "%s", c->home.path);
}

/* --- status -------------------------------------------------------------------------------- */

static void show_peer(const json_t *p, const char *own)
{
    const bool ours = strcmp(cli_str(p, "code"), own) == 0;
    printf(ours ? _("  %s.%lld  our other node %s, our desk %s")
                : _("  %s.%lld  their node %s, their desk %s"),
           cli_safe(cli_str(p, "code")), (long long)cli_int(p, "number"),
           cli_name(cli_str(p, "node")), cli_name(cli_str(p, "desk")));
    if (cli_has(p, "desk_since") && strcmp(cli_str(p, "desk"), "unknown") != 0) {
        char since[DT_UTC_SIZE];
        dt_utc_text(since, cli_int(p, "desk_since"));
        printf(_(" since %s"), since);
    }
    if (cli_int(p, "tests_missed") > 0) {
        printf(_(", link tests missed: %lld"), (long long)cli_int(p, "tests_missed"));
    }
    if (cli_has(p, "human_asked")) {
        printf(_(", their people: %s"), cli_name(cli_str(p, "human")));
        if (cli_int(p, "human_missed") > 0) {
            printf(_(" (tests missed: %lld)"), (long long)cli_int(p, "human_missed"));
        }
    }
    if (cli_has(p, "heard")) {
        printf(_(", heard %s ago"), cli_age(cli_int(p, "heard")));
    }
    if (cli_int(p, "behind") > 0) {
        printf(_(", has not confirmed %lld records"), (long long)cli_int(p, "behind"));
    }
    if (cli_has(p, "skew") && llabs(cli_int(p, "skew")) > 2000) {
        printf(_(", clocks differ by %s"), cli_age(llabs(cli_int(p, "skew"))));
    }
    putchar('\n');
}

/* Those of operations, then those of exercises: nobody takes one for the other. */
static void show_check_fires(const json_t *reply)
{
    size_t i;
    json_t *fire;
    for (int real = 1; real >= 0; real--) {
        json_array_foreach (json_object_get(reply, "check_fires"), i, fire) {
            const char *class_ = cli_str(fire, "class");
            if ((strcmp(class_, "OPERATION") == 0) != real) {
                continue;
            }
            printf(_("  %s: CHECK FIRE %s by %s %s: %s, %lld have not answered, of them %lld acknowledged\n"),
                   cli_true(fire, "no_duff") ? "NO DUFF" : cli_safe(class_), cli_safe(cli_str(fire, "id")), cli_safe(cli_str(fire, "from")),
                   cli_when(cli_int(fire, "time")), cli_name(cli_str(fire, "state")),
                   (long long)cli_int(fire, "silent"), (long long)cli_int(fire, "acknowledged"));
        }
    }
}

static void show_alarm(const json_t *alarm)
{
    if (strcmp(cli_str(alarm, "state"), "failed") == 0) {
        printf(_("THE ALARM PROGRAM FAILS since %s: %s. Nobody is woken.\n"),
               cli_when(cli_int(alarm, "failed")), cli_safe(cli_str(alarm, "why")));
    }
    if (cli_has(alarm, "not_heard")) {
        printf(_("THE ALARM WAS NOT HEARD %s. Mend it; then: detente watch alarm, detente watch heard\n"),
               cli_when(cli_int(alarm, "not_heard")));
    }
}

/* Who has suspended which line. */
static bool show_suspended(struct cli *c)
{
    struct dt_object o;
    json_t *hello = NULL, *line, *member;
    size_t i, k;
    cli_begin(c, &o, "hello");
    if (!cli_ask(c, &o, &hello)) {
        return false;
    }
    json_array_foreach (json_object_get(hello, "lines"), i, line) {
        json_array_foreach (json_object_get(line, "members"), k, member) {
            if (strcmp(cli_str(member, "state"), "suspended") == 0) {
                printf(_("  LINE SUSPENDED by %s since %s: %s\n"), cli_safe(cli_str(member, "code")),
                       cli_when(cli_int(member, "since")), cli_safe(cli_str(line, "title")));
            }
        }
    }
    json_decref(hello);
    return true;
}

int cmd_status(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *one;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "status");
    if ((cli_flag(c, "line") && !cli_put_line(c, &o)) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(reply);
        return CLI_DONE;
    }
    printf(_("%s: our node up for %s\n"), c->home.code, cli_age(cli_int(reply, "uptime")));
    json_array_foreach (json_object_get(reply, "peers"), i, one) {
        show_peer(one, c->home.code);
    }
    cli_show_logs(reply, false);
    show_check_fires(reply);
    if (!show_suspended(c)) {
        json_decref(reply);
        return c->exit;
    }
    json_array_foreach (json_object_get(reply, "overdue"), i, one) {
        cli_show_overdue(one);
    }
    json_array_foreach (json_object_get(reply, "stale"), i, one) {
        cli_show_stale(one);
    }
    json_array_foreach (json_object_get(reply, "plans"), i, one) {
        cli_show_plan(one);
    }
    if (!cli_show_unanswered(c, true)) {
        json_decref(reply);
        return c->exit;
    }
    show_alarm(json_object_get(reply, "alarm"));
    printf(ngettext("%lld item waits for an officer.\n", "%lld items wait for an officer.\n",
                    (unsigned long)cli_int(reply, "open")),
           (long long)cli_int(reply, "open"));
    json_decref(reply);
    return CLI_DONE;
}

/* --- doctor -------------------------------------------------------------------------------- */

struct finding {
    const char *what;
    bool good;
    char detail[512];
};

enum { FINDINGS_MAX = 8, FREE_MIN_MB = 256 };

static void check_clock(struct finding *f, const struct dt_home *home)
{
    int64_t seen;
    const int64_t now = dt_now_ms();
    f->what = "clock";
    f->good = dt_clock_check(home, now, &seen) == DT_OK;
    snprintf(f->detail, sizeof f->detail, "%s", cli_when(now));
}

static void check_disk(struct finding *f, const struct dt_home *home)
{
    struct statvfs st;
    f->what = "disk";
    if (statvfs(home->path, &st) != 0) {
        snprintf(f->detail, sizeof f->detail, "%s", strerror(errno));
        return;
    }
    const unsigned long long mb = (unsigned long long)st.f_bavail * st.f_frsize >> 20;
    f->good = mb >= FREE_MIN_MB;
    snprintf(f->detail, sizeof f->detail, _("%llu MB free"), mb);
}

static void check_card(struct finding *f, const struct dt_home *home)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    f->what = "card";
    const enum dt_err err = dt_home_card(home, bytes, &size, &card);
    f->good = err == DT_OK && card.endpoint_count > 0;
    snprintf(f->detail, sizeof f->detail, "%s",
             err != DT_OK ? dt_err_name(err)
                          : card.endpoint_count > 0 ? card.endpoints[0]
                                                    : _("no endpoint: detente card --endpoint"));
}

static void check_officers(struct finding *f, const struct dt_home *home)
{
    static struct dt_home_operator list[64];
    size_t count = 0, unlocked = 0;
    f->what = "officers";
    const enum dt_err err = dt_home_operators(home, dt_now_ms(), list, 64, &count);
    for (size_t i = 0; i < count; i++) {
        unlocked += list[i].unlocked;
    }
    f->good = (err == DT_OK || err == DT_ERR_CAPACITY) && unlocked > 0;
    snprintf(f->detail, sizeof f->detail, _("%zu unlocked of %zu"), unlocked, count);
}

static void check_database(struct finding *f, const struct dt_home *home)
{
    char path[DT_HOME_PATH_SIZE];
    f->what = "store";
    f->good = dt_home_file(path, home, "detente.db") == DT_OK &&
              (access(path, R_OK | W_OK) == 0 || errno == ENOENT);
    snprintf(f->detail, sizeof f->detail, "%s",
             f->good ? access(path, F_OK) == 0 ? "detente.db" : _("none yet") : strerror(errno));
}

static void check_node(struct finding *f, const struct dt_home *home)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_client client;
    struct dt_object o;
    f->what = "node";
    if (dt_home_file(path, home, "control.sock") != DT_OK ||
        dt_client_open(&client, path) != DT_OK) {
        snprintf(f->detail, sizeof f->detail, "%s", _("does not answer: detente node"));
        return;
    }
    dt_client_begin(&client, &o, "hello");
    const enum dt_err err = dt_client_call(&client, &o, 5000);
    json_t *hello = err == DT_OK ? cli_json_from_cbor(client.reply) : NULL;
    const json_int_t skew = cli_int(hello, "time") - dt_now_ms();
    f->good = err == DT_OK && llabs(skew) < 60000;
    snprintf(f->detail, sizeof f->detail, _("protocol %lld, %s"),
             (long long)cli_int(hello, "version"), err == DT_OK ? _("answers") : dt_err_name(err));
    json_decref(hello);
    dt_client_close(&client);
}

int cmd_doctor(struct cli *c)
{
    struct finding f[FINDINGS_MAX];
    size_t count = 0, wrong = 0;
    memset(f, 0, sizeof f);
    if (!cli_words_end(c, 0) || !cli_open_home(c)) {
        return c->exit;
    }
    f[0].what = "modes";
    f[0].good = !dt_home_modes_wrong(&c->home, f[0].detail, sizeof f[0].detail);
    check_clock(&f[1], &c->home);
    check_disk(&f[2], &c->home);
    check_card(&f[3], &c->home);
    check_database(&f[4], &c->home);
    check_officers(&f[5], &c->home);
    check_node(&f[6], &c->home);
    count = 7;
    json_t *checks = json_array();
    for (size_t i = 0; i < count; i++) {
        wrong += !f[i].good;
        json_array_append_new(checks, json_pack("{s:s, s:b, s:s}", "check", f[i].what, "good",
                                                f[i].good, "detail", f[i].detail));
        if (!c->json) {
            printf("%-9s %-5s %s\n", f[i].what, f[i].good ? _("good") : _("LOOK"),
                   cli_safe(f[i].detail));
        }
    }
    if (c->json) {
        cli_print_json(json_pack("{s:b, s:O}", "good", wrong == 0, "checks", checks));
    }
    json_decref(checks);
    return wrong == 0 ? CLI_DONE : CLI_REFUSED;
}
