/* SPDX-License-Identifier: ISC */
/*
 * coord - positions as people write, say and read them.
 *
 * Three notations out, the same and some more in. Decimal degrees and degrees,
 * minutes, seconds give back exactly the position they were made from; MGRS names
 * a square. Nothing is guessed: a text with two readings is refused.
 *
 * Pure; integers only, except MGRS and UTM (utm.h). WGS84 throughout: a map with
 * another datum is off by up to hundreds of metres, and no text can show it.
 */
#ifndef DT_GEO_COORD_H
#define DT_GEO_COORD_H

#include <stdint.h>

#include "base/err.h"
#include "geo/point.h"

enum {
    DT_COORD_SIZE = 64,     /* room for any notation, UTF-8, with its NUL */
    DT_COORD_TEXT_MAX = 96, /* longer texts are refused */
};

/* "36.1234567N 037.0000000E": seven decimals, always. */
void dt_coord_decimal(char out[static DT_COORD_SIZE], struct dt_point point);

/* "36°07'24.4441"N 037°00'00.0000"E" */
void dt_coord_dms(char out[static DT_COORD_SIZE], struct dt_point point);

/* "37SCV2001499494": the square of 10^(5-digits) metres that holds the point,
 * 0 <= digits <= 5 (5: 1 m). BAD_COORDINATE beyond 80 S or 84 N, where MGRS needs
 * the polar grid; `out` is then empty. */
DT_MUST_USE enum dt_err dt_coord_mgrs(char out[static DT_COORD_SIZE], struct dt_point point,
                                      unsigned digits);

/* "37S 320014.88 3999494.09": zone, band, easting, northing in metres, to 1 cm. */
DT_MUST_USE enum dt_err dt_coord_utm(char out[static DT_COORD_SIZE], struct dt_point point);

/*
 * Reads any of:
 *   36.1234567N 37E      N36.5 E037     -36.5, 37       (latitude first)
 *   36°07'24.4"N 37°0'E  36 07 24.4 N 037 00 00 E       36:07:24N 37:00:00E
 *   37SCV2001499494      37S CV 20014 99494             (MGRS: 0 to 5 digits each)
 *   37S 320014 3999494                                  (UTM; S is the band, not south)
 * Letters may be lower case; the decimal sign is a full stop. With both hemisphere
 * letters the longitude may come first.
 *
 * DT_OK: *point, and *square_mm the side of the square an MGRS text names, whose
 * middle is returned, else 0. The caller enlarges the volume by that.
 * BAD_TEXT: not one of the above. BAD_COORDINATE: out of range, or a grid
 * reference that does not exist. `text` is a NUL-terminated string.
 */
DT_MUST_USE enum dt_err dt_coord_parse(struct dt_point *point, uint32_t *square_mm,
                                       const char *text);

#endif
