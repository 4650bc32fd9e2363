/* SPDX-License-Identifier: ISC */
#include "geo/math.h"

#include <assert.h>
#include <float.h>

static_assert(FLT_EVAL_METHOD == 0, "excess precision would give other bits");
static_assert(DBL_MANT_DIG == 53, "IEEE 754 binary64");

/* pi/2 in three parts; the first two have 33 bits, so k times them is exact. */
#define HALF_PI_1 0x1.921fb544p+0
#define HALF_PI_2 0x1.0b4611a6p-34
#define HALF_PI_3 0x1.3198a2e037073p-69
#define TWO_PER_PI 0x1.45f306dc9c883p-1
#define HALF_PI 0x1.921fb54442d18p+0

/* |x| <= pi/4: the first term left out is below 2^-60 of the sum. */
static double sine_series(double x)
{
    const double z = x * x;
    double s = 0x1.952c77030ad4ap-49; /* 1/17! */
    s = s * z - 0x1.ae7f3e733b81fp-41;
    s = s * z + 0x1.6124613a86d09p-33;
    s = s * z - 0x1.ae64567f544e4p-26;
    s = s * z + 0x1.71de3a556c734p-19;
    s = s * z - 0x1.a01a01a01a01ap-13;
    s = s * z + 0x1.1111111111111p-7;
    s = s * z - 0x1.5555555555555p-3;
    return x + x * (z * s);
}

static double cosine_series(double x)
{
    const double z = x * x;
    double s = 0x1.ae7f3e733b81fp-45; /* 1/16! */
    s = s * z - 0x1.93974a8c07c9dp-37;
    s = s * z + 0x1.1eed8eff8d898p-29;
    s = s * z - 0x1.27e4fb7789f5cp-22;
    s = s * z + 0x1.a01a01a01a01ap-16;
    s = s * z - 0x1.6c16c16c16c17p-10;
    s = s * z + 0x1.5555555555555p-5;
    /* 1 - z/2 loses the tail of z/2; put it back with the rest. */
    const double half = 0.5 * z;
    const double w = 1.0 - half;
    return w + (((1.0 - w) - half) + z * z * s);
}

static void by_quadrant(int64_t quadrant, double r, double *sine, double *cosine)
{
    const double s = sine_series(r);
    const double c = cosine_series(r);
    switch ((unsigned)quadrant & 3u) {
    case 0:
        *sine = s;
        *cosine = c;
        break;
    case 1:
        *sine = c;
        *cosine = 0.0 - s;
        break;
    case 2:
        *sine = 0.0 - s;
        *cosine = 0.0 - c;
        break;
    default:
        *sine = 0.0 - c;
        *cosine = s;
        break;
    }
}

void dt_sincos(double x, double *sine, double *cosine)
{
    const int64_t quadrant = dt_round(x * TWO_PER_PI);
    const double k = (double)quadrant;
    const double r = ((x - k * HALF_PI_1) - k * HALF_PI_2) - k * HALF_PI_3;
    by_quadrant(quadrant, r, sine, cosine);
}

void dt_sincos_e7(double x, double *sine, double *cosine)
{
    const int64_t quadrant = dt_round(x / 900000000.0);
    const double rest = x - (double)quadrant * 900000000.0; /* exact */
    by_quadrant(quadrant, rest * DT_RADIAN_PER_E7, sine, cosine);
}

/* atan(k/8), the double and what it leaves over. */
static const double atan_high[9] = {
    0.0,
    0x1.fd5ba9aac2f6ep-4,
    0x1.f5b75f92c80ddp-3,
    0x1.6f61941e4def1p-2,
    0x1.dac670561bb4fp-2,
    0x1.1e00babdefeb4p-1,
    0x1.4978fa3269ee1p-1,
    0x1.700a7c5784634p-1,
    0x1.921fb54442d18p-1,
};
static const double atan_low[9] = {
    0.0,
    -0x1.cd37686760c17p-59,
    0x1.8ab6e3cf7afbdp-57,
    -0x1.c63aae6f6e918p-56,
    0x1.a2b7f222f65e2p-56,
    -0x1.928df287a668fp-58,
    0x1.2419a87f2a458p-56,
    -0x1.8c34d25aadef6p-56,
    0x1.1a62633145c07p-55,
};

/* atan(y/x) for 0 <= y <= x, x > 0: atan(k/8) + atan((y - x k/8) / (x + y k/8)). */
static double atan_octant(double y, double x)
{
    const int64_t k = (int64_t)(y / x * 8.0 + 0.5);
    const double c = (double)k * 0.125;
    const double r = k == 0 ? y / x : (y - c * x) / (x + c * y);
    const double z = r * r; /* below 1/256 */
    double s = -1.0 / 15.0;
    s = s * z + 1.0 / 13.0;
    s = s * z - 1.0 / 11.0;
    s = s * z + 1.0 / 9.0;
    s = s * z - 1.0 / 7.0;
    s = s * z + 1.0 / 5.0;
    s = s * z - 1.0 / 3.0;
    return atan_high[k] + (r + (atan_low[k] + r * (z * s)));
}

double dt_atan2(double y, double x)
{
    const double ax = dt_abs(x);
    const double ay = dt_abs(y);
    if (ax == 0.0 && ay == 0.0) {
        return 0.0;
    }
    double angle = ay <= ax ? atan_octant(ay, ax) : HALF_PI - atan_octant(ax, ay);
    if (x < 0.0) {
        angle = DT_PI - angle;
    }
    return y < 0.0 ? -angle : angle;
}

double dt_atanh_small(double x)
{
    const double z = x * x;
    double s = 0.0;
    for (int n = 51; n >= 3; n -= 2) { /* 0.5^52/53: below 2^-57 */
        s = (s + 1.0 / (double)n) * z;
    }
    return x + x * s;
}

void dt_sinhcosh_small(double x, double *sine, double *cosine)
{
    const double z = x * x;
    double s = 0.0;
    double c = 0.0;
    for (int n = 26; n >= 2; n -= 2) { /* 2^28/28!: below 2^-69 */
        s = (s + 1.0) * z / (double)(n * (n + 1));
        c = (c + 1.0) * z / (double)(n * (n - 1));
    }
    *sine = x + x * s;
    *cosine = 1.0 + c;
}
