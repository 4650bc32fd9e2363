/* SPDX-License-Identifier: ISC */
#include "node/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { WIRE_READ = 65536, WIRE_BACKLOG = 16 };

/* --- bytes to messages ------------------------------------------------------ */

static enum dt_err grow(uint8_t **data, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity) {
        return DT_OK;
    }
    size_t bigger = *capacity > 0 ? *capacity : 4096;
    while (bigger < wanted) {
        bigger *= 2;
    }
    uint8_t *moved = realloc(*data, bigger);
    if (moved == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    *data = moved;
    *capacity = bigger;
    return DT_OK;
}

static size_t claimed(const struct dt_wire *w)
{
    struct dt_reader r = dt_reader(dt_span(w->data + w->taken, w->size - w->taken));
    return dt_read_u32(&r);
}

enum dt_err dt_wire_feed(struct dt_wire *w, struct dt_span bytes)
{
    if (w->taken > 0) {
        memmove(w->data, w->data + w->taken, w->size - w->taken);
        w->size -= w->taken;
        w->taken = 0;
    }
    const enum dt_err err = grow(&w->data, &w->capacity, w->size + bytes.size);
    if (err != DT_OK) {
        return err;
    }
    if (bytes.size > 0) {
        memcpy(w->data + w->size, bytes.data, bytes.size);
        w->size += bytes.size;
    }
    return w->size >= DT_WIRE_HEAD && claimed(w) > DT_WIRE_MAX ? DT_ERR_TOO_LARGE : DT_OK;
}

bool dt_wire_next(struct dt_wire *w, struct dt_span *message)
{
    if (w->size - w->taken < DT_WIRE_HEAD) {
        return false;
    }
    const size_t length = claimed(w);
    if (w->size - w->taken - DT_WIRE_HEAD < length) {
        return false; /* too long a one is refused by the next feed */
    }
    *message = dt_span(w->data + w->taken + DT_WIRE_HEAD, length);
    w->taken += DT_WIRE_HEAD + length;
    return true;
}

void dt_wire_free(struct dt_wire *w)
{
    free(w->data);
    memset(w, 0, sizeof *w);
}

enum dt_err dt_wire_frame(uint8_t **out, size_t *size, size_t *capacity, struct dt_span message)
{
    if (message.size > DT_WIRE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const enum dt_err err = grow(out, capacity, *size + DT_WIRE_HEAD + message.size);
    if (err != DT_OK) {
        return err;
    }
    struct dt_writer w = dt_writer(*out + *size, DT_WIRE_HEAD + message.size);
    dt_write_u32(&w, (uint32_t)message.size);
    dt_write_bytes(&w, message.data, message.size);
    *size += w.size;
    return DT_OK;
}

/* --- sockets ---------------------------------------------------------------- */

/* A socket address holds 107 characters. A longer path is reached through an open
 * directory; *dir is then to be closed after use, else -1. */
static enum dt_err address_of(struct sockaddr_un *out, int *dir, const char *path)
{
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    *dir = -1;
    if (strlen(path) < sizeof out->sun_path) {
        memcpy(out->sun_path, path, strlen(path) + 1);
        return DT_OK;
    }
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? strndup(path, (size_t)(slash - path)) : NULL;
    if (folder == NULL) {
        return DT_ERR_TOO_LARGE;
    }
    *dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (*dir < 0) {
        return DT_ERR_IO;
    }
    const int n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d%s", *dir, slash);
    if (n < 0 || (size_t)n >= sizeof out->sun_path) {
        close(*dir);
        *dir = -1;
        return DT_ERR_TOO_LARGE;
    }
    return DT_OK;
}

/* Closes both and keeps errno for the caller. */
static enum dt_err give_up(int fd, int dir, enum dt_err err)
{
    const int keep = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (dir >= 0) {
        close(dir);
    }
    errno = keep;
    return err;
}

static bool nobody_listens(int error)
{
    return error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
}

/* STORE_BUSY if somebody listens, and goes on to: the socket of a node that was killed may live
 * on for a moment in the alarm program that it was just starting. */
static enum dt_err nobody_there(const struct sockaddr_un *address)
{
    enum { PROBES = 10, PROBE_MS = 100 };
    for (int i = 0; i < PROBES; i++) {
        const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (probe < 0) {
            return DT_ERR_IO;
        }
        if (connect(probe, (const struct sockaddr *)address, sizeof *address) != 0) {
            return give_up(probe, -1, nobody_listens(errno) ? DT_OK : DT_ERR_IO);
        }
        close(probe);
        (void)poll(NULL, 0, i + 1 < PROBES ? PROBE_MS : 0);
    }
    return DT_ERR_STORE_BUSY;
}

enum dt_err dt_wire_listen(int *fd, const char *path)
{
    struct sockaddr_un address;
    int dir;
    *fd = -1;
    enum dt_err err = address_of(&address, &dir, path);
    if (err != DT_OK) {
        return err;
    }
    err = nobody_there(&address);
    if (err != DT_OK) {
        return give_up(-1, dir, err);
    }
    struct stat st; /* a stale socket goes, anything else stays */
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        unlink(path);
    }
    const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0) {
        return give_up(-1, dir, DT_ERR_IO);
    }
    const mode_t mask = umask(0177); /* 0600 from the first moment */
    const int bound = bind(s, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound != 0 || listen(s, WIRE_BACKLOG) != 0) {
        return give_up(s, dir, DT_ERR_IO);
    }
    *fd = s;
    (void)give_up(-1, dir, DT_OK);
    return DT_OK;
}

static bool is_ours(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

int dt_wire_accept(int listen_fd)
{
    for (unsigned tries = 0; tries < WIRE_BACKLOG; tries++) {
        const int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
            return -1;
        }
        if (fd >= 0 && is_ours(fd)) {
            return fd;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return -1;
}

/* --- client ----------------------------------------------------------------- */

enum dt_err dt_client_open(struct dt_client *c, const char *path)
{
    struct sockaddr_un address;
    int dir;
    memset(c, 0, sizeof *c);
    c->fd = -1;
    const enum dt_err err = address_of(&address, &dir, path);
    if (err != DT_OK) {
        return err == DT_ERR_IO && nobody_listens(errno) ? DT_ERR_NO_NODE : err;
    }
    const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return give_up(-1, dir, DT_ERR_IO);
    }
    if (connect(s, (struct sockaddr *)&address, sizeof address) != 0) {
        return give_up(s, dir, nobody_listens(errno) ? DT_ERR_NO_NODE : DT_ERR_IO);
    }
    c->fd = s;
    (void)give_up(-1, dir, DT_OK);
    return DT_OK;
}

void dt_client_close(struct dt_client *c)
{
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
    dt_wire_free(&c->in);
    c->reply = dt_span(NULL, 0);
}

void dt_client_begin(struct dt_client *c, struct dt_object *o, const char *cmd)
{
    dt_obj_init(o);
    dt_obj_map(o);
    dt_obj_key(o, "cmd");
    dt_obj_string(o, cmd);
    dt_obj_key(o, "re");
    dt_obj_uint(o, ++c->re);
}

static enum dt_err send_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return DT_ERR_NO_NODE;
        }
        data += n;
        size -= (size_t)n;
    }
    return DT_OK;
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the socket has bytes; deadline 0 is never. */
static enum dt_err wait_for_bytes(int fd, int64_t deadline)
{
    for (;;) {
        int left = -1;
        if (deadline != 0) {
            const int64_t ms = deadline - monotonic_ms();
            left = ms > 0 ? (int)ms : 0;
        }
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const int n = poll(&p, 1, left);
        if (n > 0) {
            return DT_OK;
        }
        if (n == 0) {
            return DT_ERR_EXPIRED;
        }
        if (errno != EINTR) {
            return DT_ERR_IO;
        }
    }
}

static enum dt_err receive_until(struct dt_client *c, struct dt_span *message, int64_t deadline)
{
    uint8_t bytes[WIRE_READ];
    while (!dt_wire_next(&c->in, message)) {
        enum dt_err err = wait_for_bytes(c->fd, deadline);
        if (err != DT_OK) {
            return err;
        }
        const ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (n <= 0) {
            return DT_ERR_NO_NODE;
        }
        err = dt_wire_feed(&c->in, dt_span(bytes, (size_t)n));
        if (err != DT_OK) {
            return err;
        }
    }
    return dt_cbor_check(*message);
}

static int64_t deadline_of(unsigned timeout_ms)
{
    return timeout_ms == 0 ? 0 : monotonic_ms() + timeout_ms;
}

enum dt_err dt_client_receive(struct dt_client *c, struct dt_span *message, unsigned timeout_ms)
{
    *message = dt_span(NULL, 0);
    return c->fd < 0 ? DT_ERR_NO_NODE : receive_until(c, message, deadline_of(timeout_ms));
}

/* DT_OK, or the error the reply names, with its words in c->text. */
static enum dt_err judge_reply(struct dt_client *c)
{
    struct dt_cbor ok = dt_cbor_need_text(c->reply, "ok");
    const bool good = dt_cbor_bool(&ok);
    if (dt_cbor_error(&ok) != DT_OK) {
        return dt_cbor_error(&ok);
    }
    if (good) {
        return DT_OK;
    }
    struct dt_cbor value;
    if (dt_cbor_find_text(c->reply, "text", &value)) {
        const struct dt_span text = dt_cbor_text(&value, SIZE_MAX);
        snprintf(c->text, sizeof c->text, "%.*s", (int)(text.size < 255 ? text.size : 255),
                 text.size > 0 ? (const char *)text.data : "");
    }
    struct dt_cbor name = dt_cbor_need_text(c->reply, "error");
    return dt_err_by_name(dt_cbor_text(&name, 64));
}

static bool is_reply_to(struct dt_span message, uint64_t re)
{
    struct dt_cbor value;
    return dt_cbor_find_text(message, "re", &value) && dt_cbor_uint(&value, UINT64_MAX) == re &&
           dt_cbor_error(&value) == DT_OK;
}

/* A reply to no request of ours that says no: the node could not read what we sent. */
static bool is_refusal(struct dt_span message)
{
    struct dt_cbor value;
    return dt_cbor_find_text(message, "error", &value);
}

enum dt_err dt_client_call(struct dt_client *c, struct dt_object *o, unsigned timeout_ms)
{
    struct dt_span request;
    struct dt_cbor number;
    uint8_t *bytes = NULL;
    size_t size = 0, capacity = 0;
    uint64_t re = 0; /* of this request: others may have been begun and sent since */
    c->text[0] = '\0';
    dt_obj_end(o);
    enum dt_err err = dt_obj_done(o, &request);
    if (err == DT_OK && dt_cbor_find_text(request, "re", &number)) {
        re = dt_cbor_uint(&number, UINT64_MAX);
    }
    if (err == DT_OK) {
        err = dt_wire_frame(&bytes, &size, &capacity, request);
    }
    dt_obj_free(o);
    if (err == DT_OK) {
        err = c->fd < 0 ? DT_ERR_NO_NODE : send_all(c->fd, bytes, size);
    }
    free(bytes);
    const int64_t deadline = deadline_of(timeout_ms);
    while (err == DT_OK) {
        err = receive_until(c, &c->reply, deadline);
        if (err == DT_OK && (is_reply_to(c->reply, re) || is_refusal(c->reply))) {
            return judge_reply(c);
        }
    }
    return err;
}

enum dt_err dt_err_by_name(struct dt_span name)
{
    for (int i = 1; i < DT_ERR_COUNT; i++) {
        const char *known = dt_err_name((enum dt_err)i);
        if (dt_span_equal(name, dt_span(known, strlen(known)))) {
            return (enum dt_err)i;
        }
    }
    return DT_ERR_IO;
}
