/* SPDX-License-Identifier: ISC */
/* How fast: many, one at a time, the urgent one past a backlog, everybody at once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "node/auth.h"
#include "view/body.h"

enum { WINDOW = 1024, BACKLOG = 10000, MEMBERS = 29, EACH = 100 };

/* "msgs_per_s p50_ms p99_ms" of a peer, measured now; false if it is not installed. */
static bool measure_peer(const char *name, double *rate, double *p50, double *p99)
{
    char command[600], line[200] = "";
    snprintf(command, sizeof command, "python3 %s/bench/peers/peer.py %s %s", DT_SOURCE_DIR, name,
             quick ? "quick" : "");
    FILE *out = popen(command, "r");
    const bool read = out != NULL && fgets(line, sizeof line, out) != NULL;
    const int status = out != NULL ? pclose(out) : -1;
    return read && status == 0 && sscanf(line, "%lf %lf %lf", rate, p50, p99) == 3;
}

/* Processor seconds of a process so far; 0 if it cannot be read. */
static double cpu_of(pid_t pid)
{
    char path[64], line[1024] = "";
    unsigned long user = 0, system = 0;
    double seconds = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    const char *after =
        stat != NULL && fgets(line, sizeof line, stat) != NULL ? strrchr(line, ')') : NULL;
    if (after != NULL && sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                &user, &system) == 2) {
        seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    if (stat != NULL) {
        fclose(stat);
    }
    return seconds;
}

/* Microseconds of processor time that a message took in client, sender and receiver. */
struct spent {
    double us[3];
};

static struct spent spent_by(const struct rig *r)
{
    return (struct spent){{cpu_of(getpid()) * 1e6, cpu_of(r->party[0].pid) * 1e6,
                           cpu_of(r->party[1].pid) * 1e6}};
}

static double one_throughput(struct rig *r, uint64_t count, struct spent *spent)
{
    struct flow f;
    flow_open(&f, r, 0, 1, true);
    flow_run(&f, 2000, WINDOW, 30); /* warm */
    const struct spent before = spent_by(r);
    const int64_t start = rig_now_us();
    const bool all = flow_run(&f, count, WINDOW, 30);
    const double seconds = (double)(rig_now_us() - start) / 1e6;
    const struct spent after = spent_by(r);
    for (size_t i = 0; i < 3; i++) {
        spent->us[i] += (after.us[i] - before.us[i]) / (double)count;
    }
    flow_close(&f);
    return all ? (double)count / seconds : 0;
}

static struct {
    const char *name;
    double rate, p50, p99;
} peers[] = {{"rabbitmq-shovel", 0, 0, 0}, {"nats-source", 0, 0, 0}};

static void measure_peers(void)
{
    static bool done;
    done = done || no_peers;
    for (size_t i = 0; !done && i < sizeof peers / sizeof peers[0]; i++) {
        measure_peer(peers[i].name, &peers[i].rate, &peers[i].p50, &peers[i].p99);
    }
    done = true;
}

void bench_throughput(void)
{
    enum { RUNS = 5 };
    double rates[RUNS];
    const size_t runs = quick ? 3 : RUNS;
    struct rig *r = two_nodes();
    struct spent spent = {{0}};
    char note[200];
    for (size_t i = 0; i < runs; i++) {
        rates[i] = one_throughput(r, quick ? 20000 : 50000, &spent);
    }
    rig_free(r);
    measure_peers();
    const double rate = median(rates, runs), n = (double)runs;
    const char *const cpu = "processor time a message in us: client %.1f, sender %.1f, receiver %.1f";
    snprintf(note, sizeof note, cpu, spent.us[0] / n, spent.us[1] / n, spent.us[2] / n);
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        report(&(struct figure){.name = "line.throughput", .value = rate, .unit = "msg/s",
                                .against = peers[i].name, .peer = peers[i].rate,
                                .note = peers[i].rate > 0 || no_peers ? note : "peer not installed"});
    }
}

void bench_latency(void)
{
    enum { SAMPLES = 2000 };
    static double ms[SAMPLES];
    const size_t samples = quick ? 500 : SAMPLES;
    struct rig *r = two_nodes();
    struct floors f;
    struct flow flow;
    char note[300];
    measure_floors(&f, r->dir);
    flow_open(&flow, r, 0, 1, true);
    flow_run(&flow, 50, 1, 10);
    for (size_t i = 0; i < samples; i++) {
        const int64_t start = rig_now_us();
        flow_run(&flow, 1, 1, 10);
        ms[i] = (double)(rig_now_us() - start) / 1000;
    }
    flow_close(&flow);
    rig_free(r);
    const double limit =
        (2 * f.commit + 2 * f.sign + 2 * f.verify + 2 * f.round_trip) / 1000 + 0.2;
    snprintf(note, sizeof note,
             "floors in us: commit %.0f, sign %.0f, verify %.0f, UDP round trip %.0f", f.commit,
             f.sign, f.verify, f.round_trip);
    report(&(struct figure){.name = "line.latency_p50", .value = percentile(ms, samples, 0.5),
                            .unit = "ms", .limit = limit, .note = note});
    measure_peers();
    const bool durable = peers[0].p99 > 0;
    report(&(struct figure){.name = "line.latency_p99", .value = percentile(ms, samples, 0.99),
                            .unit = "ms", .limit = peers[0].p99, .against = peers[0].name,
                            .peer = peers[0].p99, .note = durable ? NULL : no_peers ? "not asked" : "not installed"});
}

/* --- from Enter at one desk to the alarm at the other ---------------------------------- */

static void check_fire(struct rig *r)
{
    static uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE, .text = dt_span("bench", 5)};
    if (dt_body_check_fire_encode(body, sizeof body, &size, &fire) != DT_OK) {
        abort();
    }
    rig_officer(r, 0, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
}

static bool is_alarm(struct dt_span message)
{
    static const char kind[] = "CHECK_FIRE";
    return memmem(message.data, message.size, kind, sizeof kind - 1) != NULL;
}

static double one_desk_to_desk(struct rig *r, struct dt_client *desk)
{
    struct flow f;
    struct dt_span message;
    flow_open(&f, r, 0, 1, false);
    kill(r->party[1].pid, SIGSTOP); /* so that the records do queue */
    flow_run(&f, BACKLOG, WINDOW, 30);
    flow_close(&f);
    kill(r->party[1].pid, SIGCONT);
    const int64_t start = rig_now_us();
    check_fire(r);
    do {
        if (dt_client_receive(desk, &message, 30000) != DT_OK) {
            fprintf(stderr, "desk to desk: no alarm within 30 s\n");
            return 30000;
        }
    } while (!is_alarm(message));
    const double ms = (double)(rig_now_us() - start) / 1000;
    flow_open(&f, r, 0, 1, true);
    flow_run(&f, 1, 1, 60); /* the backlog has arrived */
    flow_close(&f);
    while (dt_client_receive(desk, &message, 20) == DT_OK) {
    }
    return ms;
}

void bench_desk_to_desk(void)
{
    enum { SAMPLES = 100 };
    static double ms[SAMPLES];
    const size_t samples = quick ? 10 : SAMPLES;
    struct rig *r = two_nodes();
    struct dt_client desk;
    struct dt_object o;
    char path[DT_HOME_PATH_SIZE];
    if (dt_home_file(path, &r->party[1].home, "control.sock") != DT_OK ||
        dt_client_open(&desk, path) != DT_OK ||
        dt_client_greet(&desk, &r->party[1].home, &r->party[1].officer_key) != DT_OK) {
        abort();
    }
    dt_client_begin(&desk, &o, "follow");
    if (dt_client_call(&desk, &o, 5000) != DT_OK) {
        abort();
    }
    for (size_t i = 0; i < samples; i++) {
        ms[i] = one_desk_to_desk(r, &desk);
    }
    dt_client_close(&desk);
    rig_free(r);
    report(&(struct figure){.name = "line.desk_to_desk_p99",
                            .value = percentile(ms, samples, 0.99), .unit = "ms", .limit = 300});
}

/* --- everybody to everybody --------------------------------------------------------------- */

static double cpu_seconds(const struct rig *r)
{
    double seconds = 0;
    for (unsigned i = 0; i < r->parties; i++) {
        seconds += cpu_of(r->party[i].pid);
    }
    return seconds;
}

static void idle_29(struct rig *r)
{
    const unsigned seconds = quick ? 10 : 60;
    sleep(5); /* the joining is told about */
    const double before = cpu_seconds(r);
    sleep(seconds);
    report(&(struct figure){.name = "line.idle_29",
                            .value = (cpu_seconds(r) - before) * 100 / seconds,
                            .unit = "% of a core", .limit = 0.5});
}

void bench_fanout(void)
{
    static struct flow flows[MEMBERS];
    struct rig *r = rig_new(MEMBERS, DT_EXERCISE);
    uint64_t done = 0;
    r->program = program;
    for (unsigned i = 0; i < MEMBERS; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    if (!rig_equal(r, 120)) {
        fprintf(stderr, "fanout: the nodes do not agree; see %s\n", r->dir);
        exit(1);
    }
    idle_29(r);
    const int64_t start = rig_now_us();
    for (unsigned i = 0; i < MEMBERS; i++) {
        flow_open(&flows[i], r, i, 255, true);
        flow_send(&flows[i], EACH);
    }
    while (done < MEMBERS * EACH && rig_now_us() - start < 120000000) {
        done = 0;
        for (unsigned i = 0; i < MEMBERS; i++) {
            flow_pump(&flows[i], flows[i].done < EACH ? 5 : 0);
            done += flows[i].done;
        }
    }
    const double seconds = (double)(rig_now_us() - start) / 1e6;
    for (unsigned i = 0; i < MEMBERS; i++) {
        flow_close(&flows[i]);
    }
    rig_free(r);
    report(&(struct figure){.name = "line.fanout_29", .value = seconds, .unit = "s", .limit = 10,
                            .note = done == MEMBERS * EACH ? NULL : "not all receipts came"});
}
