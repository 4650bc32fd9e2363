/* SPDX-License-Identifier: ISC */
/* What this machine can do at best, measured beside the figures that quote it. */
#include "bench.h"

#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"

enum { COMMITS = 400, SIGNATURES = 2000, TRIPS = 5000, MESSAGE = 300 };

static void die(const char *what)
{
    fprintf(stderr, "floors: %s\n", what);
    exit(1);
}

/* One 300-byte row a transaction: WAL, synchronous = FULL, as the store has it. */
static double commit_us(const char *directory)
{
    static double each[COMMITS];
    uint8_t row[MESSAGE] = {1};
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    snprintf(path, sizeof path, "%s/floor.db", directory);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                         "PRAGMA synchronous=FULL; CREATE TABLE t(b BLOB)", NULL, NULL, NULL) != 0 ||
        sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?)", -1, &insert, NULL) != SQLITE_OK) {
        die("sqlite");
    }
    for (int i = 0; i < COMMITS; i++) {
        const int64_t start = rig_now_us();
        sqlite3_bind_blob(insert, 1, row, sizeof row, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) {
            die("sqlite insert");
        }
        sqlite3_reset(insert);
        each[i] = (double)(rig_now_us() - start);
    }
    sqlite3_finalize(insert);
    sqlite3_close(db);
    unlink(path);
    return median(each, COMMITS);
}

static void signature_us(struct floors *f)
{
    uint8_t seed[32] = {7}, public[DT_PUBLIC_SIZE], signer[DT_SIGNER_SIZE];
    uint8_t message[MESSAGE] = {2}, signature[DT_SIGNATURE_SIZE];
    dt_signer_from_seed(signer, public, seed);
    int64_t start = rig_now_us();
    for (int i = 0; i < SIGNATURES; i++) {
        message[0] = (uint8_t)i;
        dt_sign(signature, dt_span(message, sizeof message), signer);
    }
    f->sign = (double)(rig_now_us() - start) / SIGNATURES;
    start = rig_now_us();
    bool good = true;
    for (int i = 0; i < SIGNATURES; i++) {
        good = good && dt_verify(signature, dt_span(message, sizeof message), public);
    }
    f->verify = (double)(rig_now_us() - start) / SIGNATURES;
    if (!good) {
        die("a signature does not verify");
    }
}

static int udp_socket(struct sockaddr_in *name)
{
    socklen_t size = sizeof *name;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)name, size) != 0 ||
        getsockname(fd, (struct sockaddr *)name, &size) != 0) {
        die("socket");
    }
    return fd;
}

/* Between two processes on one processor. */
static double round_trip_us(void)
{
    struct sockaddr_in a, b;
    uint8_t bytes[MESSAGE] = {3};
    const int here = udp_socket(&a), there = udp_socket(&b);
    if (connect(here, (struct sockaddr *)&b, sizeof b) != 0 ||
        connect(there, (struct sockaddr *)&a, sizeof a) != 0) {
        die("connect");
    }
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        while (recv(there, bytes, sizeof bytes, 0) > 0 && send(there, bytes, sizeof bytes, 0) > 0) {
        }
        _exit(0);
    }
    const int64_t start = rig_now_us();
    for (int i = 0; i < TRIPS; i++) {
        if (send(here, bytes, sizeof bytes, 0) < 0 || recv(here, bytes, sizeof bytes, 0) < 0) {
            die("round trip");
        }
    }
    const double us = (double)(rig_now_us() - start) / TRIPS;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(here);
    close(there);
    return us;
}

void measure_floors(struct floors *f, const char *directory)
{
    f->commit = commit_us(directory);
    signature_us(f);
    f->round_trip = round_trip_us();
}
