/* SPDX-License-Identifier: ISC */
/* report: how well a line was watched (view/report.h says what each figure means). */
#include <errno.h>
#include <string.h>

#include "cli/chart.h"
#include "cli/cli.h"
#include "cli/replace.h"

enum { PRECEDENCES = 4, DAY_MS = 86400000 };

static const char *duration(const json_t *value)
{
    static char text[4][32];
    static unsigned next;
    if (!json_is_integer(value)) {
        return "-";
    }
    char *out = text[next++ % 4];
    chart_duration(out, json_integer_value(value));
    return out;
}

/* --- text -------------------------------------------------------------------------------- */

static void show_times(const json_t *report)
{
    size_t i;
    json_t *t;
    puts(_("Time until an officer acknowledged:"));
    json_array_foreach (json_object_get(report, "acknowledgement"), i, t) {
        printf(_("  %-10s asked %lld, acknowledged %lld, of these late %lld, UNANSWERED %lld\n"),
               cli_safe(cli_str(t, "precedence")), (long long)cli_int(t, "asked"),
               (long long)cli_int(t, "acknowledged"), (long long)cli_int(t, "late"),
               (long long)cli_int(t, "unanswered"));
        if (cli_has(t, "median")) {
            printf(_("             median %s, p90 %s, longest %s\n"),
                   duration(json_object_get(t, "median")), duration(json_object_get(t, "p90")),
                   duration(json_object_get(t, "max")));
        }
    }
}

static void show_rest(const json_t *report, const json_t *conflicts)
{
    const json_t *f = json_object_get(report, "forces"), *m = json_object_get(report, "missed");
    const json_t *attempts = json_object_get(report, "attempts");
    const char *name;
    json_t *value;
    printf(_("Forces: %lld to be told; told %lld, partly %lld, refused %lld, unreachable %lld,\n"
             "        will not say %lld, no word %lld\n"),
           (long long)cli_int(f, "asked"), (long long)cli_int(f, "told"),
           (long long)cli_int(f, "partly"), (long long)cli_int(f, "refused"),
           (long long)cli_int(f, "unreachable"), (long long)cli_int(f, "will_not_say"),
           (long long)cli_int(f, "silent"));
    printf(_("Notices: %lld, of these given at or after their start %lld; amendments %lld\n"),
           (long long)cli_int(report, "notices"),
           (long long)cli_int(report, "notices_after_start"),
           (long long)cli_int(report, "amendments"));
    printf(_("Conflicts that can be read here: found before their start %lld, after it %lld\n"),
           (long long)cli_int(conflicts, "before_start"),
           (long long)cli_int(conflicts, "after_start"));
    printf(_("Tests missed: links %lld, desks %lld\n"), (long long)cli_int(m, "link"),
           (long long)cli_int(m, "desk"));
    printf("%s", _("Attempts when nobody answered:"));
    json_object_foreach ((json_t *)attempts, name, value) {
        printf("  %s %lld", cli_name(name), (long long)json_integer_value(value));
    }
    printf(_("\nReported by others' word, unsigned by them: %lld\n"),
           (long long)cli_int(report, "reported"));
    if (cli_int(report, "other_class") > 0) {
        printf(_("%lld records of another class than the line's (%s) are left out.\n"),
               (long long)cli_int(report, "other_class"), cli_safe(cli_str(report, "class")));
    }
}

static void show_report(const json_t *report, const json_t *conflicts)
{
    printf(_("\"%s\" (%s), %s to %s\n"), cli_safe(cli_str(report, "title")),
           cli_safe(cli_str(report, "class")), cli_when(cli_int(report, "from")),
           cli_when(cli_int(report, "until")));
    show_times(report);
    show_rest(report, conflicts);
}

/* --- CSV: figure,of,value; times in seconds ------------------------------------------------ */

static void csv_row(FILE *out, const char *figure, const char *of, json_int_t value)
{
    fprintf(out, "%s,%s,%lld\r\n", figure, of, (long long)value);
}

static void csv_times(FILE *out, const json_t *report)
{
    static const char *const counts[] = {"asked", "acknowledged", "late", "unanswered"};
    static const char *const times[] = {"median", "p90", "max", "deadline"};
    size_t i;
    json_t *t;
    json_array_foreach (json_object_get(report, "acknowledgement"), i, t) {
        const char *of = cli_str(t, "precedence");
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            csv_row(out, counts[k], of, cli_int(t, counts[k]));
        }
        for (size_t k = 0; k < sizeof times / sizeof times[0]; k++) {
            if (cli_has(t, times[k])) {
                const json_int_t ms = cli_int(t, times[k]);
                fprintf(out, "%s_s,%s,%lld.%03lld\r\n", times[k], of, (long long)(ms / 1000),
                        (long long)(ms % 1000));
            }
        }
    }
}

static void csv_object(FILE *out, const char *figure, const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value) {
        csv_row(out, figure, name, json_integer_value(value));
    }
}

static void write_csv(FILE *out, const json_t *reply)
{
    static const char *const singles[] = {"notices", "notices_after_start", "amendments",
                                          "reported", "other_class"};
    const json_t *report = json_object_get(reply, "report");
    fputs("figure,of,value\r\n", out);
    csv_row(out, "from_ms", "", cli_int(report, "from"));
    csv_row(out, "until_ms", "", cli_int(report, "until"));
    csv_times(out, report);
    csv_object(out, "missed", json_object_get(report, "missed"));
    csv_object(out, "attempts", json_object_get(report, "attempts"));
    csv_object(out, "forces", json_object_get(report, "forces"));
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        csv_row(out, singles[i], "", cli_int(report, singles[i]));
    }
    csv_object(out, "conflicts", json_object_get(reply, "conflicts"));
}

/* --- SVG -------------------------------------------------------------------------------------- */

static int64_t bar(const json_t *t, const char *key)
{
    return cli_has(t, key) ? (int64_t)cli_int(t, key) : -1;
}

static void write_svg(FILE *out, const json_t *reply)
{
    char subtitle[256], notes[PRECEDENCES][64];
    const json_t *report = json_object_get(reply, "report");
    const json_t *times = json_object_get(report, "acknowledgement");
    struct chart_group groups[PRECEDENCES];
    const size_t count = json_array_size(times) < PRECEDENCES ? json_array_size(times) : PRECEDENCES;
    snprintf(subtitle, sizeof subtitle, "%s (%s), %s - %s UTC", cli_safe(cli_str(report, "title")),
             cli_safe(cli_str(report, "class")), cli_when(cli_int(report, "from")),
             cli_when(cli_int(report, "until")));
    for (size_t i = 0; i < count; i++) {
        const json_t *t = json_array_get(times, i);
        snprintf(notes[i], sizeof notes[i], _("%lld of %lld answered"),
                 (long long)cli_int(t, "acknowledged"), (long long)cli_int(t, "asked"));
        groups[i] = (struct chart_group){cli_str(t, "precedence"), notes[i],
                                         {bar(t, "median"), bar(t, "p90"), bar(t, "max")}};
    }
    const struct chart chart = {_("Time until an officer acknowledged"), subtitle,
                                _("time from the record to the acknowledgement (each step of ten as wide as the next)"),
                                _("none acknowledged"), {_("median"), _("p90"), _("longest")}};
    chart_write(out, &chart, groups, count);
}

static bool write_file(struct cli *c, const char *path, const json_t *reply,
                       void (*write)(FILE *out, const json_t *reply))
{
    struct cli_replace r;
    if (!cli_replace_open(c, &r, path)) {
        return false;
    }
    write(r.file, reply);
    return cli_replace_close(c, &r);
}

/* --- the command --------------------------------------------------------------------------------- */

static bool period(struct cli *c, int64_t *from, int64_t *until)
{
    const char *a = cli_option(c, "from"), *b = cli_option(c, "to");
    *until = dt_now_ms();
    if (b != NULL && !cli_time(c, b, until)) {
        return false;
    }
    *from = *until - DAY_MS;
    return a == NULL || cli_time(c, a, from);
}

int cmd_report(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL;
    int64_t from, until;
    const char *csv = cli_option(c, "csv"), *svg = cli_option(c, "svg");
    if (!cli_words_end(c, 0) || !period(c, &from, &until) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "report");
    dt_obj_key(&o, "from");
    dt_obj_int(&o, from);
    dt_obj_key(&o, "until");
    dt_obj_int(&o, until);
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    const bool good = (csv == NULL || write_file(c, csv, reply, write_csv)) &&
                      (svg == NULL || write_file(c, svg, reply, write_svg));
    if (good && c->json) {
        cli_print_json(json_incref(reply));
    } else if (good) {
        show_report(json_object_get(reply, "report"), json_object_get(reply, "conflicts"));
    }
    json_decref(reply);
    return good ? CLI_DONE : c->exit;
}
