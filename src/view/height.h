/* SPDX-License-Identifier: ISC */
/*
 * height - bands of height on different datums, made comparable without a model of the
 * ground, the geoid or the weather: each becomes the band over mean sea level in which it
 * certainly lies, anywhere and at any time. protocol.md section 9.
 *
 * Bounds, outward everywhere:
 *   ground      -500 m (the shore of the Dead Sea is at -440 m) to 8,900 m (Everest 8,849 m)
 *   geoid       -110 m to +90 m over the ellipsoid (EGM2008: -107 m to +86 m)
 *   flight level  a pressure in the standard atmosphere (ICAO Doc 7488: 1013.25 hPa,
 *               288.15 K, 6.5 K a kilometre). Sea level pressures have been between 870 hPa
 *               (1979, Tip) and 1,089.4 hPa (2004, Tosontsengel; WMO archive of extremes),
 *               which stand at 1,267 m and -615 m in it; by 3/20 more in warm air 1,457 m
 *               and -707 m: so 1,500 m below and 750 m above.
 *               The air between is as much thicker or thinner as it is warmer or colder
 *               (ICAO Doc 8168, cold temperature correction): by a quarter of the height
 *               thinner, 216 K or -57 C for the whole column where the standard has 288 K,
 *               and by 3/20 thicker, 331 K or 58 C (record 56.7 C).
 * A bound of -DT_ALT_MAX_MM or DT_ALT_MAX_MM (no limit) stays one. Integers only, pure.
 */
#ifndef DT_VIEW_HEIGHT_H
#define DT_VIEW_HEIGHT_H

#include "view/notice.h"

struct dt_height_band {
    int32_t lower_mm, upper_mm;
};

/* `datum` is one of enum dt_datum. */
struct dt_height_band dt_height_over_sea(struct dt_height_band band, enum dt_datum datum);

/* Lower by `below_mm`, higher by `above_mm` (not negative), within +-DT_ALT_MAX_MM. */
struct dt_height_band dt_height_wider(struct dt_height_band band, int64_t below_mm,
                                      int64_t above_mm);

/* Where a band "from the ground" begins on another datum, in millimetres. */
int32_t dt_height_of_ground(enum dt_datum datum);

#endif
