/* SPDX-License-Identifier: ISC */
/*
 * load - one load for every peer: A sends 200-byte messages, B's application writes each to
 * a file, syncs once for what it has at hand and sends a receipt; a message counts when A
 * holds its receipt. B runs in a process of its own. Prints "msgs_per_s p50_ms p99_ms".
 *
 * A client file includes this and defines the six functions below.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 200, RECEIPT = 16, WINDOW = 1024, WARM = 50, BATCH = 256 };

static void a_open(void);
static void a_send(const char *payload);  /* one message */
static bool a_receipt(int timeout_ms);    /* takes one, if one comes */
static void b_open(void);
static bool b_take(char *payload, int timeout_ms);
static void b_settle(unsigned count);     /* receipts for the last `count`, on disk now */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void b_run(const char *file)
{
    char row[256] = {0};
    const int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    b_open();
    for (;;) {
        unsigned count = 0;
        while (count < BATCH && b_take(row, count == 0 ? 1000 : 0)) {
            if (write(fd, row, sizeof row) != (ssize_t)sizeof row) {
                exit(1);
            }
            count++;
        }
        if (count > 0) {
            fdatasync(fd);
            b_settle(count);
        }
    }
}

static double run(unsigned count, unsigned window)
{
    char payload[PAYLOAD];
    unsigned sent = 0, done = 0;
    memset(payload, 'x', sizeof payload);
    const double start = now();
    double heard = start;
    while (done < count) {
        while (sent < count && sent - done < window) {
            a_send(payload);
            sent++;
        }
        for (int wait = 100; a_receipt(wait); wait = 0) {
            done++;
            heard = now();
        }
        if (now() - heard > 20) {
            fprintf(stderr, "no receipt for 20 s: %u of %u\n", done, count);
            exit(1);
        }
    }
    return now() - start;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* usage: client FILE MESSAGES SINGLE_MESSAGES */
int main(int argc, char **argv)
{
    static double each[10000];
    if (argc != 4) {
        return 2;
    }
    const unsigned messages = (unsigned)atoi(argv[2]), singles = (unsigned)atoi(argv[3]) % 10000;
    const pid_t b = fork();
    if (b == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        b_run(argv[1]);
    }
    a_open();
    run(WARM, 1);
    for (unsigned i = 0; i < singles; i++) {
        const double start = now();
        a_send((char[PAYLOAD]){'x'});
        while (!a_receipt(1000)) {
            if (now() - start > 20) {
                exit(1);
            }
        }
        each[i] = (now() - start) * 1000;
    }
    const double seconds = run(messages, WINDOW);
    qsort(each, singles, sizeof each[0], by_value);
    printf("%.1f %.3f %.3f\n", messages / seconds, each[singles / 2], each[singles * 99 / 100]);
    fflush(stdout);
    kill(b, SIGKILL);
    waitpid(b, NULL, 0);
    return 0;
}
