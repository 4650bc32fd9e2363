/* SPDX-License-Identifier: ISC */
/* What is open when one officer follows another (watch.h). */
#include <string.h>

#include "cli/watch.h"

static bool there(const json_t *list, const json_t *item)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (strcmp(cli_str(one, "id"), cli_str(item, "id")) == 0 &&
            strcmp(cli_str(one, "line"), cli_str(item, "line")) == 0) {
            return true;
        }
    }
    return false;
}

static void add(json_t *list, const json_t *items, const char *why)
{
    size_t i;
    json_t *item;
    json_array_foreach (items, i, item) {
        /* nobody is left whom it waits for: no longer open */
        const json_t *silent = json_object_get(item, "silent");
        if ((json_is_array(silent) && json_array_size(silent) == 0) || there(list, item)) {
            continue;
        }
        json_t *copy = json_copy(item);
        json_object_set_new(copy, "why", json_string(why));
        json_array_append_new(list, copy);
    }
}

json_t *cli_open_items(const json_t *waiting, const json_t *awaiting, const json_t *status)
{
    json_t *list = json_array();
    add(list, waiting, "waits");
    add(list, json_object_get(status, "check_fires"), "stands");
    add(list, json_object_get(awaiting, "unanswered"), "unanswered");
    return list;
}
