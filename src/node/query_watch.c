/* SPDX-License-Identifier: ISC */
/* What a watch asks for: the settings agreed on (docs/control.md). */
#include "node/query.h"

void dt_query_settings(struct dt_object *o, const struct dt_charter *charter)
{
    static const char *const two[] = {"flash", "fires", "suspend"};
    dt_obj_key(o, "two_officers");
    dt_obj_array(o);
    for (unsigned i = 0; i < sizeof two / sizeof two[0]; i++) {
        if ((charter->two_officers >> i & 1u) != 0) {
            dt_obj_string(o, two[i]);
        }
    }
    dt_obj_end(o);
    dt_put_int(o, "test_period", charter->test_ms);
    dt_obj_key(o, "attempts");
    dt_obj_array(o);
    for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
        dt_obj_uint(o, charter->attempt_percent[i]);
    }
    dt_obj_end(o);
    dt_put_int(o, "watch", charter->watch_ms);
    dt_obj_key(o, "deadlines");
    dt_obj_array(o);
    for (int p = DT_FLASH; p >= DT_ROUTINE; p--) {
        dt_obj_uint(o, (uint64_t)charter->ack_deadline_ms[p]);
    }
    dt_obj_end(o);
}
