/* SPDX-License-Identifier: ISC */
/*
 * --follow: events as they come, over restarts of the node (cli.h).
 *
 * Where the connection ends we wait, say so, and connect again. What came meanwhile is asked
 * for from where each log stood when the last connection began; ids shown since are passed
 * over. So nothing is lost and nothing comes twice. The list that comes first is asked for
 * after we follow, beside it: what comes while it is made is in it, an event, or both.
 */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/cli.h"

enum { PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 5000, RECORDS_AT_ONCE = 1000 };

struct following {
    struct cli *c;
    void (*show)(struct cli *c, json_t *event);
    json_t *sizes; /* of each log, when this connection began: {"line wid": size} */
    json_t *seen;  /* ids shown since then */
};

static bool ask_to_follow(struct cli *c)
{
    struct dt_object o;
    cli_begin(c, &o, "follow");
    return (!cli_flag(c, "line") || cli_put_line(c, &o)) && cli_ask(c, &o, NULL);
}

/* A connection for requests, while the one of the events, which is kept, waits: a reply among
 * events would cost events. Of a pair. */
static bool go_beside(struct cli *c, struct dt_client *events)
{
    *events = c->client;
    c->client_open = cli_connect_quiet(c);
    return c->client_open;
}

static void come_from_beside(struct cli *c, const struct dt_client *events)
{
    if (c->client_open) {
        dt_client_close(&c->client);
    }
    c->client = *events;
    c->client_open = true;
}

static bool ask_beside(struct cli *c, const char *cmd, const uint8_t *line, const json_t *log,
                       json_int_t from, json_t **reply)
{
    struct dt_object o;
    struct dt_client events;
    bool good = go_beside(c, &events);
    if (good) {
        cli_begin(c, &o, cmd);
        if (line != NULL) {
            dt_obj_key(&o, "line");
            dt_obj_bytes(&o, dt_span(line, DT_HASH_SIZE));
            dt_obj_key(&o, "wid");
            dt_obj_uint(&o, (uint64_t)cli_int(log, "wid"));
            dt_obj_key(&o, "from");
            dt_obj_uint(&o, (uint64_t)from);
            dt_obj_key(&o, "limit");
            dt_obj_uint(&o, RECORDS_AT_ONCE);
        }
        good = cli_ask(c, &o, reply);
    }
    come_from_beside(c, &events);
    return good;
}

static bool id_of_line(const struct cli *c, const char *tag, uint8_t id[static DT_HASH_SIZE])
{
    size_t i;
    json_t *line;
    json_array_foreach (json_object_get(c->hello, "lines"), i, line) {
        if (strcmp(cli_str(line, "tag"), tag) == 0) {
            return cli_bytes(line, "line", id, DT_HASH_SIZE);
        }
    }
    return false;
}

/* Shows a record unless its id was shown; an event that is no record always. */
static void show_once(struct following *f, json_t *event, const json_t *passed_over)
{
    const char *id = cli_str(json_object_get(event, "item"), "id");
    if (id[0] != '\0') {
        if (json_object_get(f->seen, id) != NULL ||
            (passed_over != NULL && json_object_get(passed_over, id) != NULL)) {
            return;
        }
        json_object_set_new(f->seen, id, json_true());
    }
    f->show(f->c, event);
}

/* What one log has got since `from`. */
static bool show_log(struct following *f, const json_t *log, json_int_t from, const json_t *old)
{
    uint8_t line[DT_HASH_SIZE];
    json_t *reply = NULL, *item;
    size_t i;
    while (from < cli_int(log, "size") && id_of_line(f->c, cli_str(log, "line"), line)) {
        if (!ask_beside(f->c, "records", line, log, from, &reply)) {
            return false;
        }
        const json_t *items = json_object_get(reply, "items");
        json_array_foreach (items, i, item) {
            json_t *event = json_pack("{s:s, s:O}", "event", "record", "item", item);
            show_once(f, event, old);
            json_decref(event);
        }
        from += (json_int_t)json_array_size(items);
        const bool more = json_array_size(items) > 0;
        json_decref(reply);
        if (!more) {
            break;
        }
    }
    return true;
}

/* Notes how far each log is; with `catch_up` shows first what came since the last note. */
static bool note_sizes(struct following *f, bool catch_up)
{
    json_t *status = NULL, *log, *sizes = json_object(), *old = f->seen;
    size_t i;
    bool good = ask_beside(f->c, "status", NULL, NULL, 0, &status);
    f->seen = json_object();
    json_array_foreach (json_object_get(status, "logs"), i, log) {
        char key[64];
        snprintf(key, sizeof key, "%.16s %lld", cli_str(log, "line"), (long long)cli_int(log, "wid"));
        if (good && catch_up) {
            good = show_log(f, log, json_integer_value(json_object_get(f->sizes, key)), old);
        }
        json_object_set(sizes, key, json_object_get(log, "size"));
    }
    if (good) {
        json_decref(f->sizes);
        f->sizes = json_incref(sizes);
        json_decref(old);
    } else { /* the next connection begins from the same place */
        json_object_update(f->seen, old);
        json_decref(old);
    }
    json_decref(sizes);
    json_decref(status);
    return good;
}

static void pause_ms(unsigned ms)
{
    const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* Waits for the node, however long; false for what no waiting mends. */
static bool come_back(struct following *f)
{
    unsigned wait = PAUSE_FIRST_MS;
    const json_int_t since = (json_int_t)dt_now_ms();
    cli_note(_("the node is gone since %s; waiting for it"), cli_when(since));
    for (;;) {
        cli_disconnect(f->c);
        pause_ms(wait);
        wait = wait * 2 < PAUSE_MAX_MS ? wait * 2 : PAUSE_MAX_MS;
        if (cli_connect_quiet(f->c) && cli_lines_known(f->c) && ask_to_follow(f->c) && note_sizes(f, true)) {
            cli_note(_("the node is back"));
            return true;
        }
        if (f->c->exit != CLI_DONE && f->c->exit != CLI_NO_NODE) {
            return false;
        }
    }
}

/* What there is, before what comes. */
static bool list_first(struct following *f, int (*list)(struct cli *c, json_t *ids))
{
    struct dt_client events;
    const int status = go_beside(f->c, &events) ? list(f->c, f->seen) : CLI_NO_NODE;
    come_from_beside(f->c, &events);
    f->c->exit = status;
    return status == CLI_DONE || status == CLI_CONFLICTS || status == CLI_UNKNOWN;
}

int cli_follow(struct cli *c, int (*list)(struct cli *c, json_t *ids),
               void (*show)(struct cli *c, json_t *event))
{
    struct following f = {c, show, json_object(), json_object()};
    struct dt_span message;
    bool good = cli_connect(c) && ask_to_follow(c) && note_sizes(&f, false) && list_first(&f, list);
    c->exit = good ? CLI_DONE : c->exit;
    while (good) {
        const enum dt_err err = dt_client_receive(&c->client, &message, 0);
        if (err == DT_ERR_NO_NODE) {
            good = come_back(&f);
            continue;
        }
        if (err != DT_OK) {
            cli_fail(c, err, NULL);
            break;
        }
        json_t *event = cli_json_from_cbor(message);
        show_once(&f, event, NULL);
        json_decref(event);
    }
    json_decref(f.sizes);
    json_decref(f.seen);
    return c->exit;
}
