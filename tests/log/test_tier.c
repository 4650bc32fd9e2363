/* SPDX-License-Identifier: ISC */
/*
 * Goal: the key of a tier opens that tier and those below it, and nothing above; no part can
 * be taken for another; the set key of a tier's readers gives that tier.
 * Method: the body of the independent reference byte for byte; every key tried on every part.
 */
#include "vectors.h"

#include "cbor/cbor.h"
#include "log/tier.h"

static uint8_t body[DT_BODY_MAX], plain[DT_SEALED_MAX];

struct told { /* the reference's case */
    uint8_t line[DT_HASH_SIZE], set[DT_TIERS][32], key[DT_TIERS][32], digest[DT_HASH_SIZE];
    uint8_t clear_bytes[256], text_bytes[DT_TIERS][1024], body_bytes[DT_BODY_MAX];
    struct dt_span clear, text[DT_TIERS], body;
    struct dt_place place;
};

static void read_case(struct told *t)
{
    static const char *const names[DT_TIERS] = {"", "cell", "shape", "exact"};
    json_t *root = vectors_load("tests/vectors/seal.json"), *c, *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        found = strcmp(vectors_text(c, "type"), "tiers") == 0 ? c : found;
    }
    assert_non_null(found);
    assert_int_equal(vectors_hex(found, "line", t->line, DT_HASH_SIZE), DT_HASH_SIZE);
    t->place = (struct dt_place){t->line, (uint16_t)vectors_number(found, "wid"),
                                 vectors_number(found, "seq")};
    t->clear = dt_span(t->clear_bytes, vectors_hex(found, "clear", t->clear_bytes, 256));
    t->body = dt_span(t->body_bytes, vectors_hex(found, "body", t->body_bytes, DT_BODY_MAX));
    vectors_hex(found, "digest", t->digest, DT_HASH_SIZE);
    for (int tier = DT_TIER_CELL; tier < DT_TIERS; tier++) {
        char name[16];
        t->text[tier] = dt_span(t->text_bytes[tier],
                                vectors_hex(found, names[tier], t->text_bytes[tier], 1024));
        snprintf(name, sizeof name, "K_%s", names[tier]);
        assert_int_equal(vectors_hex(found, name, t->set[tier], 32), 32);
        snprintf(name, sizeof name, "R_%s", names[tier]);
        assert_int_equal(vectors_hex(found, name, t->key[tier], 32), 32);
    }
    json_decref(root);
}

/* The reference's body, made here. */
static struct dt_span make(const struct told *t)
{
    static uint8_t parts[DT_BODY_MAX];
    struct dt_tier_text texts[2] = {{.plain = t->text[DT_TIER_CELL]},
                                    {.plain = t->text[DT_TIER_SHAPE]}};
    uint8_t id[DT_KEY_ID_SIZE], exact[32];
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(texts[i].set_key, t->set[DT_TIER_CELL + i], 32);
        dt_key_id(texts[i].key_id, texts[i].set_key);
    }
    dt_key_id(id, t->set[DT_TIER_EXACT]);
    dt_record_key(exact, t->set[DT_TIER_EXACT], &t->place);
    assert_memory_equal(exact, t->key[DT_TIER_EXACT], 32);
    assert_err(dt_tier_seal(parts, sizeof parts, &size, t->clear, texts, exact, &t->place), DT_OK);
    assert_err(dt_seal_body(body, sizeof body, &size, dt_span(parts, size), t->text[DT_TIER_EXACT],
                            id, exact, &t->place),
               DT_OK);
    return dt_span(body, size);
}

static void a_body_of_the_reference(void **state)
{
    (void)state;
    static struct told t;
    uint8_t digest[DT_HASH_SIZE];
    read_case(&t);
    assert_true(dt_span_equal(make(&t), t.body));
    dt_tier_digest(digest, t.text[DT_TIER_CELL], t.text[DT_TIER_SHAPE]);
    assert_memory_equal(digest, t.digest, sizeof digest);
    /* The link's opened form leaves the other parts as they are. */
    static uint8_t opened[DT_BODY_MAX], again[DT_BODY_MAX];
    size_t size = 0, back = 0;
    assert_err(dt_body_to_opened(opened, sizeof opened, &size, t.body, t.text[DT_TIER_EXACT]),
               DT_OK);
    assert_err(dt_opened_to_body(again, sizeof again, &back, dt_span(opened, size),
                                 t.key[DT_TIER_EXACT], &t.place),
               DT_OK);
    assert_true(dt_span_equal(dt_span(again, back), t.body));
}

/* Opens `tier` with `key`, if it does. */
static enum dt_err open_with(const struct told *t, int tier, const uint8_t key[static 32])
{
    struct dt_tier_part part;
    struct dt_sealed sealed;
    size_t size = 0;
    bool present = false;
    enum dt_err err;
    if (tier == DT_TIER_EXACT) {
        assert_err(dt_sealed_find(&sealed, t->body, &present), DT_OK);
        err = dt_open_sealed(plain, sizeof plain, &size, &sealed, key, &t->place);
    } else {
        assert_true(dt_tier_find(&part, t->body, (enum dt_tier)tier));
        err = dt_tier_open(plain, sizeof plain, &size, &part, (enum dt_tier)tier, key, &t->place);
    }
    assert_true(err != DT_OK || dt_span_equal(dt_span(plain, size), t->text[tier]));
    return err;
}

static void a_key_gives_its_tier_and_those_below(void **state)
{
    (void)state;
    static struct told t;
    read_case(&t);
    for (int has = DT_TIER_CELL; has < DT_TIERS; has++) {
        for (int wanted = DT_TIER_CELL; wanted < DT_TIERS; wanted++) {
            uint8_t key[32];
            memcpy(key, t.key[has], sizeof key);
            dt_tier_key_down(key, (enum dt_tier)has, (enum dt_tier)(wanted < has ? wanted : has));
            assert_err(open_with(&t, wanted, key), wanted <= has ? DT_OK : DT_ERR_DOES_NOT_OPEN);
        }
    }
    for (int tier = DT_TIER_CELL; tier <= DT_TIER_SHAPE; tier++) {
        struct dt_tier_part part;
        uint8_t key[32];
        struct dt_place moved = t.place;
        assert_true(dt_tier_find(&part, t.body, (enum dt_tier)tier));
        for (int set = DT_TIER_CELL; set < DT_TIERS; set++) {
            assert_err(dt_tier_unwrap(key, &part, (enum dt_tier)tier, t.set[set], &t.place),
                       set == tier ? DT_OK : DT_ERR_DOES_NOT_OPEN);
        }
        assert_err(dt_tier_unwrap(key, &part, (enum dt_tier)tier, t.set[tier], &t.place), DT_OK);
        assert_memory_equal(key, t.key[tier], 32);
        moved.seq++;
        assert_err(dt_tier_unwrap(key, &part, (enum dt_tier)tier, t.set[tier], &moved),
                   DT_ERR_DOES_NOT_OPEN);
        const enum dt_tier other = tier == DT_TIER_CELL ? DT_TIER_SHAPE : DT_TIER_CELL;
        assert_err(dt_tier_unwrap(key, &part, other, t.set[tier], &t.place), DT_ERR_DOES_NOT_OPEN);
    }
}

/* Whatever bit of a part is changed: it is not found, or it does not open. */
static void a_changed_part_does_not_open(void **state)
{
    (void)state;
    static struct told t;
    read_case(&t);
    struct dt_tier_part part;
    uint8_t key[32];
    size_t size = 0, refused = 0;
    assert_true(dt_tier_find(&part, t.body, DT_TIER_SHAPE));
    const size_t first = (size_t)(part.ciphertext.data - t.body_bytes);
    for (size_t bit = 0; bit < 8 * part.ciphertext.size; bit += 5) {
        t.body_bytes[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(dt_tier_find(&part, t.body, DT_TIER_SHAPE));
        refused += dt_tier_open(plain, sizeof plain, &size, &part, DT_TIER_SHAPE,
                                t.key[DT_TIER_SHAPE], &t.place) == DT_ERR_DOES_NOT_OPEN;
        t.body_bytes[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(refused, (8 * part.ciphertext.size + 4) / 5);
    const size_t wrapped = (size_t)(part.wrapped - t.body_bytes);
    for (size_t bit = 0; bit < 8u * DT_TIER_WRAP_SIZE; bit++) {
        t.body_bytes[wrapped + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(dt_tier_unwrap(key, &part, DT_TIER_SHAPE, t.set[DT_TIER_SHAPE], &t.place),
                   DT_ERR_DOES_NOT_OPEN);
        t.body_bytes[wrapped + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void forms(void **state)
{
    (void)state;
    struct dt_tier_part part;
    static const char *const bad[] = {"a0", "a1181f80", "a1181f00", "a1181f8440404040",
                                      "a1181f83404040"};
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const size_t size = dt_from_hex(bytes, sizeof bytes, bad[i]);
        assert_err(dt_cbor_check(dt_span(bytes, size)), DT_OK);
        assert_false(dt_tier_find(&part, dt_span(bytes, size), DT_TIER_CELL));
        assert_int_equal(dt_tier_has_parts(dt_span(bytes, size)), i > 0);
    }
    static struct told t;
    const struct dt_tier_text none[2] = {{.plain = {NULL, 0}}, {.plain = {NULL, 0}}};
    size_t size = 0;
    read_case(&t);
    assert_err(dt_tier_seal(body, sizeof body, &size, t.body, none, t.key[DT_TIER_EXACT], &t.place),
               DT_ERR_DUPLICATE);
    assert_err(dt_tier_seal(body, sizeof body, &size, t.clear, none, t.key[DT_TIER_EXACT],
                            &t.place),
               DT_OK);
    assert_true(dt_span_equal(dt_span(body, size), t.clear));
    assert_err(dt_tier_seal(body, t.clear.size - 1, &size, t.clear, none, t.key[DT_TIER_EXACT],
                            &t.place),
               DT_ERR_TOO_LARGE);
    assert_int_equal(dt_tier_find_name("Shape"), DT_TIER_SHAPE);
    assert_int_equal(dt_tier_find_name("outline"), -1);
    assert_string_equal(dt_tier_name(DT_TIER_EXISTENCE), "existence");
    assert_string_equal(dt_tier_name(4), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_of_the_reference),
        cmocka_unit_test(a_key_gives_its_tier_and_those_below),
        cmocka_unit_test(a_changed_part_does_not_open),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
