/* SPDX-License-Identifier: ISC */
/*
 * export: the notices that count, for the own command system, and kept current.
 *
 * What is written says until when it may be used. With --follow it is written again when
 * something changed, and at the latest when half of that time has passed; when no node
 * answers nothing is written, so what lies there runs out by itself.
 */
#include <string.h>
#include <time.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "cli/draw.h"
#include "cli/export_format.h"
#include "cli/features.h"
#include "cli/replace.h"

enum { STALE_S = 300, STALE_MIN_S = 10, STALE_MAX_S = 86400, PAUSE_MS = 1000 };

struct exporting {
    struct cli *c;
    const char *path;
    const struct cli_format *format;
    int64_t stale_ms;
    json_t *last;       /* features as written last */
    int64_t written_ms; /* 0: nothing yet */
};

static json_t *utc_of(int64_t ms)
{
    char text[DT_UTC_SIZE];
    dt_utc_text(text, ms);
    return json_string(text);
}

static json_t *ask(struct exporting *e)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(e->c, &o, "notices");
    dt_obj_key(&o, "shapes");
    dt_obj_bool(&o, true);
    return cli_put_line(e->c, &o) && cli_ask(e->c, &o, &reply) ? reply : NULL;
}

/* Our own and the others', as far as they can be read; `unreadable` counts the rest. */
static json_t *collect(const json_t *reply, size_t *notices, size_t *unreadable)
{
    json_t *features = json_array(), *item;
    size_t i;
    *notices = *unreadable = 0;
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        const size_t before = json_array_size(features);
        cli_notice_features(features, item);
        if (json_array_size(features) > before) {
            const json_t *p = json_object_get(json_array_get(features, before), "properties");
            ++*notices;
            *unreadable += !cli_true(p, "exact");
        } else {
            ++*unreadable;
        }
    }
    return features;
}

static json_t *collection(struct exporting *e, const json_t *reply, json_t *features,
                          size_t notices, size_t unreadable, int64_t now_ms)
{
    const json_t *lines = json_object_get(e->c->hello, "lines");
    struct cli_line line;
    json_t *about = json_pack("{s:o, s:o, s:I, s:I, s:O?, s:o}", "written", utc_of(now_ms),
                              "no_longer_current_after", utc_of(now_ms + e->stale_ms), "count",
                              (json_int_t)notices, "not_readable", (json_int_t)unreadable,
                              "knowledge", json_object_get(reply, "knowledge"), "loses",
                              cli_format_losses(e->format));
    if (json_array_size(lines) > 0 && cli_line(e->c, &line)) {
        json_object_set_new(about, "line", json_string(line.tag));
        json_object_set(about, "title", json_object_get(line.info, "title"));
        json_object_set(about, "class", json_object_get(line.info, "class"));
    }
    json_object_set_new(about, "notice",
                        json_string("A notice is not a permission. What is not here is not free."));
    return json_pack("{s:s, s:o, s:O}", "type", "FeatureCollection", "detente", about, "features",
                     features);
}

static bool write_once(struct exporting *e, const json_t *value)
{
    struct cli_replace r;
    if (!cli_replace_open(e->c, &r, e->path)) {
        return false;
    }
    const struct cli_format *f = e->format;
    const bool stream = strcmp(e->path, "-") == 0;
    bool good;
    if (f->draw != NULL) {
        good = cli_draw(e->c, stream && f->stream != NULL ? f->stream : f->draw, value, r.file);
    } else if (f->write != NULL) {
        good = f->write(value, r.file);
    } else {
        good = json_dumpf(value, r.file, stream ? JSON_COMPACT : JSON_INDENT(1)) == 0 && fputc('\n', r.file) != EOF;
    }
    return cli_replace_close(e->c, &r) && good;
}

/* In a stream of events nothing disappears by itself: what was there and is not any more is
 * sent once again, over as of now. */
static void add_gone(struct exporting *e, json_t *value)
{
    json_t *old, *new, *gone = json_array();
    size_t i, k;
    json_array_foreach (e->last, i, old) {
        bool there = false;
        json_array_foreach (json_object_get(value, "features"), k, new) {
            there = there || strcmp(cli_str(old, "id"), cli_str(new, "id")) == 0;
        }
        if (!there) {
            json_array_append(gone, old);
        }
    }
    json_object_set_new(value, "gone", gone);
}

/* Writes if it is time to; false after an error was said. */
static bool turn(struct exporting *e)
{
    json_t *reply = ask(e);
    if (reply == NULL) {
        return false;
    }
    size_t notices, unreadable;
    const int64_t now = dt_now_ms();
    json_t *features = collect(reply, &notices, &unreadable);
    bool good = true;
    if (e->written_ms == 0 || now - e->written_ms >= e->stale_ms / 2 || now < e->written_ms ||
        !json_equal(features, e->last)) {
        json_t *value = collection(e, reply, features, notices, unreadable, now);
        if (e->format->stream != NULL) {
            add_gone(e, value);
        }
        good = write_once(e, value);
        json_decref(value);
        e->written_ms = good ? now : e->written_ms;
        json_decref(e->last);
        e->last = json_incref(features);
    }
    json_decref(features);
    json_decref(reply);
    return good;
}

/* Until something is wrong that waiting does not mend. */
static int follow(struct exporting *e)
{
    bool away = false;
    for (;;) {
        const struct timespec pause = {PAUSE_MS / 1000, PAUSE_MS % 1000 * 1000000};
        nanosleep(&pause, NULL);
        if (away && !cli_connect_quiet(e->c)) {
            continue;
        }
        if (turn(e)) {
            if (away) {
                cli_note(_("the node is back"));
            }
            away = false;
            continue;
        }
        if (e->c->exit != CLI_NO_NODE) {
            return e->c->exit;
        }
        away = true;
        cli_disconnect(e->c);
    }
}

/* Of what a stream can be: GeoJSON, a collection a line, and CoT, an event a line. */
static bool streams(const struct cli_format *format)
{
    return format->stream != NULL || (format->draw == NULL && format->write == NULL);
}

/* The file has no room for it, the command has. */
static void say_losses(const struct cli_format *format)
{
    json_t *losses = cli_format_losses(format), *loss;
    size_t i;
    json_array_foreach (losses, i, loss) {
        cli_note(_("%s loses: %s"), format->name, json_string_value(loss));
    }
    json_decref(losses);
}

int cmd_export(struct cli *c)
{
    struct exporting e = {.c = c, .path = cli_option(c, "to"), .stale_ms = STALE_S * 1000};
    const char *format = cli_option(c, "format"), *stale = cli_option(c, "stale");
    uint64_t seconds = STALE_S;
    if (!cli_words_end(c, 0) || (stale != NULL && !cli_number(c, stale, STALE_MAX_S, &seconds))) {
        return c->exit;
    }
    e.format = format != NULL ? cli_format_find(format) : NULL;
    if (e.format == NULL) {
        return cli_usage(c, _("--format: geojson, cot, kml, gpx, csv, notam or coordinates"));
    }
    if (seconds < STALE_MIN_S) {
        return cli_usage(c, _("--stale: at least %d seconds"), STALE_MIN_S);
    }
    e.path = e.path != NULL ? e.path : "-";
    if (cli_flag(c, "follow") && strcmp(e.path, "-") == 0 && !streams(e.format)) {
        return cli_usage(c, _("--follow with --format %s needs --to FILE: it is written whole each time"),
                         format);
    }
    e.stale_ms = (int64_t)seconds * 1000;
    e.last = json_array();
    if (!cli_connect(c)) {
        json_decref(e.last);
        return c->exit;
    }
    int exit = turn(&e) ? CLI_DONE : c->exit;
    if (exit == CLI_DONE && !e.format->says_losses) {
        say_losses(e.format);
    }
    if (exit == CLI_DONE && cli_flag(c, "follow")) {
        exit = follow(&e);
    }
    json_decref(e.last);
    return exit;
}
