/* SPDX-License-Identifier: ISC */
/*
 * utm - the Universal Transverse Mercator grid on WGS84, from 80 S to 84 N.
 *
 *     geodesic -> [utm] -> coord
 *
 * For people only: nothing is decided on grid coordinates. Krueger's series to
 * fourth order in the third flattening (C. F. F. Karney, "Transverse Mercator
 * with an accuracy of a few nanometers", Journal of Geodesy 85 (2011) 475-485);
 * measured error below 1 micrometre inside a zone. Zones with the exceptions of
 * south-west Norway and Svalbard; bands C to X without I and O (NGA.SIG.0012).
 * Pure.
 */
#ifndef DT_GEO_UTM_H
#define DT_GEO_UTM_H

#include "base/err.h"
#include "geo/point.h"

struct dt_utm {
    int zone;        /* 1..60 */
    char band;       /* C..X; N and later are north of the equator */
    double easting;  /* metres, 500,000 on the central meridian */
    double northing; /* metres, 10,000,000 at the equator for southern bands */
};

/* BAD_COORDINATE outside 80 S .. 84 N: the polar grid (UPS) is not covered. */
DT_MUST_USE enum dt_err dt_utm_from_point(struct dt_utm *utm, struct dt_point point);

/* BAD_COORDINATE if zone or band do not exist, or the place is not in the band
 * and zone it claims, by more than `slack` metres (and 100 km for the zone, as
 * neighbouring grids overlap). */
DT_MUST_USE enum dt_err dt_utm_to_point(struct dt_point *point, const struct dt_utm *utm,
                                        double slack);

/* South edge of a band in degrees; 127 if there is no such band. */
int dt_utm_band_south(char band);

#endif
