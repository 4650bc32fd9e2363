/* SPDX-License-Identifier: ISC */
/*
 * Goal: a member that no network reaches takes part by files alone; a damaged file
 * changes nothing. Method: three nodes, of which the last knows no other's address.
 */
#include "test.h"

#include <signal.h>
#include <unistd.h>

#include "node/bundle_file.h"
#include "rig.h"
#include "sync/state.h"

static struct rig *two_and_one(void)
{
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
        rig_accept_line(r, i, i < 2 ? 2 : 0);
    }
    return r;
}

static void file_name(const struct rig *r, const char *name, char out[static 320])
{
    snprintf(out, 320, "%s/%s", r->dir, name);
}

static struct dt_span request(struct rig *r, unsigned party, const char *cmd, const char *path,
                              const char *to, enum dt_err *err)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, cmd);
    dt_obj_key(&o, "path");
    dt_obj_string(&o, path);
    if (to != NULL) {
        dt_obj_key(&o, "to");
        dt_obj_string(&o, to);
    }
    return rig_call(r, party, &o, err);
}

static void digest(struct rig *r, unsigned party, uint8_t out[32])
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "digest");
    rig_hash(rig_call(r, party, &o, NULL), "digest", out);
}

static uint64_t send(struct rig *r, unsigned from, unsigned to, const char *text, unsigned size)
{
    static char long_text[4000];
    struct dt_object o;
    memset(long_text, 'x', sizeof long_text);
    rig_message(r, from, &r->party[from].client, &o, to, DT_ROUTINE,
                size > 0 ? dt_span(long_text, size) : dt_span(text, strlen(text)), false);
    return rig_uint(rig_call(r, from, &o, NULL), "seq");
}

/* Until parties 0 and 1 hold the same. */
static void settle(struct rig *r)
{
    uint8_t a[32], b[32];
    for (int i = 0; i < 3000; i++) {
        digest(r, 0, a);
        digest(r, 1, b);
        if (memcmp(a, b, 32) == 0) {
            return;
        }
        usleep(10000);
    }
    fail();
}

/* Does the record's stage of that member say when it was stored? */
static bool stored_by(struct rig *r, unsigned party, uint64_t seq, unsigned by)
{
    struct dt_object o;
    char id[32], code[16];
    snprintf(id, sizeof id, "PA%02u.1-%llu", party, (unsigned long long)seq);
    snprintf(code, sizeof code, "PA%02u", by);
    dt_client_begin(&r->party[party].client, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    const uint8_t *at = memmem(reply.data, reply.size, "stages", 6);
    assert_non_null(at);
    at = memmem(at, reply.size - (size_t)(at - reply.data), code, 4);
    assert_non_null(at);
    at = memmem(at, reply.size - (size_t)(at - reply.data), "stored", 6);
    assert_non_null(at);
    return at[6] != 0xf6; /* null */
}

/* Files to and fro until neither has anything new for the other. */
static void exchange(struct rig *r, const char *there, const char *back)
{
    for (uint64_t fresh = 1; fresh > 0;) {
        unlink(there);
        unlink(back);
        request(r, 0, "export", there, "PA02", NULL);
        fresh = rig_uint(request(r, 2, "import", there, NULL, NULL), "records");
        request(r, 2, "export", back, "PA00", NULL);
        fresh += rig_uint(request(r, 0, "import", back, NULL, NULL), "records");
        settle(r);
    }
}

static void a_member_without_a_link_takes_part(void **state)
{
    (void)state;
    struct rig *r = two_and_one();
    char there[320], back[320];
    uint8_t a[32], b[32];
    file_name(r, "there.bundle", there);
    file_name(r, "back.bundle", back);
    for (unsigned i = 0; i < 700; i++) {
        send(r, i % 2, 1 - i % 2, "exercise", i % 50 == 49 ? 3900 : 0);
    }
    const uint64_t last = send(r, 0, 255, "to all", 0);
    settle(r);
    struct dt_span reply = request(r, 0, "export", there, NULL, NULL);
    assert_true(rig_uint(reply, "records") > 700);
    assert_true(rig_uint(reply, "bytes") > 100000);
    reply = request(r, 2, "import", there, NULL, NULL);
    assert_int_equal(rig_uint(reply, "rejected"), 0);
    assert_true(rig_uint(reply, "records") > 700);
    assert_false(stored_by(r, 0, last, 2));
    /* Party 2 answers by file: its records and its cosignature travel back. */
    send(r, 2, 0, "answer", 0);
    request(r, 2, "export", back, "PA00", NULL);
    request(r, 0, "import", back, NULL, NULL);
    assert_true(stored_by(r, 0, last, 2));
    settle(r); /* party 1 has it relayed */
    /* The others grant keys to the reader that is new to them: that goes over, too. */
    exchange(r, there, back);
    digest(r, 0, a);
    digest(r, 2, b);
    assert_memory_equal(a, b, 32);
    /* The same again is nothing new; so is a bundle of what the other is known to hold. */
    reply = request(r, 2, "import", there, NULL, NULL);
    assert_int_equal(rig_uint(reply, "records"), 0);
    assert_int_equal(rig_uint(reply, "cosignatures"), 0);
    assert_int_equal(rig_uint(reply, "rejected"), 0);
    unlink(there);
    reply = request(r, 0, "export", there, "PA02", NULL);
    assert_int_equal(rig_uint(reply, "records"), 0);
    /* What it took in lasts. */
    rig_stop(r, 2, SIGKILL);
    rig_start(r, 2);
    digest(r, 2, b);
    assert_memory_equal(a, b, 32);
    rig_free(r);
}

static size_t read_all(const char *path, uint8_t *out, size_t capacity)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t size = fread(out, 1, capacity, f);
    fclose(f);
    return size;
}

static void write_all(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
}

/* A bundle of one payload per call, with the hash at its end right: what an enemy can write. */
struct forged {
    uint8_t bytes[4096];
    struct dt_writer w;
    struct dt_hashing *hash;
};

static void forge_begin(struct forged *f)
{
    f->w = dt_writer(f->bytes, sizeof f->bytes);
    f->hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    dt_write_bytes(&f->w, DT_BUNDLE_HEAD, sizeof DT_BUNDLE_HEAD - 1);
}

static void forge_chunk(struct forged *f, const struct rig *r, struct dt_span items)
{
    const size_t start = f->w.size;
    dt_write_u32(&f->w, (uint32_t)(items.size + 4));
    dt_write_bytes(&f->w, r->charter.id, 4);
    dt_write_bytes(&f->w, items.data, items.size);
    dt_hashing_add(f->hash, dt_span(f->bytes + start, f->w.size - start));
}

static void forge_end(struct forged *f, const char *path)
{
    uint8_t hash[32];
    dt_write_u32(&f->w, 0);
    dt_hashing_end(f->hash, hash);
    dt_write_bytes(&f->w, hash, sizeof hash);
    assert_false(f->w.overflowed);
    write_all(path, f->bytes, f->w.size);
}

/* In the name of party 1, for party 0, that 2 and 1 hold all there is. */
static void a_file_that_claims_much_changes_nothing(void **state)
{
    (void)state;
    struct rig *r = two_and_one();
    struct forged f;
    uint8_t items[256], before[32], after[32];
    char path[320], out[320];
    file_name(r, "forged.bundle", path);
    file_name(r, "out.bundle", out);
    for (unsigned i = 0; i < 20; i++) {
        send(r, i % 2, 1 - i % 2, "exercise", 0);
    }
    settle(r);
    const uint64_t there = rig_uint(request(r, 0, "export", out, "PA02", NULL), "records");
    assert_true(there > 20);
    digest(r, 0, before);
    forge_begin(&f);
    struct dt_writer w = dt_writer(items, sizeof items);
    dt_write_u8(&w, DT_ITEM_CHECKPOINT);
    dt_write_varint(&w, dt_wid(2, 1));
    dt_write_varint(&w, 50);
    memset(items + w.size, 0x11, 64); /* no signature of anybody's */
    w.size += 64;
    dt_write_u8(&w, DT_ITEM_HEADS);
    dt_write_varint(&w, 2);
    for (unsigned i = 0; i < 2; i++) {
        dt_write_varint(&w, dt_wid(i, 1));
        dt_write_varint(&w, 12);
        dt_write_varint(&w, 12);
        dt_write_varint(&w, 0);
    }
    dt_write_u8(&w, DT_ITEM_HEARD);
    dt_write_varint(&w, dt_wid(0, 1));
    dt_write_varint(&w, 12);
    forge_chunk(&f, r, dt_written(&w));
    forge_end(&f, path);
    const struct dt_span reply = request(r, 0, "import", path, NULL, NULL);
    assert_int_equal(rig_uint(reply, "records"), 0);
    assert_int_equal(rig_uint(reply, "cosignatures"), 0);
    assert_int_equal(rig_uint(reply, "ignored"), 2);
    unlink(out);
    assert_int_equal(rig_uint(request(r, 0, "export", out, "PA02", NULL), "records"), there);
    digest(r, 0, after);
    assert_memory_equal(before, after, 32);
    rig_free(r);
}

static void a_damaged_bundle_changes_nothing(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 20];
    struct rig *r = two_and_one();
    struct dt_rng rng = dt_rng("a_damaged_bundle_changes_nothing");
    char good[320], bad[320];
    uint8_t before[32], after[32];
    enum dt_err err = DT_OK;
    file_name(r, "good.bundle", good);
    file_name(r, "bad.bundle", bad);
    for (unsigned i = 0; i < 60; i++) {
        send(r, i % 2, 1 - i % 2, "exercise", 0);
    }
    settle(r);
    request(r, 0, "export", good, NULL, NULL);
    const size_t size = read_all(good, bytes, sizeof bytes);
    digest(r, 2, before);
    for (unsigned i = 0; i < 300; i++) {
        const size_t at = dt_rng_below(&rng, size);
        const uint8_t bit = (uint8_t)(1u << dt_rng_below(&rng, 8));
        bytes[at] ^= bit;
        write_all(bad, bytes, size);
        bytes[at] ^= bit;
        request(r, 2, "import", bad, NULL, &err);
        if (err != DT_ERR_BAD_HASH && err != DT_ERR_TRUNCATED && err != DT_ERR_TOO_LARGE &&
            err != DT_ERR_BAD_TEXT && err != DT_ERR_UNKNOWN_VERSION && err != DT_ERR_TRAILING &&
            err != DT_ERR_UNKNOWN_LINE && err != DT_ERR_UNKNOWN_WRITER) {
            fail_msg("bit %u of byte %zu: %s", bit, at, dt_err_name(err));
        }
    }
    for (unsigned i = 0; i < 100; i++) {
        const size_t part = i < 60 ? i : dt_rng_below(&rng, size);
        write_all(bad, bytes, part);
        request(r, 2, "import", bad, NULL, &err);
        assert_true(err == DT_ERR_TRUNCATED || (part < 18 && err == DT_ERR_BAD_TEXT));
    }
    write_all(bad, bytes, size);
    FILE *f = fopen(bad, "ab");
    assert_non_null(f);
    fputc(0, f);
    fclose(f);
    request(r, 2, "import", bad, NULL, &err);
    assert_int_equal(err, DT_ERR_TRAILING);
    digest(r, 2, after);
    assert_memory_equal(before, after, 32);
    /* Names, places, makers. */
    request(r, 2, "import", "/nonexistent/file", NULL, &err);
    assert_int_equal(err, DT_ERR_NO_HOME);
    request(r, 2, "import", "relative", NULL, &err);
    assert_int_equal(err, DT_ERR_USAGE);
    request(r, 0, "import", good, NULL, &err);
    assert_int_equal(err, DT_ERR_NOT_ALLOWED);
    request(r, 0, "export", good, NULL, &err);
    assert_int_equal(err, DT_ERR_DUPLICATE);
    request(r, 0, "export", bad, "NOBODY", &err);
    assert_int_equal(err, DT_ERR_UNKNOWN_PARTY);
    struct rig *other = two_and_one(); /* another line */
    request(other, 2, "import", good, NULL, &err);
    assert_int_equal(err, DT_ERR_UNKNOWN_LINE);
    rig_free(other);
    request(r, 2, "import", good, NULL, NULL);
    digest(r, 2, after);
    assert_memory_not_equal(before, after, 32);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_without_a_link_takes_part),
        cmocka_unit_test(a_file_that_claims_much_changes_nothing),
        cmocka_unit_test(a_damaged_bundle_changes_nothing),
    };
    return cmocka_run_group_tests_name("bundle", tests, dt_test_setup, NULL);
}
