/* SPDX-License-Identifier: ISC */
/*
 * map - a sketch of a sheet's volumes or cells: graticule, scale bar, north up; no coast, no
 * road, nothing that was fetched from anywhere. Distances hold near its middle.
 */
#ifndef DT_DRAW_MAP_H
#define DT_DRAW_MAP_H

#include <cairo.h>

#include "draw/draw.h"

/* In a box of the page, in points. False, and nothing drawn, if the sheet names no place. */
bool map_draw(cairo_t *cr, const json_t *sheet, double x, double y, double width, double height);

#endif
