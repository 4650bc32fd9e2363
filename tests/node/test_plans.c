/* SPDX-License-Identifier: ISC */
/*
 * Goal: own plans that nobody was told of are checked as long as they stand, wake somebody when a
 * notice comes too close, and leave no trace anywhere but in one sealed file.
 * Method: two real nodes, whose datagrams are counted; a plan of one, a notice of the other;
 * every byte in both homes is searched for the plan's words and place.
 */
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "node/plans.h"
#include "rig.h"
#include "wake.h"
#include "view/notice.h"

enum { NORD, SUED, PARTIES, WAIT_S = 60 };

#define HOUR INT64_C(3600000)
#define TITLE "Lynx and otter 4711"

/* Datagrams of all nodes, which are forks of this process, by our own libc function. */
static unsigned *datagrams;

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    const long sent = syscall(SYS_sendmmsg, fd, messages, count, flags);
    if (datagrams != NULL && sent > 0) {
        __atomic_add_fetch(datagrams, (unsigned)sent, __ATOMIC_SEQ_CST);
    }
    return (int)sent;
}

static unsigned sent_so_far(void)
{
    return __atomic_load_n(datagrams, __ATOMIC_SEQ_CST);
}

/* --- notices ---------------------------------------------------------------------------------- */

struct notice {
    uint8_t body[DT_BODY_MAX], plain[DT_SEALED_MAX];
    size_t body_size, plain_size;
};

static void make(struct notice *n, enum dt_category category, const char *title, int32_t lat_e7,
                 int64_t start)
{
    static struct dt_notice_plain plain;
    static struct dt_point point;
    static const struct dt_ring ring = {&point, 1};
    struct dt_body_notice clear = {.category = category,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .start_ms = start,
                                   .end_ms = start + HOUR};
    memset(&plain, 0, sizeof plain);
    point = (struct dt_point){lat_e7, 372345678};
    snprintf(plain.title, sizeof plain.title, "%s", title);
    snprintf(plain.language, sizeof plain.language, "en");
    plain.volume_count = 1;
    plain.volumes[0] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                                           .radius_mm = 500000,
                                                           .rings = &ring,
                                                           .ring_count = 1,
                                                           .time = {start, start + HOUR},
                                                           .alt_hi_mm = 30000}};
    assert_err(dt_notice_plain_encode(n->plain, sizeof n->plain, &n->plain_size, &plain, &clear), DT_OK);
    assert_err(dt_body_notice_encode(n->body, sizeof n->body, &n->body_size, &clear), DT_OK);
}

static void put_parts(struct rig *r, struct dt_object *o, const struct notice *n)
{
    dt_obj_key(o, "line");
    dt_obj_bytes(o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(o, "body");
    dt_obj_bytes(o, dt_span(n->body, n->body_size));
    dt_obj_key(o, "plain");
    dt_obj_bytes(o, dt_span(n->plain, n->plain_size));
}

static void notify(struct rig *r, unsigned party, const struct notice *n)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "append");
    put_parts(r, &o, n);
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, DT_KIND_NOTICE);
    dt_obj_key(&o, "time");
    dt_obj_uint(&o, (uint64_t)dt_now_ms());
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, DT_PRIORITY | DT_EXERCISE << 2);
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    dt_obj_end(&o);
    rig_call(r, party, &o, NULL);
}

static char name[DT_PLAN_NAME_SIZE];

static enum dt_err plan_add(struct rig *r, const struct notice *n)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[NORD].client, &o, "plan_add");
    put_parts(r, &o, n);
    const struct dt_span reply = rig_call(r, NORD, &o, &err);
    if (err == DT_OK) {
        struct dt_cbor plan = dt_cbor_need_text(reply, "plan");
        struct dt_cbor c = dt_cbor_need_text(dt_cbor_skip(&plan), "name");
        const struct dt_span text = dt_cbor_text(&c, DT_PLAN_NAME_SIZE - 1);
        assert_int_equal(text.size, DT_PLAN_NAME_SIZE - 1);
        memcpy(name, text.data, text.size);
    }
    return err;
}

/* A request that names the plan; how many conflicts a check found. */
static size_t plan_call(struct rig *r, const char *cmd, enum dt_err expected)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    dt_client_begin(&r->party[NORD].client, &o, cmd);
    dt_obj_key(&o, "name");
    dt_obj_string(&o, name);
    const struct dt_span reply = rig_call(r, NORD, &o, &err);
    assert_err(err, expected);
    struct dt_cbor c;
    return err == DT_OK && dt_cbor_find_text(reply, "conflicts", &c) ? dt_cbor_array(&c, 0, 64) : 0;
}

/* How many plans are kept, and of the first one the number under `key`. */
static size_t plans(struct rig *r, const char *key, uint64_t *number)
{
    struct dt_object o;
    dt_client_begin(&r->party[NORD].client, &o, "plans");
    struct dt_cbor items = dt_cbor_need_text(rig_call(r, NORD, &o, NULL), "items");
    const size_t count = dt_cbor_array(&items, 0, DT_PLANS_MAX);
    *number = count > 0 && key != NULL ? rig_uint(dt_cbor_skip(&items), key) : 0;
    return count;
}

static bool hits(struct rig *r, uint64_t wanted)
{
    uint64_t number = 0;
    for (int i = 0; i < WAIT_S * 10; i++) {
        if (plans(r, "conflicts", &number) > 0 && number == wanted) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

/* --- traces ------------------------------------------------------------------------------------- */

/* Files below `path` that hold the bytes. */
static size_t search(const char *path, const void *bytes, size_t size)
{
    size_t found = 0;
    DIR *dir = opendir(path);
    for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        char at[1024];
        struct stat s;
        snprintf(at, sizeof at, "%s/%s", path, e->d_name);
        if (e->d_name[0] == '.' || stat(at, &s) != 0) {
            continue;
        }
        if (S_ISDIR(s.st_mode)) {
            found += search(at, bytes, size);
        } else if (S_ISREG(s.st_mode) && s.st_size > 0) {
            char *text = malloc((size_t)s.st_size);
            FILE *f = fopen(at, "r");
            assert_true(text != NULL && f != NULL);
            const size_t read = fread(text, 1, (size_t)s.st_size, f);
            fclose(f);
            found += memmem(text, read, bytes, size) != NULL;
            free(text);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return found;
}

static size_t records(struct rig *r, unsigned party)
{
    size_t count = 0;
    (void)rig_records(r, party, &count);
    return count;
}

static struct rig *line(const char *alarm)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    r->party[NORD].no_human_tests = r->party[SUED].no_human_tests = true;
    r->party[NORD].alarm_exec = alarm;
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

static void a_plan_leaves_no_trace(void **state)
{
    (void)state;
    static struct notice plan;
    struct rig *r = line(NULL);
    char path[DT_HOME_PATH_SIZE + 8];
    struct stat s;
    uint64_t number = 0;
    const size_t before[PARTIES] = {records(r, NORD), records(r, SUED)};
    make(&plan, DT_CATEGORY_FIRES, TITLE, 361234567, dt_now_ms() + HOUR);
    unsigned fewest = UINT32_MAX;
    for (int i = 0; i < 20 && fewest > 0; i++) { /* link tests and heads go on meanwhile */
        const unsigned sent = sent_so_far();
        assert_err(plan_add(r, &plan), DT_OK);
        assert_int_equal(plan_call(r, "plan_check", DT_OK), 0);
        assert_int_equal(plans(r, "until", &number), 1);
        plan_call(r, "plan_drop", DT_OK);
        fewest = sent_so_far() - sent < fewest ? sent_so_far() - sent : fewest;
        rig_pause_ms(50);
    }
    assert_int_equal(fewest, 0);
    assert_err(plan_add(r, &plan), DT_OK);
    assert_err(plan_add(r, &plan), DT_OK); /* the same: one plan */
    assert_int_equal(plans(r, "until", &number), 1);
    rig_pause_ms(1500); /* a record of it would have been there by now */
    assert_true(records(r, NORD) == before[NORD] && records(r, SUED) == before[SUED]);
    snprintf(path, sizeof path, "%s/plans", r->party[NORD].home.path);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(search(r->dir, TITLE, strlen(TITLE)), 0);
    assert_int_equal(search(r->dir, plan.plain, plan.plain_size), 0);
    assert_int_equal(search(r->dir, plan.body, plan.body_size), 0);
    /* what is looked for would be found, and what is sent is counted */
    struct dt_object o;
    rig_warning(r, &r->party[NORD].client, &o, DT_SUBJECT_WARNING, SUED, DT_ROUTINE, dt_span("x", 1));
    const unsigned sent = sent_so_far();
    rig_call(r, NORD, &o, NULL);
    rig_pause_ms(500);
    assert_true(sent_so_far() > sent);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs(TITLE, f);
    fclose(f);
    assert_int_equal(search(r->dir, TITLE, strlen(TITLE)), 1);
    rig_free(r);
}

static void what_comes_too_close_wakes_somebody(void **state)
{
    (void)state;
    static struct notice plan, near, far;
    char last[256] = "";
    uint64_t number = 0;
    struct rig *r = line("/bin/false"); /* replaced below: the folder is not known before */
    wake_write(r, "");
    rig_stop(r, NORD, SIGTERM);
    r->party[NORD].alarm_exec = wake_program;
    rig_start(r, NORD);
    const int64_t start = dt_now_ms() + 2 * HOUR;
    make(&plan, DT_CATEGORY_FIRES, TITLE, 361234567, start);
    make(&far, DT_CATEGORY_STATIC, "Far", 381234567, start);
    make(&near, DT_CATEGORY_STATIC, "Near", 361300000, start);
    assert_err(plan_add(r, &plan), DT_OK);
    notify(r, SUED, &far);
    assert_true(rig_equal(r, WAIT_S));
    assert_true(hits(r, 0));
    rig_stop(r, NORD, SIGKILL); /* the plan is on the disk */
    rig_start(r, NORD);
    notify(r, SUED, &near);
    assert_true(hits(r, 1));
    assert_int_equal(plans(r, "unseen", &number), 1);
    assert_int_equal(number, 1);
    for (int i = 0; i < WAIT_S * 10 && strstr(last, "plan:") == NULL; i++) {
        rig_pause_ms(100);
        wake_called("", "", last);
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, "plan:%s IMMEDIATE PLAN PA00 LOCAL none", name);
    assert_non_null(strstr(last, wanted));
    rig_stop(r, NORD, SIGTERM); /* nobody has looked: it goes on after a restart */
    rig_start(r, NORD);
    assert_true(hits(r, 1));
    assert_int_equal(plans(r, "unseen", &number), 1);
    assert_int_equal(number, 1);
    assert_int_equal(plan_call(r, "plan_check", DT_OK), 1);
    plans(r, "unseen", &number);
    assert_int_equal(number, 0);
    plan_call(r, "plan_drop", DT_OK);
    plan_call(r, "plan_drop", DT_ERR_UNKNOWN_RECORD);
    assert_int_equal(plans(r, NULL, &number), 0);
    rig_free(r);
}

static void a_plan_that_is_over_is_forgotten(void **state)
{
    (void)state;
    static struct notice plan;
    uint64_t number = 0;
    struct rig *r = line(NULL);
    make(&plan, DT_CATEGORY_FIRES, TITLE, 361234567, dt_now_ms() - 26 * HOUR);
    assert_err(plan_add(r, &plan), DT_ERR_IN_THE_PAST);
    make(&plan, DT_CATEGORY_FIRES, TITLE, 361234567, dt_now_ms() - 25 * HOUR + 4000);
    assert_err(plan_add(r, &plan), DT_OK); /* ended a day ago but for 4 s */
    assert_int_equal(plans(r, NULL, &number), 1);
    for (int i = 0; i < WAIT_S * 10 && plans(r, NULL, &number) > 0; i++) {
        rig_pause_ms(100);
    }
    assert_int_equal(plans(r, NULL, &number), 0);
    rig_stop(r, NORD, SIGTERM);
    rig_start(r, NORD);
    assert_int_equal(plans(r, NULL, &number), 0);
    struct notice bad = plan; /* neither is anything that is no notice taken */
    bad.plain[0] ^= 0x40;
    assert_true(plan_add(r, &bad) != DT_OK);
    rig_free(r);
}

int main(void)
{
    datagrams = mmap(NULL, sizeof *datagrams, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (datagrams == MAP_FAILED) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_leaves_no_trace),
        cmocka_unit_test(what_comes_too_close_wakes_somebody),
        cmocka_unit_test(a_plan_that_is_over_is_forgotten),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}
