/* SPDX-License-Identifier: ISC */
#include "rig.h"

#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cbor/cbor.h"
#include "log/seal.h"
#include "node/auth.h"
#include "node/node.h"
#include "node/succession.h"
#include "view/body.h"

/* A test that fails leaves its rigs behind: they are taken away at the end of the process. */
static struct rig *alive;
static pid_t owner;

static void free_alive(void)
{
    while (alive != NULL && getpid() == owner) {
        rig_free(alive);
    }
}

/* What the nodes said last: the folder with their logs goes. */
static void print_logs(const struct rig *r)
{
    for (unsigned i = 0; i < r->parties; i++) {
        char path[300], line[512];
        snprintf(path, sizeof path, "%s/%u.log", r->dir, i);
        FILE *f = fopen(path, "r");
        if (f == NULL) {
            continue;
        }
        if (fseek(f, -6000, SEEK_END) != 0) {
            rewind(f);
        }
        fprintf(stderr, "# log of party %u\n", i);
        while (fgets(line, sizeof line, f) != NULL) {
            fprintf(stderr, "#   %s", line);
        }
        fclose(f);
    }
}

__attribute__((noreturn)) static void die(void)
{
    for (const struct rig *r = alive; r != NULL && getpid() == owner; r = r->next) {
        print_logs(r);
    }
    free_alive();
    abort();
}

#define MUST(expression)                                                                           \
    do {                                                                                           \
        const enum dt_err err_ = (expression);                                                     \
        if (err_ != DT_OK) {                                                                       \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #expression,                    \
                    dt_err_name(err_));                                                            \
            die();                                                                                 \
        }                                                                                          \
    } while (0)

static const char passphrase[] = "exercise passphrase";

int64_t rig_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static unsigned free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0) {
        die();
    }
    close(fd);
    return ntohs(a.sin_port);
}

static void make_party(struct rig *r, unsigned i)
{
    static struct dt_card card;
    struct rig_party *p = &r->party[i];
    char path[300], code[9], name[32];
    const struct dt_span pass = dt_span(passphrase, strlen(passphrase));
    p->wid = dt_wid(i, 1);
    snprintf(path, sizeof path, "%s/%u", r->dir, i);
    snprintf(code, sizeof code, "PA%02u", i);
    snprintf(name, sizeof name, "Party %u", i);
    snprintf(p->listen, sizeof p->listen, "udp:127.0.0.1:%u", free_port());
    MUST(dt_home_init(&p->home, path, code, name, pass, dt_span(NULL, 0), dt_now_ms()));
    MUST(dt_home_unlock_root(&p->home, pass, p->root));
    MUST(dt_home_add_operator(&p->home, 1, "duty officer", pass, p->root, dt_now_ms(), &p->officer));
    MUST(dt_home_unlock_operator(&p->home, 1, pass, dt_now_ms()));
    MUST(dt_home_officer(&p->home, 1, dt_now_ms(), &p->officer_key));
    struct dt_card_words words = {.endpoints = {p->listen}, .endpoint_count = 1};
    MUST(dt_home_make_card(&p->home, &words, p->root, dt_now_ms()));
    MUST(dt_home_card(&p->home, p->card, &p->card_size, &card));
    struct dt_member *m = &r->charter.members[i];
    snprintf(m->code, sizeof m->code, "%s", code);
    snprintf(m->name, sizeof m->name, "%s", name);
    memcpy(m->root, p->home.root, 32);
    snprintf(m->forces[0].name, sizeof m->forces[0].name, "Force %u", i);
    m->force_count = 1;
}

unsigned rig_restore(struct rig *r, unsigned party, const char *copy, const char *name)
{
    static struct dt_card card;
    struct dt_restored out;
    const unsigned i = r->parties++;
    struct rig_party *of = &r->party[party], *p = &r->party[i];
    char home[320];
    snprintf(home, sizeof home, "%s/%s", r->dir, name);
    *p = *of;
    p->pid = 0;
    MUST(dt_restore(copy, home, dt_span(passphrase, strlen(passphrase)), dt_span(NULL, 0), 0,
                    dt_now_ms(), &out));
    MUST(dt_home_open(&p->home, home));
    p->wid = dt_wid(dt_wid_member(of->wid), out.number);
    snprintf(p->listen, sizeof p->listen, "udp:127.0.0.1:%u", free_port());
    struct dt_card_words words = {.endpoints = {of->listen, p->listen}, .endpoint_count = 2};
    MUST(dt_home_make_card(&p->home, &words, p->root, dt_now_ms()));
    MUST(dt_home_card(&p->home, p->card, &p->card_size, &card));
    return i;
}

void rig_sign_charter(struct rig *r)
{
    static uint8_t content[DT_STATEMENT_MAX];
    size_t size = 0;
    MUST(dt_charter_encode(content, sizeof content, &size, &r->charter));
    MUST(dt_statement_sign(r->statement, sizeof r->statement, &r->statement_size,
                           DT_STATEMENT_CHARTER, dt_span(content, size), r->party[0].root,
                           r->party[0].home.root));
}

struct rig *rig_new(unsigned parties, enum dt_class class_)
{
    struct rig *r = calloc(1, sizeof *r);
    const char *tmp = getenv("TMPDIR");
    if (r == NULL || parties > RIG_PARTIES) {
        die();
    }
    snprintf(r->dir, sizeof r->dir, "%s/detente-rig-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(r->dir) == NULL) {
        die();
    }
    setenv("XDG_RUNTIME_DIR", r->dir, 1);
    if (owner != getpid()) {
        owner = getpid();
        alive = NULL;
        atexit(free_alive);
    }
    r->next = alive;
    alive = r;
    r->parties = parties;
    dt_charter_defaults(&r->charter);
    r->charter.class_ = class_;
    r->charter.member_count = parties;
    snprintf(r->charter.title, sizeof r->charter.title, "rig");
    dt_random(r->charter.nonce, sizeof r->charter.nonce);
    for (unsigned i = 0; i < parties; i++) {
        make_party(r, i);
    }
    rig_sign_charter(r);
    return r;
}

static void run_program(const struct rig *r, const struct rig_party *p)
{
    char mtu[16];
    snprintf(mtu, sizeof mtu, "%u", r->mtu != 0 ? r->mtu : DT_NODE_MTU_DEFAULT);
    execl(r->program, r->program, "node", "--home", p->home.path, "--listen", p->listen, "--mtu",
          mtu, p->alarm_exec != NULL ? "--alarm-exec" : (char *)NULL, p->alarm_exec, (char *)NULL);
    _exit(9);
}

static void spawn_node(struct rig *r, unsigned party)
{
    struct rig_party *p = &r->party[party];
    fflush(NULL);
    p->pid = fork();
    if (p->pid == 0) {
        char log[300];
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that aborts leaves no nodes, and no open pipe */
        snprintf(log, sizeof log, "%s/%u.log", r->dir, party);
        if (freopen(log, "a", stderr) == NULL) {
            _exit(9);
        }
        setvbuf(stderr, NULL, _IOLBF, 0); /* a node that is killed has said what it said */
        if (r->pin) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(0, &set);
            sched_setaffinity(0, sizeof set, &set);
        }
        if (r->program != NULL) {
            run_program(r, p);
        }
        const struct dt_node_options options = {.home = p->home.path,
                                                .listen = {p->listen},
                                                .listen_count = 1,
                                                .mtu = r->mtu,
                                                .no_human_tests = p->no_human_tests,
                                                .alarm_exec = p->alarm_exec};
        _exit(dt_node_main(&options) == 0 ? 0 : 8);
    }
}

void rig_start(struct rig *r, unsigned party)
{
    struct rig_party *p = &r->party[party];
    char path[DT_HOME_PATH_SIZE];
    spawn_node(r, party);
    MUST(dt_home_file(path, &p->home, "control.sock"));
    p->auth = DT_ERR_BAD_STATE;
    const int64_t until = rig_now_us() + 20000000;
    /* The socket of a node that was killed may live on for a moment, in a program that it was
     * just starting. */
    while (dt_client_open(&p->client, path) != DT_OK ||
           (p->auth = dt_client_greet(&p->client, &p->home, &p->officer_key)) == DT_ERR_NO_NODE) {
        dt_client_close(&p->client);
        if (rig_now_us() > until) {
            fprintf(stderr, "rig: node %u does not answer; see %s\n", party, r->dir);
            die();
        }
        if (waitpid(p->pid, NULL, WNOHANG) == p->pid) { /* for the same reason its port was */
            usleep(100000);
            spawn_node(r, party);
        }
        usleep(2000);
    }
}

struct dt_span rig_call(struct rig *r, unsigned party, struct dt_object *o, enum dt_err *err)
{
    struct dt_client *client = &r->party[party].client;
    const enum dt_err got = dt_client_call(client, o, 60000);
    if (err != NULL) {
        *err = got;
    } else if (got != DT_OK) {
        fprintf(stderr, "rig: party %u: %s %s\n", party, dt_err_name(got), client->text);
        die();
    }
    return got == DT_OK ? client->reply : dt_span(NULL, 0);
}

enum dt_err rig_line_add(struct rig *r, unsigned i)
{
    struct rig_party *p = &r->party[i];
    static uint8_t certificate[DT_STATEMENT_MAX], body[DT_BODY_MAX];
    struct dt_certificate c;
    struct dt_body_open open = {0};
    struct dt_object o;
    enum dt_err err = DT_OK;
    size_t size = 0, body_size = 0;
    MUST(dt_home_certificate(&p->home, certificate, &size, &c));
    memcpy(open.line, r->charter.id, 32);
    open.certificate = dt_span(certificate, size);
    dt_accept_sign(open.acceptance, r->charter.id, c.writer, p->root);
    MUST(dt_body_open_encode(body, sizeof body, &body_size, &open));
    dt_client_begin(&p->client, &o, "line_add");
    dt_obj_key(&o, "charter");
    dt_obj_bytes(&o, dt_span(r->statement, r->statement_size));
    dt_obj_key(&o, "accept");
    dt_obj_bytes(&o, dt_span(body, body_size));
    rig_call(r, i, &o, &err);
    return err;
}

void rig_accept_line(struct rig *r, unsigned i, unsigned paired)
{
    struct rig_party *p = &r->party[i];
    struct dt_object o;
    MUST(rig_line_add(r, i));
    for (unsigned k = 0; k < paired; k++) {
        if (k != i) {
            dt_client_begin(&p->client, &o, "peer_add");
            dt_obj_key(&o, "card");
            dt_obj_bytes(&o, dt_span(r->party[k].card, r->party[k].card_size));
            rig_call(r, i, &o, NULL);
        }
    }
}

void rig_accept(struct rig *r, unsigned i)
{
    rig_accept_line(r, i, r->parties);
}

void rig_join(struct rig *r)
{
    for (unsigned i = 0; i < r->parties; i++) {
        rig_accept(r, i);
    }
}

void rig_stop(struct rig *r, unsigned party, int signal)
{
    struct rig_party *p = &r->party[party];
    if (p->pid != 0) {
        dt_client_close(&p->client);
        kill(p->pid, signal);
        waitpid(p->pid, NULL, 0);
        p->pid = 0;
    }
}

void rig_free(struct rig *r)
{
    char command[400];
    for (struct rig **at = &alive; *at != NULL; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            break;
        }
    }
    for (unsigned i = 0; i < r->parties; i++) {
        rig_stop(r, i, SIGTERM);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
    if (getenv("RIG_KEEP") == NULL && system(command) != 0) {
        fprintf(stderr, "rig: cannot remove %s\n", r->dir);
    }
    free(r);
}

static void put_append(struct rig *r, struct dt_client *client, struct dt_object *o, unsigned kind,
                       unsigned precedence, int64_t time_ms, unsigned to)
{
    dt_client_begin(client, o, "append");
    dt_obj_key(o, "line");
    dt_obj_bytes(o, dt_span(r->charter.id, 32));
    dt_obj_key(o, "kind");
    dt_obj_uint(o, kind);
    dt_obj_key(o, "time");
    dt_obj_int(o, time_ms);
    dt_obj_key(o, "flags");
    dt_obj_uint(o, dt_flags((enum dt_precedence)precedence, r->charter.class_));
    dt_obj_key(o, "to");
    dt_obj_array(o);
    if (to != 255) {
        dt_obj_uint(o, to);
    }
    dt_obj_end(o);
}

void rig_warning(struct rig *r, struct dt_client *client, struct dt_object *o,
                 enum dt_subject subject, unsigned to, unsigned precedence, struct dt_span text)
{
    static uint8_t plain[DT_SEALED_MAX], clear[16];
    size_t size = 0, clear_size = 0;
    struct dt_body_message message = {.text = text, .language = "en"};
    MUST(dt_body_message_encode(plain, sizeof plain, &size, &message));
    MUST(dt_body_subject_encode(clear, sizeof clear, &clear_size, subject));
    put_append(r, client, o, DT_KIND_MESSAGE, precedence, dt_now_ms(), to);
    dt_obj_key(o, "body");
    dt_obj_bytes(o, dt_span(clear, clear_size));
    dt_obj_key(o, "plain");
    dt_obj_bytes(o, dt_span(plain, size));
}

void rig_message(struct rig *r, unsigned party, struct dt_client *client, struct dt_object *o,
                 unsigned to, unsigned precedence, struct dt_span text, bool wait_stored)
{
    (void)party;
    rig_warning(r, client, o, DT_SUBJECT_NONE, to, precedence, text);
    if (wait_stored) {
        dt_obj_key(o, "wait");
        dt_obj_string(o, "stored");
    }
}

enum dt_err rig_give_card(struct rig *r, unsigned to, unsigned of)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[to].client, &o, "peer_add");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, dt_span(r->party[of].card, r->party[of].card_size));
    rig_call(r, to, &o, &err);
    return err;
}

unsigned rig_standby(struct rig *r, unsigned party, unsigned told)
{
    char copy[320];
    struct dt_object o;
    snprintf(copy, sizeof copy, "%s/copy", r->dir);
    dt_client_begin(&r->party[party].client, &o, "backup");
    dt_obj_key(&o, "path");
    dt_obj_string(&o, copy);
    rig_call(r, party, &o, NULL);
    const unsigned standby = rig_restore(r, party, copy, "standby");
    rig_start(r, standby);
    MUST(rig_give_card(r, party, standby));
    MUST(rig_give_card(r, told, standby));
    return standby;
}

struct dt_span rig_officer(struct rig *r, unsigned party, unsigned kind, unsigned precedence,
                           struct dt_span body, enum dt_err *err)
{
    static uint8_t signed_body[DT_BODY_MAX];
    struct rig_party *p = &r->party[party];
    struct dt_object o;
    uint8_t digest[32], signature[64];
    size_t size = 0;
    const int64_t now = dt_now_ms();
    MUST(dt_officer_digest(digest, body, dt_span(NULL, 0)));
    const struct dt_header h = {
        .kind = kind,
        .time_ms = now,
        .flags = dt_flags((enum dt_precedence)precedence, r->charter.class_)};
    dt_officer_sign(signature, r->charter.id, p->wid, &h, digest,
                    p->officer_key.signer);
    MUST(dt_body_add_officer(signed_body, sizeof signed_body, &size, body, DT_BODY_OFFICER, 1,
                             signature));
    put_append(r, &p->client, &o, kind, precedence, now, 255);
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(signed_body, size));
    return rig_call(r, party, &o, err);
}

void rig_test_answer(struct rig *r, unsigned party, const struct dt_ref *test)
{
    uint8_t body[256];
    size_t size = 0;
    const struct dt_body_test b = {.nonce = 7 + party, .echo = true, .ref = *test};
    MUST(dt_body_test_encode(body, sizeof body, &size, &b));
    rig_officer(r, party, DT_KIND_TEST, DT_IMMEDIATE, dt_span(body, size), NULL);
}

void rig_test_decline(struct rig *r, unsigned party, const struct dt_ref *test)
{
    uint8_t body[256];
    size_t size = 0;
    const struct dt_body_position b = {.ref = *test, .position = DT_POSITION_DECLINED};
    MUST(dt_body_position_encode(body, sizeof body, &size, &b));
    rig_officer(r, party, DT_KIND_POSITION, DT_IMMEDIATE, dt_span(body, size), NULL);
}

struct dt_span rig_plain(struct rig *r, unsigned party, unsigned kind, unsigned precedence,
                         struct dt_span body, enum dt_err *err)
{
    struct dt_object o;
    put_append(r, &r->party[party].client, &o, kind, precedence, dt_now_ms(), 255);
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, body);
    return rig_call(r, party, &o, err);
}

enum { RIG_ITEMS = 500 };

static struct dt_cbor items_of(struct dt_span reply, size_t *count)
{
    struct dt_cbor items = dt_cbor_need_text(reply, "items");
    *count = dt_cbor_array(&items, 0, RIG_ITEMS);
    return items;
}

struct dt_cbor rig_inbox(struct rig *r, unsigned party, size_t *count)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "inbox");
    dt_obj_key(&o, "limit");
    dt_obj_uint(&o, RIG_ITEMS);
    dt_obj_key(&o, "all");
    dt_obj_bool(&o, false);
    return items_of(rig_call(r, party, &o, NULL), count);
}

struct dt_cbor rig_records(struct rig *r, unsigned party, size_t *count)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "records");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "from");
    dt_obj_uint(&o, 0);
    dt_obj_key(&o, "limit");
    dt_obj_uint(&o, RIG_ITEMS);
    return items_of(rig_call(r, party, &o, NULL), count);
}

bool rig_is(struct dt_span map, const char *key, const char *text)
{
    struct dt_cbor c;
    return dt_cbor_find_text(map, key, &c) &&
           dt_span_equal(dt_cbor_text(&c, 255), dt_span(text, strlen(text)));
}

void rig_pause_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

uint64_t rig_uint(struct dt_span map, const char *key)
{
    struct dt_cbor c = dt_cbor_need_text(map, key);
    const uint64_t value = dt_cbor_uint(&c, UINT64_MAX);
    MUST(dt_cbor_error(&c));
    return value;
}

void rig_hash(struct dt_span map, const char *key, uint8_t out[32])
{
    struct dt_cbor c = dt_cbor_need_text(map, key);
    const struct dt_span bytes = dt_cbor_bytes(&c, 32, 32);
    MUST(dt_cbor_error(&c));
    memcpy(out, bytes.data, 32);
}

/* Nobody says of an honest line that he saw another root of any log than this node holds. */
static void nobody_saw_otherwise(struct rig *r, unsigned party)
{
    struct dt_object o;
    struct dt_cbor c;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[party].client, &o, "status");
    const struct dt_span reply = rig_call(r, party, &o, &err);
    if (err == DT_OK && !r->seen_otherwise && dt_cbor_find_text(reply, "seen_otherwise", &c) &&
        dt_cbor_array(&c, 0, 64) != 0) {
        fprintf(stderr, "rig: party %u holds another root than a member saw\n", party);
        die();
    }
}

bool rig_equal(struct rig *r, unsigned seconds)
{
    const int64_t until = rig_now_us() + (int64_t)seconds * 1000000;
    do {
        uint8_t first[32] = {0}, digest[32];
        bool equal = true, any = false;
        for (unsigned i = 0; i < r->parties && equal; i++) {
            struct dt_object o;
            if (r->party[i].pid == 0) {
                continue;
            }
            dt_client_begin(&r->party[i].client, &o, "digest");
            const struct dt_span reply = rig_call(r, i, &o, NULL);
            rig_hash(reply, "digest", digest);
            equal = !any || memcmp(first, digest, 32) == 0;
            memcpy(first, digest, 32);
            any = true;
        }
        for (unsigned i = 0; i < r->parties && equal; i++) {
            if (r->party[i].pid != 0) {
                nobody_saw_otherwise(r, i);
            }
        }
        if (equal) {
            return true;
        }
        usleep(20000);
    } while (rig_now_us() < until);
    return false;
}

long rig_status_kb(pid_t pid, const char *field)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':') {
            value = strtol(line + strlen(field) + 1, NULL, 10);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    return value;
}
