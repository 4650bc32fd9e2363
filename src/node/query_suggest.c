/* SPDX-License-Identifier: ISC */
/* What to change in a plan so that no conflict is known. */
#include <stdlib.h>

#include "node/query.h"
#include "view/suggest.h"

static void put_suggestion(struct dt_object *o, const struct dt_suggestion *s)
{
    const bool time = s->change == DT_CHANGE_LATER || s->change == DT_CHANGE_EARLIER;
    dt_obj_map(o);
    dt_put_string(o, "change", dt_change_name((int64_t)s->change));
    dt_put_int(o, time ? "by_ms" : "by_mm", s->by);
    if (s->change == DT_CHANGE_MOVE) {
        dt_put_string(o, "toward", dt_bearing_name(s->bearing));
    }
    dt_put_uint(o, "not_comparable", s->not_comparable);
    dt_obj_end(o);
}

enum dt_err dt_query_suggest(struct dt_object *o, const char *key, const struct dt_line *line,
                             const struct dt_conflict_side *side)
{
    struct dt_suggestion found[DT_CHANGE_SORTS];
    struct dt_suggest_room *room = malloc(sizeof *room);
    if (room == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    const size_t count = dt_suggest(found, room, &line->board.matcher, side, dt_now_ms());
    dt_obj_key(o, key);
    dt_obj_array(o);
    for (size_t i = 0; i < count; i++) {
        put_suggestion(o, &found[i]);
    }
    dt_obj_end(o);
    dt_wipe(room, sizeof *room); /* out of a sealed part */
    free(room);
    return DT_OK;
}

enum dt_err dt_query_suggest_for(struct dt_object *o, const char *key, struct dt_line *line,
                                 const struct dt_ref *ref)
{
    struct dt_life_entry life;
    struct dt_conflict_side side;
    enum dt_err err = DT_OK;
    struct dt_side_memory *memory = malloc(sizeof *memory);
    if (memory == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    if (dt_line_life(line, ref, dt_now_ms(), &life) && life.counts &&
        dt_line_side(line, &life, memory, &side)) {
        err = dt_query_suggest(o, key, line, &side);
    }
    dt_wipe(memory, sizeof *memory);
    free(memory);
    return err;
}
