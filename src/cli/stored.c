/* SPDX-License-Identifier: ISC */
/* send --wait, notice add --wait: who has stored a record of ours (cli.h). */
#include <time.h>

#include "cli/cli.h"

enum { WAIT_SECONDS = 30, WAIT_SECONDS_MAX = 86400, PAUSE_FIRST_MS = 5, PAUSE_MAX_MS = 200 };

static bool begin_waiting(struct cli *c)
{
    uint64_t seconds = WAIT_SECONDS;
    const char *text = cli_option(c, "timeout");
    if (text != NULL && !cli_number(c, text, WAIT_SECONDS_MAX, &seconds)) {
        return false;
    }
    if (c->wait_until == 0) { /* once for all records of a command */
        c->wait_until = dt_now_ms() + (int64_t)seconds * 1000;
    }
    return true;
}

bool cli_wait_valid(struct cli *c)
{
    if (cli_flag(c, "timeout") && !cli_flag(c, "wait") && !cli_flag(c, "wait-ack")) {
        cli_usage(c, _("--timeout goes with --wait"));
        return false;
    }
    return (!cli_flag(c, "wait") && !cli_flag(c, "wait-ack")) || begin_waiting(c);
}

/* Puts into `stored` and `missing` what the stages of the item say. */
static void read_stages(const json_t *item, json_t *stored, json_t *missing)
{
    size_t i;
    json_t *stage;
    json_array_clear(stored);
    json_array_clear(missing);
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        const char *code = cli_str(stage, "code");
        if (cli_has(stage, "stored")) {
            json_array_append_new(stored, json_pack("{s:s, s:I}", "code", code, "time",
                                                    cli_int(stage, "stored")));
        } else {
            json_array_append_new(missing, json_string(code));
        }
    }
}

static void sleep_ms(unsigned ms)
{
    const struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

bool cli_wait_stored(struct cli *c, const struct cli_line *line, json_t *reply)
{
    json_t *stored = json_array(), *missing = json_array();
    unsigned pause = PAUSE_FIRST_MS;
    bool good = begin_waiting(c);
    while (good) {
        struct cli_record record;
        good = cli_record(c, line, cli_str(reply, "id"), &record);
        if (!good) {
            break;
        }
        read_stages(record.item, stored, missing);
        json_decref(record.item);
        if (json_array_size(missing) == 0 || dt_now_ms() >= c->wait_until) {
            break;
        }
        sleep_ms(pause);
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
    json_object_set_new(reply, "stored", stored);
    json_object_set_new(reply, "missing", missing);
    return good;
}

/* "SUED, MEDI", or "nobody". */
static void list_codes(const json_t *array, char *out, size_t capacity)
{
    size_t i, n = 0;
    json_t *one;
    snprintf(out, capacity, "%s", _("nobody"));
    json_array_foreach (array, i, one) {
        const char *code = json_is_string(one) ? json_string_value(one) : cli_str(one, "code");
        if (n < capacity) {
            n += (size_t)snprintf(out + n, capacity - n, "%s%s", i > 0 ? ", " : "", code);
        }
    }
}

int cli_not_stored(struct cli *c, const json_t *reply)
{
    char has[256], lacks[256];
    const json_t *missing = json_object_get(reply, "missing");
    if (json_array_size(missing) == 0) {
        return CLI_DONE;
    }
    list_codes(missing, lacks, sizeof lacks);
    if (json_object_get(reply, "acknowledged") != NULL) {
        list_codes(json_object_get(reply, "acknowledged"), has, sizeof has);
        return cli_fail(c, DT_ERR_TIMEOUT, _("%s is in our log; acknowledged by %s; not yet by %s"),
                        cli_str(reply, "id"), has, lacks);
    }
    list_codes(json_object_get(reply, "stored"), has, sizeof has);
    return cli_fail(c, DT_ERR_TIMEOUT, _("%s is in our log; stored by %s; not yet by %s"),
                    cli_str(reply, "id"), has, lacks);
}
