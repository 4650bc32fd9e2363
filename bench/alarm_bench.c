/* SPDX-License-Identifier: ISC */
/*
 * alarm_bench - how often a desk is alarmed for conflicts in a week, and whether a severe one is
 * missed. Three parties notify 2,000 activities over 7 days in 300 x 300 km, a third of them
 * around twelve towns; some are amended, delayed, cancelled, arrive late. Nobody looks before he
 * notifies, and officers have seen an alarm 2 to 20 minutes after it. The line's board finds the
 * conflicts, view/alarms.h says what sounds at each desk.
 *
 * usage: alarm_bench [SEED]        prints two JSON lines
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "view/alarms.h"
#include "view/board.h"

enum { FACTS = 5 * ALARM_VERSIONS, EVENTS = 12 * ALARM_VERSIONS, TOWNS = 12, LATE_FACTS = 8 };

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 (INT64_C(20000) * DAY)

static uint64_t rng_state;

static uint64_t draw(void)
{
    uint64_t z = rng_state += 0x9e3779b97f4a7c15u; /* SplitMix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int64_t between(int64_t low, int64_t high)
{
    return low + (int64_t)(draw() % (uint64_t)(high - low + 1));
}

static bool chance(int percent)
{
    return between(0, 99) < percent;
}

/* --- the week --------------------------------------------------------------------------- */

static struct alarm_version versions[ALARM_VERSIONS];
static size_t version_count;

static void draw_places(struct alarm_version *v)
{
    static const int64_t base_lat = 350000000, base_lon = 360000000;
    int64_t lat = base_lat + between(0, 27000000), lon = base_lon + between(0, 33000000);
    if (chance(33)) {
        const uint64_t town = (uint64_t)between(0, TOWNS - 1);
        lat = base_lat + 2000000 + (int64_t)(town * 7919 % 23) * 1000000 + between(-1000000, 1000000);
        lon = base_lon + 2000000 + (int64_t)(town * 104729 % 29) * 1000000 + between(-1200000, 1200000);
    }
    const bool route = v->category == DT_CATEGORY_FLIGHT || v->category == DT_CATEGORY_MOVEMENT ||
                       v->category == DT_CATEGORY_EVAC || v->category == DT_CATEGORY_CORRIDOR;
    const int64_t leg = v->category == DT_CATEGORY_FLIGHT ? 1500000 : 600000;
    v->point_count = route ? 5 : 1;
    for (size_t i = 0; i < v->point_count; i++) {
        v->points[i] = (struct dt_point){(int32_t)lat, (int32_t)lon};
        lat += between(-leg / 3, leg);
        lon += between(-leg, leg);
    }
    v->radius_mm = (uint32_t)(v->category == DT_CATEGORY_FIRES    ? between(500000, 2500000)
                              : v->category == DT_CATEGORY_FLIGHT ? between(300000, 1000000)
                                                                  : between(50000, 400000));
}

/* Times from `start`; a leg may be driven a quarter longer than it is planned. */
static void set_times(struct alarm_version *v, int64_t start, int64_t lasts)
{
    v->time = (struct dt_window){start, start + lasts};
    for (size_t i = 0; i + 1 < v->point_count; i++) {
        const int64_t legs = (int64_t)v->point_count - 1, k = (int64_t)i;
        v->legs[i] = (struct dt_window){start + lasts * k * 4 / (5 * legs),
                                        start + lasts * (4 * k + 5) / (5 * legs)};
    }
    if (v->point_count > 1) {
        v->legs[v->point_count - 2].until_ms = v->time.until_ms;
    }
}

static void draw_version(struct alarm_version *v, size_t activity)
{
    static const enum dt_category mix[20] = {
        DT_CATEGORY_MOVEMENT, DT_CATEGORY_MOVEMENT, DT_CATEGORY_MOVEMENT,     DT_CATEGORY_MOVEMENT,
        DT_CATEGORY_MOVEMENT, DT_CATEGORY_MOVEMENT, DT_CATEGORY_MOVEMENT,     DT_CATEGORY_FLIGHT,
        DT_CATEGORY_FLIGHT,   DT_CATEGORY_FLIGHT,   DT_CATEGORY_FLIGHT,       DT_CATEGORY_STATIC,
        DT_CATEGORY_STATIC,   DT_CATEGORY_FIRES,    DT_CATEGORY_FIRES,        DT_CATEGORY_EVAC,
        DT_CATEGORY_HAZARD,   DT_CATEGORY_HAZARD,   DT_CATEGORY_AIRSPACE_RES, DT_CATEGORY_EXERCISE_ACT};
    const int64_t notified = T0 + between(0, 7 * DAY);
    *v = (struct alarm_version){.activity = activity,
                                .member = (unsigned)between(0, ALARM_PARTIES - 1),
                                .category = mix[draw() % 20],
                                .hi_mm = 30000,
                                .notified_ms = notified,
                                .superseded_ms = INT64_MAX,
                                .cancelled_ms = INT64_MAX,
                                .arrived_ms = INT64_MAX,
                                .delayed_ms = INT64_MAX};
    const bool flight = v->category == DT_CATEGORY_FLIGHT;
    v->over_sea = flight || v->category == DT_CATEGORY_AIRSPACE_RES;
    if (v->over_sea) {
        v->lo_mm = (int32_t)between(1, 30) * 100000;
        v->hi_mm = v->lo_mm + (int32_t)between(3, 10) * 100000;
    } else if (v->category == DT_CATEGORY_FIRES) {
        v->hi_mm = 8000000;
    }
    v->movement = v->category == DT_CATEGORY_MOVEMENT || v->category == DT_CATEGORY_EVAC;
    draw_places(v);
    const bool stays = v->category == DT_CATEGORY_STATIC || v->category == DT_CATEGORY_HAZARD;
    set_times(v, notified + between(stays ? 1 : 60, stays ? 60 : 2880) * MINUTE,
              stays ? between(20, 60) * DAY : between(flight ? 60 : 30, flight ? 120 : 300) * MINUTE);
}

/* --- facts, as a line would hold them ------------------------------------------------------ */

struct event {
    int64_t at_ms;
    struct dt_fact fact; /* kind 0: an officer of `desk` has seen what sounds for `of` */
    unsigned desk;
    struct dt_activities of;
    size_t order;
};

static struct event events[EVENTS];
static size_t event_count;
static struct dt_fact facts[FACTS]; /* those that have come */
static size_t fact_count;
static struct { /* by member and seq: where, and what refers to it */
    size_t fact, about[LATE_FACTS], abouts;
    size_t version;
} held[ALARM_PARTIES][FACTS];
static uint64_t next_seq[ALARM_PARTIES];

static struct dt_ref ref_of(const struct dt_fact *f)
{
    struct dt_ref ref = {f->wid, f->seq, {0}};
    memcpy(ref.leaf, f->leaf, DT_HASH_SIZE);
    return ref;
}

static struct dt_fact make_fact(unsigned kind, unsigned member, const struct dt_ref *target)
{
    struct dt_fact f = {.wid = dt_wid(member, 1), .seq = ++next_seq[member], .kind = kind,
                        .officer_valid = true};
    for (size_t i = 0; i < DT_HASH_SIZE; i++) {
        f.leaf[i] = (uint8_t)(f.seq >> 8 * (i % 8)) ^ (uint8_t)(37 * f.wid + i);
    }
    f.has_target = target != NULL;
    if (target != NULL) {
        f.target = *target;
    }
    return f;
}

static void schedule(int64_t at_ms, const struct dt_fact *fact)
{
    if (event_count == EVENTS) {
        fprintf(stderr, "too many events\n");
        exit(1);
    }
    events[event_count] = (struct event){.at_ms = at_ms, .fact = *fact, .order = event_count};
    events[event_count++].fact.time_ms = at_ms;
}

static struct dt_fact notify(const struct alarm_version *v, const struct dt_ref *amended)
{
    struct dt_fact f = make_fact(DT_KIND_NOTICE, v->member, amended);
    f.code = (int64_t)v->category;
    f.number[0] = DT_REQUEST_AVOID_WINDOW;
    f.number[1] = v->time.from_ms;
    f.number[2] = v->time.until_ms;
    f.number[3] = v->movement;
    held[v->member][f.seq].version = (size_t)(v - versions);
    schedule(v->notified_ms, &f);
    return f;
}

static void say_state(const struct alarm_version *v, const struct dt_fact *of,
                      enum dt_notice_state state, int64_t end_ms, int64_t at_ms, int64_t acked_ms)
{
    const struct dt_ref ref = ref_of(of);
    struct dt_fact f = make_fact(DT_KIND_NOTICE_STATE, v->member, &ref);
    f.code = (int64_t)state;
    f.number[0] = end_ms;
    schedule(at_ms, &f);
    if (acked_ms != 0) {
        const struct dt_ref said = ref_of(&f);
        const struct dt_fact ack =
            make_fact(DT_KIND_ACK, (v->member + 1) % ALARM_PARTIES, &said);
        schedule(acked_ms, &ack);
    }
}

/* What becomes of an activity: its versions follow one another in `versions`. */
static void live(size_t activity)
{
    struct alarm_version *v = &versions[version_count++];
    draw_version(v, activity);
    struct dt_fact fact = notify(v, NULL);
    if (chance(15) && v->time.from_ms - v->notified_ms > 40 * MINUTE) { /* another hour, or way */
        struct alarm_version *old = v;
        const struct dt_ref amended = ref_of(&fact);
        v = &versions[version_count++];
        *v = *old;
        v->notified_ms = old->notified_ms + between(5, 30) * MINUTE;
        if (chance(50)) {
            draw_places(v);
        }
        const int64_t lasts = v->time.until_ms - v->time.from_ms;
        set_times(v, v->time.from_ms + between(0, 8) * 15 * MINUTE, lasts);
        fact = notify(v, &amended);
        old->superseded_ms = v->notified_ms + between(2, 60) * MINUTE;
        const struct dt_ref ref = ref_of(&fact);
        const struct dt_fact ack = make_fact(DT_KIND_ACK, (v->member + 2) % ALARM_PARTIES, &ref);
        schedule(old->superseded_ms, &ack);
    }
    struct alarm_version *first = v->activity == activity && v != versions && v[-1].activity == activity ? v - 1 : v;
    if (chance(3)) {
        v->cancelled_ms = v->notified_ms + between(30, 300) * MINUTE;
        first->cancelled_ms = v->cancelled_ms;
        say_state(v, &fact, DT_NOTICE_CANCELLED, 0, v->cancelled_ms - 10 * MINUTE, v->cancelled_ms);
    } else if (v->movement) {
        int64_t end = v->time.until_ms;
        if (chance(20)) {
            v->delayed_ms = v->time.until_ms - between(5, 25) * MINUTE;
            v->extension_ms = between(2, 8) * 15 * MINUTE;
            end += v->extension_ms;
            say_state(v, &fact, DT_NOTICE_DELAYED, end, v->delayed_ms, 0);
        }
        v->arrived_ms = end + between(-20, 40) * MINUTE;
        first->arrived_ms = v->arrived_ms < first->arrived_ms ? v->arrived_ms : first->arrived_ms;
        say_state(v, &fact, DT_NOTICE_ARRIVED, 0, v->arrived_ms, 0);
    }
}

/* --- the desks ------------------------------------------------------------------------------ */

static struct desk {
    struct dt_alarms alarms;
    size_t audible, severe, conflicts;
    int64_t *sounded; /* by pair of activities: since when a severe alarm has been heard; 0 no */
} desks[ALARM_PARTIES];

static size_t pair_of(size_t a, size_t b)
{
    return (a < b ? a : b) * ALARM_ACTIVITIES + (a < b ? b : a);
}

static int compare_events(const void *x, const void *y)
{
    const struct event *a = x, *b = y;
    return a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1)
                                : (a->order > b->order) - (a->order < b->order);
}

/* Those that officers have yet to see; few at a time. */
static struct event seen[4096];
static size_t seen_count;
static uint64_t *known; /* conflicts that were found before, hashed by their id */
enum { KNOWN = 1 << 20 };

static bool is_new(const uint8_t id[static DT_HASH_SIZE])
{
    uint64_t key;
    memcpy(&key, id, sizeof key);
    size_t at = (size_t)key & (KNOWN - 1);
    for (; known[at] != 0 && known[at] != key; at = (at + 1) & (KNOWN - 1)) {
    }
    const bool fresh = known[at] == 0;
    known[at] = key;
    return fresh;
}

static struct alarm_version *version_of(const struct dt_ref *ref)
{
    return &versions[held[dt_wid_member(ref->wid)][ref->seq].version];
}

static enum dt_err found(void *ctx, const struct dt_conflict_side *side, const struct dt_match *match)
{
    const int64_t now_ms = *(const int64_t *)ctx;
    const struct alarm_version *a = version_of(&side->ref), *b = version_of(&match->other);
    const enum dt_severity severity = match->conflict.rule.severity;
    const struct dt_activities of = {dt_wid(a->member, 1), dt_wid(b->member, 1), a->activity + 1,
                                     b->activity + 1};
    if (!is_new(match->conflict.id)) {
        return DT_OK;
    }
    for (unsigned k = 0; k < 2; k++) {
        const unsigned member = k == 0 ? a->member : b->member;
        struct desk *d = &desks[member];
        enum dt_sound sound;
        if (dt_alarms_found(&d->alarms, &of, severity, true, &sound) != DT_OK) {
            return DT_ERR_NO_MEMORY;
        }
        d->conflicts++;
        if (sound != DT_SOUND_NONE) {
            d->audible++;
            d->severe += sound == DT_SOUND_REPEATED;
            if (seen_count < sizeof seen / sizeof seen[0]) {
                seen[seen_count++] = (struct event){
                    .at_ms = now_ms + between(2, 20) * MINUTE, .desk = member, .of = of};
            }
        }
        int64_t *since = &d->sounded[pair_of(a->activity, b->activity)];
        if (sound == DT_SOUND_REPEATED && *since == 0) {
            *since = now_ms;
        }
    }
    return DT_OK;
}

static void officers_look(int64_t now_ms)
{
    for (size_t i = 0; i < seen_count;) {
        if (seen[i].at_ms <= now_ms) {
            dt_alarms_seen(&desks[seen[i].desk].alarms, &seen[i].of);
            seen[i] = seen[--seen_count];
        } else {
            i++;
        }
    }
}

/* --- the board's source ------------------------------------------------------------------------ */

static bool source_fact(void *ctx, uint16_t wid, uint64_t seq, struct dt_fact *out)
{
    (void)ctx;
    const size_t at = seq < FACTS ? held[dt_wid_member(wid)][seq].fact : 0;
    if (at == 0) {
        return false;
    }
    *out = facts[at - 1];
    return true;
}

static enum dt_err source_about(void *ctx, uint16_t wid, uint64_t seq,
                                bool (*take)(void *to, const struct dt_fact *fact), void *to)
{
    (void)ctx;
    for (size_t i = 0; i < held[dt_wid_member(wid)][seq].abouts; i++) {
        if (!take(to, &facts[held[dt_wid_member(wid)][seq].about[i]])) {
            break;
        }
    }
    return DT_OK;
}

static bool source_side(void *ctx, const struct dt_life_entry *entry, struct dt_conflict_side *out)
{
    static struct dt_body_notice clear;
    static struct dt_notice_plain plain;
    (void)ctx;
    const struct alarm_version *v = version_of(&entry->ref);
    clear = (struct dt_body_notice){.category = v->category,
                                    .request = DT_REQUEST_AVOID_WINDOW,
                                    .start_ms = v->time.from_ms,
                                    .end_ms = v->time.until_ms,
                                    .movement = v->movement};
    memcpy(plain.points, v->points, sizeof v->points);
    memcpy(plain.legs, v->legs, sizeof v->legs);
    plain.rings[0] = (struct dt_ring){plain.points, v->point_count};
    plain.volume_count = 1;
    plain.volumes[0] = (struct dt_notice_volume){
        .shape = {.shape = v->point_count > 1 ? DT_SHAPE_CORRIDOR : DT_SHAPE_CIRCLE,
                  .radius_mm = v->radius_mm,
                  .rings = plain.rings,
                  .ring_count = 1,
                  .time = v->time,
                  .legs = v->point_count > 1 ? plain.legs : NULL,
                  .alt_lo_mm = v->lo_mm,
                  .alt_hi_mm = v->hi_mm},
        .datum = v->over_sea ? DT_DATUM_AMSL : DT_DATUM_SURFACE};
    *out = (struct dt_conflict_side){.member = dt_wid_member(entry->ref.wid),
                                     .ref = entry->ref,
                                     .clear = &clear,
                                     .plain = &plain,
                                     .arrived = entry->arrived,
                                     .end_ms = entry->end_ms,
                                     .extension_ms = entry->extension_ms};
    return true;
}

static void take_fact(struct dt_board *board, const struct dt_fact *f)
{
    facts[fact_count] = *f;
    held[dt_wid_member(f->wid)][f->seq].fact = ++fact_count;
    if (f->has_target) {
        const unsigned m = dt_wid_member(f->target.wid);
        held[m][f->target.seq].about[held[m][f->target.seq].abouts++] = fact_count - 1;
    }
    if ((f->kind != DT_KIND_ACK && dt_board_touch(board, f->wid, f->seq) != DT_OK) ||
        (f->has_target && dt_board_touch(board, f->target.wid, f->target.seq) != DT_OK)) {
        exit(1);
    }
}

/* --- the brute-force check ------------------------------------------------------------------------ */

static struct {
    size_t pairs, severe, missed, open;
} brute;
static uint8_t *judged; /* pairs of versions that were found severe */

static void check_version(size_t i, int64_t now_ms)
{
    for (size_t k = 0; k < version_count; k++) {
        const struct alarm_version *a = &versions[i], *b = &versions[k];
        uint8_t *done = &judged[(i < k ? i : k) * ALARM_VERSIONS + (i < k ? k : i)];
        if (*done || a->member == b->member || !alarm_counts(a, now_ms) || !alarm_counts(b, now_ms)) {
            continue;
        }
        brute.pairs++;
        const int severe = alarm_severe(a, b, now_ms);
        if (severe == 0) {
            continue;
        }
        if (severe < 0) {
            brute.open++;
            continue;
        }
        *done = 1;
        brute.severe++;
        const size_t pair = pair_of(a->activity, b->activity);
        const bool heard = desks[a->member].sounded[pair] != 0 && desks[b->member].sounded[pair] != 0;
        if (!heard) {
            brute.missed++;
            fprintf(stderr, "missed: versions %zu and %zu at %lld\n", i, k, (long long)now_ms);
        }
    }
}

static void settle(struct dt_board *board, const struct dt_board_source *source, int64_t *now_ms)
{
    if (dt_board_settle(board, source, *now_ms) != DT_OK) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
}

static void run_week(struct dt_board *board)
{
    int64_t now_ms = T0, next_hour = T0;
    const struct dt_board_source source = {source_fact, source_about, source_side, found, &now_ms};
    for (size_t i = 0; i < event_count; i++) {
        for (; next_hour <= events[i].at_ms; next_hour += HOUR) { /* the clock alone changes windows */
            now_ms = next_hour;
            settle(board, &source, &now_ms);
            for (size_t k = 0; k < version_count; k++) {
                if (versions[k].movement && versions[k].time.until_ms <= now_ms) {
                    check_version(k, now_ms);
                }
            }
        }
        now_ms = events[i].at_ms;
        officers_look(now_ms);
        take_fact(board, &events[i].fact);
        settle(board, &source, &now_ms);
        if (events[i].fact.kind == DT_KIND_NOTICE || events[i].fact.kind == DT_KIND_NOTICE_STATE) {
            const struct dt_ref *of = events[i].fact.kind == DT_KIND_NOTICE ? NULL : &events[i].fact.target;
            const struct dt_ref own = ref_of(&events[i].fact);
            check_version((size_t)(version_of(of != NULL ? of : &own) - versions), now_ms);
        }
    }
}

static void report(uint64_t seed)
{
    size_t audible = 0, severe = 0, conflicts = 0;
    for (unsigned m = 0; m < ALARM_PARTIES; m++) {
        audible += desks[m].audible;
        severe += desks[m].severe;
        conflicts += desks[m].conflicts;
    }
    const double hours = 7.0 * 24 * ALARM_PARTIES;
    printf("{\"figure\": \"space.alarms_per_desk_hour\", \"value\": %.3f, \"unit\": \"1/h\", \"n\": %d, "
           "\"note\": \"%d parties, 7 days, seed %llu: of them severe %.3f; one for each conflict would be %.3f\"}\n",
           (double)audible / hours, ALARM_ACTIVITIES, ALARM_PARTIES, (unsigned long long)seed,
           (double)severe / hours, (double)conflicts / hours);
    printf("{\"figure\": \"space.severe_missed\", \"value\": %zu, \"unit\": \"\", \"n\": %d, \"limit\": 0, "
           "\"note\": \"%zu severe pairs of versions among %zu compared by brute force; %zu times too close to the "
           "threshold to say\"}\n",
           brute.missed, ALARM_ACTIVITIES, brute.severe, brute.pairs, brute.open);
}

int main(int argc, char **argv)
{
    static struct dt_charter charter;
    struct dt_board board;
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    rng_state = seed;
    dt_charter_defaults(&charter);
    charter.member_count = ALARM_PARTIES;
    known = calloc(KNOWN, sizeof *known);
    judged = calloc((size_t)ALARM_VERSIONS * ALARM_VERSIONS, 1);
    for (unsigned m = 0; m < ALARM_PARTIES; m++) {
        desks[m].sounded = calloc((size_t)ALARM_ACTIVITIES * ALARM_ACTIVITIES, sizeof(int64_t));
        if (desks[m].sounded == NULL || known == NULL || judged == NULL) {
            return 1;
        }
    }
    for (size_t i = 0; i < ALARM_ACTIVITIES; i++) {
        live(i);
    }
    qsort(events, event_count, sizeof events[0], compare_events);
    dt_board_init(&board, &charter);
    run_week(&board);
    report(seed);
    dt_board_free(&board);
    for (unsigned m = 0; m < ALARM_PARTIES; m++) {
        dt_alarms_free(&desks[m].alarms);
        free(desks[m].sounded);
    }
    free(known);
    free(judged);
    return brute.missed == 0 ? 0 : 1;
}
