/* SPDX-License-Identifier: ISC */
/*
 * Goal: addresses have one spelling each; datagrams arrive whole with the address they
 * came from; nothing the network does is more than a count.
 * Method: tables of texts; two sockets on loopback, never beyond it.
 */
#include "bearer/udp.h"

#include <poll.h>

#include "test.h"

static void every_good_address_comes_back_as_written(void **state)
{
    (void)state;
    static const char *const good[] = {
        "udp:127.0.0.1:7100", "udp:0.0.0.0:0", "udp:255.255.255.255:65535", "udp:[::1]:7100",
        "udp:[::]:0", "udp:[2001:db8::1]:1", "udp:[fe80::1%1]:9", "udp:[::ffff:192.0.2.1]:7",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct dt_address a;
        char text[DT_ADDRESS_TEXT_SIZE];
        assert_err(dt_address_parse(&a, good[i]), DT_OK);
        assert_int_equal(dt_address_text(text, &a), strlen(good[i]));
        assert_string_equal(text, good[i]);
    }
}

static void every_bad_address_is_refused_and_leaves_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dt_err err;
    } bad[] = {
        {"", DT_ERR_BAD_TEXT},
        {"udp:", DT_ERR_BAD_TEXT},
        {"127.0.0.1:7100", DT_ERR_BAD_TEXT},
        {"tcp:127.0.0.1:7100", DT_ERR_BAD_TEXT},
        {"UDP:127.0.0.1:7100", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:", DT_ERR_BAD_TEXT},
        {"udp::7100", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:65536", DT_ERR_BAD_VALUE},
        {"udp:127.0.0.1:-1", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:+1", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:07", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1: 7", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:7 ", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.1:99999999999999999999999", DT_ERR_BAD_TEXT},
        {"udp:127.0.0.01:7", DT_ERR_BAD_TEXT},
        {"udp:127.1:7", DT_ERR_BAD_TEXT},
        {"udp:256.0.0.1:7", DT_ERR_BAD_TEXT},
        {"udp:localhost:7", DT_ERR_BAD_TEXT},
        {"udp:::1:7", DT_ERR_BAD_TEXT},
        {"udp:[::1:7", DT_ERR_BAD_TEXT},
        {"udp:[::1]7", DT_ERR_BAD_TEXT},
        {"udp:[]:7", DT_ERR_BAD_TEXT},
        {"udp:[127.0.0.1]:7", DT_ERR_BAD_TEXT},
        {"udp:[fe80::1%0]:7", DT_ERR_BAD_VALUE},
        {"udp:[fe80::1%no-such-interface]:7", DT_ERR_BAD_VALUE},
        {"udp:[::1]:7:8", DT_ERR_BAD_TEXT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct dt_address a;
        if (dt_address_parse(&a, bad[i].text) != bad[i].err) {
            fail_msg("%s", bad[i].text);
        }
        assert_int_equal(a.family, 0);
    }
}

static void addresses_differ_in_every_field(void **state)
{
    (void)state;
    struct dt_address a, b;
    assert_err(dt_address_parse(&a, "udp:[fe80::1%1]:9"), DT_OK);
    for (unsigned field = 0; field < 4; field++) {
        b = a;
        assert_true(dt_address_equal(&a, &b));
        assert_true(dt_address_hash(&a, 5) == dt_address_hash(&b, 5));
        switch (field) {
        case 0: b.family = 4; break;
        case 1: b.port++; break;
        case 2: b.ip[15] ^= 1; break;
        default: b.scope++; break;
        }
        assert_false(dt_address_equal(&a, &b));
        assert_true(dt_address_hash(&a, 5) != dt_address_hash(&b, 5));
    }
    assert_true(dt_address_hash(&a, 5) != dt_address_hash(&a, 6));
}

static void wait_for(const struct dt_udp *u)
{
    struct pollfd p = {.fd = u->fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 2000), 1);
}

/* Sizes that rise, or that stay the same for a while and then fall: neighbours of one size
 * may leave as one, and must arrive as they were. */
static size_t rising(size_t i)
{
    return 1 + i * 7;
}

static size_t in_runs(size_t i)
{
    return i % 7 == 6 ? 300 : i < 80 ? 1200 : 1 + i / 20;
}

/* `there` sends `count` datagrams to `here`. */
static void exchange(const char *address, size_t count, size_t (*size_of)(size_t), bool one_by_one)
{
    enum { SIZE = 1500 };
    static uint8_t out[DT_UDP_BATCH * 2][SIZE], in[DT_UDP_BATCH * 2][SIZE];
    struct dt_udp here, there;
    struct dt_datagram batch[DT_UDP_BATCH * 2];
    assert_err(dt_udp_open(&here, address), DT_OK);
    assert_err(dt_udp_open(&there, address), DT_OK);
    there.one_by_one = one_by_one;
    assert_true(here.local.port != 0);
    assert_false(dt_address_equal(&here.local, &there.local));
    for (size_t i = 0; i < count; i++) {
        memset(out[i], (int)i, SIZE);
        batch[i] = (struct dt_datagram){out[i], SIZE, size_of(i), here.local};
    }
    assert_int_equal(dt_udp_send(&there, batch, count), count);
    size_t got = 0;
    while (got < count) {
        wait_for(&here);
        for (size_t i = 0; i < count; i++) {
            batch[i] = (struct dt_datagram){in[i], SIZE, 0, {0}};
        }
        const size_t n = dt_udp_receive(&here, batch, count);
        for (size_t i = 0; i < n; i++, got++) {
            assert_int_equal(batch[i].size, size_of(got));
            assert_int_equal(batch[i].data[0], got & 0xff);
            assert_true(dt_address_equal(&batch[i].address, &there.local));
        }
    }
    assert_int_equal(dt_udp_receive(&here, batch, count), 0);
    assert_int_equal(here.counts.received, count);
    assert_int_equal(there.counts.sent, count);
    assert_int_equal(there.counts.errors + there.counts.unsent, 0);
    dt_udp_close(&here);
    dt_udp_close(&there);
    assert_int_equal(here.fd, -1);
}

static void datagrams_arrive_whole_with_their_sender(void **state)
{
    (void)state;
    exchange("udp:127.0.0.1:0", 1, rising, false);
    exchange("udp:127.0.0.1:0", DT_UDP_BATCH * 2, rising, false);
    exchange("udp:127.0.0.1:0", DT_UDP_BATCH * 2, in_runs, false);
    exchange("udp:127.0.0.1:0", DT_UDP_BATCH * 2, in_runs, true);
}

static void so_they_do_over_ipv6(void **state)
{
    (void)state;
    struct dt_udp probe;
    if (dt_udp_open(&probe, "udp:[::1]:0") != DT_OK) {
        skip(); /* a machine without IPv6 */
    }
    dt_udp_close(&probe);
    exchange("udp:[::1]:0", 70, rising, false);
    exchange("udp:[::1]:0", DT_UDP_BATCH * 2, in_runs, false);
}

static void one_too_large_is_counted_and_the_rest_kept(void **state)
{
    (void)state;
    uint8_t out[600] = {0}, in[3][500];
    struct dt_udp here, there;
    struct dt_datagram batch[3];
    assert_err(dt_udp_open(&here, "udp:127.0.0.1:0"), DT_OK);
    assert_err(dt_udp_open(&there, "udp:127.0.0.1:0"), DT_OK);
    const size_t sizes[3] = {10, 600, 20};
    for (size_t i = 0; i < 3; i++) {
        batch[i] = (struct dt_datagram){out, sizeof out, sizes[i], here.local};
    }
    assert_int_equal(dt_udp_send(&there, batch, 3), 3);
    wait_for(&here);
    for (size_t i = 0; i < 3; i++) {
        batch[i] = (struct dt_datagram){in[i], sizeof in[i], 0, {0}};
    }
    assert_int_equal(dt_udp_receive(&here, batch, 3), 2);
    assert_int_equal(batch[0].size, 10);
    assert_int_equal(batch[1].size, 20);
    assert_int_equal(here.counts.too_large, 1);
    /* every buffer is still in the batch once */
    assert_true(batch[0].data != batch[1].data && batch[1].data != batch[2].data &&
                batch[0].data != batch[2].data);
    dt_udp_close(&here);
    dt_udp_close(&there);
}

static void what_cannot_be_sent_is_passed_over(void **state)
{
    (void)state;
    static uint8_t out[70000];
    struct dt_udp here, there;
    struct dt_datagram batch[3];
    assert_err(dt_udp_open(&here, "udp:127.0.0.1:0"), DT_OK);
    assert_err(dt_udp_open(&there, "udp:127.0.0.1:0"), DT_OK);
    for (size_t i = 0; i < 3; i++) {
        batch[i] = (struct dt_datagram){out, sizeof out, i == 1 ? sizeof out : 5, here.local};
    }
    assert_int_equal(dt_udp_send(&there, batch, 3), 3);
    assert_int_equal(there.counts.sent, 2);
    assert_int_equal(there.counts.errors, 1);
    dt_udp_close(&here);
    /* nobody there: loopback reports it back, and sending goes on */
    for (unsigned i = 0; i < 4; i++) {
        batch[0] = (struct dt_datagram){out, sizeof out, 5, here.local};
        assert_int_equal(dt_udp_send(&there, batch, 1), 1);
    }
    batch[0] = (struct dt_datagram){out, sizeof out, 0, {0}};
    assert_int_equal(dt_udp_receive(&there, batch, 1), 0);
    dt_udp_close(&there);
}

static void an_address_in_use_is_an_error_with_its_reason(void **state)
{
    (void)state;
    struct dt_udp here, again;
    char text[DT_ADDRESS_TEXT_SIZE];
    assert_err(dt_udp_open(&here, "udp:127.0.0.1:0"), DT_OK);
    dt_address_text(text, &here.local);
    assert_err(dt_udp_open(&again, text), DT_ERR_IO);
    assert_int_equal(again.fd, -1);
    assert_err(dt_udp_open(&again, "udp:nowhere:1"), DT_ERR_BAD_TEXT);
    dt_udp_close(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_address_comes_back_as_written),
        cmocka_unit_test(every_bad_address_is_refused_and_leaves_none),
        cmocka_unit_test(addresses_differ_in_every_field),
        cmocka_unit_test(datagrams_arrive_whole_with_their_sender),
        cmocka_unit_test(so_they_do_over_ipv6),
        cmocka_unit_test(one_too_large_is_counted_and_the_rest_kept),
        cmocka_unit_test(what_cannot_be_sent_is_passed_over),
        cmocka_unit_test(an_address_in_use_is_an_error_with_its_reason),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
