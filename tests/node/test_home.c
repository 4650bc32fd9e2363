/* SPDX-License-Identifier: ISC */
/*
 * Goal: a home holds what it was given, opens only with its passphrases, is private, and
 * is never half of something.
 * Method: real directories under /tmp; damage done by hand.
 */
#include "node/home.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/clock.h"
#include "node/file.h"
#include "node/keyfile.h"
#include "test.h"

#define NOW INT64_C(1790000000000)
#define HOUR INT64_C(3600000)

static char base[] = "/tmp/detente-home-XXXXXX";
static char path[256];
static struct dt_home home;
static uint8_t root[DT_SIGNER_SIZE];

static struct dt_span words(const char *text)
{
    return dt_span(text, strlen(text));
}

static mode_t mode_of(const char *name)
{
    char full[DT_HOME_PATH_SIZE];
    struct stat st;
    assert_err(dt_home_file(full, &home, name), DT_OK);
    assert_int_equal(stat(full, &st), 0);
    return st.st_mode & 07777;
}

static void a_new_home_says_who_it_is(void **state)
{
    (void)state;
    assert_err(dt_home_init(&home, path, "NORD", "Nordic Command", words("correct horse"),
                            words(""), NOW),
               DT_OK);
    struct dt_home again;
    assert_err(dt_home_open(&again, path), DT_OK);
    assert_memory_equal(&again, &home, sizeof home);
    assert_string_equal(again.code, "NORD");
    assert_string_equal(again.name, "Nordic Command");
    assert_int_equal(again.number, 1);
    char slashes[300];
    snprintf(slashes, sizeof slashes, "%s//", path);
    assert_err(dt_home_open(&again, slashes), DT_OK);
    assert_string_equal(again.path, home.path);
}

static void it_is_private(void **state)
{
    (void)state;
    char detail[256];
    assert_int_equal(mode_of("."), 0700);
    assert_int_equal(mode_of("keys"), 0700);
    assert_int_equal(mode_of("keys/root.key"), 0600);
    assert_int_equal(mode_of("keys/node.key"), 0600);
    assert_int_equal(mode_of("party"), 0600);
    assert_false(dt_home_modes_wrong(&home, detail, sizeof detail));
    struct dt_home again;
    assert_int_equal(chmod(path, 0750), 0);
    assert_true(dt_home_modes_wrong(&home, detail, sizeof detail));
    assert_err(dt_home_open(&again, path), DT_ERR_NOT_ALLOWED);
    assert_int_equal(chmod(path, 0700), 0);
}

static void it_is_never_made_twice(void **state)
{
    (void)state;
    struct dt_home other;
    assert_err(dt_home_init(&other, path, "SUED", "Other", words("correct horse"), words(""), NOW),
               DT_ERR_HOME_EXISTS);
    assert_err(dt_home_open(&other, path), DT_OK);
    assert_string_equal(other.code, "NORD");
}

static void bad_beginnings_leave_nothing(void **state)
{
    (void)state;
    char fresh[300];
    struct dt_home other;
    snprintf(fresh, sizeof fresh, "%s/fresh", base);
    assert_err(dt_home_open(&other, fresh), DT_ERR_NO_HOME);
    assert_err(dt_home_init(&other, fresh, "nord", "x", words("12345678"), words(""), NOW),
               DT_ERR_BAD_VALUE);
    assert_err(dt_home_init(&other, fresh, "NORD", "a\nb", words("12345678"), words(""), NOW),
               DT_ERR_BAD_VALUE);
    assert_err(dt_home_init(&other, fresh, "NORD", "x", words("1234567"), words(""), NOW),
               DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_init(&other, fresh, "NORD", "x", words(""), words(""), NOW),
               DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_init(&other, fresh, "NORD", "x", words("12345678"), words("short"), NOW),
               DT_ERR_BAD_PASSPHRASE);
    assert_int_equal(access(fresh, F_OK), -1);
    /* a folder with something in it is somebody's */
    assert_int_equal(mkdir(fresh, 0700), 0);
    char file[320];
    snprintf(file, sizeof file, "%s/notes", fresh);
    assert_err(dt_file_write(file, words("mine"), false), DT_OK);
    assert_err(dt_home_init(&other, fresh, "NORD", "x", words("12345678"), words(""), NOW),
               DT_ERR_HOME_EXISTS);
    assert_err(dt_home_open(&other, fresh), DT_ERR_NO_HOME);
    unlink(file);
    rmdir(fresh);
}

static void the_node_opens_without_the_root_with_its_passphrase(void **state)
{
    (void)state;
    bool sealed = true;
    struct dt_node_keys keys;
    assert_err(dt_home_node_sealed(&home, &sealed), DT_OK);
    assert_false(sealed);
    assert_err(dt_home_unlock_node(&home, words(""), &keys), DT_OK);
    uint8_t statement[DT_STATEMENT_MAX];
    size_t size;
    struct dt_certificate certificate;
    assert_err(dt_home_certificate(&home, statement, &size, &certificate), DT_OK);
    assert_memory_equal(certificate.writer, keys.writer_public, DT_PUBLIC_SIZE);
    assert_memory_equal(certificate.reader, keys.reader_public, DT_PUBLIC_SIZE);
    assert_int_equal(certificate.time_ms, NOW);
    assert_err(dt_home_unlock_root(&home, words("correct horsf"), root), DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_unlock_root(&home, words(""), root), DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_unlock_root(&home, words("correct horse"), root), DT_OK);
}

static void a_sealed_node_needs_its_passphrase(void **state)
{
    (void)state;
    char other_path[300];
    struct dt_home other;
    struct dt_node_keys keys;
    bool sealed = false;
    snprintf(other_path, sizeof other_path, "%s/sealed", base);
    assert_err(dt_home_init(&other, other_path, "SUED", "South", words("rootroot"),
                            words("nodenode"), NOW),
               DT_OK);
    assert_err(dt_home_node_sealed(&other, &sealed), DT_OK);
    assert_true(sealed);
    assert_err(dt_home_unlock_node(&other, words(""), &keys), DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_unlock_node(&other, words("nodenodf"), &keys), DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_unlock_node(&other, words("nodenode"), &keys), DT_OK);
    /* another party's key file does not open here, passphrase or not */
    uint8_t file[DT_KEYFILE_MAX];
    size_t size;
    assert_err(dt_home_read(&home, "keys/node.key", file, sizeof file, &size), DT_OK);
    assert_err(dt_home_write(&other, "keys/node.key", dt_span(file, size)), DT_OK);
    assert_err(dt_home_unlock_node(&other, words(""), &keys), DT_ERR_BAD_HASH);
}

static void every_flipped_bit_of_a_key_file_is_noticed(void **state)
{
    (void)state;
    uint8_t file[DT_KEYFILE_MAX], secret[32] = {7}, out[32];
    const uint8_t key[DT_PUBLIC_SIZE] = {9};
    size_t size;
    assert_err(dt_keyfile_seal(file, &size, "root", dt_span(secret, 32), words(""), key), DT_OK);
    assert_err(dt_keyfile_open(out, 32, "root", dt_span(file, size), words(""), key), DT_OK);
    assert_memory_equal(out, secret, 32);
    assert_true(dt_keyfile_open(out, 32, "node", dt_span(file, size), words(""), key) != DT_OK);
    assert_true(dt_keyfile_open(out, 31, "root", dt_span(file, size), words(""), key) != DT_OK);
    for (size_t bit = 0; bit < size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(dt_keyfile_open(out, 32, "root", dt_span(file, size), words(""), key) !=
                    DT_OK);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        assert_true(dt_keyfile_open(out, 32, "root", dt_span(file, cut), words(""), key) != DT_OK);
    }
}

static void damaged_party_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dt_err err;
    } bad[] = {
        {"", DT_ERR_BAD_TEXT},
        {"detente-home 2\ncode NORD\n", DT_ERR_UNKNOWN_VERSION},
        {"detente-home 1\ncode NORD\n", DT_ERR_BAD_TEXT},
        {"detente-home 1\ncode nord\nname x\nroot a\nnumber 1\n", DT_ERR_BAD_TEXT},
        {"detente-home 1\ncode NORD\nname x\nroot "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nnumber 17\n",
         DT_ERR_BAD_TEXT},
        {"detente-home 1\ncode NORD\nname x\nroot "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nnumber 1\nmore\n",
         DT_ERR_BAD_TEXT},
        {"detente-home 1\ncode NORD\nname x\nroot "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nnumber 01\n",
         DT_ERR_BAD_TEXT},
    };
    uint8_t kept[1024];
    size_t size;
    struct dt_home again;
    assert_err(dt_home_read(&home, "party", kept, sizeof kept, &size), DT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_err(dt_home_write(&home, "party", words(bad[i].text)), DT_OK);
        assert_err(dt_home_open(&again, path), bad[i].err);
    }
    assert_err(dt_home_write(&home, "party", dt_span(kept, size)), DT_OK);
    assert_err(dt_home_open(&again, path), DT_OK);
}

static void the_card_says_what_it_was_given(void **state)
{
    (void)state;
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size;
    static struct dt_card card;
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_int_equal(card.endpoint_count, 0);
    const struct dt_card_words w = {.endpoints = {"udp:127.0.0.1:7100"},
                                    .endpoint_count = 1,
                                    .contacts = {{"tel", "+99 1 2345"}, {"freq", "243.0 MHz"}},
                                    .contact_count = 2};
    assert_err(dt_home_make_card(&home, &w, root, NOW + 1), DT_OK);
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_string_equal(card.code, "NORD");
    assert_int_equal(card.certificate_count, 1);
    assert_string_equal(card.endpoints[0], "udp:127.0.0.1:7100");
    assert_string_equal(card.contacts[1].text, "243.0 MHz");
    const struct dt_card_words bad = {.contacts = {{"smoke", "signals"}}, .contact_count = 1};
    assert_true(dt_home_make_card(&home, &bad, root, NOW) != DT_OK);
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_int_equal(card.contact_count, 2);
}

static void officers_are_certified_and_stand_in_the_card(void **state)
{
    (void)state;
    struct dt_operator o;
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size;
    static struct dt_card card;
    assert_err(dt_home_add_operator(&home, 0, "Watch officer", words("short"), root, NOW, &o),
               DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_add_operator(&home, 0, "", words("officer one"), root, NOW, &o),
               DT_ERR_BAD_VALUE);
    assert_err(dt_home_add_operator(&home, 0, "Watch officer", words("officer one"), root, NOW, &o),
               DT_OK);
    assert_int_equal(o.number, 1);
    assert_err(dt_home_add_operator(&home, 3, "Chief", words("officer three"), root, NOW, &o),
               DT_OK);
    assert_err(dt_home_add_operator(&home, 3, "Chief", words("officer three"), root, NOW, &o),
               DT_ERR_DUPLICATE);
    assert_err(dt_home_add_operator(&home, 0, "Deputy", words("officer two"), root, NOW, &o),
               DT_OK);
    assert_int_equal(o.number, 2);
    assert_err(dt_home_make_card(&home, NULL, root, NOW), DT_OK);
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_int_equal(card.operator_count, 3);
    assert_string_equal(card.operators[1].role, "Deputy");
    assert_int_equal(card.contact_count, 2); /* words kept */
}

static void an_unlocked_officer_lasts_one_watch(void **state)
{
    (void)state;
    struct dt_officer_key key;
    struct dt_home_operator list[8];
    size_t count;
    assert_err(dt_home_officer(&home, 0, NOW, &key), DT_ERR_NOT_ALLOWED);
    assert_err(dt_home_unlock_operator(&home, 1, words("officer two"), NOW),
               DT_ERR_BAD_PASSPHRASE);
    assert_err(dt_home_unlock_operator(&home, 9, words("officer two"), NOW),
               DT_ERR_UNKNOWN_PARTY);
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_ERR_NOT_ALLOWED);
    assert_err(dt_home_unlock_operator(&home, 1, words("officer one"), NOW), DT_OK);
    assert_err(dt_home_officer(&home, 0, NOW + 12 * HOUR - 1, &key), DT_OK);
    assert_int_equal(key.number, 1);
    assert_err(dt_home_operators(&home, NOW, list, 8, &count), DT_OK);
    assert_int_equal(count, 3);
    assert_true(list[0].unlocked && !list[1].unlocked && !list[2].unlocked);
    assert_memory_equal(list[0].operator_.key, key.public_key, DT_PUBLIC_SIZE);
    assert_int_equal(list[0].expiry_ms, NOW + 12 * HOUR);
    assert_err(dt_home_unlock_operator(&home, 2, words("officer two"), NOW), DT_OK);
    assert_err(dt_home_officer(&home, 0, NOW, &key), DT_ERR_USAGE);
    assert_err(dt_home_officer(&home, 2, NOW, &key), DT_OK);
    assert_int_equal(key.number, 2);
    assert_err(dt_home_officer(&home, 1, NOW + 12 * HOUR, &key), DT_ERR_EXPIRED);
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_ERR_NOT_ALLOWED); /* it was removed */
    assert_err(dt_home_officer(&home, 2, NOW - HOUR, &key), DT_ERR_EXPIRED); /* clock set back */
    assert_err(dt_home_unlock_operator(&home, 3, words("officer three"), NOW), DT_OK);
    assert_err(dt_home_lock_operator(&home, 0, &count), DT_OK);
    assert_int_equal(count, 1);
    assert_err(dt_home_officer(&home, 3, NOW, &key), DT_ERR_NOT_ALLOWED);
    dt_officer_key_wipe(&key);
}

static void the_watch_lies_where_only_we_read(void **state)
{
    (void)state;
    unsetenv("XDG_RUNTIME_DIR");
    assert_err(dt_home_unlock_operator(&home, 1, words("officer one"), NOW), DT_OK);
    assert_int_equal(mode_of("run"), 0700);
    assert_int_equal(mode_of("run/operator-1"), 0600);
    char runtime[300], inside[320];
    snprintf(runtime, sizeof runtime, "%s/runtime", base);
    snprintf(inside, sizeof inside, "%s/detente", runtime);
    assert_int_equal(mkdir(runtime, 0700), 0);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    struct dt_officer_key key;
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_ERR_NOT_ALLOWED);
    assert_err(dt_home_unlock_operator(&home, 1, words("officer one"), NOW), DT_OK);
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_OK);
    assert_int_equal(access(inside, F_OK), 0);
    unsetenv("XDG_RUNTIME_DIR");
    size_t count;
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_OK); /* the first, in the home */
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    assert_err(dt_home_lock_operator(&home, 1, &count), DT_OK);
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_ERR_NOT_ALLOWED);
    unsetenv("XDG_RUNTIME_DIR");
    assert_err(dt_home_officer(&home, 1, NOW, &key), DT_ERR_NOT_ALLOWED); /* nor there */
}

/* Killed between the temporary file and its rename: the key lies there under another name. */
static void locking_removes_what_a_killed_unlock_left(void **state)
{
    (void)state;
    char left[DT_HOME_PATH_SIZE], other[DT_HOME_PATH_SIZE];
    size_t count = 0;
    assert_err(dt_home_unlock_operator(&home, 1, words("officer one"), NOW), DT_OK);
    assert_err(dt_home_lock_operator(&home, 1, &count), DT_OK);
    assert_err(dt_home_file(left, &home, "run/operator-1.0badcafe.tmp"), DT_OK);
    assert_err(dt_home_file(other, &home, "run/operator-11.0badcafe.tmp"), DT_OK);
    assert_err(dt_file_write(left, words("a seed"), true), DT_OK);
    assert_err(dt_file_write(other, words("a seed"), true), DT_OK);
    assert_err(dt_home_lock_operator(&home, 1, &count), DT_OK);
    assert_int_equal(count, 1);
    assert_int_not_equal(access(left, F_OK), 0);
    assert_int_equal(access(other, F_OK), 0); /* another officer's */
    assert_true(dt_file_shred(other));
}

/* Out of file descriptors, a folder that cannot be read is not an empty one. */
static void a_copy_never_takes_away_what_was_there(void **state)
{
    (void)state;
    char target[300], card[320];
    struct rlimit old, none;
    snprintf(target, sizeof target, "%s/kept", base);
    snprintf(card, sizeof card, "%s/card", target);
    assert_err(dt_dir_make(target), DT_OK);
    assert_err(dt_file_write(card, words("somebody's card"), true), DT_OK);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const enum dt_err err = dt_home_copy(&home, target, true);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_err(err, DT_ERR_IO);
    assert_int_equal(access(card, F_OK), 0);
    assert_err(dt_home_copy(&home, target, true), DT_ERR_HOME_EXISTS);
    assert_int_equal(access(card, F_OK), 0);
    assert_true(dt_file_shred(card));
    assert_int_equal(rmdir(target), 0);
}

static void a_revoked_officer_is_out(void **state)
{
    (void)state;
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size, count;
    struct dt_operator o;
    struct dt_home_operator list[8];
    static struct dt_card card;
    struct dt_revocation r = {.time_ms = NOW, .reason = "left the post"};
    assert_err(dt_home_operator_statement(&home, 2, bytes, &size, &o), DT_OK);
    memcpy(r.key, o.key, DT_PUBLIC_SIZE);
    assert_err(dt_home_revoke(&home, &r, root, bytes, &size), DT_OK);
    assert_err(dt_home_unlock_operator(&home, 2, words("officer two"), NOW), DT_ERR_REVOKED);
    assert_err(dt_home_operators(&home, NOW, list, 8, &count), DT_OK);
    assert_true(list[1].revoked && !list[0].revoked);
    assert_err(dt_home_make_card(&home, NULL, root, NOW), DT_OK);
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_int_equal(card.operator_count, 2);
}

static void a_write_is_whole_or_not_at_all(void **state)
{
    (void)state;
    char full[DT_HOME_PATH_SIZE];
    uint8_t got[64];
    size_t size;
    assert_err(dt_home_write(&home, "charters/one", words("first")), DT_OK);
    assert_err(dt_home_write(&home, "charters/one", words("second, longer")), DT_OK);
    assert_err(dt_home_read(&home, "charters/one", got, sizeof got, &size), DT_OK);
    assert_int_equal(size, 14);
    assert_err(dt_home_read(&home, "charters/one", got, 13, &size), DT_ERR_TOO_LARGE);
    assert_err(dt_home_read(&home, "charters/two", got, 13, &size), DT_ERR_NO_HOME);
    assert_err(dt_home_file(full, &home, "charters/one"), DT_OK);
    assert_err(dt_file_write(full, words("third"), true), DT_ERR_DUPLICATE);
    /* a failed write leaves the old file and no litter */
    assert_err(dt_home_file(full, &home, "charters"), DT_OK);
    if (geteuid() != 0) { /* root writes anywhere */
        assert_int_equal(chmod(full, 0500), 0);
        assert_err(dt_home_write(&home, "charters/one", words("fourth")), DT_ERR_IO);
        assert_int_equal(chmod(full, 0700), 0);
    }
    assert_err(dt_home_write(&home, "charters/none/one", words("x")), DT_ERR_IO);
    unsigned entries = 0;
    DIR *dir = opendir(full);
    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        entries++;
    }
    closedir(dir);
    assert_int_equal(entries, 3);
    assert_err(dt_home_read(&home, "charters/one", got, sizeof got, &size), DT_OK);
    assert_int_equal(size, 14);
}

static void a_strange_certificate_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[DT_STATEMENT_MAX], kept[DT_STATEMENT_MAX], signer[DT_SIGNER_SIZE];
    uint8_t public_key[DT_PUBLIC_SIZE];
    size_t size, kept_size;
    struct dt_certificate c;
    struct dt_node_keys keys;
    const uint8_t seed[DT_SEED_SIZE] = {1};
    dt_signer_from_seed(signer, public_key, seed);
    assert_err(dt_home_certificate(&home, kept, &kept_size, &c), DT_OK);
    assert_err(dt_certificate_sign(bytes, sizeof bytes, &size, &c, signer, public_key), DT_OK);
    assert_err(dt_home_write(&home, "certs/node-1.cert", dt_span(bytes, size)), DT_OK);
    assert_err(dt_home_certificate(&home, bytes, &size, &c), DT_ERR_BAD_SIGNATURE);
    assert_err(dt_home_unlock_node(&home, words(""), &keys), DT_ERR_BAD_SIGNATURE);
    assert_err(dt_home_write(&home, "certs/node-1.cert", dt_span(kept, kept_size)), DT_OK);
    assert_err(dt_home_unlock_node(&home, words(""), &keys), DT_OK);
}

static int setup(void **state)
{
    unsetenv("XDG_RUNTIME_DIR");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/nord", base);
    return dt_test_setup(state);
}

static int teardown(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", base);
    return system(command);
}

static void a_clock_that_is_far_off_is_found_out(void **state)
{
    (void)state;
    char file[DT_HOME_PATH_SIZE];
    int64_t seen;
    const int64_t day = DT_CLOCK_DAY;
    assert_err(dt_home_file(file, &home, "clock"), DT_OK);
    unlink(file);
    uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    assert_err(dt_home_card(&home, bytes, &size, &card), DT_OK);
    assert_err(dt_clock_check(&home, card.time_ms + HOUR, &seen), DT_OK);
    assert_true(seen == card.time_ms); /* before the first run the card is what is known */
    assert_err(dt_clock_check(&home, card.time_ms - 2 * day, &seen), DT_ERR_BAD_CLOCK);
    assert_err(dt_clock_check(&home, DT_CLOCK_EARLIEST - 1, &seen), DT_ERR_BAD_CLOCK);

    const int64_t ran = card.time_ms + 100 * day;
    assert_err(dt_clock_keep(&home, ran), DT_OK);
    assert_int_equal(mode_of("clock"), 0600);
    assert_err(dt_clock_check(&home, ran, &seen), DT_OK);
    assert_true(seen == ran);
    assert_err(dt_clock_check(&home, ran - day, &seen), DT_OK);
    assert_err(dt_clock_check(&home, ran - day - 1, &seen), DT_ERR_BAD_CLOCK);
    assert_err(dt_clock_check(&home, ran + 180 * day, &seen), DT_OK);
    assert_err(dt_clock_check(&home, ran + 180 * day + 1, &seen), DT_ERR_BAD_CLOCK);
    assert_err(dt_clock_keep(&home, ran - 30 * day), DT_OK); /* --trust-clock: back as well */
    assert_err(dt_clock_check(&home, ran - 30 * day, &seen), DT_OK);

    assert_err(dt_file_write(file, words("rubbish\n"), false), DT_OK);
    assert_err(dt_clock_check(&home, card.time_ms + HOUR, &seen), DT_OK);
    assert_true(seen == card.time_ms); /* keeps nobody from starting */
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_home_says_who_it_is),
        cmocka_unit_test(it_is_private),
        cmocka_unit_test(it_is_never_made_twice),
        cmocka_unit_test(bad_beginnings_leave_nothing),
        cmocka_unit_test(the_node_opens_without_the_root_with_its_passphrase),
        cmocka_unit_test(a_sealed_node_needs_its_passphrase),
        cmocka_unit_test(every_flipped_bit_of_a_key_file_is_noticed),
        cmocka_unit_test(damaged_party_files_are_refused),
        cmocka_unit_test(the_card_says_what_it_was_given),
        cmocka_unit_test(officers_are_certified_and_stand_in_the_card),
        cmocka_unit_test(an_unlocked_officer_lasts_one_watch),
        cmocka_unit_test(the_watch_lies_where_only_we_read),
        cmocka_unit_test(locking_removes_what_a_killed_unlock_left),
        cmocka_unit_test(a_copy_never_takes_away_what_was_there),
        cmocka_unit_test(a_revoked_officer_is_out),
        cmocka_unit_test(a_write_is_whole_or_not_at_all),
        cmocka_unit_test(a_strange_certificate_is_refused),
        cmocka_unit_test(a_clock_that_is_far_off_is_found_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
