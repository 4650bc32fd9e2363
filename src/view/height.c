/* SPDX-License-Identifier: ISC */
#include "view/height.h"

#define GROUND_LOWEST_MM 500000
#define GROUND_HIGHEST_MM 8900000
#define GEOID_BELOW_MM 110000 /* the geoid under the ellipsoid: more height over the sea */
#define GEOID_ABOVE_MM 90000
#define LEVEL_BELOW_MM 1500000
#define LEVEL_ABOVE_MM 750000

static int32_t limited(int64_t mm)
{
    return (int32_t)(mm < -DT_ALT_MAX_MM ? -DT_ALT_MAX_MM : mm > DT_ALT_MAX_MM ? DT_ALT_MAX_MM : mm);
}

struct dt_height_band dt_height_wider(struct dt_height_band band, int64_t below_mm,
                                      int64_t above_mm)
{
    /* "No limit" is no height: nothing is nearer or farther than that. */
    return (struct dt_height_band){
        band.lower_mm <= -DT_ALT_MAX_MM ? -DT_ALT_MAX_MM : limited(band.lower_mm - below_mm),
        band.upper_mm >= DT_ALT_MAX_MM ? DT_ALT_MAX_MM : limited(band.upper_mm + above_mm)};
}

/* Rounded away from zero: never less than the part. */
static int64_t part(int64_t mm, int64_t numerator, int64_t denominator)
{
    return (mm * numerator + denominator - 1) / denominator;
}

static struct dt_height_band of_level(struct dt_height_band b)
{
    const int64_t lower = b.lower_mm, upper = b.upper_mm;
    const int64_t down = lower > 0 ? part(lower, 1, 4) : part(-lower, 3, 20);
    const int64_t up = upper > 0 ? part(upper, 3, 20) : part(-upper, 1, 4);
    return dt_height_wider(b, down + LEVEL_BELOW_MM, up + LEVEL_ABOVE_MM);
}

struct dt_height_band dt_height_over_sea(struct dt_height_band band, enum dt_datum datum)
{
    switch (datum) {
    case DT_DATUM_SURFACE:
        return dt_height_wider(band, GROUND_LOWEST_MM, GROUND_HIGHEST_MM);
    case DT_DATUM_WGS84:
        return dt_height_wider(band, GEOID_ABOVE_MM, GEOID_BELOW_MM);
    case DT_DATUM_LEVEL:
        return of_level(band);
    case DT_DATUM_AMSL:
    default:
        return band;
    }
}

int32_t dt_height_of_ground(enum dt_datum datum)
{
    /* The lowest ground, and there the highest pressure in the coldest air: 288/216 of the
     * 440 m and the 615 m are 1,202 m below the level of the standard. */
    return datum == DT_DATUM_SURFACE ? 0
           : datum == DT_DATUM_LEVEL ? -1500000
           : datum == DT_DATUM_WGS84 ? -(GROUND_LOWEST_MM + GEOID_BELOW_MM)
                                     : -GROUND_LOWEST_MM;
}
