/* SPDX-License-Identifier: ISC */
/* Streams with file storage; each side sources the other's across a leaf node. cc nats.c -lnats */
#include "load.h"

#include <nats/nats.h>

static natsConnection *connection;
static jsCtx *stream;
static natsSubscription *subscription;
static natsMsg *newest;

static void must(natsStatus s, const char *what)
{
    if (s != NATS_OK) {
        fprintf(stderr, "nats: %s: %s\n", what, natsStatus_GetText(s));
        exit(1);
    }
}

static void make_stream(const char *name, const char *subject)
{
    const char *subjects[1] = {subject};
    jsStreamConfig config;
    jsStreamInfo *info = NULL;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    must(js_AddStream(&info, stream, &config, NULL, NULL), name);
    jsStreamInfo_Destroy(info);
}

static void make_copy(const char *name, const char *of, const char *api)
{
    jsExternalStream external;
    jsStreamSource source;
    jsStreamSource *sources[1] = {&source};
    jsStreamConfig config;
    jsStreamInfo *info = NULL;
    jsStreamSource_Init(&source);
    source.Name = of;
    jsExternalStream_Init(&external);
    external.APIPrefix = api;
    external.DeliverPrefix = ""; /* the library measures it */
    source.External = &external;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Sources = sources;
    config.SourcesLen = 1;
    config.Storage = js_FileStorage;
    must(js_AddStream(&info, stream, &config, NULL, NULL), name);
    jsStreamInfo_Destroy(info);
}

static void open_side(const char *url, const char *own, const char *copy, const char *other,
                      const char *api)
{
    jsSubOptions options;
    must(natsConnection_ConnectTo(&connection, url), "connect");
    must(natsConnection_JetStream(&stream, connection, NULL), "jetstream");
    make_stream(own, own);
    sleep(1); /* the other side makes its own, too */
    make_copy(copy, other, api);
    jsSubOptions_Init(&options);
    options.Stream = copy;
    options.ManualAck = true;
    options.Config.AckPolicy = js_AckAll;
    options.Config.MaxAckPending = 20000;
    must(js_SubscribeSync(&subscription, stream, ">", NULL, &options, NULL), "subscribe");
}

static bool take(char *payload, int timeout_ms)
{
    natsMsg *message = NULL;
    if (natsSubscription_NextMsg(&message, subscription, timeout_ms) != NATS_OK) {
        return false;
    }
    if (payload != NULL && natsMsg_GetDataLength(message) == PAYLOAD) {
        memcpy(payload, natsMsg_GetData(message), PAYLOAD);
    }
    natsMsg_Destroy(newest);
    newest = message;
    return true;
}

static void a_open(void)
{
    open_side("nats://127.0.0.1:25811", "a2b", "b2a-copy", "b2a", "$JS.B.API");
}

static void a_send(const char *payload)
{
    must(natsConnection_Publish(connection, "a2b", payload, PAYLOAD), "publish");
}

static bool a_receipt(int timeout_ms)
{
    static unsigned taken;
    if (!take(NULL, timeout_ms)) {
        return false;
    }
    if (++taken % 64 == 0) {
        natsMsg_Ack(newest, NULL);
    }
    return true;
}

static void b_open(void)
{
    open_side("nats://127.0.0.1:25812", "b2a", "a2b-copy", "a2b", "$JS.A.API");
}

static bool b_take(char *payload, int timeout_ms)
{
    return take(payload, timeout_ms);
}

static void b_settle(unsigned count)
{
    char receipt[RECEIPT] = {1};
    for (unsigned i = 0; i < count; i++) {
        must(natsConnection_Publish(connection, "b2a", receipt, sizeof receipt), "publish");
    }
    natsMsg_Ack(newest, NULL);
}
