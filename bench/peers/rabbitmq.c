/* SPDX-License-Identifier: ISC */
/* Queues a2b and b2a on both brokers; shovels carry each across. cc rabbitmq.c -lrabbitmq */
#include "load.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

enum { A_PORT = 25801, B_PORT = 25802, PREFETCH = 2000 };

static amqp_connection_state_t here; /* of this process */
static uint64_t newest;              /* delivery tag */

static void must(amqp_rpc_reply_t reply, const char *what)
{
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        fprintf(stderr, "rabbitmq: %s\n", what);
        exit(1);
    }
}

static void connect_to(int port, const char *queue)
{
    here = amqp_new_connection();
    if (amqp_socket_open(amqp_tcp_socket_new(here), "127.0.0.1", port) != 0) {
        exit(1);
    }
    must(amqp_login(here, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
    amqp_channel_open(here, 1);
    must(amqp_get_rpc_reply(here), "channel");
    amqp_queue_declare(here, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0, amqp_empty_table);
    must(amqp_get_rpc_reply(here), "queue");
    amqp_basic_qos(here, 1, 0, PREFETCH, 0);
    amqp_basic_consume(here, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    must(amqp_get_rpc_reply(here), "consume");
}

static void publish(const char *queue, const char *bytes, size_t size)
{
    amqp_basic_properties_t durable = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                       .delivery_mode = 2};
    if (amqp_basic_publish(here, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 0, 0, &durable,
                           (amqp_bytes_t){size, (void *)(uintptr_t)bytes}) != AMQP_STATUS_OK) {
        exit(1);
    }
}

static bool take(char *payload, int timeout_ms)
{
    amqp_envelope_t envelope;
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    amqp_maybe_release_buffers(here);
    const amqp_rpc_reply_t reply = amqp_consume_message(here, &envelope, &timeout, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        return false;
    }
    newest = envelope.delivery_tag;
    if (payload != NULL && envelope.message.body.len == PAYLOAD) {
        memcpy(payload, envelope.message.body.bytes, PAYLOAD);
    }
    amqp_destroy_envelope(&envelope);
    return true;
}

static void a_open(void)
{
    connect_to(A_PORT, "b2a");
}

static void a_send(const char *payload)
{
    publish("a2b", payload, PAYLOAD);
}

static bool a_receipt(int timeout_ms)
{
    static unsigned taken;
    if (!take(NULL, timeout_ms)) {
        return false;
    }
    if (++taken % 64 == 0) { /* receipts are counted here, their queue need not hurry */
        amqp_basic_ack(here, 1, newest, 1);
    }
    return true;
}

static void b_open(void)
{
    connect_to(B_PORT, "a2b");
}

static bool b_take(char *payload, int timeout_ms)
{
    return take(payload, timeout_ms);
}

static void b_settle(unsigned count)
{
    char receipt[RECEIPT] = {1};
    for (unsigned i = 0; i < count; i++) {
        publish("b2a", receipt, sizeof receipt);
    }
    amqp_basic_ack(here, 1, newest, 1);
}
