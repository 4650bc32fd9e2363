/* SPDX-License-Identifier: ISC */
/* A notice or plan as space-time cells (blind_run.h). */
#include "base/try.h"
#include "view/blind_run.h"

/* Of a volume that comes again each window by itself: what lies between is nobody's. */
static enum dt_err again(struct dt_blind_cells *set, const struct dt_notice_volume *v,
                         struct dt_volume *enlarged, size_t volumes,
                         const struct dt_separation *separation, uint32_t slot_ms)
{
    struct dt_window windows[DT_NOTICE_WINDOWS_MAX];
    const size_t count = dt_notice_windows(windows, v, volumes);
    for (size_t i = 0; i < count; i++) {
        enlarged->time = dt_notice_longer(windows[i], v->tolerance_ms);
        DT_TRY(dt_blind_cells_add(set, enlarged, separation, slot_ms));
    }
    return DT_OK;
}

enum dt_err dt_blind_cover(struct dt_blind_cells *set, const struct dt_notice_plain *plain,
                           const struct dt_separation *separation, uint32_t slot_ms)
{
    for (size_t i = 0; i < plain->volume_count; i++) {
        const struct dt_notice_volume *v = &plain->volumes[i];
        struct dt_window legs[DT_RING_MAX];
        struct dt_volume enlarged;
        dt_notice_enlarge(&enlarged, legs, v);
        DT_TRY(v->every_ms > 0 && enlarged.legs == NULL
                   ? again(set, v, &enlarged, plain->volume_count, separation, slot_ms)
                   : dt_blind_cells_add(set, &enlarged, separation, slot_ms));
    }
    return DT_OK;
}
