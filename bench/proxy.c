/* SPDX-License-Identifier: ISC */
/* Stands where the cards say the nodes are, passes datagrams on, and counts. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { HEADERS = 20 + 8, DATAGRAM = 65536 };

struct proxy {
    int fd[2];                   /* where the other side finds party 0, 1 */
    struct sockaddr_in node[2];  /* where it really is */
    pthread_t thread;
    atomic_bool blocked, ending;
    atomic_uint_fast64_t bytes, to_first;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* What reaches the place of party `to` comes from the other one, whose place it leaves by. */
static void forward(struct proxy *p, unsigned to)
{
    static uint8_t bytes[DATAGRAM];
    for (;;) {
        const ssize_t n = recv(p->fd[to], bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0) {
            return;
        }
        if (atomic_load(&p->blocked)) {
            continue;
        }
        const uint64_t all = atomic_fetch_add(&p->bytes, (uint64_t)n + HEADERS);
        if (to == 0) {
            atomic_store(&p->to_first, all + (uint64_t)n + HEADERS);
        }
        (void)!sendto(p->fd[1 - to], bytes, (size_t)n, 0, (struct sockaddr *)&p->node[to],
                      sizeof p->node[to]);
    }
}

static void *run(void *ctx)
{
    struct proxy *p = ctx;
    struct pollfd fds[2] = {{p->fd[0], POLLIN, 0}, {p->fd[1], POLLIN, 0}};
    while (!atomic_load(&p->ending)) {
        if (poll(fds, 2, 100) > 0) {
            forward(p, 0);
            forward(p, 1);
        }
    }
    return NULL;
}

struct proxy *proxy_start(struct rig *r)
{
    struct proxy *p = calloc(1, sizeof *p);
    if (p == NULL) {
        die("proxy");
    }
    for (unsigned i = 0; i < 2; i++) {
        char *listen = r->party[i].listen;
        unsigned port = 0;
        const int size = 4 << 20;
        if (sscanf(listen, "udp:127.0.0.1:%u", &port) != 1) {
            die("proxy: listen");
        }
        struct sockaddr_in place = loopback(port), free_place = loopback(0);
        socklen_t length = sizeof free_place;
        const int probe = socket(AF_INET, SOCK_DGRAM, 0);
        p->fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
        if (bind(p->fd[i], (struct sockaddr *)&place, sizeof place) != 0 ||
            bind(probe, (struct sockaddr *)&free_place, sizeof free_place) != 0 ||
            getsockname(probe, (struct sockaddr *)&free_place, &length) != 0) {
            die("proxy: bind");
        }
        close(probe);
        setsockopt(p->fd[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        p->node[i] = free_place;
        snprintf(listen, sizeof r->party[i].listen, "udp:127.0.0.1:%u",
                 (unsigned)ntohs(free_place.sin_port));
    }
    if (pthread_create(&p->thread, NULL, run, p) != 0) {
        die("proxy: thread");
    }
    return p;
}

void proxy_block(struct proxy *p, bool blocked)
{
    atomic_store(&p->blocked, blocked);
}

uint64_t proxy_bytes(struct proxy *p)
{
    return atomic_exchange(&p->bytes, 0);
}

uint64_t proxy_bytes_to_first(const struct proxy *p)
{
    return atomic_load(&p->to_first);
}

void proxy_stop(struct proxy *p)
{
    atomic_store(&p->ending, true);
    pthread_join(p->thread, NULL);
    close(p->fd[0]);
    close(p->fd[1]);
    free(p);
}
