/* SPDX-License-Identifier: ISC */
/*
 * notice - a notified activity: what is told to the whole line, what only readers
 * see, and the life of its versions. protocol.md section 9.
 *
 *     officer's form -> [notice] -> seal -> log -> [notice] -> conflict, matcher
 *
 * The clear part says category, what is asked, coarse cells and a window. The sealed
 * part holds the exact volumes; whoever cannot open it compares at cell level.
 *
 * A notification is not a permission, and nothing here says that a place is free of
 * anything.
 *
 * Memory: decoding allocates nothing; all geometry lies inside struct
 * dt_notice_plain, about 40 KiB, whose volumes point into it: fill it in place, do
 * not copy it by assignment. Pure.
 */
#ifndef DT_VIEW_NOTICE_H
#define DT_VIEW_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/volume.h"
#include "view/body.h"
#include "view/fact.h"

enum {
    DT_NOTICE_CELLS_MAX = 512,
    DT_NOTICE_VOLUMES_MAX = 16,
    DT_NOTICE_RINGS_MAX = 128,             /* of all volumes */
    DT_NOTICE_POSITIONS_MAX = 1024,        /* of all volumes, as written: rings not closed */
    DT_NOTICE_RADIUS_MAX_MM = 1000000000,  /* 1,000 km */
    DT_NOTICE_ACCURACY_MAX_MM = 100000000, /* 100 km */
    DT_NOTICE_TOLERANCE_MAX_MS = 86400000, /* 24 h */
    DT_NOTICE_ALT_ACCURACY_MAX_MM = 10000000, /* 10 km */
    DT_NOTICE_WINDOWS_MAX = 512,              /* told apart, of all volumes */
    DT_NOTICE_WINDOW_POSITIONS_MAX = 8192,    /* windows times positions, of one volume */
};

#define DT_STALE_MS (INT64_C(90) * 86400000) /* protocol.md section 9 */

/* X(NAME, code, stable name) */
#define DT_CATEGORIES(X)               \
    X(STATIC, 1, "STATIC")             \
    X(MOVEMENT, 2, "MOVEMENT")         \
    X(FLIGHT, 3, "FLIGHT")             \
    X(MARITIME, 4, "MARITIME")         \
    X(FIRES, 5, "FIRES")               \
    X(EXERCISE_ACT, 6, "EXERCISE_ACT") \
    X(AIRSPACE_RES, 7, "AIRSPACE_RES") \
    X(HAZARD, 8, "HAZARD")             \
    X(EVAC, 9, "EVAC")                 \
    X(CORRIDOR, 10, "CORRIDOR")

#define DT_REQUESTS(X)                         \
    X(INFORM_ONLY, 1, "INFORM_ONLY")           \
    X(ADD_TO_NO_STRIKE, 2, "ADD_TO_NO_STRIKE") \
    X(AVOID_WINDOW, 3, "AVOID_WINDOW")         \
    X(ESCORT, 4, "ESCORT")                     \
    X(PASSAGE, 5, "PASSAGE")                   \
    X(EXPLAIN, 6, "EXPLAIN")

enum dt_category {
#define X(name, code, text) DT_CATEGORY_##name = code,
    DT_CATEGORIES(X)
#undef X
        DT_CATEGORY_MAX = DT_CATEGORY_CORRIDOR,
};

enum dt_request {
#define X(name, code, text) DT_REQUEST_##name = code,
    DT_REQUESTS(X)
#undef X
        DT_REQUEST_MAX = DT_REQUEST_EXPLAIN,
};

const char *dt_category_name(int64_t code); /* "STATIC"; "?" outside the range */
const char *dt_request_name(int64_t code);
/* Code of a name, any case; 0 if there is none. */
int dt_category_find(const char *name);
int dt_request_find(const char *name);

/* --- clear part ------------------------------------------------------------------ */

struct dt_body_notice {
    bool has_amended;
    struct dt_ref amended; /* the version this one replaces */
    enum dt_category category;
    enum dt_request request;
    uint32_t cells[DT_NOTICE_CELLS_MAX]; /* geo/cells.h; may be none: existence only */
    size_t cell_count;
    int64_t start_ms;
    int64_t end_ms;               /* after start */
    char source[DT_TEXT_MAX + 1]; /* id in another system; "" if there is none */
    bool movement;                /* does not end by the clock */
};

DT_MUST_USE enum dt_err dt_body_notice_encode(uint8_t *out, size_t capacity, size_t *size,
                                              const struct dt_body_notice *b);
/* Key 6 of a map alone, into out->cells. */
DT_MUST_USE enum dt_err dt_body_notice_cells(struct dt_body_notice *out, struct dt_span map);
/* Also END_BEFORE_START, BAD_TIME. */
DT_MUST_USE enum dt_err dt_body_notice_decode(struct dt_body_notice *out, struct dt_span body);

/* --- sealed part: words by field ----------------------------------------------------- */

/* X(NAME, number, stable name): what forms of field missions ask for beside title, contact and
 * text. Persons by category and number only; no lists of cargo. */
#define DT_DETAILS(X)                          \
    X(BASIS, 1, "treaty_basis")                \
    X(HOW, 2, "how")                           \
    X(PLACE_NAME, 3, "place_name")             \
    X(ADMIN_CODE, 4, "admin_code")             \
    X(STOPS, 5, "stops")                       \
    X(VEHICLES, 6, "vehicles")                 \
    X(AIRCRAFT, 7, "aircraft")                 \
    X(PERSONS, 8, "persons")                   \
    X(CARGO, 9, "cargo_class")                 \
    X(COMMS, 10, "comms")                      \
    X(FUNCTION, 11, "object_function")         \
    X(PROTECTION, 12, "protection")            \
    X(HAZARD, 13, "hazard_code")               \
    X(STATUS, 14, "object_status")             \
    X(SIZE, 15, "object_size")                 \
    X(PHOTOS, 16, "photos")                    \
    X(DESIGNATION, 17, "designation")          \
    X(PURPOSE, 18, "purpose")                  \
    X(COMMAND_LEVEL, 19, "command_level")      \
    X(PHASES, 20, "phases")                    \
    X(TROOPS, 21, "troops")                    \
    X(EQUIPMENT, 22, "equipment")              \
    X(AIR_SORTIES, 23, "air_sorties")          \
    X(REPLY_BY, 24, "reply_by")                \
    X(REVIEW_BY, 25, "review_by")

enum dt_detail {
#define X(name, number, text) DT_DETAIL_##name = number,
    DT_DETAILS(X)
#undef X
        DT_DETAIL_MAX = DT_DETAIL_REVIEW_BY,
};

enum {
    DT_DETAIL_NUMBER_MAX = 63, /* later versions may name more; shown as "?" */
    DT_DETAIL_TEXT_MAX = 200,  /* bytes */
    DT_NOTICE_DETAILS_MAX = 32,
};

const char *dt_detail_name(int64_t number);

struct dt_notice_detail {
    unsigned field; /* 1..DT_DETAIL_NUMBER_MAX */
    struct dt_span text; /* borrowed */
};

/* --- sealed part ------------------------------------------------------------------- */

/* A flight level is a pressure, said as the height it has in the standard atmosphere. */
enum dt_datum { DT_DATUM_SURFACE, DT_DATUM_AMSL, DT_DATUM_WGS84, DT_DATUM_LEVEL };

const char *dt_datum_name(int64_t datum); /* "SFC", "AMSL", "WGS84", "FL" */

/* A volume as its author wrote it. In `shape`, rings of polygons are closed as geo
 * wants them; radius and times are not yet enlarged. */
struct dt_notice_volume {
    struct dt_volume shape;
    enum dt_datum datum;
    uint32_t accuracy_mm;
    uint32_t alt_accuracy_mm;
    int64_t tolerance_ms;
    /* Of `shape.time` only windows of this length, one each `every_ms`; 0: all of it. */
    int64_t length_ms, every_ms;
};

struct dt_notice_plain {
    char title[DT_TEXT_MAX + 1];
    char contact[DT_TEXT_MAX + 1]; /* "" if there is none */
    struct dt_span text;           /* borrowed; empty if there is none */
    char language[DT_LANGUAGE_MAX + 1];
    bool has_tiers; /* parts below this one belong to it, with this digest (log/tier.h) */
    uint8_t tiers[DT_HASH_SIZE];
    struct dt_notice_detail details[DT_NOTICE_DETAILS_MAX]; /* ascending by field, each once */
    size_t detail_count;
    struct dt_notice_volume volumes[DT_NOTICE_VOLUMES_MAX];
    size_t volume_count; /* at least one */
    /* Where the volumes' arrays lie after decoding. An encoder's caller may use
     * them, or arrays of his own. */
    struct dt_ring rings[DT_NOTICE_RINGS_MAX];
    size_t ring_count;
    struct dt_point points[DT_NOTICE_POSITIONS_MAX + DT_NOTICE_RINGS_MAX];
    size_t point_count;    /* closing ones included, */
    size_t position_count; /* and not */
    struct dt_window legs[DT_NOTICE_POSITIONS_MAX];
    size_t leg_count;
};

/*
 * The plaintext to be sealed. `clear` gives category and window: the two parts must fit.
 * Says what dt_notice_plain_decode() says of content; TOO_LARGE if it does not fit
 * DT_SEALED_MAX.
 */
DT_MUST_USE enum dt_err dt_notice_plain_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_notice_plain *plain,
                                               const struct dt_body_notice *clear);

/*
 * Reads and judges an opened plaintext (without padding). Besides errors of form:
 *
 *   MISSING_ALTITUDE  a volume without both bounds; a flight on the ground, or without
 *                     limits
 *   BAD_TIME          a volume's window outside the notice's, a leg's outside its volume's
 *   CAPACITY          more volumes, rings or positions than this program holds: it is
 *                     then compared at cell level
 *   and what dt_volume_check() says.
 *
 * `out` must not be used after an error. Cost: dt_volume_check of each volume.
 */
DT_MUST_USE enum dt_err dt_notice_plain_decode(struct dt_notice_plain *out, struct dt_span plain,
                                               const struct dt_body_notice *clear);

/*
 * The windows of a volume of a notice with `volumes` of them, as its author wrote them:
 * ascending, apart, at least one. `windows` has room for DT_NOTICE_WINDOWS_MAX. Where more
 * come again than DT_NOTICE_WINDOWS_MAX / volumes, or DT_NOTICE_WINDOW_POSITIONS_MAX /
 * positions, the last one lasts to the end of all: more is covered than was said.
 */
size_t dt_notice_windows(struct dt_window *windows, const struct dt_notice_volume *volume,
                         size_t volumes);

/* Longer by the tolerance at both ends, within +-DT_TIME_MAX_MS. */
struct dt_window dt_notice_longer(struct dt_window w, int64_t tolerance_ms);

/* The volume as it is compared: radius and heights more by the accuracies, windows longer by
 * the tolerance at both ends. `legs` has room for DT_RING_MAX and is used if there are any. */
void dt_notice_enlarge(struct dt_volume *out, struct dt_window *legs,
                       const struct dt_notice_volume *volume);

/* Fills clear->cells with every cell an enlarged volume touches, ascending, each once.
 * CAPACITY, and no cells, if there are more than DT_NOTICE_CELLS_MAX. */
DT_MUST_USE enum dt_err dt_notice_cells(struct dt_body_notice *clear,
                                        const struct dt_notice_plain *plain);

/*
 * What cells are compared by is the clear window: made as long as every volume's with its
 * tolerance, so that nothing is missed by whoever sees no more. For a notice without tiers,
 * by its author. The volumes keep their own times.
 */
void dt_notice_tolerate(struct dt_body_notice *clear, const struct dt_notice_plain *plain);

/* When it is, for people: where volumes have a tolerance their own times, without it; else, or
 * where they cannot be read (NULL), the clear window. */
struct dt_window dt_notice_when(const struct dt_body_notice *clear,
                                const struct dt_notice_plain *plain);

/* --- life -------------------------------------------------------------------------- */

/* What a version is now; the first that holds, from the bottom up. */
enum dt_life {
    DT_LIFE_PLANNED,
    DT_LIFE_ACTIVE,
    DT_LIFE_STALE,      /* a static site that nobody has confirmed for DT_STALE_MS */
    DT_LIFE_EXPIRED,    /* past its end; its windows keep it out of what comes later */
    DT_LIFE_OVERDUE,    /* a movement past its end that has not arrived: an alarm */
    DT_LIFE_ENDED,      /* the author said so, and it had ended by its own window or
                         * everybody told has acknowledged it */
    DT_LIFE_ARRIVED,    /* a movement's author said so */
    DT_LIFE_SUPERSEDED, /* everybody told has acknowledged an amendment */
    DT_LIFE_CANCELLED,  /* or that it was cancelled */
};

const char *dt_life_name(enum dt_life life);

/* One NOTICE or NOTICE_STATE among the facts given. */
struct dt_life_entry {
    struct dt_ref ref;
    unsigned kind; /* look at those with DT_KIND_NOTICE; the states are listed to be found */
    enum dt_life life;
    bool counts;       /* its volumes stand in every check */
    bool amended;      /* an amendment exists, acknowledged or not */
    bool cancelling;   /* cancelled or ended by its author, not acknowledged yet */
    struct dt_members awaited; /* whose officers' acknowledgement it then waits for */
    bool started, delayed;
    bool movement, arrived;
    int64_t written_ms;   /* when its author says it was written, */
    int64_t confirmed_ms; /* and last confirmed: then, or by a later state or amendment */
    int64_t start_ms;
    int64_t end_ms;             /* as notified, or later if delayed */
    int64_t extension_ms;       /* by which a delay has made its windows longer */
    const struct dt_fact *fact; /* borrowed */
    /* Used while deriving: */
    size_t parent;
    size_t amenders;         /* versions that amend this one and have not been looked at */
    struct dt_members acked; /* officers of these acknowledged it, or what amends it */
    struct dt_members cancelled_by, ended_by; /* that it is cancelled, that it has ended */
    bool superseded, cancelled, ended, end_confirmed;
};

/* Who is on the line; whom a record addresses that names nobody. */
struct dt_life_line {
    unsigned members;       /* as in the charter */
    struct dt_members left; /* by a LEAVE with a verified signature: nobody waits for them */
};

/*
 * The life of all versions found in `facts`: NOTICE, NOTICE_STATE and ACK facts of one
 * line in any order; others are skipped, invalid ones have no effect. `entries` gets one
 * entry for each valid NOTICE and NOTICE_STATE, ascending by (wid, seq). CAPACITY if
 * there are more.
 *
 * A state (arrived, ended, cancelled) that names a version holds for it and the versions
 * it amends. The clock (now_ms) decides only between planned, active, expired and
 * overdue; it never takes a movement out of the checks. Cost: n log n.
 *
 * A version that was amended, cancelled or ended goes on counting until an officer of every
 * member that it, or what takes its place, was told to has acknowledged the latter, or
 * what amends that; but for its author and those who have left. At least one must have.
 */
DT_MUST_USE enum dt_err dt_notice_life(struct dt_life_entry *entries, size_t capacity,
                                       size_t *count, const struct dt_life_line *line,
                                       const struct dt_fact *facts, size_t facts_count,
                                       int64_t now_ms);

/* The entry of one version, exact leaf, or NULL. */
const struct dt_life_entry *dt_life_find(const struct dt_life_entry *entries, size_t count,
                                         const struct dt_ref *ref);

/*
 * What the clock does to a window in a check made at `now_ms`: longer by `extension_ms`;
 * of a movement that has not arrived, one that has passed lasts to the movement's end
 * (`end_ms`, delays counted), and for ever once that has passed: it may still be there.
 */
struct dt_window dt_life_window(struct dt_window window, bool movement, int64_t end_ms,
                                int64_t extension_ms, int64_t now_ms);

#endif
