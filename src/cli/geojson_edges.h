/* SPDX-License-Identifier: ISC */
/*
 * geojson_edges - what RFC 7946 says of edges, done to the shapes of a notice (geojson.h).
 *
 *     shape -> check_edges -> join -> (times, heights) -> straight
 */
#ifndef DT_CLI_GEOJSON_EDGES_H
#define DT_CLI_GEOJSON_EDGES_H

#include "base/try.h"
#include "cli/geojson.h"

/* Refuses edges over half the earth: which way round they go nobody can know. */
DT_MUST_USE enum dt_err dt_geojson_check_edges(const struct dt_notice_plain *plain,
                                               struct dt_geojson_fault *fault);
/* Makes one shape of parts that meet at the antimeridian; leaves all others. */
void dt_geojson_join(struct dt_notice_plain *plain);
/* Edges straight in longitude and latitude as geodesics: split so that they stray by at most
 * 0.5 m, and the volume wider by what remains. After times: legs are split with their edges. */
DT_MUST_USE enum dt_err dt_geojson_straight(struct dt_notice_plain *plain,
                                            struct dt_geojson_fault *fault);

/* --- for both: the volumes of a notice made anew, in memory of their own ----------------------- */

struct dt_reshape {
    struct dt_notice_volume volume[DT_NOTICE_VOLUMES_MAX];
    size_t first_ring[DT_NOTICE_VOLUMES_MAX], volumes;
    size_t first_point[DT_NOTICE_RINGS_MAX], ring_size[DT_NOTICE_RINGS_MAX], rings;
    struct dt_point point[DT_NOTICE_POSITIONS_MAX + DT_NOTICE_RINGS_MAX];
    size_t points;
    struct dt_window leg[DT_NOTICE_POSITIONS_MAX];
    size_t legs;
};

struct dt_reshape *dt_reshape_begin(void);
/* A volume like `v` without rings and legs; then its rings. TOO_LARGE. */
DT_MUST_USE enum dt_err dt_reshape_volume(struct dt_reshape *made, const struct dt_notice_volume *v);
DT_MUST_USE enum dt_err dt_reshape_ring(struct dt_reshape *made, const struct dt_ring *ring);
/* Only now is the notice another. */
void dt_reshape_end(const struct dt_reshape *made, struct dt_notice_plain *plain);

#endif
