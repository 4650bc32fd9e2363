/* SPDX-License-Identifier: ISC */
/* Errors, results and words for a terminal (cli.h). */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/cli.h"

enum { SAFE_BUFFERS = 8, SAFE_SIZE = 1024, DETAIL_SIZE = 1024 };

static char *next_buffer(void)
{
    static char buffers[SAFE_BUFFERS][SAFE_SIZE];
    static unsigned next;
    return buffers[next++ % SAFE_BUFFERS];
}

const char *cli_class(const json_t *record)
{
    const char *class_ = cli_str(record, "class");
    return cli_true(record, "no_duff")          ? "NO DUFF"
           : strcmp(class_, "OPERATION") == 0 ? ""
                                                : cli_safe(class_);
}

const char *cli_thrice(const char *class_)
{
    char text[128] = "";
    if (class_[0] != '\0') {
        snprintf(text, sizeof text, "%s %s %s. ", class_, class_, class_);
    }
    return cli_safe(text);
}

const char *cli_safe(const char *text)
{
    if (text == NULL) {
        return "-";
    }
    char *out = next_buffer();
    dt_printable(out, SAFE_SIZE, dt_span(text, strlen(text)), false);
    return out;
}

const char *cli_subject(const json_t *item)
{
    const char *name = cli_str(item, "subject");
    return strcmp(name, "none") != 0 ? cli_name(name) : "";
}

const char *cli_name(const char *name)
{
    return name[0] != '\0' ? cli_safe(gettext(name)) : "";
}

void cli_print_text(const char *text, const char *indent)
{
    while (*text != '\0') {
        const size_t line = strcspn(text, "\n");
        for (size_t at = 0; at < line || line == 0;) {
            char out[SAFE_SIZE];
            size_t part = line - at < 240 ? line - at : 240; /* x3 at most once replaced */
            while (part > 0 && at + part < line && ((uint8_t)text[at + part] & 0xc0) == 0x80) {
                part--; /* never half a character */
            }
            dt_printable(out, sizeof out, dt_span(text + at, part), false);
            printf("%s%s%s", at == 0 ? indent : "", out, at + part == line ? "\n" : "");
            at += part;
            if (part == 0) {
                break;
            }
        }
        text += line + (text[line] == '\n');
    }
}

const char *cli_when(json_int_t ms)
{
    char *out = next_buffer();
    if (ms <= 0) {
        return "-";
    }
    dt_utc_short(out, ms);
    return out;
}

const char *cli_age(json_int_t ms)
{
    char *out = next_buffer();
    const json_int_t s = ms / 1000;
    if (s < 90) {
        snprintf(out, SAFE_SIZE, _("%lld s"), (long long)(s < 0 ? 0 : s));
    } else if (s < 5400) {
        snprintf(out, SAFE_SIZE, _("%lld min"), (long long)(s / 60));
    } else if (s < 172800) {
        snprintf(out, SAFE_SIZE, _("%lld h"), (long long)(s / 3600));
    } else {
        snprintf(out, SAFE_SIZE, _("%lld days"), (long long)(s / 86400));
    }
    return out;
}

const char *cli_place(const json_t *object)
{
    static char text[64];
    const json_int_t lat = cli_int(object, "lat"), lon = cli_int(object, "lon");
    snprintf(text, sizeof text, "%lld.%05lld%c %lld.%05lld%c", llabs(lat) / 10000000,
             llabs(lat) % 10000000 / 100, lat < 0 ? 'S' : 'N', llabs(lon) / 10000000,
             llabs(lon) % 10000000 / 100, lon < 0 ? 'W' : 'E');
    return text;
}

void cli_print_json(json_t *value)
{
    if (value != NULL) {
        json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
        putchar('\n');
        fflush(stdout);
        json_decref(value);
    }
}

static int exit_of(enum dt_err err)
{
    return err == DT_ERR_USAGE     ? CLI_USAGE
           : err == DT_ERR_NO_NODE ? CLI_NO_NODE
           : err == DT_ERR_TIMEOUT ? CLI_PENDING
           : err == DT_ERR_NOT_ON_WATCH ? CLI_NOT_ON_WATCH
                                   : CLI_REFUSED;
}

static int say_failure(struct cli *c, enum dt_err err, const char *detail)
{
    const char *text = _(dt_err_text(err));
    if (c->said != NULL) {
        snprintf(c->said, CLI_SAID_MAX, detail[0] != '\0' ? "%s: %s (%s)" : "%s: %s",
                 dt_err_name(err), text, detail);
        c->exit = exit_of(err);
        return c->exit;
    }
    fprintf(stderr, detail[0] != '\0' ? "detente: %s: %s (%s).\n" : "detente: %s: %s.\n",
            dt_err_name(err), text, detail);
    if (c->json) {
        json_t *value = json_pack("{s:s, s:s}", "error", dt_err_name(err), "text", text);
        if (value != NULL && detail[0] != '\0') {
            json_object_set_new(value, "detail", json_string(detail));
        }
        cli_print_json(value);
    }
    c->exit = exit_of(err);
    return c->exit;
}

int cli_fail(struct cli *c, enum dt_err err, const char *detail, ...)
{
    char raw[DETAIL_SIZE] = "", out[DETAIL_SIZE];
    const int keep = errno;
    if (detail != NULL) {
        va_list args;
        va_start(args, detail);
        vsnprintf(raw, sizeof raw, detail, args);
        va_end(args);
    } else if (err == DT_ERR_IO && keep != 0) {
        snprintf(raw, sizeof raw, "%s", strerror(keep));
    }
    dt_printable(out, sizeof out, dt_span(raw, strlen(raw)), false);
    return say_failure(c, err, out);
}

void cli_note(const char *format, ...)
{
    char raw[DETAIL_SIZE], out[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    dt_printable(out, sizeof out, dt_span(raw, strlen(raw)), false);
    fprintf(stderr, "detente: %s\n", out);
}

int cli_usage(struct cli *c, const char *format, ...)
{
    char raw[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    say_failure(c, DT_ERR_USAGE, raw);
    if (c->command != NULL && !c->json && c->said == NULL) {
        fprintf(stderr, _("Try: detente %s --help\n"), c->command->name);
    }
    return c->exit;
}

int cli_done(struct cli *c, json_t *value, const char *format, ...)
{
    if (c->json) {
        cli_print_json(value);
        return CLI_DONE;
    }
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    json_decref(value);
    return CLI_DONE;
}
