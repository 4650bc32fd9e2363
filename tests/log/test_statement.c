/* SPDX-License-Identifier: ISC */
/*
 * Goal: a statement is what its signer signed, read by one spelling only; a card
 * vouches for nothing that its own root did not sign.
 * Method: the vectors of the independent reference, made again here from their seeds;
 * every bit of a statement and every character of its armour damaged; contents built
 * here that each break one rule.
 */
#include "vectors.h"

#include "cbor/cbor.h"
#include "log/charter.h"
#include "log/statement.h"

enum { ROOM = DT_STATEMENT_MAX };

static uint8_t bytes[ROOM], made[ROOM];

struct key {
    uint8_t signer[DT_SIGNER_SIZE], public_key[DT_PUBLIC_SIZE];
};

static struct key key_of(const char *name)
{
    struct key key;
    uint8_t seed[DT_SEED_SIZE];
    dt_sha256(seed, dt_span(name, strlen(name)));
    dt_signer_from_seed(key.signer, key.public_key, seed);
    return key;
}

/* --- vectors ------------------------------------------------------------- */

static void check_key(const json_t *c, const char *name, const uint8_t key[static 32])
{
    uint8_t expected[32];
    assert_int_equal(vectors_hex(c, name, expected, 32), 32);
    assert_memory_equal(key, expected, 32);
}

static void check_certificate(const json_t *c, const struct dt_statement *s)
{
    struct dt_certificate certificate;
    assert_err(dt_certificate_decode(&certificate, s), DT_OK);
    if (json_object_get(c, "number") == NULL) {
        return; /* the one with a field of a later version */
    }
    assert_int_equal(certificate.number, vectors_number(c, "number"));
    assert_true(certificate.time_ms == (int64_t)vectors_number(c, "time"));
    check_key(c, "writer", certificate.writer);
    check_key(c, "session", certificate.session);
    check_key(c, "reader", certificate.reader);
}

static void check_operator(const json_t *c, const struct dt_statement *s)
{
    struct dt_operator officer;
    assert_err(dt_operator_decode(&officer, s), DT_OK);
    assert_int_equal(officer.number, vectors_number(c, "number"));
    assert_string_equal(officer.role, vectors_text(c, "role"));
    check_key(c, "operator", officer.key);
}

static void check_card(const json_t *c, const struct dt_statement *s)
{
    struct dt_card card;
    assert_err(dt_card_decode(&card, s), DT_OK);
    assert_string_equal(card.code, vectors_text(c, "code"));
    assert_string_equal(card.name, vectors_text(c, "party"));
    assert_memory_equal(card.root, s->signer, 32);
    assert_int_equal(card.certificate_count, 2);
    assert_int_equal(card.certificates[1].number, 2);
    assert_int_equal(card.operator_count, 1);
    assert_int_equal(card.operators[0].number, 7);
    assert_int_equal(card.endpoint_count, 1);
    assert_int_equal(card.contact_count, 1);
    assert_string_equal(card.contacts[0].kind, "tel");
    /* Written anew from what was read, it is the same statement. */
    uint8_t seed[DT_SEED_SIZE], signer[DT_SIGNER_SIZE], root[DT_PUBLIC_SIZE];
    vectors_hex(c, "seed", seed, sizeof seed);
    dt_signer_from_seed(signer, root, seed);
    size_t size = 0;
    assert_err(dt_card_sign(made, sizeof made, &size, &card, signer), DT_OK);
    assert_true(dt_span_equal(dt_span(made, size), s->whole));
}

static void check_revocation(const json_t *c, const struct dt_statement *s)
{
    struct dt_revocation r;
    assert_err(dt_revocation_decode(&r, s), DT_OK);
    check_key(c, "revoked", r.key);
    assert_string_equal(r.reason, vectors_text(c, "reason"));
    const json_t *sizes = json_object_get(c, "sizes");
    assert_int_equal(r.good_count, json_array_size(sizes));
    for (size_t i = 0; i < r.good_count; i++) {
        const json_t *named = json_array_get(sizes, i);
        const json_int_t size = json_integer_value(json_array_get(named, 2));
        const unsigned number = (unsigned)json_integer_value(json_array_get(named, 1));
        assert_int_equal(dt_revocation_good(&r, r.good[i].line, number), size);
        assert_int_equal(dt_revocation_good(&r, r.key, number), 0); /* another line */
    }
    assert_int_equal(dt_revocation_good(&r, r.good[0].line, 9), 0); /* not named: from its start */
    uint8_t seed[DT_SEED_SIZE], signer[DT_SIGNER_SIZE], root[DT_PUBLIC_SIZE];
    vectors_hex(c, "seed", seed, sizeof seed);
    dt_signer_from_seed(signer, root, seed);
    size_t size = 0;
    assert_err(dt_revocation_sign(made, sizeof made, &size, &r, signer, root), DT_OK);
    assert_true(dt_span_equal(dt_span(made, size), s->whole));
}

static void check_armour(const char *what, struct dt_span whole, const char *expected)
{
    static char text[DT_ARMOUR_SIZE(ROOM)];
    static uint8_t back[ROOM];
    size_t size = dt_armour(text, what, whole);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
    assert_err(dt_unarmour(back, sizeof back, &size, what, dt_span(expected, strlen(expected))),
               DT_OK);
    assert_true(dt_span_equal(dt_span(back, size), whole));
}

static void check_statement_vector(const json_t *c)
{
    uint8_t content[ROOM], seed[DT_SEED_SIZE], signer[DT_SIGNER_SIZE], root[DT_PUBLIC_SIZE], id[32];
    const size_t size = vectors_hex(c, "statement", bytes, sizeof bytes);
    struct dt_statement s;
    assert_err(dt_statement_decode(&s, dt_span(bytes, size)), DT_OK);
    assert_int_equal(s.type, vectors_number(c, "type"));
    check_key(c, "signer", s.signer);
    const struct dt_span expected = {content, vectors_hex(c, "content", content, sizeof content)};
    assert_true(dt_span_equal(s.content, expected));
    dt_statement_id(id, s.whole);
    check_key(c, "id", id);

    size_t again = 0;
    vectors_hex(c, "seed", seed, sizeof seed);
    dt_signer_from_seed(signer, root, seed);
    assert_err(dt_statement_sign(made, sizeof made, &again, s.type, expected, signer, root), DT_OK);
    assert_true(dt_span_equal(dt_span(made, again), s.whole));
    switch (s.type) {
    case DT_STATEMENT_CARD:
        check_card(c, &s);
        check_armour("CARD", s.whole, vectors_text(c, "armour"));
        break;
    case DT_STATEMENT_CERTIFICATE:
        check_certificate(c, &s);
        break;
    case DT_STATEMENT_OPERATOR:
        check_operator(c, &s);
        break;
    case DT_STATEMENT_REVOCATION:
        check_revocation(c, &s);
        break;
    default:
        check_armour("CHARTER", s.whole, vectors_text(c, "armour"));
    }
}

/* What the reference names another fault must be refused, under whatever name. */
static void check_refused_statement(const json_t *c)
{
    const char *expected = vectors_text(c, "error"), *name = vectors_text(c, "name");
    struct dt_statement s;
    struct dt_certificate certificate;
    size_t size = 0;
    if (json_object_get(c, "armour") != NULL) {
        const char *text = vectors_text(c, "armour");
        enum dt_err err =
            dt_unarmour(bytes, sizeof bytes, &size, "CARD", dt_span(text, strlen(text)));
        err = err != DT_OK ? err : dt_statement_decode(&s, dt_span(bytes, size));
        assert_true(err != DT_OK || s.type != DT_STATEMENT_CARD);
        return;
    }
    size = vectors_hex(c, "statement", bytes, sizeof bytes);
    enum dt_err err = dt_statement_decode(&s, dt_span(bytes, size));
    err = err != DT_OK ? err : dt_certificate_decode(&certificate, &s);
    if (strcmp(name, "another type, same signature") == 0) {
        assert_err(err, DT_ERR_BAD_SIGNATURE);
    } else if (strcmp(dt_err_name(err), expected) != 0) {
        fail_msg("%s: got %s, expected %s", name, dt_err_name(err), expected);
    }
}

static void statements_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/statements.json"), *c;
    assert_non_null(root);
    size_t i, valid = 0, refused = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const bool good = json_is_true(json_object_get(c, "valid"));
        good ? check_statement_vector(c) : check_refused_statement(c);
        valid += good;
        refused += !good;
    }
    json_decref(root);
    assert_true(valid >= 14 && refused >= 25);
}

/* --- one statement, damaged ---------------------------------------------- */

static const struct dt_certificate sample = {
    .number = 3, .writer = {1}, .session = {2}, .reader = {3}, .time_ms = 1000};

static size_t sign_sample(uint8_t out[static ROOM], const struct key *root)
{
    size_t size = 0;
    assert_err(dt_certificate_sign(out, ROOM, &size, &sample, root->signer, root->public_key),
               DT_OK);
    return size;
}

static void every_bit_of_a_statement_is_vouched_for(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    const size_t size = sign_sample(bytes, &root);
    struct dt_statement s;
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(dt_statement_decode(&s, dt_span(bytes, size)) != DT_OK);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        assert_err(dt_statement_decode(&s, dt_span(bytes, cut)), DT_ERR_TRUNCATED);
    }
    assert_err(dt_statement_decode(&s, dt_span(bytes, size)), DT_OK);
    struct dt_certificate read;
    assert_err(dt_certificate_decode(&read, &s), DT_OK);
    assert_true(read.number == 3 && read.time_ms == 1000 && read.reader[0] == 3);
    struct dt_operator officer;
    assert_err(dt_operator_decode(&officer, &s), DT_ERR_BAD_TYPE);
}

static void a_statement_has_limits(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    static uint8_t content[DT_STATEMENT_MAX + 8] = {0xa1, 0x01, 0x59}; /* {1: bytes} */
    size_t size = 0;
    const size_t room = DT_STATEMENT_MAX - 128;
    content[3] = (uint8_t)((room - 5) >> 8);
    content[4] = (uint8_t)(room - 5);
    assert_err(dt_statement_sign(made, ROOM, &size, 1, dt_span(content, room), root.signer,
                                 root.public_key),
               DT_OK);
    struct dt_statement s;
    assert_err(dt_statement_decode(&s, dt_span(made, size)), DT_OK);
    struct dt_card card;
    assert_err(dt_card_decode(&card, &s), DT_ERR_BAD_TYPE); /* bytes for a suite */
    assert_err(dt_statement_sign(made, 100, &size, 1, dt_span(content, room), root.signer,
                                 root.public_key),
               DT_ERR_TOO_LARGE);
    assert_err(dt_statement_sign(made, ROOM, &size, 1, dt_span(content, room + 1), root.signer,
                                 root.public_key),
               DT_ERR_TOO_LARGE);
    assert_err(
        dt_statement_sign(made, ROOM, &size, 1, dt_span(content, 0), root.signer, root.public_key),
        DT_ERR_TOO_LARGE);
    assert_err(dt_statement_decode(&s, dt_span(content, sizeof content)), DT_ERR_TOO_LARGE);
}

/* --- armour --------------------------------------------------------------- */

static char armour[DT_ARMOUR_SIZE(ROOM)], bent[DT_ARMOUR_SIZE(ROOM)];

/* What whoever reads a file does: armour, then signature. */
static enum dt_err read_armour(const char *text, size_t text_size)
{
    static uint8_t out[ROOM];
    size_t size = 0;
    struct dt_statement s;
    const enum dt_err err =
        dt_unarmour(out, sizeof out, &size, "STATEMENT", dt_span(text, text_size));
    return err != DT_OK ? err : dt_statement_decode(&s, dt_span(out, size));
}

static void any_single_change_of_armour_is_refused(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    const size_t size = dt_armour(armour, "STATEMENT", dt_span(bytes, sign_sample(bytes, &root)));
    assert_err(read_armour(armour, size), DT_OK);
    for (size_t at = 0; at <= size; at++) { /* added, and taken away */
        static const char added[] = "\n\r\t -=+/Az09*\x80\xff";
        memcpy(bent, armour, at);
        memcpy(bent + at + 1, armour + at, size - at);
        for (size_t i = 0; i < sizeof added; i++) {
            bent[at] = added[i];
            assert_true(read_armour(bent, size + 1) != DT_OK);
        }
        if (at < size) {
            memmove(bent + at, bent + at + 2, size - at - 1);
            assert_true(read_armour(bent, size - 1) != DT_OK);
        }
    }
    memcpy(bent, armour, size);
    for (size_t at = 0; at < size; at++) {
        for (int c = 0; c < 256; c++) {
            bent[at] = (char)c;
            assert_true((bent[at] == armour[at]) == (read_armour(bent, size) == DT_OK));
        }
        bent[at] = armour[at];
    }
}

/* Every size of the last line, and no bytes at all. */
static void armour_of_every_size_has_one_spelling(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("armour sizes");
    uint8_t in[200], out[200];
    for (size_t size = 1; size <= sizeof in; size++) {
        dt_rng_fill(&rng, in, size);
        const size_t length = dt_armour(armour, "CARD", dt_span(in, size));
        size_t got = 0;
        assert_err(dt_unarmour(out, size, &got, "CARD", dt_span(armour, length)), DT_OK);
        assert_int_equal(got, size);
        assert_memory_equal(in, out, size);
        assert_err(dt_unarmour(out, size - 1, &got, "CARD", dt_span(armour, length)),
                   DT_ERR_TOO_LARGE);
        assert_err(dt_unarmour(out, size, &got, "CHARTER", dt_span(armour, length)),
                   DT_ERR_BAD_TEXT);
        assert_err(dt_unarmour(out, size, &got, "CARD", dt_span(armour, length - 1)),
                   DT_ERR_TRUNCATED);
        armour[length] = '\n';
        assert_err(dt_unarmour(out, size, &got, "CARD", dt_span(armour, length + 1)),
                   DT_ERR_TRAILING);
    }
    size_t got = 0;
    const size_t length = dt_armour(armour, "CARD", dt_span(NULL, 0));
    assert_err(dt_unarmour(out, sizeof out, &got, "CARD", dt_span(armour, length)),
               DT_ERR_TRUNCATED);
    assert_err(dt_unarmour(out, sizeof out, &got, "CARD", dt_span(NULL, 0)), DT_ERR_BAD_TEXT);
}

/* --- contents -------------------------------------------------------------- */

/* Signs content given as hex, so that nothing of our encoders stands in the way. */
static void signed_hex(struct dt_statement *s, uint8_t type, const char *hex,
                       const struct key *root)
{
    static uint8_t content[ROOM], whole[ROOM];
    size_t size = dt_from_hex(content, sizeof content, hex);
    assert_err(dt_statement_sign(whole, ROOM, &size, type, dt_span(content, size), root->signer,
                                 root->public_key),
               DT_OK);
    assert_err(dt_statement_decode(s, dt_span(whole, size)), DT_OK);
}

#define ZEROS \
    "5820"    \
    "0000000000000000000000000000000000000000000000000000000000000000"

static void names_with_control_characters_are_refused(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    static const struct {
        const char *role; /* as CBOR text */
        enum dt_err err;
    } roles[] = {
        {"6161", DT_OK},
        {"66c3a974c3a92e", DT_OK},          /* été. */
        {"60", DT_ERR_BAD_VALUE},           /* empty */
        {"63610a62", DT_ERR_BAD_VALUE},     /* newline */
        {"63610962", DT_ERR_BAD_VALUE},     /* tab */
        {"63610062", DT_ERR_BAD_VALUE},     /* NUL: would end a C string */
        {"63611b62", DT_ERR_BAD_VALUE},     /* escape */
        {"63617f62", DT_ERR_BAD_VALUE},     /* delete */
        {"6461c28562", DT_ERR_BAD_VALUE},   /* C1 */
        {"6561e280ae62", DT_ERR_BAD_VALUE}, /* right-to-left override */
        {"6561e281a662", DT_ERR_BAD_VALUE}, /* isolate */
        {"6561e280a862", DT_ERR_BAD_VALUE}, /* line separator */
        {"4161", DT_ERR_BAD_TYPE},          /* bytes */
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        char hex[512];
        struct dt_statement s;
        struct dt_operator officer;
        snprintf(hex, sizeof hex, "a50101020703" ZEROS "04%s0600", roles[i].role);
        signed_hex(&s, DT_STATEMENT_OPERATOR, hex, &root);
        assert_err(dt_operator_decode(&officer, &s), roles[i].err);
    }
    struct dt_operator officer = {.number = 7, .role = "watch\nofficer"};
    size_t size = 0;
    assert_err(dt_operator_sign(made, ROOM, &size, &officer, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
    memcpy(officer.role, "watch", 6);
    assert_err(dt_operator_sign(made, ROOM, &size, &officer, root.signer, root.public_key), DT_OK);
    officer.number = 1000;
    assert_err(dt_operator_sign(made, ROOM, &size, &officer, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
    officer.number = 0;
    assert_err(dt_operator_sign(made, ROOM, &size, &officer, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
}

/* What another suite's fields mean nobody knows: its number is judged first. */
static void another_suite_is_named_before_anything_else(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    struct dt_statement s;
    struct dt_certificate certificate;
    struct dt_operator officer;
    struct dt_revocation revocation;
    static struct dt_card card;
    signed_hex(&s, DT_STATEMENT_CERTIFICATE, "a10102", &root);
    assert_err(dt_certificate_decode(&certificate, &s), DT_ERR_UNKNOWN_SUITE);
    signed_hex(&s, DT_STATEMENT_OPERATOR, "a1011903e8", &root);
    assert_err(dt_operator_decode(&officer, &s), DT_ERR_UNKNOWN_SUITE);
    signed_hex(&s, DT_STATEMENT_REVOCATION, "a10100", &root);
    assert_err(dt_revocation_decode(&revocation, &s), DT_ERR_UNKNOWN_SUITE);
    signed_hex(&s, DT_STATEMENT_CARD, "a10102", &root);
    assert_err(dt_card_decode(&card, &s), DT_ERR_UNKNOWN_SUITE);
    static struct dt_charter charter;
    signed_hex(&s, DT_STATEMENT_CHARTER, "a1011bffffffffffffffff", &root);
    assert_err(dt_charter_from_statement(&charter, &s), DT_ERR_UNKNOWN_SUITE);
    signed_hex(&s, DT_STATEMENT_CARD, "a10201", &root);
    assert_err(dt_card_decode(&card, &s), DT_ERR_MISSING_FIELD);
    assert_err(dt_charter_from_statement(&charter, &s), DT_ERR_BAD_TYPE);
}

/* A card of `root` with one certificate, signed by `certifier`, and one officer. */
static enum dt_err card_by(struct dt_card *card, const struct key *root,
                           const struct key *certifier, const struct key *commissioner)
{
    static uint8_t certificate[512], commission[512];
    size_t size = 0;
    const struct dt_operator officer = {.number = 999, .key = {9}, .role = "watch", .time_ms = 5};
    memset(card, 0, sizeof *card);
    memcpy(card->code, "NORD", 5);
    memcpy(card->name, "Norden", 7);
    memcpy(card->root, root->public_key, DT_PUBLIC_SIZE);
    assert_err(dt_certificate_sign(certificate, sizeof certificate, &size, &sample,
                                   certifier->signer, certifier->public_key),
               DT_OK);
    card->certificate_bytes[card->certificate_count++] = dt_span(certificate, size);
    assert_err(dt_operator_sign(commission, sizeof commission, &size, &officer,
                                commissioner->signer, commissioner->public_key),
               DT_OK);
    card->operator_bytes[card->operator_count++] = dt_span(commission, size);
    return dt_card_sign(made, ROOM, &size, card, root->signer);
}

/* The same without our encoder's help: the content as a hostile root would write it. */
static enum dt_err read_card_with(const struct key *root, struct dt_span certificate)
{
    static uint8_t content[ROOM], whole[ROOM];
    struct dt_writer w = dt_writer(content, sizeof content);
    dt_write_bytes(&w, "\xa8\x01\x01\x02\x64NORD\x03\x61N\x04\x00\x05\x81", 16);
    dt_cbor_put_bytes(&w, certificate);
    dt_write_bytes(&w, "\x06\x80\x07\x80\x08\x80", 6);
    struct dt_statement s;
    static struct dt_card card;
    size_t size = 0;
    assert_err(dt_statement_sign(whole, ROOM, &size, DT_STATEMENT_CARD, dt_written(&w),
                                 root->signer, root->public_key),
               DT_OK);
    assert_err(dt_statement_decode(&s, dt_span(whole, size)), DT_OK);
    return dt_card_decode(&card, &s);
}

static void a_card_vouches_only_for_what_its_root_signed(void **state)
{
    (void)state;
    const struct key root = key_of("root"), other = key_of("other");
    static struct dt_card card;
    assert_err(card_by(&card, &root, &root, &root), DT_OK);
    assert_err(card_by(&card, &root, &other, &root), DT_ERR_BAD_SIGNATURE);
    assert_err(card_by(&card, &root, &root, &other), DT_ERR_BAD_SIGNATURE);

    size_t size = sign_sample(bytes, &root);
    assert_err(read_card_with(&root, dt_span(bytes, size)), DT_OK);
    assert_err(read_card_with(&other, dt_span(bytes, size)), DT_ERR_BAD_SIGNATURE);
    bytes[size - 1] ^= 1;
    assert_err(read_card_with(&root, dt_span(bytes, size)), DT_ERR_BAD_SIGNATURE);
    const struct dt_operator officer = {.number = 1, .role = "x"};
    assert_err(dt_operator_sign(bytes, ROOM, &size, &officer, root.signer, root.public_key), DT_OK);
    assert_err(read_card_with(&root, dt_span(bytes, size)),
               DT_ERR_BAD_TYPE); /* an officer is no installation */
}

static void nothing_is_signed_that_nobody_would_read(void **state)
{
    (void)state;
    const struct key root = key_of("root");
    size_t size = 0;
    struct dt_certificate c = sample;
    c.number = 17;
    assert_err(dt_certificate_sign(made, ROOM, &size, &c, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
    c.number = 16;
    c.time_ms = -1;
    assert_err(dt_certificate_sign(made, ROOM, &size, &c, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
    struct dt_revocation r = {.good_count = DT_GOOD_MAX, .reason = "lost"};
    assert_err(dt_revocation_sign(made, ROOM, &size, &r, root.signer, root.public_key),
               DT_ERR_BAD_VALUE); /* certificates count from 1 */
    for (size_t i = 0; i < DT_GOOD_MAX; i++) {
        r.good[i].number = 16;
        r.good[i].size = INT64_MAX;
    }
    assert_err(dt_revocation_sign(made, ROOM, &size, &r, root.signer, root.public_key), DT_OK);
    r.good_count = DT_GOOD_MAX + 1;
    assert_err(dt_revocation_sign(made, ROOM, &size, &r, root.signer, root.public_key),
               DT_ERR_BAD_VALUE);
    static struct dt_card card;
    assert_err(card_by(&card, &root, &root, &root), DT_OK);
    memcpy(card.code, "nord", 5);
    assert_err(dt_card_sign(made, ROOM, &size, &card, root.signer), DT_ERR_BAD_VALUE);
    memcpy(card.code, "NORD", 5);
    card.endpoint_count = DT_CARD_ENDPOINTS_MAX + 1;
    assert_err(dt_card_sign(made, ROOM, &size, &card, root.signer), DT_ERR_BAD_VALUE);
}

static void codes(void **state)
{
    (void)state;
    static const char *const good[] = {"AB", "A1", "NORDNORD", "A1234567"};
    static const char *const bad[] = {"",   "A",  "1A",  "ab",      "NORDNORDN",
                                      "N-", "N ", "N\n", "\xc3\x84"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(dt_code_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dt_code_valid(bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_of_the_reference),
        cmocka_unit_test(every_bit_of_a_statement_is_vouched_for),
        cmocka_unit_test(a_statement_has_limits),
        cmocka_unit_test(any_single_change_of_armour_is_refused),
        cmocka_unit_test(armour_of_every_size_has_one_spelling),
        cmocka_unit_test(names_with_control_characters_are_refused),
        cmocka_unit_test(another_suite_is_named_before_anything_else),
        cmocka_unit_test(a_card_vouches_only_for_what_its_root_signed),
        cmocka_unit_test(nothing_is_signed_that_nobody_would_read),
        cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests_name("statement", tests, dt_test_setup, NULL);
}
