/* SPDX-License-Identifier: ISC */
/*
 * Goal: a protected site that nobody has confirmed for 90 days is said in status, on both sides.
 * Method: two real nodes and a site of 200 days; their clock goes on by 91 days; then its author
 * confirms it.
 */
#include "test.h"

#include <signal.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "program.h"
#include "wall_clock.h"

enum { NORD, SUED, WAIT_S = 60 };

#define DAY_MS INT64_C(86400000)

/* -1: status does not name it; else whether it is ours. */
static int stale(struct rig *r, unsigned party, const struct dt_ref *ref, int64_t *age_ms)
{
    struct dt_object o;
    char id[DT_RECORD_ID_SIZE];
    size_t i;
    int found = -1;
    json_t *one;
    dt_client_begin(&r->party[party].client, &o, "status");
    json_t *status = cli_json_from_cbor(rig_call(r, party, &o, NULL));
    dt_record_id(id, r->charter.members[dt_wid_member(ref->wid)].code, dt_wid_number(ref->wid),
                 ref->seq, ref->leaf);
    assert_true(json_is_array(json_object_get(status, "stale")));
    json_array_foreach (json_object_get(status, "stale"), i, one) {
        if (strcmp(cli_str(one, "id"), id) == 0) {
            found = cli_true(one, "ours");
            *age_ms = cli_int(one, "age");
        }
    }
    json_decref(status);
    return found;
}

/* The NOTICE that NORD's log has. */
static struct dt_ref notice_of(struct rig *r)
{
    struct dt_ref ref = {0};
    size_t count = 0, found = 0;
    struct dt_cbor items = rig_records(r, NORD, &count);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        if (rig_is(item, "kind", "NOTICE")) {
            assert_true(rig_is(item, "valid", "OK"));
            ref = (struct dt_ref){(uint16_t)rig_uint(item, "wid"), rig_uint(item, "seq"), {0}};
            rig_hash(item, "leaf", ref.leaf);
            found++;
        }
    }
    assert_int_equal(found, 1);
    return ref;
}

static void add_site(struct rig *r)
{
    char plan[300], start[DT_UTC_SIZE], end[DT_UTC_SIZE];
    const int64_t now = dt_now_ms() / 1000 * 1000;
    snprintf(plan, sizeof plan, "%s/plan.geojson", r->dir);
    dt_utc_text(start, now - 60000);
    dt_utc_text(end, now + 200 * DAY_MS);
    FILE *f = fopen(plan, "w");
    assert_non_null(f);
    fprintf(f, "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[37,36]},"
               "\"properties\":{\"category\":\"STATIC\",\"request\":\"ADD_TO_NO_STRIKE\",\"title\":\"Clinic\","
               "\"start\":\"%s\",\"end\":\"%s\",\"radius_m\":200}}", start, end);
    assert_int_equal(fclose(f), 0);
    const char *const words[] = {"notice", "add", plan, "--yes", "--that-duration", "--short-notice", NULL};
    program_run(r, NORD, "/dev/null", words);
}

static void a_site_that_nobody_confirms_is_said_to_be_stale(void **state)
{
    uint8_t body[128];
    size_t size = 0;
    int64_t age = 0;
    (void)state;
    wall_clock_begin();
    struct rig *r = rig_new(2, DT_OPERATION);
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    add_site(r);
    assert_true(rig_equal(r, WAIT_S));
    const struct dt_ref ref = notice_of(r);
    wall_clock_forward(r, 89 * DAY_MS);
    assert_int_equal(stale(r, NORD, &ref, &age), -1);
    wall_clock_forward(r, 2 * DAY_MS);
    assert_int_equal(stale(r, NORD, &ref, &age), 1);
    assert_int_equal(stale(r, SUED, &ref, &age), 0);
    assert_true(age >= 91 * DAY_MS && age < 92 * DAY_MS);
    rig_stop(r, SUED, SIGKILL); /* nothing of it is written: found again */
    rig_start(r, SUED);
    assert_int_equal(stale(r, SUED, &ref, &age), 0);
    const struct dt_body_notice_state confirmed = {.ref = ref, .state = DT_NOTICE_CONFIRMED};
    assert_err(dt_body_notice_state_encode(body, sizeof body, &size, &confirmed), DT_OK);
    rig_officer(r, NORD, DT_KIND_NOTICE_STATE, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(stale(r, NORD, &ref, &age), -1);
    assert_int_equal(stale(r, SUED, &ref, &age), -1);
    wall_clock_forward(r, 91 * DAY_MS); /* and once more */
    assert_int_equal(stale(r, SUED, &ref, &age), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_that_nobody_confirms_is_said_to_be_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
