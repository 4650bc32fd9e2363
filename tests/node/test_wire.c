/* SPDX-License-Identifier: ISC */
/*
 * Goal: whole messages come out of any cutting of the stream; a length that lies costs
 * no memory; the client tells refusals, silence and absence apart; a stale socket is
 * replaced, a living one never.
 * Method: bytes by hand, then a server of a few lines in a child process.
 */
#include "node/wire.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char folder[] = "/tmp/detente-wire-XXXXXX";
static char path[512];

static void messages_survive_any_cutting(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("cutting");
    uint8_t *stream = NULL, message[300];
    size_t size = 0, capacity = 0;
    for (size_t i = 0; i < 200; i++) {
        memset(message, (int)i, sizeof message);
        assert_err(dt_wire_frame(&stream, &size, &capacity, dt_span(message, i)), DT_OK);
    }
    for (unsigned round = 0; round < 50; round++) {
        struct dt_wire w = {0};
        size_t at = 0, next = 0;
        while (at < size) {
            const size_t most = round == 0 ? 1 : 1 + dt_rng_below(&rng, 700);
            const size_t part = most < size - at ? most : size - at;
            assert_err(dt_wire_feed(&w, dt_span(stream + at, part)), DT_OK);
            at += part;
            struct dt_span m;
            while (dt_wire_next(&w, &m)) {
                assert_int_equal(m.size, next);
                for (size_t i = 0; i < m.size; i++) {
                    assert_int_equal(m.data[i], next & 0xff);
                }
                next++;
            }
        }
        assert_int_equal(next, 200);
        dt_wire_free(&w);
    }
    free(stream);
}

static void a_lying_length_costs_nothing(void **state)
{
    (void)state;
    struct dt_wire w = {0};
    const uint8_t huge[] = {0x01, 0x00, 0x00, 0x00}; /* exactly the limit: still possible */
    assert_err(dt_wire_feed(&w, dt_span(huge, sizeof huge)), DT_OK);
    struct dt_span m;
    assert_false(dt_wire_next(&w, &m));
    assert_true(w.capacity <= 4096);
    dt_wire_free(&w);
    const uint8_t more[] = {0x01, 0x00, 0x00, 0x01};
    assert_err(dt_wire_feed(&w, dt_span(more, sizeof more)), DT_ERR_TOO_LARGE);
    dt_wire_free(&w);
    uint8_t *out = NULL;
    size_t size = 0, capacity = 0;
    assert_err(dt_wire_frame(&out, &size, &capacity, dt_span(huge, (size_t)DT_WIRE_MAX + 1)),
               DT_ERR_TOO_LARGE);
    assert_null(out);
}

/* --- client and server --------------------------------------------------------------- */

static void reply(int fd, uint64_t re, const char *error)
{
    struct dt_object o;
    struct dt_span item;
    uint8_t *bytes = NULL;
    size_t size = 0, capacity = 0;
    dt_obj_init(&o);
    dt_obj_map(&o);
    dt_obj_key(&o, "re");
    dt_obj_uint(&o, re);
    dt_obj_key(&o, "ok");
    dt_obj_bool(&o, error == NULL);
    if (error != NULL) {
        dt_obj_key(&o, "error");
        dt_obj_string(&o, error);
        dt_obj_key(&o, "text");
        dt_obj_string(&o, "because");
    }
    dt_obj_end(&o);
    assert_err(dt_obj_done(&o, &item), DT_OK);
    assert_err(dt_wire_frame(&bytes, &size, &capacity, item), DT_OK);
    assert_int_equal(write(fd, bytes, size), size);
    dt_obj_free(&o);
    free(bytes);
}

/* What the server does with the request named so. */
static bool serve_one(int fd, struct dt_span message)
{
    struct dt_cbor cmd = dt_cbor_need_text(message, "cmd");
    struct dt_cbor re = dt_cbor_need_text(message, "re");
    const struct dt_span name = dt_cbor_text(&cmd, 32);
    const uint64_t number = dt_cbor_uint(&re, UINT64_MAX);
    if (dt_span_equal(name, dt_span("good", 4))) {
        reply(fd, number + 1000, NULL); /* somebody else's: to be skipped */
        reply(fd, number, NULL);
    } else if (dt_span_equal(name, dt_span("bad", 3))) {
        reply(fd, number, "QUOTA");
    } else if (dt_span_equal(name, dt_span("odd", 3))) {
        reply(fd, number, "FROM_THE_FUTURE");
    } else if (dt_span_equal(name, dt_span("junk", 4))) {
        assert_int_equal(write(fd, "\0\0\0\1\xff", 5), 5);
    }
    return !dt_span_equal(name, dt_span("end", 3)); /* "silent": no reply at all */
}

static void serve(int listener)
{
    int fd = -1;
    while (fd < 0) {
        fd = dt_wire_accept(listener);
        usleep(1000);
    }
    struct dt_wire w = {0};
    for (;;) {
        uint8_t bytes[4096];
        const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n <= 0) {
            usleep(1000);
            continue;
        }
        struct dt_span m;
        if (dt_wire_feed(&w, dt_span(bytes, (size_t)n)) != DT_OK) {
            _exit(1);
        }
        while (dt_wire_next(&w, &m)) {
            if (!serve_one(fd, m)) {
                _exit(0);
            }
        }
    }
}

static enum dt_err ask(struct dt_client *c, const char *cmd)
{
    struct dt_object o;
    dt_client_begin(c, &o, cmd);
    return dt_client_call(c, &o, 300);
}

static void the_client_tells_answers_apart(void **state)
{
    (void)state;
    int listener;
    assert_err(dt_wire_listen(&listener, path), DT_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    const pid_t child = fork();
    if (child == 0) {
        serve(listener);
    }
    struct dt_client c;
    assert_err(dt_client_open(&c, path), DT_OK);
    assert_err(ask(&c, "good"), DT_OK);
    assert_true(c.reply.size > 0);
    assert_string_equal(c.text, "");
    struct dt_object first, second; /* begun in one order, sent in the other */
    dt_client_begin(&c, &first, "good");
    dt_client_begin(&c, &second, "good");
    assert_err(dt_client_call(&c, &second, 300), DT_OK);
    assert_err(dt_client_call(&c, &first, 300), DT_OK);
    assert_err(ask(&c, "bad"), DT_ERR_QUOTA);
    assert_string_equal(c.text, "because");
    assert_err(ask(&c, "odd"), DT_ERR_IO);
    assert_err(ask(&c, "silent"), DT_ERR_EXPIRED);
    assert_err(ask(&c, "good"), DT_OK);
    assert_true(ask(&c, "junk") != DT_OK);
    assert_err(ask(&c, "end"), DT_ERR_NO_NODE);
    assert_err(ask(&c, "good"), DT_ERR_NO_NODE);
    dt_client_close(&c);
    assert_err(ask(&c, "good"), DT_ERR_NO_NODE);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(listener);
    unlink(path);
}

static void a_stale_socket_is_replaced_and_a_living_one_kept(void **state)
{
    (void)state;
    int first, second;
    struct dt_client c;
    assert_err(dt_client_open(&c, path), DT_ERR_NO_NODE);
    assert_err(dt_wire_listen(&first, path), DT_OK);
    assert_err(dt_wire_listen(&second, path), DT_ERR_STORE_BUSY);
    assert_int_equal(second, -1);
    close(first); /* the node died: its socket file stays */
    assert_err(dt_client_open(&c, path), DT_ERR_NO_NODE);
    assert_err(dt_wire_listen(&second, path), DT_OK);
    assert_err(dt_client_open(&c, path), DT_OK);
    dt_client_close(&c);
    close(second);
    unlink(path);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    int fd;
    assert_err(dt_wire_listen(&fd, path), DT_ERR_IO);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
}

static void a_long_path_works(void **state)
{
    (void)state;
    char deep[1024];
    size_t n = (size_t)snprintf(deep, sizeof deep, "%s", folder);
    for (unsigned i = 0; i < 6; i++) {
        n += (size_t)snprintf(deep + n, sizeof deep - n, "/a-folder-with-a-rather-long-name");
        assert_int_equal(mkdir(deep, 0700), 0);
    }
    snprintf(deep + n, sizeof deep - n, "/control.sock");
    int fd;
    struct dt_client c;
    assert_err(dt_client_open(&c, deep), DT_ERR_NO_NODE);
    assert_err(dt_wire_listen(&fd, deep), DT_OK);
    assert_err(dt_client_open(&c, deep), DT_OK);
    dt_client_close(&c);
    close(fd);
    assert_err(dt_wire_listen(&fd, deep), DT_OK);
    close(fd);
    unlink(deep);
    while (n > strlen(folder)) {
        deep[n] = '\0';
        rmdir(deep);
        n = (size_t)(strrchr(deep, '/') - deep);
    }
}

static void every_error_name_comes_back(void **state)
{
    (void)state;
    for (int i = 1; i < DT_ERR_COUNT; i++) {
        const char *name = dt_err_name((enum dt_err)i);
        assert_int_equal(dt_err_by_name(dt_span(name, strlen(name))), i);
    }
    assert_int_equal(dt_err_by_name(dt_span("OK", 2)), DT_ERR_IO);
}

static int setup(void **state)
{
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/control.sock", folder);
    return dt_test_setup(state);
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_survive_any_cutting),
        cmocka_unit_test(a_lying_length_costs_nothing),
        cmocka_unit_test(the_client_tells_answers_apart),
        cmocka_unit_test(a_stale_socket_is_replaced_and_a_living_one_kept),
        cmocka_unit_test(what_is_no_socket_is_left_alone),
        cmocka_unit_test(a_long_path_works),
        cmocka_unit_test(every_error_name_comes_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
