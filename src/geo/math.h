/* SPDX-License-Identifier: ISC */
/*
 * math - the elementary functions of the geometry, the same bits everywhere.
 *
 * Two parties compute the same conflict on different machines and must not
 * differ in one digit. libm promises no such thing (sin() differs between
 * versions of one library), so nothing from it takes part in a decision. What
 * is used here is + - * / and the square root, which IEEE 754 rounds correctly
 * and therefore uniquely, in an order fixed by the source; the build forbids
 * contraction to fused operations. Requires double arithmetic without excess
 * precision (FLT_EVAL_METHOD 0: x86-64, AArch64), which math.c asserts.
 *
 * Errors measured against libm (tests/geo/test_math.c): sin, cos, atan2 within
 * 2 ulp of the larger of the result and, near a zero of sin or cos, 2^-53 times
 * the argument. Pure, no state, any thread.
 *
 * Sources: argument reduction in three parts after W. J. Cody and W. Waite,
 * Software Manual for the Elementary Functions, 1980; Taylor series; arctangent
 * by the addition theorem with a table in steps of 1/8.
 */
#ifndef DT_GEO_MATH_H
#define DT_GEO_MATH_H

#include <stdint.h>

#define DT_PI 0x1.921fb54442d18p+1
#define DT_RADIAN_PER_E7 0x1.dfc0a0acf97e2p-30 /* pi / 1.8e9: radians in 1e-7 degree */

/* x in radians, |x| below 1e6. */
void dt_sincos(double x, double *sine, double *cosine);

/* x in 1e-7 degree, |x| below 1e15; exact at multiples of 90 degrees. */
void dt_sincos_e7(double x, double *sine, double *cosine);

/* The angle of (x, y) in -pi..pi. (0, 0) gives 0. Signed zeros of y are not told
 * apart: on the negative x axis the result is +pi. */
double dt_atan2(double y, double x);

/* Inverse hyperbolic tangent, |x| <= 0.5, and hyperbolic sine and cosine,
 * |x| <= 2: for map projections (UTM), not in the decision path. */
double dt_atanh_small(double x);
void dt_sinhcosh_small(double x, double *sine, double *cosine);

static inline double dt_sqrt(double x)
{
    return __builtin_sqrt(x);
}

static inline double dt_abs(double x)
{
    return __builtin_fabs(x);
}

static inline double dt_hypot(double x, double y)
{
    return dt_sqrt(x * x + y * y); /* callers stay far from overflow */
}

/* Nearest integer, halves away from zero; |x| below 2^62. */
static inline int64_t dt_round(double x)
{
    return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

#endif
