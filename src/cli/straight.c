/* SPDX-License-Identifier: ISC */
#include "cli/straight.h"

#include <math.h>
#include <stdlib.h>

static const double degree = 0.017453292519943295;
static const double radius_m = 6400000; /* above every radius of curvature of WGS84 */
static const double margin = 1.02;      /* the formula is a sphere's */

int64_t dt_turn_e7(struct dt_point a, struct dt_point b)
{
    const int64_t whole = 2 * (int64_t)DT_LON_MAX_E7;
    const int64_t turn = ((int64_t)b.lon_e7 - a.lon_e7) % whole;
    return turn < -(int64_t)DT_LON_MAX_E7 ? turn + whole : turn >= DT_LON_MAX_E7 ? turn - whole : turn;
}

double dt_stray_m(struct dt_point a, struct dt_point b)
{
    const double south = fmin(a.lat_e7, b.lat_e7) * 1e-7 * degree;
    const double north = fmax(a.lat_e7, b.lat_e7) * 1e-7 * degree;
    const double high = fmax(fabs(south), fabs(north));
    const double low = south * north <= 0 ? 0 : fmin(fabs(south), fabs(north));
    const double turn = fabs((double)dt_turn_e7(a, b)) * 1e-7 * degree, climb = north - south;
    const double across = turn * cos(high);
    const double square = climb * climb + across * across;
    const double steep = square > 0 ? climb * climb / square : 0;
    const double length = radius_m * hypot(climb, turn * cos(low));
    return margin * (1 + steep) * sin(high) * turn * length / 8;
}
