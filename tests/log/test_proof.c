/* SPDX-License-Identifier: ISC */
/*
 * Goal: a proof file convinces a stranger of what its writer signed and of nothing
 * else; nobody can change a bit of it.
 * Method: files made here of sealed and clear records; every bit flipped; every part
 * exchanged for a well-formed wrong one; the vectors of the independent reference.
 */
#include "test.h"

#include "cbor/cbor.h"
#include "log/proof.h"
#include "log/seal.h"
#include "log/statement.h"
#include "vectors.h"

enum { RECORDS = 11, AT = 5, COSIGNERS = 3, CERTIFICATE_MAX = 512 };

struct installation {
    uint8_t root[DT_SIGNER_SIZE], root_key[DT_PUBLIC_SIZE];
    uint8_t signer[DT_SIGNER_SIZE], key[DT_PUBLIC_SIZE];
    uint8_t certificate[CERTIFICATE_MAX];
    size_t certificate_size;
};

static struct installation parties[COSIGNERS + 1];
static uint8_t body[DT_BODY_MAX], header[DT_HEADER_MAX], leaves[RECORDS][DT_HASH_SIZE];
static const uint8_t plain[] = {0xa1, 0x02, 0x65, 'h', 'e', 'l', 'l', 'o'};
static struct dt_proof proof;    /* of the sealed record AT, opened */
static struct dt_proof_result result;
static uint8_t text[DT_PROOF_SIZE_MAX], again[DT_PROOF_SIZE_MAX], extra[DT_PROOF_EXTRA_MAX];

static void install(struct installation *i, uint8_t number)
{
    const uint8_t root_seed[DT_SEED_SIZE] = {number, 1}, seed[DT_SEED_SIZE] = {number, 2};
    dt_signer_from_seed(i->root, i->root_key, root_seed);
    dt_signer_from_seed(i->signer, i->key, seed);
    struct dt_certificate c = {.number = number + 1u, .session = {9}, .reader = {9}, .time_ms = 5};
    memcpy(c.writer, i->key, DT_PUBLIC_SIZE);
    assert_err(dt_certificate_sign(i->certificate, sizeof i->certificate, &i->certificate_size, &c,
                                   i->root, i->root_key),
               DT_OK);
}

static bool node_of(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    struct dt_frontier f = {0};
    (void)ctx;
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        assert_err(dt_frontier_append(&f, leaves[i], NULL, NULL), DT_OK);
    }
    dt_frontier_root(&f, hash);
    return true;
}

/* Signs the log as it is in `leaves` anew, and the path to AT. */
static void sign_log(struct dt_proof *p)
{
    p->note.cosignature_count = 0;
    struct dt_checkpoint *c = &p->note.checkpoint;
    *c = (struct dt_checkpoint){.line_id = {3}, .size = RECORDS};
    memcpy(c->writer, parties[0].key, DT_PUBLIC_SIZE);
    assert_err(dt_tree_root(c->root, RECORDS, node_of, NULL), DT_OK);
    dt_checkpoint_sign(c, parties[0].signer);
    assert_err(dt_inclusion_path(&p->path, AT, RECORDS, node_of, NULL), DT_OK);
    p->index = AT;
    for (size_t i = 1; i <= COSIGNERS; i++) {
        struct dt_cosignature s = {.time_s = 1000 + i};
        memcpy(s.writer, parties[i].key, DT_PUBLIC_SIZE);
        dt_cosign(&s, c, parties[i].signer);
        assert_err(dt_note_add(&p->note, &s), DT_OK);
    }
    for (size_t i = 0; i < COSIGNERS; i++) { /* certificates in the order of the note */
        for (size_t k = 1; k <= COSIGNERS; k++) {
            if (memcmp(p->note.cosignatures[i].writer, parties[k].key, DT_PUBLIC_SIZE) == 0) {
                p->cosigner_certificates[i] = dt_span(parties[k].certificate, parties[k].certificate_size);
            }
        }
    }
}

/* A record with this body stands at AT. */
static void place_record(struct dt_proof *p, struct dt_span body_bytes)
{
    struct dt_header h = {.version = DT_VERSION, .kind = DT_KIND_MESSAGE, .time_ms = 1000};
    size_t size = 0;
    assert_err(dt_header_encode(header, &size, &h, body_bytes), DT_OK);
    p->header = dt_span(header, size);
    p->has_body = true;
    p->body = body_bytes;
    dt_leaf_hash(leaves[AT], p->header);
    sign_log(p);
}

static int setup(void **state)
{
    const int done = dt_test_setup(state);
    for (uint8_t i = 0; i <= COSIGNERS; i++) {
        install(&parties[i], i);
    }
    for (uint8_t i = 0; i < RECORDS; i++) {
        dt_leaf_hash(leaves[i], dt_span(&i, 1));
    }
    return done;
}

static int make(void **state)
{
    (void)state;
    static const uint8_t clear[] = {0xa1, 0x03, 0x62, 'e', 'n'};
    const uint8_t line[DT_HASH_SIZE] = {3}, set_key[DT_SET_KEY_SIZE] = {4};
    const struct dt_place place = {line, 0, AT};
    uint8_t record_key[32], id[DT_KEY_ID_SIZE];
    size_t size = 0;
    proof = (struct dt_proof){.has_opening = true, .plaintext = dt_span(plain, sizeof plain)};
    proof.writer_certificate = dt_span(parties[0].certificate, parties[0].certificate_size);
    dt_key_id(id, set_key);
    dt_record_key(record_key, set_key, &place);
    dt_record_salt(proof.salt, record_key);
    assert_err(dt_seal_body(body, sizeof body, &size, dt_span(clear, sizeof clear),
                            dt_span(plain, sizeof plain), id, record_key, &place),
               DT_OK);
    place_record(&proof, dt_span(body, size));
    return 0;
}

static size_t write_text(uint8_t *out, const struct dt_proof *p)
{
    struct dt_writer w = dt_writer(out, DT_PROOF_SIZE_MAX);
    dt_proof_write(&w, p);
    assert_false(w.overflowed);
    return w.size;
}

static enum dt_err judge(const void *bytes, size_t size)
{
    static struct dt_proof parsed;
    const enum dt_err err = dt_proof_parse(&parsed, extra, sizeof extra, dt_span(bytes, size));
    return err != DT_OK ? err : dt_proof_verify(&result, &parsed);
}

/* The verdict on `p` as a file, and as it is. */
static enum dt_err verdict(const struct dt_proof *p)
{
    return judge(text, write_text(text, p));
}

static void a_proof_says_who_where_and_what(void **state)
{
    (void)state;
    assert_err(verdict(&proof), DT_OK);
    assert_memory_equal(result.line_id, proof.note.checkpoint.line_id, 32);
    assert_memory_equal(result.writer.writer, parties[0].key, 32);
    assert_memory_equal(result.writer.root, parties[0].root_key, 32);
    assert_int_equal(result.writer.number, 1);
    assert_int_equal(result.index, AT);
    assert_int_equal(result.size, RECORDS);
    assert_int_equal(result.header.kind, DT_KIND_MESSAGE);
    assert_memory_equal(result.leaf, leaves[AT], 32);
    assert_true(result.has_body && dt_span_equal(result.body, proof.body));
    assert_true(dt_span_equal(result.header_bytes, proof.header));
    assert_true(result.has_opening && dt_span_equal(result.plaintext, dt_span(plain, sizeof plain)));
    assert_int_equal(result.cosigner_count, COSIGNERS);
    for (size_t i = 0; i < COSIGNERS; i++) {
        const struct dt_proof_signer *s = &result.cosigners[i];
        const struct installation *party = &parties[s->number - 1];
        assert_memory_equal(s->root, party->root_key, 32);
        assert_memory_equal(s->writer, party->key, 32);
        assert_int_equal(s->time_s, 1000 + s->number - 1);
    }
}

/* Built from the description, not with dt_proof_write(). */
static void the_file_is_a_tlog_proof(void **state)
{
    (void)state;
    static char expected[DT_PROOF_SIZE_MAX], base64[DT_BASE64_SIZE(4096) + 1];
    static uint8_t cbor[4096], note[DT_NOTE_SIZE_MAX];
    struct dt_writer w = dt_writer(cbor, sizeof cbor), n = dt_writer(note, sizeof note);
    proof.has_opening = false;
    proof.note.cosignature_count = 0;
    dt_write_u8(&w, 0x84);
    dt_cbor_put_bytes(&w, proof.header);
    dt_cbor_put_bytes(&w, proof.body);
    dt_write_u8(&w, 0x81);
    dt_cbor_put_bytes(&w, proof.writer_certificate);
    dt_write_u8(&w, 0xf6);
    dt_base64(base64, cbor, w.size);
    int size = snprintf(expected, sizeof expected, "c2sp.org/tlog-proof@v1\nextra %s\nindex 5\n", base64);
    for (size_t i = 0; i < proof.path.count; i++) {
        dt_base64(base64, proof.path.hash[i], 32);
        size += snprintf(expected + size, sizeof expected - (size_t)size, "%s\n", base64);
    }
    dt_note_write(&n, &proof.note);
    size += snprintf(expected + size, sizeof expected - (size_t)size, "\n%.*s", (int)n.size, (const char *)note);
    assert_int_equal(write_text(text, &proof), size);
    assert_memory_equal(text, expected, (size_t)size);
}

static void files_round_trip(void **state)
{
    (void)state;
    static struct dt_proof parsed;
    for (int form = 0; form < 4; form++) {
        proof.has_body = form != 1;
        proof.has_opening = form == 0;
        proof.note.cosignature_count = form == 2 ? 0 : COSIGNERS;
        if (form == 3) {
            place_record(&proof, dt_span(NULL, 0));
        }
        const size_t size = write_text(text, &proof);
        assert_err(judge(text, size), DT_OK);
        assert_int_equal(result.has_body, form != 1);
        assert_err(dt_proof_parse(&parsed, extra, sizeof extra, dt_span(text, size)), DT_OK);
        assert_int_equal(write_text(again, &parsed), size);
        assert_memory_equal(text, again, size);
        for (size_t cut = 0; cut < size; cut += 1 + cut / 64) {
            struct dt_writer w = dt_writer(again, cut); /* too little room is seen */
            dt_proof_write(&w, &proof);
            assert_true(w.overflowed);
        }
    }
}

static void flip(size_t size, size_t bit, const char *what)
{
    text[bit / 8] ^= (uint8_t)(1u << bit % 8);
    if (judge(text, size) == DT_OK) {
        fail_msg("%s: bit %zu does not count", what, bit);
    }
    text[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void every_bit_counts(void **state)
{
    (void)state;
    size_t size = write_text(text, &proof);
    for (size_t bit = 0; bit < size * 8; bit++) {
        flip(size, bit, "opened");
    }
    assert_err(judge(text, size), DT_OK);
    struct dt_rng rng = dt_rng("flips");
    proof.has_opening = proof.has_body = false;
    size = write_text(text, &proof);
    for (int round = 0; round < 10000; round++) {
        flip(size, (size_t)dt_rng_below(&rng, size * 8), "not shown");
    }
    assert_err(judge(text, size), DT_OK);
}

static void a_file_that_is_cut_or_goes_on_is_refused(void **state)
{
    (void)state;
    size_t size = write_text(text, &proof);
    for (size_t cut = 0; cut < size; cut++) {
        assert_true(judge(text, cut) != DT_OK);
    }
    text[size] = '\n';
    assert_true(judge(text, size + 1) != DT_OK);
}

static void wrong_parts_are_refused_by_name(void **state)
{
    (void)state;
    static struct dt_proof bad;
    const struct dt_span stranger = dt_span(parties[1].certificate, parties[1].certificate_size);
    bad = proof;
    bad.index++;
    assert_err(verdict(&bad), DT_ERR_BAD_PROOF);
    bad.index = RECORDS;
    assert_err(verdict(&bad), DT_ERR_BAD_PROOF);
    bad = proof;
    bad.path.count--;
    assert_err(verdict(&bad), DT_ERR_BAD_PROOF);
    bad = proof;
    bad.writer_certificate = stranger;
    assert_err(verdict(&bad), DT_ERR_UNKNOWN_WRITER);
    bad = proof;
    bad.cosigner_certificates[0] = proof.cosigner_certificates[1];
    assert_err(verdict(&bad), DT_ERR_UNKNOWN_WRITER);
    bad = proof;
    bad.note.checkpoint.signature[0] ^= 1;
    assert_err(verdict(&bad), DT_ERR_BAD_SIGNATURE);
    bad = proof;
    bad.note.cosignatures[1].time_s++;
    assert_err(verdict(&bad), DT_ERR_BAD_SIGNATURE);
    bad = proof;
    bad.body.size--;
    assert_err(verdict(&bad), DT_ERR_BAD_HASH);
    bad = proof;
    bad.salt[0] ^= 1;
    assert_err(verdict(&bad), DT_ERR_DOES_NOT_OPEN);
    bad = proof;
    bad.plaintext = dt_span((const uint8_t[]){0xa0}, 1);
    assert_err(verdict(&bad), DT_ERR_DOES_NOT_OPEN);
    bad.plaintext = dt_span((const uint8_t[]){0x80}, 1);
    assert_err(verdict(&bad), DT_ERR_BAD_TYPE);
    uint8_t padded[32] = {0}; /* the commitment holds for it, but it is another spelling */
    memcpy(padded, plain, sizeof plain);
    bad.plaintext = dt_span(padded, sizeof padded);
    assert_err(verdict(&bad), DT_ERR_TRAILING);
    bad = proof;
    bad.has_body = false;
    assert_err(verdict(&bad), DT_ERR_DOES_NOT_OPEN);
    bad = proof;
    bad.header = dt_span(header, proof.header.size - 1);
    assert_true(verdict(&bad) != DT_OK);
    bad = proof;
    place_record(&bad, dt_span(NULL, 0));
    bad.has_opening = bad.has_body = false;
    assert_err(verdict(&bad), DT_ERR_NOT_CANONICAL);
    bad.has_opening = bad.has_body = true;
    assert_err(verdict(&bad), DT_ERR_DOES_NOT_OPEN);
}

/* Its author signs a header whose length is not that of the body it has the hash of. */
static void a_header_that_lies_about_length_is_refused(void **state)
{
    (void)state;
    static uint8_t lie[DT_HEADER_MAX];
    size_t prefix = 0;
    place_record(&proof, dt_span((const uint8_t[]){0xa0}, 1));
    proof.has_opening = false;
    assert_err(verdict(&proof), DT_OK);
    assert_err(dt_header_prefix(&prefix, proof.header), DT_OK);
    memcpy(lie, header, proof.header.size);
    lie[prefix] = 2; /* was 1, in one byte of CBOR */
    proof.header = dt_span(lie, proof.header.size);
    dt_leaf_hash(leaves[AT], proof.header);
    sign_log(&proof);
    assert_err(verdict(&proof), DT_ERR_BAD_HASH);
}

static void largest_proof_fits(void **state)
{
    (void)state;
    static struct dt_proof parsed;
    static uint8_t filler[DT_BODY_MAX];
    proof.body = proof.plaintext = dt_span(filler, sizeof filler);
    proof.header = dt_span(filler, DT_HEADER_MAX);
    proof.path.count = DT_PATH_MAX;
    proof.index = DT_TREE_SIZE_MAX;
    struct dt_cosignature s = {0};
    while (proof.note.cosignature_count < DT_NOTE_COSIGNATURES_MAX) {
        s.writer[0]++;
        assert_err(dt_note_add(&proof.note, &s), DT_OK);
    }
    for (size_t i = 0; i < DT_NOTE_COSIGNATURES_MAX; i++) {
        proof.cosigner_certificates[i] = dt_span(filler, CERTIFICATE_MAX);
    }
    const size_t size = write_text(text, &proof);
    assert_err(dt_proof_parse(&parsed, extra, sizeof extra, dt_span(text, size)), DT_OK);
    assert_int_equal(write_text(again, &parsed), size);
    assert_memory_equal(text, again, size);
    assert_err(dt_proof_parse(&parsed, extra, 1000, dt_span(text, size)), DT_ERR_TOO_LARGE);
    for (size_t i = 0; i < DT_NOTE_COSIGNATURES_MAX; i++) {
        proof.cosigner_certificates[i] = dt_span(filler, 1024);
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    dt_proof_write(&w, &proof);
    assert_true(w.overflowed);
}

/* --- the independent reference ------------------------------------------- */

static const json_t *find_case(const json_t *cases, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const char *found = json_string_value(json_object_get(json_array_get(cases, i), key));
        const bool is_text = key[0] == 'c' || json_object_get(json_array_get(cases, i), "proof") != NULL;
        if (found != NULL && is_text && strcmp(found, value) == 0) {
            return json_array_get(cases, i);
        }
    }
    fail_msg("no case with %s %s", key, value);
    return NULL;
}

/* The file of a case: whole, or as a change of another's. Returns its size. */
static size_t case_text(uint8_t *out, const json_t *cases, const json_t *v)
{
    if (json_object_get(v, "proof") != NULL) {
        const size_t size = strlen(vectors_text(v, "proof"));
        memcpy(out, vectors_text(v, "proof"), size);
        return size;
    }
    const char *base = vectors_text(find_case(cases, "name", vectors_text(v, "base")), "proof");
    const size_t at = (size_t)vectors_number(v, "at"), cut = (size_t)vectors_number(v, "cut");
    struct dt_writer w = dt_writer(out, DT_PROOF_SIZE_MAX);
    assert_true(at + cut <= strlen(base));
    dt_write_bytes(&w, base, at);
    dt_write_bytes(&w, vectors_text(v, "put"), strlen(vectors_text(v, "put")));
    dt_write_bytes(&w, base + at + cut, strlen(base) - at - cut);
    assert_false(w.overflowed);
    return w.size;
}

static void check_valid(const json_t *v)
{
    uint8_t hash[DT_HASH_SIZE];
    assert_int_equal(result.index, vectors_number(v, "seq"));
    assert_int_equal(result.size, vectors_number(v, "size"));
    assert_int_equal(result.writer.number, vectors_number(v, "number"));
    assert_int_equal(result.header.kind, vectors_number(v, "kind"));
    assert_int_equal(result.header.time_ms, vectors_number(v, "time"));
    assert_int_equal(result.header.body_size, vectors_number(v, "body_size"));
    assert_int_equal(result.cosigner_count, json_array_size(json_object_get(v, "cosigners")));
    assert_int_equal(result.body.size, strlen(vectors_text(v, "body")) / 2);
    vectors_hex(v, "line", hash, sizeof hash);
    assert_memory_equal(result.line_id, hash, 32);
    vectors_hex(v, "leaf", hash, sizeof hash);
    assert_memory_equal(result.leaf, hash, 32);
    vectors_hex(v, "writer", hash, sizeof hash);
    assert_memory_equal(result.writer.writer, hash, 32);
    for (size_t i = 0; i < result.cosigner_count; i++) {
        const json_t *c = json_array_get(json_object_get(v, "cosigners"), i);
        vectors_hex(c, "root", hash, sizeof hash);
        assert_memory_equal(result.cosigners[i].root, hash, 32);
    }
}

static void proofs_of_the_reference(void **state)
{
    (void)state;
    json_t *file = vectors_load("tests/vectors/proof.json");
    const json_t *cases = json_object_get(file, "cases");
    size_t seen = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *v = json_array_get(cases, i);
        if (json_object_get(v, "valid") == NULL) {
            continue; /* a card */
        }
        static struct dt_proof parsed;
        uint8_t root[DT_PUBLIC_SIZE];
        const bool valid = json_is_true(json_object_get(v, "valid"));
        const size_t size = case_text(text, cases, v);
        enum dt_err err = judge(text, size);
        vectors_hex(find_case(cases, "card", vectors_text(v, "card")), "root", root, sizeof root);
        if (err == DT_OK && memcmp(root, result.writer.root, sizeof root) != 0) {
            err = DT_ERR_UNKNOWN_PARTY; /* which is the caller's to see */
        }
        if ((err == DT_OK) != valid) {
            fail_msg("%s: %s", vectors_text(v, "name"), dt_err_name(err));
        }
        if (strncmp(vectors_text(v, "name"), "certificate too many", 20) == 0) {
            assert_err(err, DT_ERR_UNKNOWN_WRITER);
        }
        if (valid) {
            check_valid(v);
            assert_err(dt_proof_parse(&parsed, extra, sizeof extra, dt_span(text, size)), DT_OK);
            assert_int_equal(write_text(again, &parsed), size);
            assert_memory_equal(text, again, size);
        }
        seen++;
    }
    assert_true(file == NULL || seen > 50);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_proof_says_who_where_and_what, make),
        cmocka_unit_test_setup(the_file_is_a_tlog_proof, make),
        cmocka_unit_test_setup(files_round_trip, make),
        cmocka_unit_test_setup(every_bit_counts, make),
        cmocka_unit_test_setup(a_file_that_is_cut_or_goes_on_is_refused, make),
        cmocka_unit_test_setup(wrong_parts_are_refused_by_name, make),
        cmocka_unit_test_setup(a_header_that_lies_about_length_is_refused, make),
        cmocka_unit_test_setup(largest_proof_fits, make),
        cmocka_unit_test(proofs_of_the_reference),
    };
    return cmocka_run_group_tests_name("proof", tests, setup, NULL);
}
