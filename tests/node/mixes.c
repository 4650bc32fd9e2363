/* SPDX-License-Identifier: ISC */
#include "mixes.h"

#include "cli/cli.h"

const char *const mix_forces[FORCES] = {"Force 1", "Force 1 West", "Police"};

/* --- what is said ------------------------------------------------------------------------- */

static void say_report(struct rig *r, struct mix *m, struct dt_rng *rng)
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
    strcpy(b->who, who[m->reports++ % 3]);
    assert_err(dt_body_reported_encode(body, sizeof body, &size, b), DT_OK);
    rig_officer(r, NORD, DT_KIND_REPORTED, DT_ROUTINE, dt_span(body, size), NULL);
}

static void say_passed(struct rig *r, struct mix *m, struct dt_rng *rng)
{
    uint8_t body[512];
    size_t size = 0;
    const size_t f = (size_t)dt_rng_below(rng, FORCES);
    struct dt_body_passed_on b = {.ref = m->ref,
                                  .state = (enum dt_passed_state)dt_rng_below(rng, DT_PASSED_STATES),
                                  .told = -1,
                                  .units = -1};
    strcpy(b.force, mix_forces[f]);
    if (b.state == DT_PASSED_TOLD) {
        b.units = 1 + (int64_t)dt_rng_below(rng, 3);
        b.told = (int64_t)dt_rng_below(rng, (uint64_t)b.units + 1);
    }
    m->force[f].there = true;
    m->force[f].state = b.state;
    m->force[f].told = b.told;
    m->force[f].units = b.units;
    assert_err(dt_body_passed_on_encode(body, sizeof body, &size, &b), DT_OK);
    rig_plain(r, SUED, DT_KIND_PASSED_ON, DT_ROUTINE, dt_span(body, size), NULL);
}

void mix_say(struct rig *r, struct mix *m, struct dt_rng *rng)
{
    uint8_t body[512];
    size_t size = 0;
    enum dt_err err = DT_OK;
    struct dt_body_position position = {.ref = m->ref};
    const struct dt_officer_key theirs = r->party[SUED].officer_key;
    switch (dt_rng_below(rng, 8)) {
    case 0:
    case 1:
        m->shown = true;
        assert_err(dt_body_shown_encode(body, sizeof body, &size, &m->ref), DT_OK);
        rig_plain(r, SUED, DT_KIND_SHOWN, DT_ROUTINE, dt_span(body, size), NULL);
        break;
    case 2:
    case 3:
        m->acknowledged = true;
        assert_err(dt_body_ack_encode(body, sizeof body, &size, &m->ref), DT_OK);
        rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
        break;
    case 4: /* with a signature that is not their officer's: their own node takes none */
        r->party[SUED].officer_key = r->party[NORD].officer_key;
        assert_err(dt_body_ack_encode(body, sizeof body, &size, &m->ref), DT_OK);
        rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
        assert_err(err, DT_ERR_BAD_SIGNATURE);
        r->party[SUED].officer_key = theirs;
        break;
    case 5:
        say_passed(r, m, rng);
        break;
    case 6:
        m->position = true;
        m->said = position.position = (enum dt_position)dt_rng_below(rng, DT_POSITIONS);
        assert_err(dt_body_position_encode(body, sizeof body, &size, &position), DT_OK);
        rig_officer(r, SUED, DT_KIND_POSITION, DT_ROUTINE, dt_span(body, size), NULL);
        break;
    default:
        say_report(r, m, rng);
        break;
    }
}

/* --- what ought to be shown -------------------------------------------------------------------- */

static unsigned forces_said(const struct mix *m)
{
    unsigned count = 0;
    for (size_t f = 0; f < FORCES; f++) {
        count += m->force[f].there;
    }
    return count;
}

static bool forces_exact(const json_t *stage, const struct mix *m)
{
    const json_t *passed = json_object_get(stage, "passed_on");
    bool good = json_array_size(passed) == forces_said(m);
    for (size_t f = 0, at = 0; f < FORCES; f++) { /* their names ascend */
        if (m->force[f].there) {
            const json_t *p = json_array_get(passed, at++);
            good = good && strcmp(cli_str(p, "force"), mix_forces[f]) == 0 &&
                   strcmp(cli_str(p, "state"), dt_passed_state_name(m->force[f].state)) == 0 &&
                   cli_true(p, "claim") &&
                   cli_has(p, "n") == (m->force[f].told >= 0) &&
                   cli_has(p, "m") == (m->force[f].units >= 0) &&
                   (m->force[f].told < 0 || (cli_int(p, "n") == m->force[f].told &&
                                             cli_int(p, "m") == m->force[f].units));
        }
    }
    return good;
}

bool mix_is_json(const json_t *item, const struct mix *m)
{
    const json_t *s = json_array_get(json_object_get(item, "stages"), 0);
    const json_t *reports = json_object_get(s, "reported");
    bool good = json_array_size(json_object_get(item, "stages")) == 1 && cli_has(s, "stored") &&
                cli_has(s, "shown") == m->shown && cli_has(s, "acknowledged") == m->acknowledged &&
                cli_has(s, "by") == m->acknowledged &&
                !cli_true(s, "claimed") &&
                !cli_true(s, "other_version") && cli_has(s, "position") == m->position &&
                forces_exact(s, m) && json_array_size(reports) == m->reports;
    good = good && (!m->position || strcmp(cli_str(s, "position"), dt_position_name(m->said)) == 0);
    for (unsigned i = 0; i < m->reports && good; i++) {
        const json_t *one = json_array_get(reports, i);
        good = strcmp(cli_str(one, "reported"), dt_reported_name(m->report[i].what)) == 0 &&
               strcmp(cli_str(one, "means"), dt_means_name(m->report[i].means)) == 0 &&
               strcmp(cli_str(one, "who"), m->report[i].who) == 0 && cli_true(one, "officer_valid");
    }
    const char *highest = m->position         ? "position"
                          : forces_said(m) > 0 ? "passed-on"
                          : m->acknowledged    ? "acknowledged"
                          : m->shown           ? "shown"
                                               : "stored";
    return good && strcmp(cli_str(s, "highest"), highest) == 0;
}

unsigned mix_count(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word)) {
        count++;
    }
    return count;
}

bool mix_is_text(const char *text, const struct mix *m)
{
    char line[256];
    bool good = mix_count(text, "  stored by ") == 1 && mix_count(text, "  shown ") == m->shown &&
                mix_count(text, "  ACKNOWLEDGED ") == m->acknowledged &&
                mix_count(text, "claims") == 0 &&
                mix_count(text, "  position: ") == m->position &&
                mix_count(text, "reported by ") == m->reports;
    if (m->position) {
        snprintf(line, sizeof line, "  position: %s\n", dt_position_name(m->said));
        good = good && strstr(text, line) != NULL;
    }
    for (size_t f = 0; f < FORCES; f++) {
        snprintf(line, sizeof line, "      %s: ", mix_forces[f]);
        good = good && mix_count(text, line) == m->force[f].there;
        if (m->force[f].there && m->force[f].told >= 0) {
            snprintf(line, sizeof line, "      %s: told, units %d of %d, they say  ", mix_forces[f],
                     (int)m->force[f].told, (int)m->force[f].units);
        } else if (m->force[f].there) {
            snprintf(line, sizeof line, "      %s: %s, they say  ", mix_forces[f],
                     dt_passed_state_name(m->force[f].state));
        }
        good = good && (!m->force[f].there || strstr(text, line) != NULL);
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

/* --- export: Cursor-on-Target -------------------------------------------------------------------- */

static bool is(xmlNode *node, const char *name, const char *value) /* NULL: not there */
{
    xmlChar *found = xmlGetNoNsProp(node, (const xmlChar *)name);
    const bool same = found == NULL ? value == NULL
                                    : value != NULL && strcmp((const char *)found, value) == 0;
    xmlFree(found);
    return same;
}

static bool has(xmlNode *node, const char *name)
{
    return xmlHasProp(node, (const xmlChar *)name) != NULL;
}

xmlNode *mix_named(xmlNode *node, const char *name)
{
    while (node != NULL && strcmp((const char *)node->name, name) != 0) {
        node = node->next;
    }
    return node;
}

bool mix_is_event(xmlNode *event, const struct mix *m)
{
    char n[16], units[16];
    xmlNode *detail = mix_named(event->children, "detail");
    xmlNode *ours = detail != NULL ? mix_named(detail->children, "__detente") : NULL;
    xmlNode *stage = ours != NULL ? mix_named(ours->children, "stage") : NULL;
    bool good = stage != NULL && mix_named(stage->next, "stage") == NULL && is(stage, "member", "PA01") &&
                has(stage, "stored") && has(stage, "shown") == m->shown &&
                has(stage, "acknowledged") == m->acknowledged &&
                is(stage, "by", m->acknowledged ? "duty officer" : NULL) &&
                !has(stage, "claimed") &&
                is(stage, "position", m->position ? dt_position_name(m->said) : NULL);
    xmlNode *at = stage != NULL ? mix_named(stage->children, "passed_on") : NULL;
    for (size_t f = 0; f < FORCES; f++) {
        if (m->force[f].there && good) {
            snprintf(n, sizeof n, "%d", (int)m->force[f].told);
            snprintf(units, sizeof units, "%d", (int)m->force[f].units);
            good = at != NULL && is(at, "force", mix_forces[f]) &&
                   is(at, "state", dt_passed_state_name(m->force[f].state)) &&
                   is(at, "claim", "true") &&
                   is(at, "n", m->force[f].told >= 0 ? n : NULL) &&
                   is(at, "m", m->force[f].units >= 0 ? units : NULL);
            at = at != NULL ? mix_named(at->next, "passed_on") : NULL;
        }
    }
    good = good && at == NULL;
    at = stage != NULL ? mix_named(stage->children, "reported") : NULL;
    for (unsigned i = 0; i < m->reports && good; i++) {
        good = at != NULL && is(at, "by", "PA00") && is(at, "who", m->report[i].who) &&
               is(at, "reported", dt_reported_name(m->report[i].what)) &&
               is(at, "means", dt_means_name(m->report[i].means));
        at = at != NULL ? mix_named(at->next, "reported") : NULL;
    }
    return good && at == NULL;
}
