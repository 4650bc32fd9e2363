/* SPDX-License-Identifier: ISC */
/*
 * Goal: a backup goes on as a new writer that the others accept and that forks nothing; a
 * copy that does go on with an old log is found out and proved, and nobody falls over.
 */
#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/node.h"
#include "node/succession.h"
#include "node/verify.h"
#include "program.h"
#include "rig.h"
#include "view/body.h"

static const struct dt_span root_words = {(const uint8_t *)"exercise passphrase", 19};

static struct rig *world(void)
{
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    return r;
}

static enum dt_err send(struct rig *r, unsigned from, unsigned to, bool wait)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    rig_message(r, from, &r->party[from].client, &o, to, DT_PRIORITY, dt_span("text", 4), wait);
    rig_call(r, from, &o, &err);
    return err;
}

static void backup(struct rig *r, unsigned party, const char *path, enum dt_err expected)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[party].client, &o, "backup");
    dt_obj_key(&o, "path");
    dt_obj_string(&o, path);
    rig_call(r, party, &o, &err);
    assert_err(err, expected);
}

static uint64_t facts(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "digest");
    return rig_uint(rig_call(r, party, &o, NULL), "facts");
}

/* How many logs a node calls forked. */
static unsigned forked(struct rig *r, unsigned party)
{
    struct dt_object o;
    unsigned count = 0;
    dt_client_begin(&r->party[party].client, &o, "status");
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    for (const uint8_t *at = reply.data; at + 7 <= reply.data + reply.size; at++) {
        count += memcmp(at, "forked\xf5", 7) == 0;
    }
    return count;
}

static bool becomes_forked(struct rig *r, unsigned party)
{
    for (int i = 0; i < 1000; i++) {
        if (forked(r, party) > 0) {
            return true;
        }
        usleep(20000);
    }
    return false;
}

static bool runs(struct rig *r, unsigned party)
{
    return waitpid(r->party[party].pid, NULL, WNOHANG) == 0;
}

static void a_restored_backup_goes_on_with_a_new_log(void **state)
{
    (void)state;
    struct rig *r = world();
    struct dt_restored out;
    struct dt_verify_report report;
    char copy[320], home[320];
    snprintf(copy, sizeof copy, "%s/copy", r->dir);
    snprintf(home, sizeof home, "%s/new", r->dir);
    for (unsigned i = 0; i < 20; i++) {
        assert_err(send(r, i % 3, (i + 1) % 3, false), DT_OK);
    }
    backup(r, 0, copy, DT_OK);
    backup(r, 0, copy, DT_ERR_DUPLICATE);
    backup(r, 0, "relative", DT_ERR_USAGE);
    /* A week passes; then the old machine is lost. */
    for (unsigned i = 0; i < 20; i++) {
        assert_err(send(r, i % 3, (i + 1) % 3, true), DT_OK);
    }
    assert_true(rig_equal(r, 30));
    const uint64_t all = facts(r, 1);
    rig_stop(r, 0, SIGKILL);
    /* On the copy itself nothing runs. */
    const struct dt_node_options on_copy = {.home = copy};
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(9);
        }
        _exit(dt_node_main(&on_copy) == DT_ERR_BAD_STATE ? 7 : 8);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_err(dt_restore(copy, home, dt_span("wrong passphrase", 16), dt_span(NULL, 0), 0,
                          dt_now_ms(), &out),
               DT_ERR_BAD_PASSPHRASE);
    assert_int_not_equal(access(home, F_OK), 0);
    /* What fails after the store was copied leaves nothing either. */
    assert_err(dt_restore(copy, home, root_words, dt_span("short", 5), 0, dt_now_ms(), &out),
               DT_ERR_BAD_PASSPHRASE);
    assert_int_not_equal(access(home, F_OK), 0);
    assert_err(dt_restore(copy, home, root_words, dt_span(NULL, 0), 1, dt_now_ms(), &out),
               DT_ERR_DUPLICATE);
    assert_err(dt_restore(copy, home, root_words, dt_span(NULL, 0), 0, dt_now_ms(), &out), DT_OK);
    assert_int_equal(out.number, 2);
    assert_int_equal(out.lines, 1);
    assert_err(dt_restore(copy, home, root_words, dt_span(NULL, 0), 0, dt_now_ms(), &out),
               DT_ERR_HOME_EXISTS);
    assert_err(dt_verify_home(home, &report, NULL, NULL), DT_OK);
    assert_int_equal(report.logs, 4);
    /* One member gets the new card; the other hears of it by way of that one. */
    struct rig_party *p = &r->party[0];
    struct dt_card *card = malloc(sizeof *card);
    struct dt_object o;
    assert_err(dt_home_open(&p->home, home), DT_OK);
    assert_err(dt_home_card(&p->home, p->card, &p->card_size, card), DT_OK);
    assert_int_equal(card->certificate_count, 2);
    assert_int_equal(card->endpoint_count, 1);
    free(card);
    rig_start(r, 0);
    dt_client_begin(&r->party[1].client, &o, "peer_add");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, dt_span(p->card, p->card_size));
    rig_call(r, 1, &o, NULL);
    assert_err(send(r, 0, 1, true), DT_OK);
    assert_true(rig_equal(r, 60)); /* what was lost has come back, too */
    assert_true(facts(r, 0) > all);
    assert_err(send(r, 0, 2, true), DT_OK); /* over a link of its own, or the other's */
    assert_err(send(r, 2, 0, true), DT_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(forked(r, i), 0);
        rig_stop(r, i, SIGTERM);
        const enum dt_err err = dt_verify_home(r->party[i].home.path, &report, NULL, NULL);
        if (err != DT_OK) {
            fail_msg("party %u: %s %s %s", i, dt_err_name(err), report.what, report.log);
        }
    }
    /* The successor's contact outlives a restart. */
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    assert_err(send(r, 2, 0, true), DT_OK);
    rig_free(r);
}

static enum dt_err give_card(struct rig *r, unsigned to, const char *home)
{
    uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    struct dt_home of;
    struct dt_object o;
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_home_open(&of, home), DT_OK);
    assert_err(dt_home_card(&of, bytes, &size, &card), DT_OK);
    dt_client_begin(&r->party[to].client, &o, "peer_add");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, dt_span(bytes, size));
    rig_call(r, to, &o, &err);
    return err;
}

/* One backup restored twice, and once more from another copy of it that knows nothing. */
static void two_restores_do_not_share_a_number(void **state)
{
    (void)state;
    struct rig *r = world();
    struct dt_restored out;
    const struct dt_span none = dt_span(NULL, 0);
    char copy[320], other[320], home[320], second[320], third[320], fourth[320], command[800];
    snprintf(copy, sizeof copy, "%s/copy", r->dir);
    snprintf(other, sizeof other, "%s/other", r->dir);
    snprintf(home, sizeof home, "%s/new", r->dir);
    snprintf(second, sizeof second, "%s/second", r->dir);
    snprintf(third, sizeof third, "%s/third", r->dir);
    snprintf(fourth, sizeof fourth, "%s/fourth", r->dir);
    assert_err(send(r, 0, 1, true), DT_OK);
    backup(r, 0, copy, DT_OK);
    snprintf(command, sizeof command, "cp -a %s %s", copy, other);
    assert_int_equal(system(command), 0);
    rig_stop(r, 0, SIGKILL);
    assert_err(dt_restore(copy, home, root_words, none, 0, dt_now_ms(), &out), DT_OK);
    assert_int_equal(out.number, 2);
    assert_true(out.noted);
    assert_err(dt_restore(copy, second, root_words, none, 0, dt_now_ms(), &out), DT_OK);
    assert_int_equal(out.number, 3);
    assert_err(dt_restore(copy, third, root_words, none, 2, dt_now_ms(), &out), DT_ERR_DUPLICATE);
    assert_err(dt_restore(other, third, root_words, none, 0, dt_now_ms(), &out), DT_OK);
    assert_int_equal(out.number, 2); /* as the first, with another key */
    assert_err(dt_restore(other, fourth, root_words, none, 4, dt_now_ms(), &out), DT_OK);
    assert_int_equal(out.number, 4);

    assert_err(give_card(r, 1, home), DT_OK);
    assert_err(dt_home_open(&r->party[0].home, home), DT_OK);
    rig_start(r, 0);
    assert_err(send(r, 0, 1, true), DT_OK);
    assert_err(give_card(r, 1, third), DT_ERR_NUMBER_TAKEN);
    assert_err(give_card(r, 1, home), DT_OK);
    assert_err(send(r, 0, 1, true), DT_OK); /* the first goes on */
    assert_err(give_card(r, 1, second), DT_OK);
    assert_int_equal(forked(r, 1), 0);
    rig_free(r);
}

static void copy_home(struct rig *r, const char *from, const char *to)
{
    char command[1024];
    snprintf(command, sizeof command, "cp -a '%s/%s' '%s/%s'", r->dir, from, r->dir, to);
    assert_int_equal(system(command), 0);
}

/* The clone writes as many records as the original, or fewer, or more. */
static void clone_writes(unsigned original, unsigned clone)
{
    struct rig *r = world();
    struct dt_verify_report report;
    for (unsigned i = 0; i < 5; i++) {
        assert_err(send(r, 0, 1, true), DT_OK);
    }
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    copy_home(r, "0", "clone");
    rig_start(r, 0);
    for (unsigned i = 0; i < original; i++) {
        assert_err(send(r, 0, 1, true), DT_OK);
    }
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGKILL);
    /* The copy comes up, and writes before anybody can tell it. */
    for (unsigned i = 1; i < 3; i++) {
        rig_stop(r, i, SIGTERM);
    }
    char home[320];
    snprintf(home, sizeof home, "%s/clone", r->dir);
    assert_err(dt_home_open(&r->party[0].home, home), DT_OK);
    rig_start(r, 0);
    for (unsigned i = 0; i < clone; i++) {
        assert_err(send(r, 0, 1, false), DT_OK);
    }
    rig_start(r, 1);
    rig_start(r, 2);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(becomes_forked(r, i));
    }
    assert_err(send(r, 0, 1, false), DT_ERR_FORK); /* it goes no further */
    assert_err(send(r, 1, 2, true), DT_OK);        /* the others do */
    for (unsigned i = 0; i < 3; i++) {
        assert_true(runs(r, i));
        rig_stop(r, i, SIGTERM);
        const enum dt_err err = dt_verify_home(r->party[i].home.path, &report, NULL, NULL);
        if (err != DT_OK) {
            fail_msg("party %u: %s %s %s", i, dt_err_name(err), report.what, report.log);
        }
        assert_int_equal(report.forks, 1);
    }
    rig_free(r);
}

static void a_clone_is_proved_when_it_wrote_more(void **state)
{
    (void)state;
    clone_writes(3, 6);
}

static void a_clone_is_proved_when_it_wrote_as_much(void **state)
{
    (void)state;
    clone_writes(3, 3);
}

static void a_clone_is_proved_when_it_wrote_less(void **state)
{
    (void)state;
    clone_writes(6, 2);
}

static enum dt_err stop_fire(struct rig *r, unsigned party)
{
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    uint8_t body[128];
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    rig_officer(r, party, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), &err);
    return err;
}

/* CHECK_FIREs that stand, as a node's status lists them. */
static size_t standing(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    struct dt_cbor fires = dt_cbor_need_text(rig_call(r, party, &o, NULL), "check_fires");
    return dt_cbor_array(&fires, 0, 100);
}

/* Both run at once, with one key, and write as fast as they can. */
static void a_clone_beside_the_original(void **state)
{
    (void)state;
    struct rig *r = world();
    struct dt_verify_report report;
    const unsigned clone = 3;
    char home[320];
    assert_err(send(r, 0, 1, true), DT_OK);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    copy_home(r, "0", "clone");
    snprintf(home, sizeof home, "%s/clone", r->dir);
    r->party[clone] = r->party[0];
    assert_err(dt_home_open(&r->party[clone].home, home), DT_OK);
    snprintf(r->party[clone].listen, sizeof r->party[clone].listen, "udp:127.0.0.1:0");
    r->parties = 4;
    rig_start(r, 0);
    rig_start(r, clone);
    bool found[2] = {false, false};
    for (int i = 0; i < 1500 && !(found[0] || found[1]); i++) {
        const enum dt_err a = send(r, 0, 1, false), b = send(r, clone, 2, false);
        assert_true((a == DT_OK || a == DT_ERR_FORK) && (b == DT_OK || b == DT_ERR_FORK));
        found[0] = a == DT_ERR_FORK; /* once found out it stays so */
        found[1] = b == DT_ERR_FORK;
        usleep(100000);
    }
    assert_true(found[0] || found[1]); /* they share one session */
    assert_non_null(strstr(r->party[found[0] ? 0 : clone].client.text, "restore"));
    assert_err(stop_fire(r, 0), DT_OK);
    assert_err(stop_fire(r, clone), DT_OK);
    for (int i = 0; i < 1500 && standing(r, 1) == 0; i++) {
        usleep(20000);
    }
    assert_true(standing(r, 1) > 0); /* in doubt, and heard */
    assert_err(send(r, 1, 2, true), DT_OK);
    for (unsigned i = 0; i < r->parties; i++) {
        assert_true(runs(r, i));
        rig_stop(r, i, SIGTERM);
        assert_err(dt_verify_home(r->party[i].home.path, &report, NULL, NULL), DT_OK);
    }
    rig_free(r);
}

/* A snapshot put back without a word: once it has met anybody, it writes no more. */
static void an_old_snapshot_stops_before_it_forks(void **state)
{
    (void)state;
    struct rig *r = world();
    assert_err(send(r, 0, 1, true), DT_OK);
    rig_stop(r, 0, SIGTERM);
    copy_home(r, "0", "snapshot");
    rig_start(r, 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_err(send(r, 0, 1, true), DT_OK);
    }
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGKILL);
    char home[320];
    snprintf(home, sizeof home, "%s/snapshot", r->dir);
    assert_err(dt_home_open(&r->party[0].home, home), DT_OK);
    rig_start(r, 0);
    sleep(4); /* it calls, and hears */
    assert_err(send(r, 0, 1, false), DT_ERR_FORK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(forked(r, i), 0);
        assert_true(runs(r, i));
    }
    rig_free(r);
}

/* A copy of a home is started while its original runs, and hears nothing. */
static void a_clone_beside_its_original_is_said_at_once(void **state)
{
    (void)state;
    static const char *const status[] = {"status", NULL};
    static const char *const show[] = {"line", "show", NULL};
    static const char ours[] = "ANOTHER NODE GOES ON WITH THIS LOG", theirs[] = "AN OLD COPY OF ITS NODE";
    struct rig *r = world();
    char command[DT_HOME_PATH_SIZE + 400], home[320];
    rig_stop(r, 0, SIGTERM);
    snprintf(home, sizeof home, "%s/clone", r->dir);
    snprintf(command, sizeof command, "cp -a '%s' '%s'", r->party[0].home.path, home);
    assert_int_equal(system(command), 0);
    rig_start(r, 0);
    assert_err(send(r, 0, 1, true), DT_OK); /* the clone has none of it */
    assert_true(rig_equal(r, 60));
    assert_int_equal(program_says(r, 1, theirs, status), 0);
    assert_int_equal(kill(r->party[0].pid, SIGSTOP), 0);
    const unsigned clone = r->parties;
    struct rig_party *p = &r->party[clone];
    *p = r->party[0];
    p->pid = 0;
    assert_err(dt_home_open(&p->home, home), DT_OK);
    snprintf(p->listen, sizeof p->listen, "udp:127.0.0.1:0");
    r->parties++;
    rig_start(r, clone);
    bool said = false;
    for (int i = 0; i < 600 && !said; i++) {
        said = program_says(r, clone, ours, status) == 1 && program_says(r, 1, theirs, status) == 1;
        usleep(100000);
    }
    assert_true(said);
    assert_int_equal(program_says(r, clone, ours, show), 1);
    assert_int_equal(program_says(r, 1, theirs, show), 1);
    assert_err(send(r, clone, 1, false), DT_ERR_FORK);
    assert_int_equal(forked(r, 1), 0); /* it has written nothing: nothing is in doubt */
    rig_stop(r, clone, SIGTERM);
    r->parties--;
    assert_int_equal(kill(r->party[0].pid, SIGCONT), 0);
    assert_err(send(r, 0, 1, true), DT_OK); /* the original goes on */
    assert_true(rig_equal(r, 60));
    assert_int_equal(program_says(r, 0, theirs, status), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_backup_goes_on_with_a_new_log),
        cmocka_unit_test(two_restores_do_not_share_a_number),
        cmocka_unit_test(a_clone_is_proved_when_it_wrote_more),
        cmocka_unit_test(a_clone_is_proved_when_it_wrote_as_much),
        cmocka_unit_test(a_clone_is_proved_when_it_wrote_less),
        cmocka_unit_test(a_clone_beside_the_original),
        cmocka_unit_test(an_old_snapshot_stops_before_it_forks),
        cmocka_unit_test(a_clone_beside_its_original_is_said_at_once),
    };
    return cmocka_run_group_tests_name("succession", tests, dt_test_setup, NULL);
}
