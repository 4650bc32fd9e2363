/* SPDX-License-Identifier: ISC */
#include "geo/utm.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "geo/geodesic.h"
#include "geo/math.h"

#define F DT_EARTH_F
#define N (F / (2.0 - F))
#define E2 (F * (2.0 - F))
#define SCALE 0.9996
#define RECTIFYING (DT_EARTH_A / (1.0 + N) * (1.0 + N * N / 4.0 + N * N * N * N / 64.0))
#define DEGREE 10000000 /* in 1e-7 degree */

static const char bands[] = "CDEFGHJKLMNPQRSTUVWX";

/* Karney 2011, eq. (35) and (36). */
static const double alpha[4] = {
    N * (1.0 / 2 + N * (-2.0 / 3 + N * (5.0 / 16 + N * (41.0 / 180)))),
    N *N *(13.0 / 48 + N * (-3.0 / 5 + N * (557.0 / 1440))),
    N *N *N *(61.0 / 240 + N * (-103.0 / 140)),
    N *N *N *N *(49561.0 / 161280),
};
static const double beta[4] = {
    N * (1.0 / 2 + N * (-2.0 / 3 + N * (37.0 / 96 + N * (-1.0 / 360)))),
    N *N *(1.0 / 48 + N * (1.0 / 15 + N * (-437.0 / 1440))),
    N *N *N *(17.0 / 480 + N * (-37.0 / 840)),
    N *N *N *N *(4397.0 / 161280),
};

int dt_utm_band_south(char band)
{
    const char *at = band != '\0' ? strchr(bands, band) : NULL;
    return at != NULL ? (int)(at - bands) * 8 - 80 : 127;
}

static int zone_of(struct dt_point p)
{
    const int64_t lon = p.lon_e7 == DT_LON_MAX_E7 ? -(int64_t)DT_LON_MAX_E7 : p.lon_e7;
    const int degree = (int)((lon + DT_LON_MAX_E7) / DEGREE) - 180;
    int zone = (degree + 180) / 6 + 1;
    if (p.lat_e7 >= 56 * DEGREE && p.lat_e7 < 64 * DEGREE && degree >= 3 && degree < 12) {
        zone = 32; /* south-west Norway */
    }
    if (p.lat_e7 >= 72 * DEGREE && degree >= 0 && degree < 42) { /* Svalbard */
        zone = degree < 9 ? 31 : degree < 21 ? 33 : degree < 33 ? 35 : 37;
    }
    return zone;
}

/* The conformal latitude's tangent for that of the latitude; eq. (7)-(9). */
static double conformal(double tau)
{
    const double e = dt_sqrt(E2);
    double sigma;
    double unused;
    dt_sinhcosh_small(e * dt_atanh_small(e * tau / dt_hypot(1.0, tau)), &sigma, &unused);
    return tau * dt_hypot(1.0, sigma) - sigma * dt_hypot(1.0, tau);
}

/* xi + i eta plus (or minus) the sum of c[j] sin 2j(xi + i eta). */
static void correct(double *xi, double *eta, const double c[static 4], double sign)
{
    const double xi0 = *xi;
    const double eta0 = *eta;
    for (int j = 1; j <= 4; j++) {
        double s;
        double k;
        double sh;
        double ch;
        dt_sincos(2.0 * j * xi0, &s, &k);
        dt_sinhcosh_small(2.0 * j * eta0, &sh, &ch);
        *xi += sign * c[j - 1] * s * ch;
        *eta += sign * c[j - 1] * k * sh;
    }
}

enum dt_err dt_utm_from_point(struct dt_utm *utm, struct dt_point point)
{
    if (point.lat_e7 < -80 * DEGREE || point.lat_e7 > 84 * DEGREE) {
        return DT_ERR_BAD_COORDINATE;
    }
    const int row = (point.lat_e7 + 80 * DEGREE) / (8 * DEGREE);
    utm->band = bands[row < 19 ? row : 19];
    utm->zone = zone_of(point);
    double s_phi;
    double c_phi;
    double s;
    double c;
    int64_t lon = (int64_t)point.lon_e7 - (int64_t)(6 * utm->zone - 183) * DEGREE;
    lon = lon > DT_LON_MAX_E7 ? lon - 2 * (int64_t)DT_LON_MAX_E7 : lon;
    dt_sincos_e7((double)point.lat_e7, &s_phi, &c_phi);
    dt_sincos_e7((double)lon, &s, &c);
    const double tau = conformal(s_phi / c_phi);
    const double x = s / dt_hypot(tau, c);
    double xi = dt_atan2(tau, c);
    double eta = dt_atanh_small(x / dt_hypot(1.0, x)); /* the inverse hyperbolic sine of x */
    correct(&xi, &eta, alpha, 1.0);
    utm->easting = 500000.0 + SCALE * RECTIFYING * eta;
    utm->northing = SCALE * RECTIFYING * xi + (point.lat_e7 < 0 ? 1e7 : 0.0);
    return DT_OK;
}

/* Newton's method for the inverse of conformal(); eq. (19)-(21). */
static double unconformal(double tau_c)
{
    double tau = tau_c / (1.0 - E2);
    for (int i = 0; i < 6; i++) {
        const double at = conformal(tau);
        tau += (tau_c - at) / dt_hypot(1.0, at) * (1.0 + (1.0 - E2) * tau * tau) /
               ((1.0 - E2) * dt_hypot(1.0, tau));
    }
    return tau;
}

static bool in_zone(const struct dt_utm *utm, double lat, double lon_off, double slack)
{
    const int south = dt_utm_band_south(utm->band);
    const double tolerance = slack / 110000.0;
    if (lat < south - tolerance || lat > south + (utm->band == 'X' ? 12 : 8) + tolerance) {
        return false;
    }
    const bool wide = (utm->band == 'V' && utm->zone == 32) || (utm->band == 'X');
    double s;
    double c;
    dt_sincos_e7(lat * DEGREE, &s, &c);
    return (dt_abs(lon_off) - (wide ? 6.0 : 3.0)) * 111320.0 * c <= 100000.0 + slack;
}

enum dt_err dt_utm_to_point(struct dt_point *point, const struct dt_utm *utm, double slack)
{
    const int south = dt_utm_band_south(utm->band);
    if (utm->zone < 1 || utm->zone > 60 || south == 127 ||
        !(utm->easting >= 0.0 && utm->easting <= 1e6) ||
        !(utm->northing >= -1e6 && utm->northing <= 1.1e7)) {
        return DT_ERR_BAD_COORDINATE;
    }
    double xi = (utm->northing - (south < 0 ? 1e7 : 0.0)) / (SCALE * RECTIFYING);
    double eta = (utm->easting - 500000.0) / (SCALE * RECTIFYING);
    correct(&xi, &eta, beta, -1.0);
    double s;
    double c;
    double sh;
    double ch;
    dt_sincos(xi, &s, &c);
    dt_sinhcosh_small(eta, &sh, &ch);
    if (c <= 0.0) {
        return DT_ERR_BAD_COORDINATE; /* beyond a pole */
    }
    const double tau = unconformal(s / dt_hypot(sh, c));
    const double lat_e7 = dt_atan2(tau, 1.0) / DT_RADIAN_PER_E7;
    const double off_e7 = dt_atan2(sh, c) / DT_RADIAN_PER_E7;
    if (!in_zone(utm, lat_e7 / DEGREE, off_e7 / DEGREE, slack)) {
        return DT_ERR_BAD_COORDINATE;
    }
    int64_t lon = dt_round(off_e7 + (double)(6 * utm->zone - 183) * DEGREE);
    lon = lon > DT_LON_MAX_E7 ? lon - 2 * (int64_t)DT_LON_MAX_E7 : lon;
    lon = lon < -DT_LON_MAX_E7 ? lon + 2 * (int64_t)DT_LON_MAX_E7 : lon;
    *point = (struct dt_point){(int32_t)dt_round(lat_e7), (int32_t)lon};
    return DT_OK;
}
