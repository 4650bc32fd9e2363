/* SPDX-License-Identifier: ISC */
/* notice position: where our convoy is, to those who were told of it. */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "cli/doubts.h"
#include "cli/features.h"
#include "cli/plan.h"
#include "cli/sheet.h"
#include "geo/coord.h"
#include "geo/distance.h"
#include "view/body.h"
#include "view/watch_body.h"

#define OFF_ROUTE_MM 20000000 /* a convoy 20 km beside its route: a slip, or news for everybody */

/* Farther than that from everything that was notified. */
static bool off_route(const struct dt_notice_plain *plain, struct dt_point at)
{
    const struct dt_ring ring = {&at, 1};
    const struct dt_volume here = {.shape = DT_SHAPE_CIRCLE,
                                   .radius_mm = 1,
                                   .rings = &ring,
                                   .ring_count = 1,
                                   .time = {0, 1}};
    struct dt_distance ignored;
    for (size_t i = 0; i < plain->volume_count; i++) {
        if (dt_distance_within(&plain->volumes[i].shape, &here, OFF_ROUTE_MM, NULL, &ignored)) {
            return false;
        }
    }
    return true;
}

/* "POSITION of NORD.1-4-bqae at 261400ZFEB26: 36°07'24.0"N 37°30'00.0"E, 37SCV2001499494". */
static bool write_text(struct cli *c, char *out, size_t capacity, const char *id, struct dt_point at)
{
    char dms[DT_COORD_SIZE], mgrs[DT_COORD_SIZE], dtg[DT_DTG_SIZE];
    int64_t ms = dt_now_ms();
    const char *when = cli_option(c, "at");
    if (when != NULL && !cli_time(c, when, &ms)) {
        return false;
    }
    if (ms > dt_now_ms() + 60000) {
        cli_fail(c, DT_ERR_BAD_TIME, _("--at: a position is of now or before"));
        return false;
    }
    dt_dtg_text(dtg, ms);
    dt_coord_dms(dms, at);
    if (dt_coord_mgrs(mgrs, at, 5) != DT_OK) {
        dt_coord_decimal(mgrs, at);
    }
    snprintf(out, capacity, "POSITION of %s at %s: %s, %s", id, dtg, dms, mgrs);
    return true;
}

/* Codes of those the notice was addressed to, commas between; empty: everybody. */
static void addressees(char *out, size_t capacity, const json_t *item)
{
    size_t i, used = 0;
    json_t *code;
    out[0] = '\0';
    json_array_foreach (json_object_get(item, "to"), i, code) {
        const char *text = json_is_string(code) ? json_string_value(code) : "";
        if (used + strlen(text) + 2 < capacity) {
            used += (size_t)snprintf(out + used, capacity - used, "%s%s", i > 0 ? "," : "", text);
        }
    }
}

static bool judge_place(struct cli *c, const json_t *item, const char *text, struct dt_point *at)
{
    static struct dt_geojson_notice notice;
    struct dt_geojson_fault fault = {.feature = SIZE_MAX};
    bool exact = false;
    double slack = 0;
    const enum dt_err err = dt_plan_place(at, &slack, text, &fault);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", fault.detail);
        return false;
    }
    const bool known = cli_notice_parts(item, &notice, &exact) && exact;
    if (known && !cli_flag(c, dt_doubt_option(DT_DOUBT_FAR_AWAY)) && off_route(&notice.plain, *at)) {
        cli_fail(c, DT_ERR_FAR_AWAY, _("more than 20 km from the route that was notified; if it is "
                                       "right: --%s"),
                 dt_doubt_option(DT_DOUBT_FAR_AWAY));
        return false;
    }
    return true;
}

int cli_notice_position(struct cli *c)
{
    struct cli_line line;
    struct cli_record record;
    struct dt_point at;
    struct dt_body_message m;
    uint8_t body[64], plain[DT_BODY_MAX];
    char text[512], to[DT_MEMBERS_MAX * (DT_CODE_MAX + 1) + 1];
    size_t body_size = 0, plain_size = 0;
    json_t *reply = NULL;
    const char *id = cli_word(c, 0, _("ID")), *place = id != NULL ? cli_word(c, 1, _("PLACE")) : NULL;
    if (place == NULL || !cli_words_end(c, 2) || !cli_line_for(c, &id, &line) ||
        !cli_record_of(c, &line, id, "NOTICE", true, &record)) {
        return c->exit;
    }
    json_decref(record.item);
    json_t *item = cli_notice_item(c, id);
    const bool good = item != NULL && judge_place(c, item, place, &at) &&
                      write_text(c, text, sizeof text, cli_str(item, "id"), at);
    addressees(to, sizeof to, item);
    json_decref(item);
    if (!good) {
        return c->exit;
    }
    memset(&m, 0, sizeof m);
    snprintf(m.language, sizeof m.language, "en");
    m.text = dt_span(text, strlen(text));
    m.has_answered = true;
    m.answered = record.ref;
    enum dt_err err = dt_body_message_encode(plain, sizeof plain, &plain_size, &m);
    err = err == DT_OK ? dt_body_subject_encode(body, sizeof body, &body_size, DT_SUBJECT_NONE) : err;
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line,
                                 .kind = DT_KIND_MESSAGE,
                                 .precedence = DT_PRIORITY,
                                 .to = to[0] != '\0' ? to : NULL,
                                 .body = dt_span(body, body_size),
                                 .plain = dt_span(plain, plain_size)};
    if (!cli_append(c, &a, CLI_UNSIGNED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), text);
}
