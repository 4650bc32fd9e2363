/* SPDX-License-Identifier: ISC */
/*
 * Goal: each receipt stage is shown exactly, never one more, and what a party reports or
 * claims is never taken for a receipt: in --json, in the text of `show`, at the desk and in
 * what `export` writes.
 * Method: two real nodes; 1,000 messages and 1,000 notices, each met with a random series of
 * receipts, claims and reports, some of them said twice. What ought to be shown is worked out
 * here from that series alone; what is shown comes from the sender's node, by the program's
 * own code (json, item, the desk's model) and by the program itself (export).
 */
#include <fcntl.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "cli/desk.h"
#include "mixes.h"
#include "program.h"

enum { MIXES = 1000, BATCH = 250, WAIT_S = 120, TEXT_MAX = 8192 };
static struct mix mixes[MIXES];
static struct dt_rng rng;

void cli_secret_wipe(struct cli_secret *secret) /* of secret.c: the desk has none here */
{
    memset(secret, 0, sizeof *secret);
}

/* --- what the sender is shown ---------------------------------------------------------------- */

static json_t *ask(struct rig *r, const char *command, const char *id)
{
    struct dt_object o;
    dt_client_begin(&r->party[NORD].client, &o, command);
    if (id != NULL) {
        dt_obj_key(&o, "id");
        dt_obj_string(&o, id);
    }
    return cli_json_from_cbor(rig_call(r, NORD, &o, NULL));
}

static json_t *item_of(struct rig *r, const char *id)
{
    json_t *reply = ask(r, "show", id);
    json_t *item = json_incref(json_object_get(reply, "item"));
    json_decref(reply);
    return item;
}

static bool stored(struct rig *r, const struct mix *m)
{
    for (int i = 0; i < WAIT_S * 10; i++) {
        json_t *item = item_of(r, m->id);
        const bool there = cli_has(json_array_get(json_object_get(item, "stages"), 0), "stored");
        json_decref(item);
        if (there) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

/* --- the text of show ------------------------------------------------------------------------------ */

/* What cli_show_item() prints. */
static void text_of(const json_t *item, char out[static TEXT_MAX])
{
    char name[] = "/tmp/detente-mixes-XXXXXX";
    const int file = mkstemp(name), keep = dup(STDOUT_FILENO);
    assert_true(file >= 0 && keep >= 0 && unlink(name) == 0);
    fflush(stdout);
    assert_true(dup2(file, STDOUT_FILENO) >= 0);
    cli_show_item(item, true);
    fflush(stdout);
    assert_true(dup2(keep, STDOUT_FILENO) >= 0);
    const ssize_t size = pread(file, out, TEXT_MAX - 1, 0);
    out[size > 0 ? size : 0] = '\0';
    close(file);
    close(keep);
}

/* --- the desk ---------------------------------------------------------------------------------------- */

static struct desk desk;
static struct desk_screen screen;

static void feed(enum desk_feed what, json_t *reply)
{
    desk_feed(&desk, what, reply, dt_now_ms());
}

/* Of the node's account of what is owed, what is about one record. */
static json_t *owed_of(const json_t *awaiting, const char *id)
{
    static const char *const lists[] = {"unanswered", "not_told"};
    json_t *out = json_object(), *one;
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        json_t *list = json_array();
        json_array_foreach (json_object_get(awaiting, lists[k]), i, one) {
            if (strcmp(cli_str(one, "id"), id) == 0) {
                json_array_append(list, one);
            }
        }
        json_object_set_new(out, lists[k], list);
    }
    return out;
}

/* The rows that begin with the record's id. */
static void rows_of(char out[static TEXT_MAX], const char *id, int rows, int cols)
{
    size_t n = 0;
    desk_draw(&desk, &screen, rows, cols, dt_now_ms());
    out[0] = '\0';
    for (int i = 0; i < screen.rows; i++) {
        if (strncmp(screen.row[i].text + 1, id, strlen(id)) == 0 && n < TEXT_MAX) {
            n += (size_t)snprintf(out + n, TEXT_MAX - n, "%s\n", screen.row[i].text);
        }
    }
}

/* `recent`: among the newest, with its stages; else only the node's account tells of it. */
static bool rows_are_exact(const char *rows, const struct mix *m, bool notice, bool recent)
{
    char line[256];
    static const char *const where[FORCES] = {"", "", ", not on the line"};
    const char *peer = cli_str(desk_peer(&desk, "PA01"), "desk");
    const bool nobody = strcmp(peer, "unattended") == 0;
    const char *words = m->shown ? "PA01: NOT ACKNOWLEDGED, shown "
                        : nobody   ? recent ? "PA01: NOT ACKNOWLEDGED, stored, NOBODY AT DESK since "
                                            : "PA01: NOT ACKNOWLEDGED, NOBODY AT DESK since "
                        : recent   ? "PA01: NOT ACKNOWLEDGED, stored, not shown yet"
                                   : "PA01: NOT ACKNOWLEDGED, not shown yet";
    bool good = mix_count(rows, "NOT ACKNOWLEDGED") == !m->acknowledged &&
                mix_count(rows, words) == !m->acknowledged;
    unsigned expected = !m->acknowledged;
    for (size_t f = 0; f < FORCES && notice; f++) {
        const int64_t told = m->force[f].told;
        if (m->force[f].there && told >= 0 && told == m->force[f].units) {
            snprintf(line, sizeof line, "NOT PASSED ON to %s", mix_forces[f]);
            good = good && (f == 0 || mix_count(rows, line) == 0); /* the first name begins another */
            continue;
        }
        if (!m->force[f].there) {
            snprintf(line, sizeof line, "PA01: NOT PASSED ON to %s%s\n", mix_forces[f], where[f]);
        } else if (told >= 0) {
            snprintf(line, sizeof line, "PA01: NOT PASSED ON to %s: %d of %d units, they say%s\n", mix_forces[f],
                     (int)told, (int)m->force[f].units, where[f]);
        } else {
            snprintf(line, sizeof line, "PA01: NOT PASSED ON to %s: %s, they say%s\n", mix_forces[f],
                     dt_passed_state_name(m->force[f].state), where[f]);
        }
        good = good && mix_count(rows, line) == 1;
        expected++;
    }
    return good && mix_count(rows, "\n") == expected;
}

/* F4: the whole record, on as many screens as it needs. */
static bool page_is_exact(const char *text, const struct mix *m)
{
    static char read[TEXT_MAX];
    size_t n = 0;
    read[0] = '\0';
    desk.view = DESK_ITEM;
    snprintf(desk.reading, sizeof desk.reading, "%s", m->id);
    desk.detail = strdup(text);
    assert_non_null(desk.detail);
    for (bool more = true; more; desk.detail_top += 10) {
        desk_draw(&desk, &screen, 24, 200, dt_now_ms());
        int first = 0;
        while (first < screen.rows && strstr(screen.row[first].text, "RECORD.") == NULL) {
            first++;
        }
        const size_t done = desk.detail_top - screen.read.top; /* the last screen is a full one */
        for (size_t i = done; i < done + 10 && i < screen.read.rows; i++) {
            n += (size_t)snprintf(read + n, TEXT_MAX - n, "%s\n",
                                  screen.row[first + 1 + (int)i].text + 1);
        }
        more = desk.detail_top + 10 < screen.read.of;
    }
    desk.detail_top = 0;
    free(desk.detail);
    desk.detail = NULL;
    desk.view = DESK_MAIN;
    return mix_is_text(read, m);
}

/* --- export ------------------------------------------------------------------------------- */

static unsigned cot_exact(struct rig *r)
{
    char path[300];
    unsigned exact = 0;
    snprintf(path, sizeof path, "%s/map.cot", r->dir);
    const char *const words[] = {"export", "--format", "cot", "--to", path, NULL};
    program_run(r, NORD, "/dev/null", words);
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    assert_non_null(doc);
    for (xmlNode *e = mix_named(xmlDocGetRootElement(doc)->children, "event"); e != NULL;
         e = mix_named(e->next, "event")) {
        xmlChar *uid = xmlGetNoNsProp(e, (const xmlChar *)"uid");
        assert_non_null(uid);
        for (unsigned i = 0; i < MIXES; i++) {
            const char *at = strstr((const char *)uid, mixes[i].id);
            if (at != NULL && at[strlen(mixes[i].id)] == '/') {
                exact += mix_is_event(e, &mixes[i]);
            }
        }
        xmlFree(uid);
    }
    xmlFreeDoc(doc);
    xmlCleanupParser();
    return exact;
}

static unsigned geojson_exact(struct rig *r)
{
    char path[300];
    size_t k;
    json_t *feature;
    unsigned exact = 0;
    snprintf(path, sizeof path, "%s/map.geojson", r->dir);
    const char *const words[] = {"export", "--format", "geojson", "--to", path, NULL};
    program_run(r, NORD, "/dev/null", words);
    json_t *map = json_load_file(path, 0, NULL);
    assert_non_null(map);
    assert_int_equal(cli_int(json_object_get(map, "detente"), "count"), MIXES);
    json_array_foreach (json_object_get(map, "features"), k, feature) {
        const json_t *p = json_object_get(feature, "properties");
        const json_t *by = json_object_get(p, "acknowledged_by");
        for (unsigned i = 0; i < MIXES; i++) {
            if (strcmp(cli_str(p, "id"), mixes[i].id) == 0) {
                exact += mix_is_json(p, &mixes[i]) &&
                         json_array_size(by) == mixes[i].acknowledged;
            }
        }
    }
    json_decref(map);
    return exact;
}

/* --- the records --------------------------------------------------------------------------------------- */

static void took(struct rig *r, struct mix *m, const char *id)
{
    *m = (struct mix){0};
    snprintf(m->id, sizeof m->id, "%s", id);
    json_t *item = item_of(r, id);
    m->ref.wid = dt_wid(NORD, 1);
    m->ref.seq = (uint64_t)cli_int(item, "seq");
    assert_true(cli_bytes(item, "leaf", m->ref.leaf, sizeof m->ref.leaf));
    json_decref(item);
}

static void make_messages(struct rig *r)
{
    for (unsigned i = 0; i < MIXES; i++) {
        struct dt_object o;
        char id[DT_RECORD_ID_SIZE] = "";
        rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_PRIORITY, dt_span("a word", 6),
                    false);
        struct dt_cbor c = dt_cbor_need_text(rig_call(r, NORD, &o, NULL), "id");
        const struct dt_span text = dt_cbor_text(&c, sizeof id - 1);
        memcpy(id, text.data, text.size);
        took(r, &mixes[i], id);
    }
}

/* A thousand features in one file, by the program. */
static void make_notices(struct rig *r)
{
    char plan[300], out[300], line[4096], id[DT_RECORD_ID_SIZE];
    unsigned count = 0;
    snprintf(plan, sizeof plan, "%s/plan.geojson", r->dir);
    snprintf(out, sizeof out, "%s/added", r->dir);
    FILE *f = fopen(plan, "w");
    assert_non_null(f);
    fputs("{\"type\":\"FeatureCollection\",\"features\":[", f);
    for (unsigned i = 0; i < MIXES; i++) {
        fprintf(f, "%s{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%.3f,%.3f]},"
                   "\"properties\":{\"category\":\"STATIC\",\"request\":\"AVOID_WINDOW\",\"title\":\"Post %u\","
                   "\"start\":\"2031-01-01T00:00:00Z\",\"end\":\"2031-01-02T00:00:00Z\",\"radius_m\":200}}",
                i > 0 ? "," : "", 37 + i % 40 * 0.01, 36 + i / 40 * 0.01, i);
    }
    fputs("]}", f);
    assert_int_equal(fclose(f), 0);
    const char *const words[] = {"notice", "add", plan, "--yes", "--that-duration", NULL};
    program_run(r, NORD, out, words);
    f = fopen(out, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "PA00.1-", 7) == 0 && count < MIXES) {
            assert_int_equal(sscanf(line, "%31s", id), 1);
            took(r, &mixes[count++], id);
        }
    }
    fclose(f);
    assert_int_equal(count, MIXES);
}

/* --- the tests ------------------------------------------------------------------------------------------ */

struct score {
    unsigned json, text, recent, older, page;
};

static void score_one(struct rig *r, const struct mix *m, const json_t *awaiting, bool notice,
                      struct score *score)
{
    static char text[TEXT_MAX], recent[TEXT_MAX], older[TEXT_MAX];
    json_t *item = item_of(r, m->id);
    text_of(item, text);
    feed(DESK_OWED, owed_of(awaiting, m->id));
    feed(DESK_RECENT, json_pack("{s:[O]}", "items", item));
    rows_of(recent, m->id, 24, 100);
    const bool page = page_is_exact(text, m);
    feed(DESK_RECENT, json_pack("{s:[]}", "items"));
    rows_of(older, m->id, 24, 100);
    const bool json = mix_is_json(item, m), words = mix_is_text(text, m);
    const bool now = rows_are_exact(recent, m, notice, true);
    const bool before = rows_are_exact(older, m, notice, false);
    if (!json || !words || !now || !before || !page) {
        char *dump = json_dumps(item, JSON_COMPACT);
        print_message("# %s json %d text %d desk %d %d page %d\n# %s\n", m->id, json,
                      words, now, before, page, dump);
        print_message("# %s\n", text);
        print_message("# %s\n# %s\n", recent, older);
        free(dump);
    }
    score->json += json;
    score->text += words;
    score->recent += now;
    score->older += before;
    score->page += page;
    json_decref(item);
}

static struct rig *begin(void)
{
    struct rig *r = rig_new(2, DT_EXERCISE);
    struct dt_member *m = &r->charter.members[SUED];
    for (size_t f = 0; f < FORCES; f++) {
        strcpy(m->forces[f].name, mix_forces[f]);
        m->forces[f].relation = f == 2 ? DT_FORCE_GUARANTEED : DT_FORCE_OWN;
    }
    m->force_count = FORCES;
    rig_sign_charter(r);
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

static struct score play(struct rig *r, bool notice)
{
    struct score score = {0};
    desk_init(&desk, "PA00", true);
    feed(DESK_HELLO, ask(r, "hello", NULL));
    feed(DESK_WAITING, json_pack("{s:[]}", "items")); /* what waits for us is another list */
    for (unsigned from = 0; from < MIXES; from += BATCH) {
        for (unsigned i = from; i < from + BATCH; i++) {
            for (uint64_t k = dt_rng_below(&rng, SAID_MAX + 1); k > 0; k--) {
                mix_say(r, &mixes[i], &rng);
            }
        }
        assert_true(rig_equal(r, WAIT_S));
        assert_true(stored(r, &mixes[from + BATCH - 1]));
        feed(DESK_STATUS, ask(r, "status", NULL));
        json_t *awaiting = ask(r, "awaiting", NULL);
        for (unsigned i = from; i < from + BATCH; i++) {
            score_one(r, &mixes[i], awaiting, notice, &score);
        }
        json_decref(awaiting);
    }
    desk_free(&desk);
    print_message("# exactly shown, of %d: %u in --json, %u in text, %u and %u at the desk, %u on its page\n",
                  MIXES, score.json, score.text, score.recent, score.older, score.page);
    return score;
}

static void all_exact(const struct score *s)
{
    assert_int_equal(s->json, MIXES);
    assert_int_equal(s->text, MIXES);
    assert_int_equal(s->recent, MIXES);
    assert_int_equal(s->older, MIXES);
    assert_int_equal(s->page, MIXES);
}

static void a_thousand_messages_are_shown_exactly(void **state)
{
    (void)state;
    struct rig *r = begin();
    rng = dt_rng("a_thousand_messages");
    make_messages(r);
    const struct score s = play(r, false);
    all_exact(&s);
    rig_free(r);
}

static void a_thousand_notices_are_shown_and_exported_exactly(void **state)
{
    (void)state;
    struct rig *r = begin();
    rng = dt_rng("a_thousand_notices");
    make_notices(r);
    const struct score s = play(r, true);
    const unsigned geojson = geojson_exact(r), cot = cot_exact(r);
    print_message("# exactly exported, of %d: %u in GeoJSON, %u in CoT\n", MIXES, geojson, cot);
    all_exact(&s);
    assert_int_equal(geojson, MIXES);
    assert_int_equal(cot, MIXES);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_messages_are_shown_exactly),
        cmocka_unit_test(a_thousand_notices_are_shown_and_exported_exactly),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
