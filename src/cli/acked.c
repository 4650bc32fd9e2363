/* SPDX-License-Identifier: ISC */
/* send --wait-ack: until officers of all addressees have acknowledged; for FLASH, the
 * telephones and what to say, when half a minute has passed without (cli.h). */
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "log/header.h"

enum { FALLBACK_MS = 30000, PAUSE_MS = 200 };

static bool addressed_silent(const json_t *missing, const char *code)
{
    size_t i;
    json_t *one;
    json_array_foreach (missing, i, one) {
        if (strcmp(json_string_value(one), code) == 0) {
            return true;
        }
    }
    return false;
}

static void show_contacts(struct cli *c, const json_t *missing)
{
    struct dt_object o;
    json_t *reply = NULL, *peer, *contact;
    size_t i, k;
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &reply)) {
        return;
    }
    json_array_foreach (json_object_get(reply, "peers"), i, peer) {
        if (!addressed_silent(missing, cli_str(peer, "code"))) {
            continue;
        }
        printf("  %s:", cli_safe(cli_str(peer, "code")));
        json_array_foreach (json_object_get(peer, "contacts"), k, contact) {
            printf("  %s %s", cli_safe(cli_str(contact, "kind")), cli_safe(cli_str(contact, "text")));
        }
        puts(k == 0 ? _("  no telephone on their card") : "");
    }
    json_decref(reply);
}

/* What to do while nobody answers. */
static void show_fallback(struct cli *c, const json_t *item, const json_t *missing)
{
    char id[DT_SPOKEN_SIZE];
    if (c->json) {
        return;
    }
    dt_record_id_spoken(id, cli_str(item, "id"));
    puts(_("NOT ACKNOWLEDGED. Call them now:"));
    show_contacts(c, missing);
    printf(_("Say: \"%sThis is %s. A %s for you, %s, has been on the line since %s. Nobody has "
             "acknowledged it. Look at it now.\"\n"
             "Then: detente ack %s --by-voice WHO --heard-by N\n"),
           cli_thrice(cli_class(item)), cli_safe(cli_str(item, "from")), cli_safe(cli_str(item, "precedence")), id,
           cli_when(cli_int(item, "time")), cli_safe(cli_str(item, "id")));
    fflush(stdout);
}

static void read_stages(const json_t *item, json_t *acknowledged, json_t *missing)
{
    size_t i;
    json_t *stage;
    json_array_clear(acknowledged);
    json_array_clear(missing);
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        const char *code = cli_str(stage, "code");
        if (cli_has(stage, "acknowledged")) {
            json_array_append_new(acknowledged,
                                  json_pack("{s:s, s:I}", "code", code, "time",
                                            cli_int(stage, "acknowledged")));
        } else {
            json_array_append_new(missing, json_string(code));
        }
    }
}

bool cli_wait_acked(struct cli *c, const struct cli_line *line, json_t *reply)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    const int64_t begun = dt_now_ms();
    json_t *acknowledged = json_array(), *missing = json_array();
    bool shown = false, good = true, over = false;
    while (good && !over) {
        struct cli_record record;
        good = cli_record(c, line, cli_str(reply, "id"), &record);
        if (!good) {
            break;
        }
        const int64_t now = dt_now_ms();
        read_stages(record.item, acknowledged, missing);
        over = json_array_size(missing) == 0 || now >= c->wait_until;
        const bool late = json_array_size(missing) > 0 && (over || now - begun >= FALLBACK_MS);
        if (late && !shown && strcmp(cli_str(record.item, "precedence"), "FLASH") == 0) {
            shown = true;
            show_fallback(c, record.item, missing);
        }
        json_decref(record.item);
        if (!over) {
            nanosleep(&pause, NULL);
        }
    }
    json_object_set_new(reply, "acknowledged", acknowledged);
    json_object_set_new(reply, "missing", missing);
    return good;
}
