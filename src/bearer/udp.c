/* SPDX-License-Identifier: ISC */
#include "bearer/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t to_sockaddr(struct sockaddr_storage *out, const struct dt_address *a)
{
    memset(out, 0, sizeof *out);
    if (a->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(a->port);
    in->sin6_scope_id = a->scope;
    memcpy(&in->sin6_addr, a->ip, 16);
    return sizeof *in;
}

static void from_sockaddr(struct dt_address *out, const struct sockaddr_storage *from)
{
    memset(out, 0, sizeof *out);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        out->family = 4;
        out->port = ntohs(in->sin_port);
        memcpy(out->ip, &in->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
        out->family = 6;
        out->port = ntohs(in->sin6_port);
        out->scope = in->sin6_scope_id;
        memcpy(out->ip, &in->sin6_addr, 16);
    }
}

/* Best effort: FORCE needs a privilege, the plain form is cut to the system's limit. */
static void widen(int fd, int option, int forced)
{
    const int size = DT_UDP_BUFFER;
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, option, &size, sizeof size);
    }
}

static enum dt_err fail(int fd)
{
    const int keep = errno;
    close(fd);
    errno = keep;
    return DT_ERR_IO;
}

enum dt_err dt_udp_open(struct dt_udp *u, const char *text)
{
    struct dt_address address;
    memset(u, 0, sizeof *u);
    u->fd = -1;
    const enum dt_err err = dt_address_parse(&address, text);
    if (err != DT_OK) {
        return err;
    }
    const int fd = socket(address.family == 4 ? AF_INET : AF_INET6,
                          SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return DT_ERR_IO;
    }
    const int on = 1;
    if (address.family == 6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
        return fail(fd);
    }
    widen(fd, SO_RCVBUF, SO_RCVBUFFORCE);
    widen(fd, SO_SNDBUF, SO_SNDBUFFORCE);
    struct sockaddr_storage name;
    socklen_t size = to_sockaddr(&name, &address);
    if (bind(fd, (struct sockaddr *)&name, size) != 0) {
        return fail(fd);
    }
    size = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &size) != 0) {
        return fail(fd);
    }
    from_sockaddr(&u->local, &name);
    u->fd = fd;
    return DT_OK;
}

void dt_udp_close(struct dt_udp *u)
{
    if (u->fd >= 0) {
        close(u->fd);
        u->fd = -1;
    }
}

/* Moves what was received intact to the front of the batch. */
static size_t keep_whole(struct dt_udp *u, struct dt_datagram *batch, const struct mmsghdr *got,
                         const struct sockaddr_storage *from, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if ((got[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            u->counts.too_large++;
            continue;
        }
        /* Buffers change places, so that each stays in the batch exactly once. */
        const struct dt_datagram one = batch[i];
        batch[i].data = batch[kept].data;
        batch[i].capacity = batch[kept].capacity;
        batch[kept] = one;
        batch[kept].size = got[i].msg_len;
        from_sockaddr(&batch[kept].address, &from[i]);
        kept++;
    }
    u->counts.received += kept;
    return kept;
}

size_t dt_udp_receive(struct dt_udp *u, struct dt_datagram *batch, size_t count)
{
    struct mmsghdr got[DT_UDP_BATCH];
    struct iovec part[DT_UDP_BATCH];
    struct sockaddr_storage from[DT_UDP_BATCH];
    if (count > DT_UDP_BATCH) {
        count = DT_UDP_BATCH;
    }
    for (size_t i = 0; i < count; i++) {
        part[i] = (struct iovec){batch[i].data, batch[i].capacity};
        got[i].msg_len = 0;
        got[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                         .msg_namelen = sizeof from[i],
                                         .msg_iov = &part[i],
                                         .msg_iovlen = 1};
    }
    for (unsigned tries = 0; tries < DT_UDP_BATCH; tries++) {
        const int n = recvmmsg(u->fd, got, (unsigned)count, MSG_DONTWAIT, NULL);
        if (n >= 0) {
            return keep_whole(u, batch, got, from, (size_t)n);
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        }
        if (errno != EINTR) {
            u->counts.errors++; /* an ICMP report of something sent: read on */
        }
    }
    return 0;
}

/* --- sending ---------------------------------------------------------------------- */

/* Datagrams that the kernel takes as one: to one address, all of the size of the first but
 * the last, which may be shorter. They leave as so many datagrams (UDP_SEGMENT), but pass
 * through the kernel once: a quarter of the processor time. */
enum { RUN_MAX = 60, RUN_BYTES = 60000 };

static size_t run_length(const struct dt_udp *u, const struct dt_datagram *batch, size_t count)
{
    const size_t each = batch[0].size;
    size_t n = 1;
    while (!u->one_by_one && each > 0 && n < count && n < RUN_MAX && (n + 1) * each <= RUN_BYTES &&
           batch[n - 1].size == each && batch[n].size > 0 && batch[n].size <= each &&
           dt_address_equal(&batch[n].address, &batch[0].address)) {
        n++;
    }
    return n;
}

/* Room for the one thing that is said about a run: the size of its parts. */
struct control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
};

static void say_size(struct msghdr *message, struct control *control, size_t each)
{
    const uint16_t size = (uint16_t)each;
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof control->bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(header), &size, sizeof size);
}

/* At most DT_UDP_BATCH of them. Returns how many the kernel took; of none, errno says why,
 * and *first how many were tried as one. */
static size_t send_some(struct dt_udp *u, const struct dt_datagram *batch, size_t count, size_t *first)
{
    struct mmsghdr out[DT_UDP_BATCH];
    struct iovec part[DT_UDP_BATCH];
    struct sockaddr_storage to[DT_UDP_BATCH];
    struct control control[DT_UDP_BATCH];
    size_t runs = 0, taken = 0;
    for (size_t at = 0; at < count; runs++) {
        const size_t n = run_length(u, batch + at, count - at);
        out[runs].msg_hdr = (struct msghdr){.msg_name = &to[runs],
                                            .msg_namelen = to_sockaddr(&to[runs], &batch[at].address),
                                            .msg_iov = &part[at],
                                            .msg_iovlen = n};
        if (n > 1) {
            say_size(&out[runs].msg_hdr, &control[runs], batch[at].size);
        }
        for (const size_t end = at + n; at < end; at++) {
            part[at] = (struct iovec){batch[at].data, batch[at].size};
        }
    }
    *first = out[0].msg_hdr.msg_iovlen;
    const int sent = sendmmsg(u->fd, out, (unsigned)runs, MSG_DONTWAIT);
    for (int i = 0; i < sent; i++) {
        taken += out[i].msg_hdr.msg_iovlen;
    }
    return taken;
}

/* A kernel, device or path that does not do runs. */
static bool cannot_run(int error)
{
    return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP;
}

size_t dt_udp_send(struct dt_udp *u, const struct dt_datagram *batch, size_t count)
{
    size_t done = 0;
    while (done < count) {
        const size_t n = count - done < DT_UDP_BATCH ? count - done : DT_UDP_BATCH;
        size_t first = 0;
        const size_t sent = send_some(u, batch + done, n, &first);
        if (sent > 0) {
            u->counts.sent += sent;
            done += sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            u->counts.unsent += count - done;
            return done;
        } else if (first > 1 && cannot_run(errno)) {
            u->one_by_one = true;
        } else if (errno != EINTR) {
            u->counts.errors++; /* the first of these cannot be sent: pass it over */
            u->counts.unsent += first;
            done += first;
        }
    }
    return done;
}
