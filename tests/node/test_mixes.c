/* SPDX-License-Identifier: ISC */
/*
 * Goal: each receipt stage is shown exactly, never one more, and what the sender reports of
 * the other side is never taken for a receipt: in --json and in the text of `show`.
 * Method: two real nodes; 1,000 messages, each met with a random mix of receipts and
 * reports; what the sender's node then says of each is turned into JSON and text by the
 * program's own code, and held against what was sent.
 */
#include "test.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "rig.h"
#include "view/body.h"
#include "view/watch_body.h"

enum { NORD, SUED, MESSAGES = 1000, WAIT_S = 120, TEXT_MAX = 8192 };

struct mix {
    struct dt_ref ref;
    char id[DT_RECORD_ID_SIZE];
    bool shown, acknowledged, passed, position;
    struct dt_body_passed_on passed_on;
    enum dt_position said;
    unsigned reports;
    struct dt_body_reported report[3];
};

static struct mix mixes[MESSAGES];

static void send_message(struct rig *r, struct mix *m)
{
    struct dt_object o;
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_ROUTINE, dt_span("a word", 6), false);
    const struct dt_span reply = rig_call(r, NORD, &o, NULL);
    struct dt_cbor id = dt_cbor_need_text(reply, "id");
    const struct dt_span text = dt_cbor_text(&id, sizeof m->id - 1);
    memcpy(m->id, text.data, text.size);
    m->ref.wid = dt_wid(NORD, 1);
    m->ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", m->ref.leaf);
}

static void report(struct rig *r, struct mix *m, struct dt_rng *rng)
{
    static const char *const who[] = {"duty officer", "the mayor", "Tower 3"};
    uint8_t body[512];
    size_t size = 0;
    struct dt_body_reported *b = &m->report[m->reports];
    *b = (struct dt_body_reported){.ref = m->ref,
                                   .means = (enum dt_means)dt_rng_below(rng, DT_MEANS_KINDS),
                                   .member = SUED,
                                   .when_ms = dt_now_ms(),
                                   .what = (enum dt_reported)dt_rng_below(rng, DT_REPORTED_KINDS)};
    strcpy(b->who, who[m->reports++]);
    assert_err(dt_body_reported_encode(body, sizeof body, &size, b), DT_OK);
    rig_officer(r, NORD, DT_KIND_REPORTED, DT_ROUTINE, dt_span(body, size), NULL);
}

static void receive(struct rig *r, struct mix *m, struct dt_rng *rng)
{
    uint8_t body[512];
    size_t size = 0;
    m->shown = dt_rng_below(rng, 2) == 0;
    m->acknowledged = dt_rng_below(rng, 2) == 0;
    m->passed = dt_rng_below(rng, 3) == 0;
    m->position = dt_rng_below(rng, 3) == 0;
    if (m->shown) {
        assert_err(dt_body_shown_encode(body, sizeof body, &size, &m->ref), DT_OK);
        rig_plain(r, SUED, DT_KIND_SHOWN, DT_ROUTINE, dt_span(body, size), NULL);
    }
    if (m->acknowledged) {
        assert_err(dt_body_ack_encode(body, sizeof body, &size, &m->ref), DT_OK);
        rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    }
    if (m->passed) {
        m->passed_on = (struct dt_body_passed_on){
            .ref = m->ref,
            .force = "Force 1",
            .state = (enum dt_passed_state)dt_rng_below(rng, DT_PASSED_STATES),
            .told = -1,
            .units = -1};
        if (m->passed_on.state == DT_PASSED_TOLD) {
            m->passed_on.units = 1 + (int64_t)dt_rng_below(rng, 9);
            m->passed_on.told = (int64_t)dt_rng_below(rng, (uint64_t)m->passed_on.units + 1);
        }
        assert_err(dt_body_passed_on_encode(body, sizeof body, &size, &m->passed_on), DT_OK);
        rig_plain(r, SUED, DT_KIND_PASSED_ON, DT_ROUTINE, dt_span(body, size), NULL);
    }
    if (m->position) {
        m->said = (enum dt_position)dt_rng_below(rng, DT_POSITIONS);
        const struct dt_body_position b = {.ref = m->ref, .position = m->said};
        assert_err(dt_body_position_encode(body, sizeof body, &size, &b), DT_OK);
        rig_officer(r, SUED, DT_KIND_POSITION, DT_ROUTINE, dt_span(body, size), NULL);
    }
}

/* --- what the sender is shown --------------------------------------------------------- */

static json_t *shown(struct rig *r, const struct mix *m)
{
    struct dt_object o;
    dt_client_begin(&r->party[NORD].client, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, m->id);
    json_t *reply = cli_json_from_cbor(rig_call(r, NORD, &o, NULL));
    json_t *item = json_incref(json_object_get(reply, "item"));
    json_decref(reply);
    return item;
}

static bool stored(struct rig *r, const struct mix *m)
{
    const struct timespec pause = {0, 100000000};
    for (int i = 0; i < WAIT_S * 10; i++) {
        json_t *item = shown(r, m);
        const bool there =
            cli_has(json_array_get(json_object_get(item, "stages"), 0), "stored");
        json_decref(item);
        if (there) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool json_is_exact(const json_t *item, const struct mix *m)
{
    const json_t *s = json_array_get(json_object_get(item, "stages"), 0);
    const json_t *passed = json_object_get(s, "passed_on"), *p = json_array_get(passed, 0);
    const json_t *reports = json_object_get(s, "reported");
    bool good = json_array_size(json_object_get(item, "stages")) == 1 && cli_has(s, "stored") &&
                cli_has(s, "shown") == m->shown && cli_has(s, "acknowledged") == m->acknowledged &&
                !cli_true(s, "claimed") && cli_has(s, "position") == m->position &&
                json_array_size(passed) == m->passed && json_array_size(reports) == m->reports;
    good = good && (!m->position || strcmp(cli_str(s, "position"), dt_position_name(m->said)) == 0);
    good = good && (!m->passed ||
                    (strcmp(cli_str(p, "state"), dt_passed_state_name(m->passed_on.state)) == 0 &&
                     cli_has(p, "n") == (m->passed_on.told >= 0) &&
                     (m->passed_on.told < 0 || cli_int(p, "n") == m->passed_on.told)));
    for (unsigned i = 0; i < m->reports && good; i++) {
        const json_t *one = json_array_get(reports, i);
        good = strcmp(cli_str(one, "reported"), dt_reported_name(m->report[i].what)) == 0 &&
               strcmp(cli_str(one, "means"), dt_means_name(m->report[i].means)) == 0 &&
               strcmp(cli_str(one, "who"), m->report[i].who) == 0 && cli_true(one, "officer_valid");
    }
    const char *highest = m->position       ? "position"
                          : m->passed       ? "passed-on"
                          : m->acknowledged ? "acknowledged"
                          : m->shown        ? "shown"
                                            : "stored";
    return good && strcmp(cli_str(s, "highest"), highest) == 0;
}

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

static unsigned count_of(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word)) {
        count++;
    }
    return count;
}

static bool text_is_exact(const char *text, const struct mix *m)
{
    char line[256];
    bool good = count_of(text, "  stored by ") == 1 && count_of(text, "  shown ") == m->shown &&
                count_of(text, "  ACKNOWLEDGED ") == m->acknowledged &&
                count_of(text, "  position: ") == m->position &&
                count_of(text, "reported by ") == m->reports && count_of(text, "claims") == 0 &&
                count_of(text, "      Force 1: ") == m->passed;
    if (m->position) {
        snprintf(line, sizeof line, "  position: %s\n", dt_position_name(m->said));
        good = good && strstr(text, line) != NULL;
    }
    if (m->passed && m->passed_on.told >= 0) {
        snprintf(line, sizeof line, "      Force 1: told, units %d of %d  ",
                 (int)m->passed_on.told, (int)m->passed_on.units);
        good = good && strstr(text, line) != NULL;
    } else if (m->passed) {
        snprintf(line, sizeof line, "      Force 1: %s  ",
                 dt_passed_state_name(m->passed_on.state));
        good = good && strstr(text, line) != NULL;
    }
    for (unsigned i = 0; i < m->reports; i++) {
        snprintf(line, sizeof line,
                 "      reported by PA00, not signed by PA01: %s, by %s, heard from %s ",
                 dt_reported_name(m->report[i].what), dt_means_name(m->report[i].means),
                 m->report[i].who);
        good = good && strstr(text, line) != NULL;
    }
    return good;
}

static void a_thousand_mixes_are_shown_exactly(void **state)
{
    (void)state;
    static char text[TEXT_MAX];
    struct dt_rng rng = dt_rng("a_thousand_mixes");
    struct rig *r = rig_new(2, DT_EXERCISE);
    unsigned in_json = 0, in_text = 0;
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    for (unsigned i = 0; i < MESSAGES; i++) {
        send_message(r, &mixes[i]);
    }
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned i = 0; i < MESSAGES; i++) {
        receive(r, &mixes[i], &rng);
        for (unsigned k = (unsigned)dt_rng_below(&rng, 4); k > 0; k--) {
            report(r, &mixes[i], &rng);
        }
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_true(stored(r, &mixes[MESSAGES - 1]));
    for (unsigned i = 0; i < MESSAGES; i++) {
        json_t *item = shown(r, &mixes[i]);
        text_of(item, text);
        const bool json_good = json_is_exact(item, &mixes[i]);
        const bool text_good = text_is_exact(text, &mixes[i]);
        if (!json_good || !text_good) {
            char *dump = json_dumps(item, JSON_COMPACT);
            print_message("# %s: %s\n# %s\n", mixes[i].id, dump, text);
            free(dump);
        }
        in_json += json_good;
        in_text += text_good;
        json_decref(item);
    }
    print_message("# exactly shown: %u in --json, %u in text, of %d\n", in_json, in_text, MESSAGES);
    assert_int_equal(in_json, MESSAGES);
    assert_int_equal(in_text, MESSAGES);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_mixes_are_shown_exactly),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
