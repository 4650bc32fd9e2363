/* SPDX-License-Identifier: ISC */
/*
 * Names follow the paper: sigma is arc length on the auxiliary sphere, omega its
 * longitude, alpha azimuth, alpha0 the azimuth at the equator, epsilon the
 * expansion parameter. s_x and c_x are sine and cosine of x. Equation numbers are
 * those of Karney 2013.
 */
#include "geo/geodesic.h"

#include <stdbool.h>
#include <stddef.h>

#include "geo/math.h"

#define F DT_EARTH_F
#define F1 (1.0 - F)
#define N (F / (2.0 - F))
#define E2 (F * (2.0 - F))
#define EP2 (E2 / (F1 * F1))
#define TINY 0x1p-500 /* a cosine that must not be zero */

/* Eq. (17): A1, and eq. (18), (21), (42), (43) for C1, C1', A2, C2. */
static double series_a1(double e)
{
    const double z = e * e;
    return (1.0 + z * (1.0 / 4 + z * (1.0 / 64 + z * (1.0 / 256)))) / (1.0 - e);
}

static void series_c1(double e, double c[static 6])
{
    const double z = e * e;
    double p = e;
    c[0] = p * (-1.0 / 2 + z * (3.0 / 16 - z * (1.0 / 32)));
    p *= e;
    c[1] = p * (-1.0 / 16 + z * (1.0 / 32 - z * (9.0 / 2048)));
    p *= e;
    c[2] = p * (-1.0 / 48 + z * (3.0 / 256));
    p *= e;
    c[3] = p * (-5.0 / 512 + z * (3.0 / 512));
    p *= e;
    c[4] = p * (-7.0 / 1280);
    c[5] = p * e * (-7.0 / 2048);
}

static void series_c1p(double e, double c[static 6])
{
    const double z = e * e;
    double p = e;
    c[0] = p * (1.0 / 2 + z * (-9.0 / 32 + z * (205.0 / 1536)));
    p *= e;
    c[1] = p * (5.0 / 16 + z * (-37.0 / 96 + z * (1335.0 / 4096)));
    p *= e;
    c[2] = p * (29.0 / 96 + z * (-75.0 / 128));
    p *= e;
    c[3] = p * (539.0 / 1536 + z * (-2391.0 / 2560));
    p *= e;
    c[4] = p * (3467.0 / 7680);
    c[5] = p * e * (38081.0 / 61440);
}

static double series_a2(double e)
{
    const double z = e * e;
    return (1.0 - e) * (1.0 + z * (1.0 / 4 + z * (9.0 / 64 + z * (25.0 / 256))));
}

static void series_c2(double e, double c[static 6])
{
    const double z = e * e;
    double p = e;
    c[0] = p * (1.0 / 2 + z * (1.0 / 16 + z * (1.0 / 32)));
    p *= e;
    c[1] = p * (3.0 / 16 + z * (1.0 / 32 + z * (35.0 / 2048)));
    p *= e;
    c[2] = p * (5.0 / 48 + z * (5.0 / 256));
    p *= e;
    c[3] = p * (35.0 / 512 + z * (7.0 / 512));
    p *= e;
    c[4] = p * (63.0 / 1280);
    c[5] = p * e * (77.0 / 2048);
}

/* Eq. (24) and (25). */
static double series_a3(double e)
{
    return 1.0 + e * (-(1.0 - N) / 2 + e * (-(2.0 + N - 3.0 * N * N) / 8 +
                                            e * (-(1.0 + 3.0 * N + N * N) / 16 +
                                                 e * (-(3.0 + 2.0 * N) / 64 + e * (-3.0 / 128)))));
}

static void series_c3(double e, double c[static 5])
{
    double p = e;
    c[0] = p * ((1.0 - N) / 4 +
                e * ((1.0 - N * N) / 8 + e * ((3.0 + 3.0 * N - N * N) / 64 +
                                              e * ((5.0 + 2.0 * N) / 128 + e * (3.0 / 128)))));
    p *= e;
    c[1] = p * ((2.0 - 3.0 * N + N * N) / 32 +
                e * ((3.0 - 2.0 * N - 3.0 * N * N) / 64 + e * ((3.0 + N) / 128 + e * (5.0 / 256))));
    p *= e;
    c[2] =
        p * ((5.0 - 9.0 * N + 5.0 * N * N) / 192 + e * ((9.0 - 10.0 * N) / 384 + e * (7.0 / 512)));
    p *= e;
    c[3] = p * ((7.0 - 14.0 * N) / 512 + e * (7.0 / 512));
    c[4] = p * e * (21.0 / 2560);
}

/* The sum of c[k-1] sin(2 k x) for k = 1..count, by Clenshaw's recurrence. */
static double sine_sum(double s, double c, const double *coefficient, int count)
{
    const double twice = 2.0 * (c - s) * (c + s); /* 2 cos 2x */
    double y0 = 0.0;
    double y1 = 0.0;
    for (int k = count - 1; k >= 0; k--) {
        const double y = twice * y0 - y1 + coefficient[k];
        y1 = y0;
        y0 = y;
    }
    return 2.0 * s * c * y0;
}

static void normalise(double *s, double *c)
{
    const double h = dt_hypot(*s, *c);
    *s /= h;
    *c /= h;
}

static double epsilon_of(double k2)
{
    return k2 / (2.0 * (1.0 + dt_sqrt(1.0 + k2)) + k2); /* eq. (16) */
}

struct dt_place dt_place(struct dt_point point)
{
    struct dt_place place;
    dt_sincos_e7((double)point.lat_e7, &place.sin_b, &place.cos_b);
    place.sin_b *= F1;
    normalise(&place.sin_b, &place.cos_b);
    if (place.cos_b < TINY) {
        place.cos_b = TINY;
    }
    place.lon_e7 = (double)point.lon_e7;
    return place;
}

struct dt_point dt_place_point(const struct dt_place *place)
{
    const double lat = dt_atan2(place->sin_b, F1 * place->cos_b) / DT_RADIAN_PER_E7;
    int64_t lat_e7 = dt_round(lat);
    lat_e7 = lat_e7 > DT_LAT_MAX_E7 ? DT_LAT_MAX_E7 : lat_e7;
    lat_e7 = lat_e7 < -DT_LAT_MAX_E7 ? -DT_LAT_MAX_E7 : lat_e7;
    int64_t lon_e7 = dt_round(place->lon_e7) % (2 * (int64_t)DT_LON_MAX_E7);
    if (lon_e7 > DT_LON_MAX_E7) {
        lon_e7 -= 2 * (int64_t)DT_LON_MAX_E7;
    }
    if (lon_e7 <= -DT_LON_MAX_E7) {
        lon_e7 += 2 * (int64_t)DT_LON_MAX_E7;
    }
    return (struct dt_point){(int32_t)lat_e7, (int32_t)lon_e7};
}

/* --- the direct problem ------------------------------------------------- */

void dt_line_init(struct dt_line *line, const struct dt_place *from, struct dt_azimuth azimuth)
{
    line->lon_e7 = from->lon_e7;
    line->sin_a0 = azimuth.sine * from->cos_b;
    line->cos_a0 = dt_hypot(azimuth.cosine, azimuth.sine * from->sin_b);
    line->sin_s1 = from->sin_b;
    line->sin_o1 = line->sin_a0 * from->sin_b;
    const bool on_equator_going_east = from->sin_b == 0.0 && azimuth.cosine == 0.0;
    line->cos_s1 = line->cos_o1 = on_equator_going_east ? 1.0 : from->cos_b * azimuth.cosine;
    normalise(&line->sin_s1, &line->cos_s1);
    const double e = epsilon_of(line->cos_a0 * line->cos_a0 * EP2);
    line->scale = DT_EARTH_B * series_a1(e);
    series_c1(e, line->c1);
    series_c1p(e, line->c1p);
    series_c3(e, line->c3);
    line->b11 = sine_sum(line->sin_s1, line->cos_s1, line->c1, 6);
    line->b31 = sine_sum(line->sin_s1, line->cos_s1, line->c3, 5);
    line->a3c = -F * line->sin_a0 * series_a3(e);
    double s;
    double c;
    dt_sincos(line->b11, &s, &c);
    line->sin_t1 = line->sin_s1 * c + line->cos_s1 * s;
    line->cos_t1 = line->cos_s1 * c - line->sin_s1 * s;
}

void dt_line_at(const struct dt_line *line, double metres, struct dt_place *place,
                struct dt_azimuth *azimuth)
{
    double s;
    double c;
    const double tau = metres / line->scale; /* eq. (7), (20) */
    dt_sincos(tau, &s, &c);
    const double b12 = -sine_sum(line->sin_t1 * c + line->cos_t1 * s,
                                 line->cos_t1 * c - line->sin_t1 * s, line->c1p, 6);
    const double sigma12 = tau - (b12 - line->b11);
    dt_sincos(sigma12, &s, &c);
    const double s_s2 = line->sin_s1 * c + line->cos_s1 * s;
    const double c_s2 = line->cos_s1 * c - line->sin_s1 * s;
    place->sin_b = line->cos_a0 * s_s2;
    place->cos_b = dt_hypot(line->sin_a0, line->cos_a0 * c_s2);
    double s_a2 = line->sin_a0;
    double c_a2 = line->cos_a0 * c_s2;
    if (place->cos_b < TINY) {
        place->cos_b = TINY;
        c_a2 = TINY;
    }
    const double s_o2 = line->sin_a0 * s_s2;
    const double omega12 = dt_atan2(s_o2 * line->cos_o1 - c_s2 * line->sin_o1,
                                    c_s2 * line->cos_o1 + s_o2 * line->sin_o1);
    const double b3 = sine_sum(s_s2, c_s2, line->c3, 5) - line->b31;
    const double lambda12 = omega12 + line->a3c * (sigma12 + b3);
    place->lon_e7 = line->lon_e7 + lambda12 / DT_RADIAN_PER_E7;
    if (azimuth != NULL) {
        normalise(&s_a2, &c_a2);
        *azimuth = (struct dt_azimuth){s_a2, c_a2};
    }
}

/* --- the inverse problem ------------------------------------------------ */

/* A problem in the one position all others are turned into: beta1 <= 0,
 * beta1 <= beta2 <= -beta1, 0 <= lambda12 <= pi (fig. 3). */
struct problem {
    double s_b1, c_b1, dn1;
    double s_b2, c_b2, dn2;
    double lambda, s_l, c_l;
};

/* A solution of it, or a trial. */
struct trial {
    double s_a1, c_a1, s_a2, c_a2;
    double s_s1, c_s1, s_s2, c_s2, sigma;
    double s_a0, e;
};

/* Distance over b, eq. (7), and reduced length over b, eq. (38). */
static void lengths(const struct problem *p, const struct trial *t, double *s12, double *m12)
{
    double c1[6];
    double c2[6];
    const double a1 = series_a1(t->e);
    series_c1(t->e, c1);
    const double b1 = sine_sum(t->s_s2, t->c_s2, c1, 6) - sine_sum(t->s_s1, t->c_s1, c1, 6);
    if (s12 != NULL) {
        *s12 = a1 * (t->sigma + b1);
    }
    if (m12 != NULL) {
        const double a2 = series_a2(t->e);
        series_c2(t->e, c2);
        const double b2 = sine_sum(t->s_s2, t->c_s2, c2, 6) - sine_sum(t->s_s1, t->c_s1, c2, 6);
        const double j = (a1 - a2) * t->sigma + (a1 * b1 - a2 * b2);
        *m12 = p->dn2 * (t->c_s1 * t->s_s2) - p->dn1 * (t->s_s1 * t->c_s2) - t->c_s1 * t->c_s2 * j;
    }
}

static double arc_between(double s1, double c1, double s2, double c2)
{
    const double s = c1 * s2 - s1 * c2;
    return dt_atan2(s > 0.0 ? s : 0.0, c1 * c2 + s1 * s2);
}

/* Sect. 4, steps after eq. (44): follows the geodesic that leaves point 1 with
 * the azimuth in `t` to the latitude of point 2. Returns by how much it misses in
 * longitude; *slope is the derivative by alpha1. */
static double shoot(const struct problem *p, struct trial *t, double *slope)
{
    if (p->s_b1 == 0.0 && t->c_a1 == 0.0) {
        t->c_a1 = -TINY; /* an equatorial line has no latitude to aim at */
    }
    t->s_a0 = t->s_a1 * p->c_b1;
    const double c_a0 = dt_hypot(t->c_a1, t->s_a1 * p->s_b1);
    t->s_s1 = p->s_b1;
    const double s_o1 = t->s_a0 * p->s_b1;
    const double c_o1 = t->c_s1 = t->c_a1 * p->c_b1;
    normalise(&t->s_s1, &t->c_s1);

    t->s_a2 = p->c_b2 != p->c_b1 ? t->s_a0 / p->c_b2 : t->s_a1;
    const double gain = p->c_b1 < -p->s_b1 ? (p->c_b2 - p->c_b1) * (p->c_b1 + p->c_b2)
                                           : (p->s_b1 - p->s_b2) * (p->s_b1 + p->s_b2);
    const double north = t->c_a1 * p->c_b1;
    const double north2 = north * north + gain; /* a last bit may make it negative */
    t->c_a2 = p->c_b2 != p->c_b1 || dt_abs(p->s_b2) != -p->s_b1
                  ? dt_sqrt(north2 > 0.0 ? north2 : 0.0) / p->c_b2
                  : dt_abs(t->c_a1); /* eq. (45) */
    t->s_s2 = p->s_b2;
    const double s_o2 = t->s_a0 * p->s_b2;
    const double c_o2 = t->c_s2 = t->c_a2 * p->c_b2;
    normalise(&t->s_s2, &t->c_s2);

    t->sigma = arc_between(t->s_s1, t->c_s1, t->s_s2, t->c_s2);
    const double s_x = c_o1 * s_o2 - s_o1 * c_o2;
    const double s_o12 = s_x > 0.0 ? s_x : 0.0;
    const double c_o12 = c_o1 * c_o2 + s_o1 * s_o2;
    const double miss = dt_atan2(s_o12 * p->c_l - c_o12 * p->s_l, c_o12 * p->c_l + s_o12 * p->s_l);
    double c3[5];
    t->e = epsilon_of(c_a0 * c_a0 * EP2);
    series_c3(t->e, c3);
    const double b3 = sine_sum(t->s_s2, t->c_s2, c3, 5) - sine_sum(t->s_s1, t->c_s1, c3, 5);
    if (t->c_a2 == 0.0) {
        *slope = -2.0 * F1 * p->dn1 / p->s_b1; /* both vertices: eq. (46), limit */
    } else {
        double m12;
        lengths(p, t, NULL, &m12);
        *slope = m12 * F1 / (t->c_a2 * p->c_b2); /* eq. (46) */
    }
    return miss - F * series_a3(t->e) * t->s_a0 * (t->sigma + b3); /* eq. (8) */
}

/* A first azimuth: the great circle on the auxiliary sphere, with the longitude
 * difference scaled at the mean latitude when the line is short, eq. (47)-(49).
 * Returns true if the line is so short that this is the solution. */
static bool first_azimuth(const struct problem *p, struct trial *t, double *s12)
{
    const double s_b12 = p->s_b2 * p->c_b1 - p->c_b2 * p->s_b1;
    const double c_b12 = p->c_b2 * p->c_b1 + p->s_b2 * p->s_b1;
    const double s_b12a = p->s_b2 * p->c_b1 + p->c_b2 * p->s_b1;
    const bool near = c_b12 >= 0.0 && s_b12 < 0.5 && p->c_b2 * p->lambda < 0.5;
    double s_o = p->s_l;
    double c_o = p->c_l;
    double dn = 1.0;
    if (near) {
        const double s = p->s_b1 + p->s_b2;
        const double c = p->c_b1 + p->c_b2;
        dn = dt_sqrt(1.0 + EP2 * (s * s / (s * s + c * c)));
        dt_sincos(p->lambda / (F1 * dn), &s_o, &c_o);
    }
    t->s_a1 = p->c_b2 * s_o;
    t->c_a1 = c_o >= 0.0 ? s_b12 + p->c_b2 * p->s_b1 * s_o * s_o / (1.0 + c_o)
                         : s_b12a - p->c_b2 * p->s_b1 * s_o * s_o / (1.0 - c_o);
    const double s_sigma = dt_hypot(t->s_a1, t->c_a1);
    const double c_sigma = p->s_b1 * p->s_b2 + p->c_b1 * p->c_b2 * c_o;
    if (t->s_a1 > 0.0) {
        normalise(&t->s_a1, &t->c_a1);
    } else {
        t->s_a1 = 1.0;
        t->c_a1 = 0.0;
    }
    if (near && s_sigma < 3.7e-8) { /* a quarter of a metre */
        t->s_a2 = p->c_b1 * s_o;
        t->c_a2 = s_b12 - p->c_b1 * p->s_b2 * (c_o >= 0.0 ? s_o * s_o / (1.0 + c_o) : 1.0 - c_o);
        normalise(&t->s_a2, &t->c_a2);
        *s12 = dt_atan2(s_sigma, c_sigma) * dn;
        return true;
    }
    return false;
}

/* Newton's method on alpha1 inside a bracket that only shrinks. */
static double solve(const struct problem *p, struct trial *t)
{
    enum { NEWTON = 20, ALL = 100 };
    double s12;
    if (first_azimuth(p, t, &s12)) {
        return s12;
    }
    double s_lo = TINY;
    double c_lo = 1.0;
    double s_hi = TINY;
    double c_hi = -1.0;
    bool close = false;
    for (int i = 0; i < ALL; i++) {
        double slope;
        const double miss = shoot(p, t, &slope);
        if (dt_abs(miss) <= (close ? 4e-15 : 5e-16)) {
            break;
        }
        close = dt_abs(miss) < 1e-11;
        if (miss > 0.0 && t->c_a1 / t->s_a1 > c_hi / s_hi) {
            s_hi = t->s_a1;
            c_hi = t->c_a1;
        } else if (miss < 0.0 && t->c_a1 / t->s_a1 < c_lo / s_lo) {
            s_lo = t->s_a1;
            c_lo = t->c_a1;
        }
        if (i < NEWTON && slope > 0.0 && dt_abs(miss) < slope * 3.0) {
            double s;
            double c;
            dt_sincos(-miss / slope, &s, &c);
            const double next = t->s_a1 * c + t->c_a1 * s;
            if (next > 0.0) {
                t->c_a1 = t->c_a1 * c - t->s_a1 * s;
                t->s_a1 = next;
                normalise(&t->s_a1, &t->c_a1);
                continue;
            }
        }
        t->s_a1 = s_lo + s_hi;
        t->c_a1 = c_lo + c_hi;
        normalise(&t->s_a1, &t->c_a1);
    }
    lengths(p, t, &s12, NULL);
    return s12;
}

/* Along a meridian, over a pole if lambda12 is pi. */
static double along_meridian(const struct problem *p, struct trial *t)
{
    t->s_a1 = p->s_l;
    t->c_a1 = p->c_l;
    t->s_a2 = 0.0;
    t->c_a2 = 1.0;
    t->s_s1 = p->s_b1;
    t->c_s1 = t->c_a1 * p->c_b1;
    t->s_s2 = p->s_b2;
    t->c_s2 = p->c_b2;
    t->sigma = arc_between(t->s_s1, t->c_s1, t->s_s2, t->c_s2);
    t->e = epsilon_of(EP2);
    double s12;
    lengths(p, t, &s12, NULL);
    return s12;
}

static double solve_any(const struct problem *p, struct trial *t)
{
    if (p->c_b1 <= TINY || p->s_l == 0.0) {
        return along_meridian(p, t);
    }
    if (p->s_b1 == 0.0 && p->lambda <= F1 * DT_PI) { /* along the equator */
        t->s_a1 = t->s_a2 = 1.0;
        t->c_a1 = t->c_a2 = 0.0;
        return p->lambda / F1;
    }
    return solve(p, t);
}

/* Whether a is nearer to a pole than b, by whichever of sine and cosine tells. */
static bool is_steeper(const struct dt_place *a, const struct dt_place *b)
{
    if (a->cos_b < 0.7 && b->cos_b < 0.7) {
        return a->cos_b < b->cos_b;
    }
    return dt_abs(a->sin_b) > dt_abs(b->sin_b);
}

void dt_inverse(const struct dt_place *a, const struct dt_place *b, struct dt_geodesic *out)
{
    const double turn = 2.0 * (double)DT_LON_MAX_E7;
    double lon = b->lon_e7 - a->lon_e7;
    lon -= turn * (double)dt_round(lon / turn);
    double lon_sign = lon < 0.0 ? -1.0 : 1.0;
    const double swap_sign = is_steeper(b, a) ? -1.0 : 1.0;
    const struct dt_place *first = swap_sign < 0.0 ? b : a;
    const struct dt_place *second = swap_sign < 0.0 ? a : b;
    lon_sign *= swap_sign;
    const double lat_sign = first->sin_b < 0.0 ? 1.0 : -1.0;

    struct problem p;
    p.s_b1 = first->sin_b * lat_sign;
    p.c_b1 = first->cos_b;
    p.s_b2 = second->sin_b * lat_sign;
    p.c_b2 = second->cos_b;
    if (p.s_b1 == 0.0) {
        p.s_b1 = p.s_b2 = 0.0; /* no negative zeros */
    }
    p.dn1 = dt_sqrt(1.0 + EP2 * p.s_b1 * p.s_b1);
    p.dn2 = dt_sqrt(1.0 + EP2 * p.s_b2 * p.s_b2);
    p.lambda = dt_abs(lon) * DT_RADIAN_PER_E7;
    dt_sincos_e7(dt_abs(lon), &p.s_l, &p.c_l);

    struct trial t;
    out->metres = solve_any(&p, &t) * DT_EARTH_B;
    const double s = swap_sign * lon_sign;
    const double c = swap_sign * lat_sign;
    const struct dt_azimuth one = {t.s_a1 * s, t.c_a1 * c};
    const struct dt_azimuth two = {t.s_a2 * s, t.c_a2 * c};
    out->start = swap_sign < 0.0 ? two : one;
    out->end = swap_sign < 0.0 ? one : two;
}

double dt_geodesic_inverse(struct dt_point a, struct dt_point b, double *azimuth_a,
                           double *azimuth_b)
{
    const struct dt_place from = dt_place(a);
    const struct dt_place to = dt_place(b);
    struct dt_geodesic g;
    dt_inverse(&from, &to, &g);
    *azimuth_a = dt_atan2(g.start.sine, g.start.cosine);
    *azimuth_b = dt_atan2(g.end.sine, g.end.cosine);
    return g.metres;
}

struct dt_point dt_geodesic_direct(struct dt_point from, double azimuth, double metres)
{
    const struct dt_place start = dt_place(from);
    struct dt_azimuth way;
    dt_sincos(azimuth, &way.sine, &way.cosine);
    struct dt_line line;
    dt_line_init(&line, &start, way);
    struct dt_place end;
    dt_line_at(&line, metres, &end, NULL);
    return dt_place_point(&end);
}
