/* SPDX-License-Identifier: ISC */
/*
 * mgrs - the letters and digits of the Military Grid Reference System over UTM
 * (NGA.STND.0037, NGA.SIG.0012), lettering scheme AA as used with WGS84.
 * Internal to geo; coord.h is the front. Pure.
 */
#ifndef DT_GEO_MGRS_H
#define DT_GEO_MGRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "geo/point.h"

/* `size` at least 16. BAD_COORDINATE outside UTM, BAD_VALUE for digits > 5. */
DT_MUST_USE enum dt_err dt_mgrs_text(char *out, size_t size, struct dt_point point,
                                     unsigned digits);

/* One or two digits, then a band letter, then letters (MGRS) or numbers (UTM):
 * nothing else begins like this that dt_coord_parse reads. */
bool dt_mgrs_looks_like(const char *text);

/* MGRS or UTM; see dt_coord_parse. */
DT_MUST_USE enum dt_err dt_mgrs_parse(struct dt_point *point, uint32_t *square_mm,
                                      const char *text);

#endif
