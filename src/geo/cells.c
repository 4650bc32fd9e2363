/* SPDX-License-Identifier: ISC */
#include "geo/cells.h"

#include <stdbool.h>

#include "geo/edge.h"
#include "geo/math.h"

/* A block of cells: rows row..row+rows-1, columns likewise. */
struct block {
    int row, rows, column, columns;
};

struct cover {
    const struct dt_volume *volume;
    uint32_t *cells;
    size_t capacity;
    size_t count;
    struct dt_path path;
};

uint32_t dt_cell_of(struct dt_point point)
{
    int64_t row = ((int64_t)point.lat_e7 + DT_LAT_MAX_E7) / DT_CELL_E7;
    row = row < DT_CELL_ROWS ? row : DT_CELL_ROWS - 1;
    const int64_t column = ((int64_t)point.lon_e7 + DT_LON_MAX_E7) / DT_CELL_E7 % DT_CELL_COLUMNS;
    return (uint32_t)(row * DT_CELL_COLUMNS + column);
}

struct dt_point dt_cell_corner(uint32_t cell)
{
    const int64_t row = cell / DT_CELL_COLUMNS;
    const int64_t column = cell % DT_CELL_COLUMNS;
    return (struct dt_point){
        (int32_t)(row * DT_CELL_E7 - DT_LAT_MAX_E7),
        (int32_t)(column * DT_CELL_E7 - DT_LON_MAX_E7),
    };
}

static struct dt_node corner(int twice_row, int twice_column)
{
    return dt_node((struct dt_point){
        (int32_t)(twice_row * (int64_t)(DT_CELL_E7 / 2) - DT_LAT_MAX_E7),
        (int32_t)(twice_column * (int64_t)(DT_CELL_E7 / 2) - DT_LON_MAX_E7),
    });
}

/* Whether the footprint may reach the block. The place of a block under 90 degrees
 * wide that is farthest from its middle is a corner, since the distance along a
 * meridian from a place under 90 degrees of longitude away has no maximum inside. */
static bool reaches(const struct cover *cover, struct block b)
{
    const struct dt_node middle = corner(2 * b.row + b.rows, 2 * b.column + b.columns);
    double far = 0.0;
    for (int k = 0; k < 4; k++) {
        const struct dt_vec d =
            dt_sub(corner(2 * (b.row + (k & 1) * b.rows), 2 * (b.column + (k >> 1) * b.columns)).at,
                   middle.at);
        far = dt_dot(d, d) > far ? dt_dot(d, d) : far;
    }
    const double reach =
        DT_EARTH_A * dt_angle_above(dt_sqrt(far)) + (double)cover->volume->radius_mm * 1e-3 + 1e-2;
    for (size_t i = 0; i < cover->path.edges; i++) {
        double along;
        const double chord = dt_edge_chord(&cover->path, i, middle.at, &along);
        if (DT_EARTH_B * chord - cover->path.edge[i].stray <= reach) {
            return true;
        }
    }
    return cover->volume->shape == DT_SHAPE_POLYGON && dt_ring_holds(&cover->path, &middle);
}

/* Halves a block until it is a cell or out of reach. Depth: at most 20. */
static bool descend(struct cover *cover, struct block b)
{
    if (!reaches(cover, b)) {
        return true;
    }
    if (b.rows == 1 && b.columns == 1) {
        if (cover->count == cover->capacity) {
            return false;
        }
        cover->cells[cover->count++] = (uint32_t)(b.row * DT_CELL_COLUMNS + b.column);
        return true;
    }
    struct block first = b;
    struct block second = b;
    if (b.rows >= b.columns) {
        first.rows = b.rows / 2;
        second.rows = b.rows - first.rows;
        second.row = b.row + first.rows;
    } else {
        first.columns = b.columns / 2;
        second.columns = b.columns - first.columns;
        second.column = b.column + first.columns;
    }
    return descend(cover, first) && descend(cover, second);
}

enum dt_err dt_volume_cells(uint32_t *cells, size_t capacity, size_t *count,
                            const struct dt_volume *volume)
{
    enum { BLOCK = 450 }; /* 45 degrees */
    struct cover cover;
    cover.volume = volume;
    cover.cells = cells;
    cover.capacity = capacity;
    cover.count = 0;
    dt_path_load(&cover.path, &volume->rings[0]);
    *count = 0;
    for (int row = 0; row < DT_CELL_ROWS; row += BLOCK) {
        for (int column = 0; column < DT_CELL_COLUMNS; column += BLOCK) {
            if (!descend(&cover, (struct block){row, BLOCK, column, BLOCK})) {
                return DT_ERR_CAPACITY;
            }
        }
    }
    *count = cover.count;
    return DT_OK;
}
