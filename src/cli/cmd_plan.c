/* SPDX-License-Identifier: ISC */
/* plan: own plans that nobody was told of, kept by the node and checked as long as they stand. */
#include "cli/cli.h"
#include "cli/features.h"
#include "cli/notice_file.h"

void cli_show_plan(const json_t *p)
{
    if (cli_has(p, "title")) {
        printf("%s  %-12s %s - %s  \"%s\"\n", cli_safe(cli_str(p, "name")),
               cli_safe(cli_str(p, "category")), cli_when(cli_int(p, "start")),
               cli_when(cli_int(p, "end")), cli_safe(cli_str(p, "title")));
    }
    if (cli_int(p, "conflicts") > 0) {
        printf(_("OUR PLAN %s comes too close to %lld, new: %lld. detente plan check %s\n"),
               cli_safe(cli_str(p, "name")), (long long)cli_int(p, "conflicts"),
               (long long)cli_int(p, "unseen"), cli_safe(cli_str(p, "name")));
    }
}

static bool add_one(struct cli *c, json_t *results, int *worst)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(c, &o, "plan_add");
    cli_notice_put(&o);
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return false;
    }
    const json_t *plan = json_object_get(reply, "plan");
    if (!c->json) {
        cli_show_plan(plan);
        cli_show_volumes(&cli_notice.plain);
    }
    *worst = cli_int(plan, "conflicts") > 0 ? CLI_CONFLICTS : *worst;
    json_array_append(results, (json_t *)plan);
    json_decref(reply);
    return true;
}

static int plan_add(struct cli *c)
{
    struct cli_line line;
    struct dt_geojson g;
    struct dt_geojson_hints hints;
    const char *path = cli_word(c, 0, _("FILE"));
    int worst = CLI_DONE;
    if (path == NULL || !cli_words_end(c, 1) || !cli_notice_open(c, path, &g, &hints)) {
        return c->exit;
    }
    json_t *results = json_array();
    bool good = cli_line(c, &line);
    if (good) {
        cli_notice_hints(c, &line, &hints);
    }
    for (size_t i = 0; i < g.count && good; i++) { /* all are judged before the first is kept */
        good = cli_notice_encode(c, &g, i, &hints, NULL);
    }
    for (size_t i = 0; i < g.count && good; i++) {
        good = cli_notice_encode(c, &g, i, &hints, NULL) && add_one(c, results, &worst);
    }
    dt_geojson_close(&g);
    if (good && c->json) {
        cli_print_json(json_pack("{s:O}", "items", results));
    } else if (good) {
        puts(_("Kept here alone; nobody was told. This is not a permission."));
    }
    json_decref(results);
    return good ? worst : c->exit;
}

static int plan_list(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *plan;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "plans");
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    bool conflicts = false;
    json_array_foreach (json_object_get(reply, "items"), i, plan) {
        conflicts = conflicts || cli_int(plan, "conflicts") > 0;
        if (!c->json) {
            cli_show_plan(plan);
        }
    }
    if (c->json) {
        cli_print_json(json_incref(reply));
    } else if (i == 0) {
        puts(_("No plan is kept here."));
    }
    json_decref(reply);
    return conflicts ? CLI_CONFLICTS : CLI_DONE;
}

/* A request about the plan of the first word. */
static bool ask_about(struct cli *c, const char *cmd, json_t **reply)
{
    struct dt_object o;
    const char *name = cli_word(c, 0, _("NAME"));
    if (name == NULL || !cli_words_end(c, 1) || !cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, cmd);
    dt_obj_key(&o, "name");
    dt_obj_string(&o, name);
    return cli_ask(c, &o, reply);
}

static int plan_check(struct cli *c)
{
    json_t *reply = NULL;
    if (!ask_about(c, "plan_check", &reply)) {
        return c->exit;
    }
    if (!c->json) {
        cli_show_plan(json_object_get(reply, "plan"));
    }
    const int exit = cli_say_check(c, reply);
    if (c->json) {
        cli_print_json(json_incref(reply));
    }
    json_decref(reply);
    return exit;
}

static int plan_drop(struct cli *c)
{
    json_t *reply = NULL;
    if (!ask_about(c, "plan_drop", &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("%s  forgotten\n"), cli_safe(cli_word(c, 0, "")));
}

int cmd_plan(struct cli *c)
{
    static const struct cli_sub subs[] = {{NULL, plan_list},
                                          {"add", plan_add},
                                          {"list", plan_list},
                                          {"check", plan_check},
                                          {"drop", plan_drop}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}
