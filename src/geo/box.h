/* SPDX-License-Identifier: ISC */
/*
 * box - a volume as a box of integers: latitude, longitude, time, height. Internal to
 * geo; what the index sorts by and rejects by.
 *
 * A box always holds its volume. Two volumes within the separations have boxes that
 * overlap, once one of them was made with those separations (dt_box_around). Units are
 * chosen so that everything fits 32 bits: 4e-7 degree (4 cm), 4 seconds, 8 mm.
 *
 * Longitude: a box begins in -180..180 and may end beyond 180, so that it is whole where
 * the footprint crosses the antimeridian; whoever compares two boxes tries one of them a
 * turn to the east and a turn to the west as well (DT_BOX_TURN). A footprint that holds a
 * pole, or comes within two degrees of one, has all longitudes.
 *
 * Height: each datum has a stretch of the axis for itself.
 */
#ifndef DT_GEO_BOX_H
#define DT_GEO_BOX_H

#include <stdint.h>

#include "geo/conflict.h"
#include "geo/volume.h"

enum { DT_BOX_LAT, DT_BOX_LON, DT_BOX_TIME, DT_BOX_HEIGHT, DT_BOX_AXES };

enum {
    DT_BOX_TURN = 900000000,      /* 360 degrees */
    DT_BOX_TIME_MAX = 1073741823, /* times beyond are this: 1834 and 2106 */
    DT_BOX_DATUMS = 4,
};

struct dt_box { /* closed */
    int32_t lo[DT_BOX_AXES], hi[DT_BOX_AXES];
};

/* `datum` below DT_BOX_DATUMS. */
void dt_box_of(struct dt_box *box, const struct dt_volume *volume, unsigned datum);

/* What may be within `separation` of the volume, on its own datum. */
void dt_box_around(struct dt_box *box, const struct dt_volume *volume, unsigned datum,
                   const struct dt_separation *separation);

/* The part of the height axis that belongs to a datum. */
void dt_box_heights(unsigned datum, int32_t *lo, int32_t *hi);

/* The value on the time axis; half-open windows end at dt_box_time(until_ms - 1). */
int32_t dt_box_time(int64_t ms);

#endif
