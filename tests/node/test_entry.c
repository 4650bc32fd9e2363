/* SPDX-License-Identifier: ISC */
/*
 * Goal: a node's own entry refuses by name what would have no effect, takes a thing of
 * another system once, and says of a check-fire whether it stands and who has answered.
 * Method: three real nodes, driven over their control sockets.
 */
#include "test.h"

#include <unistd.h>

#include "log/fields.h"
#include "rig.h"
#include "view/notice.h"

static uint8_t body[DT_BODY_MAX];
static size_t size;

static struct dt_ref ref_of(struct dt_span reply, uint16_t wid)
{
    struct dt_ref ref = {wid, rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

static struct dt_ref message_to(struct rig *r, unsigned party, unsigned to)
{
    struct dt_object o;
    rig_message(r, party, &r->party[party].client, &o, to, DT_ROUTINE, dt_span("text", 4), false);
    const struct dt_ref ref = ref_of(rig_call(r, party, &o, NULL), dt_wid(party, 1));
    assert_true(rig_equal(r, 30));
    return ref;
}

static enum dt_err about(struct rig *r, unsigned party, unsigned kind, const struct dt_ref *ref)
{
    enum dt_err err = DT_OK;
    const struct dt_body_fire_answer answer = {.ref = *ref, .answer = DT_ANSWER_STOPPED};
    const struct dt_body_recall recall = {.ref = *ref};
    const struct dt_body_notice_state state = {.ref = *ref, .state = DT_NOTICE_ENDED};
    assert_err(kind == DT_KIND_FIRE_ANSWER
                   ? dt_body_fire_answer_encode(body, sizeof body, &size, &answer)
               : kind == DT_KIND_RECALL ? dt_body_recall_encode(body, sizeof body, &size, &recall)
               : kind == DT_KIND_NOTICE_STATE
                   ? dt_body_notice_state_encode(body, sizeof body, &size, &state)
                   : dt_body_ack_encode(body, sizeof body, &size, ref),
               DT_OK);
    rig_officer(r, party, kind, DT_IMMEDIATE, dt_span(body, size), &err);
    return err;
}

/* A text field somewhere in a reply: its CBOR form, so no reader is needed. */
static bool says(struct dt_span reply, const char *key, const char *value)
{
    uint8_t wanted[128];
    struct dt_writer w = dt_writer(wanted, sizeof wanted);
    dt_cbor_put_string(&w, key);
    dt_cbor_put_string(&w, value);
    return memmem(reply.data, reply.size, wanted, w.size) != NULL;
}

static struct dt_span ask(struct rig *r, unsigned party, const char *cmd, bool all)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, cmd);
    if (strcmp(cmd, "inbox") == 0) {
        dt_obj_key(&o, "limit");
        dt_obj_uint(&o, 100);
        dt_obj_key(&o, "all");
        dt_obj_bool(&o, all);
    }
    return rig_call(r, party, &o, NULL);
}

static struct rig *three(void)
{
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    return r;
}

static void what_refers_wrongly_is_refused(void **state)
{
    (void)state;
    struct rig *r = three();
    struct dt_ref message = message_to(r, 0, 1);
    assert_err(about(r, 2, DT_KIND_ACK, &message), DT_ERR_NOT_ADDRESSED);
    assert_err(about(r, 0, DT_KIND_ACK, &message), DT_ERR_NOT_ALLOWED); /* its own */
    assert_err(about(r, 1, DT_KIND_FIRE_ANSWER, &message), DT_ERR_WRONG_RECORD);
    assert_err(about(r, 0, DT_KIND_RECALL, &message), DT_ERR_WRONG_RECORD);
    assert_err(about(r, 0, DT_KIND_NOTICE_STATE, &message), DT_ERR_WRONG_RECORD);
    struct dt_ref other = message;
    other.leaf[0] ^= 1; /* that place, another version: or a record of another line */
    assert_err(about(r, 1, DT_KIND_ACK, &other), DT_ERR_WRONG_RECORD);
    other = message;
    other.seq += 1000;
    assert_err(about(r, 1, DT_KIND_ACK, &other), DT_ERR_UNKNOWN_RECORD);
    assert_err(about(r, 1, DT_KIND_ACK, &message), DT_OK);
    assert_true(rig_equal(r, 30));
    rig_free(r);
}

static void a_check_fire_says_how_it_stands(void **state)
{
    (void)state;
    struct rig *r = three();
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_ref ref = ref_of(
        rig_officer(r, 0, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL), dt_wid(0, 1));
    assert_true(rig_equal(r, 30));
    struct dt_span reply = ask(r, 1, "inbox", false);
    assert_true(says(reply, "state", "standing"));
    assert_int_equal(about(r, 1, DT_KIND_FIRE_ANSWER, &ref), DT_OK);
    assert_int_equal(about(r, 0, DT_KIND_RECALL, &ref), DT_OK);
    assert_err(about(r, 0, DT_KIND_RECALL, &ref), DT_ERR_DUPLICATE); /* says nothing new */
    assert_true(rig_equal(r, 30));
    for (unsigned p = 0; p < 3; p++) {
        reply = ask(r, p, "status", false);
        assert_true(says(reply, "state", "recalled") && says(reply, "class", "EXERCISE"));
    }
    reply = ask(r, 2, "inbox", true);
    assert_true(says(reply, "answer", "stopped"));
    rig_free(r);
}

/* A kind of a later version: kept, handed on, shown as what it is. */
static void a_later_kind_is_shown_as_unknown(void **state)
{
    (void)state;
    struct rig *r = three();
    struct dt_object o;
    const uint8_t empty[1] = {0xa0};
    dt_client_begin(&r->party[0].client, &o, "append");
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, 200);
    dt_obj_key(&o, "time");
    dt_obj_uint(&o, (uint64_t)dt_now_ms());
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, dt_flags(DT_ROUTINE, DT_EXERCISE));
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    dt_obj_end(&o);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(empty, 1));
    const uint64_t seq = rig_uint(rig_call(r, 0, &o, NULL), "seq");
    assert_true(rig_equal(r, 30));
    for (unsigned p = 0; p < 3; p++) {
        dt_client_begin(&r->party[p].client, &o, "records");
        dt_obj_key(&o, "wid");
        dt_obj_uint(&o, dt_wid(0, 1));
        dt_obj_key(&o, "from");
        dt_obj_uint(&o, seq);
        dt_obj_key(&o, "limit");
        dt_obj_uint(&o, 1);
        dt_obj_key(&o, "line");
        dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
        const struct dt_span reply = rig_call(r, p, &o, NULL);
        assert_true(says(reply, "kind", "UNKNOWN") && says(reply, "valid", "OK"));
        static const uint8_t number[] = "\x6bkind_number\x18\xc8";
        assert_non_null(memmem(reply.data, reply.size, number, sizeof number - 1));
    }
    rig_free(r);
}

/* --- notices ------------------------------------------------------------------------------ */

static struct dt_span add_notice(struct rig *r, const char *source, int64_t start_ms,
                                 bool past, bool dry, enum dt_err *err)
{
    static struct dt_notice_plain plain;
    static uint8_t sealed[DT_SEALED_MAX];
    struct dt_body_notice clear = {.category = DT_CATEGORY_EVAC,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .start_ms = start_ms,
                                   .end_ms = start_ms + 3600000};
    struct dt_object o;
    size_t plain_size = 0;
    memset(&plain, 0, sizeof plain);
    snprintf(clear.source, sizeof clear.source, "%s", source);
    strcpy(plain.title, "Column");
    strcpy(plain.language, "en");
    plain.points[0] = (struct dt_point){362000000, 371000000};
    plain.rings[0] = (struct dt_ring){plain.points, 1};
    plain.volume_count = 1;
    plain.volumes[0].shape = (struct dt_volume){.shape = DT_SHAPE_CIRCLE,
                                                .radius_mm = 100000,
                                                .rings = plain.rings,
                                                .ring_count = 1,
                                                .time = {start_ms, start_ms + 3600000},
                                                .alt_hi_mm = 30000};
    assert_err(dt_body_notice_encode(body, sizeof body, &size, &clear), DT_OK);
    assert_err(dt_notice_plain_encode(sealed, sizeof sealed, &plain_size, &plain, &clear), DT_OK);
    dt_client_begin(&r->party[0].client, &o, "append");
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, DT_KIND_NOTICE);
    dt_obj_key(&o, "time");
    dt_obj_uint(&o, (uint64_t)dt_now_ms());
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, dt_flags(DT_PRIORITY, DT_EXERCISE));
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    dt_obj_end(&o);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(body, size));
    dt_obj_key(&o, "plain");
    dt_obj_bytes(&o, dt_span(sealed, plain_size));
    if (past) {
        dt_obj_key(&o, "past");
        dt_obj_bool(&o, true);
    }
    if (dry) {
        dt_obj_key(&o, "dry");
        dt_obj_bool(&o, true);
    }
    return rig_call(r, 0, &o, err);
}

static uint64_t digest_facts(struct rig *r)
{
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "digest");
    return rig_uint(rig_call(r, 0, &o, NULL), "facts");
}

static void a_thing_is_notified_once(void **state)
{
    (void)state;
    struct rig *r = three();
    enum dt_err err = DT_OK;
    const int64_t soon = dt_now_ms() + 3600000, before = dt_now_ms() - 7200001;
    const uint64_t start = digest_facts(r);
    add_notice(r, "convoy-7", soon, false, true, NULL);
    assert_int_equal(digest_facts(r), start); /* only asked */
    const uint64_t seq = rig_uint(add_notice(r, "convoy-7", soon, false, false, NULL), "seq");
    const uint64_t once = digest_facts(r);
    assert_true(once > start);
    struct dt_span reply = add_notice(r, "convoy-7", soon, false, false, NULL);
    assert_int_equal(rig_uint(reply, "seq"), seq);
    assert_true(memmem(reply.data, reply.size, "unchanged", 9) != NULL);
    add_notice(r, "convoy-7", soon + 1, false, false, &err);
    assert_err(err, DT_ERR_CHANGED);
    assert_int_equal(digest_facts(r), once);
    rig_stop(r, 0, 15); /* a node that starts knows it too */
    rig_start(r, 0);
    assert_int_equal(rig_uint(add_notice(r, "convoy-7", soon, false, false, NULL), "seq"), seq);
    /* without a source the same thing is what is the same in all */
    const uint64_t nameless = rig_uint(add_notice(r, "", soon, false, false, NULL), "seq");
    const uint64_t twice = digest_facts(r);
    assert_true(nameless != seq && twice > once);
    reply = add_notice(r, "", soon, false, false, NULL);
    assert_true(rig_uint(reply, "seq") == nameless && memmem(reply.data, reply.size, "unchanged", 9) != NULL);
    assert_int_equal(digest_facts(r), twice);
    assert_true(rig_uint(add_notice(r, "", soon + 1, false, false, NULL), "seq") != nameless);
    assert_true(digest_facts(r) > twice);
    err = DT_OK;
    add_notice(r, "convoy-8", before, false, false, &err);
    assert_err(err, DT_ERR_IN_THE_PAST);
    add_notice(r, "convoy-8", before, true, false, NULL);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_refers_wrongly_is_refused),
        cmocka_unit_test(a_check_fire_says_how_it_stands),
        cmocka_unit_test(a_later_kind_is_shown_as_unknown),
        cmocka_unit_test(a_thing_is_notified_once),
    };
    return cmocka_run_group_tests_name("entry", tests, dt_test_setup, NULL);
}
