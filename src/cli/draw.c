/* SPDX-License-Identifier: ISC */
#include "cli/draw.h"

#include <stdlib.h>
#include <string.h>

#include "cli/helper.h"

bool cli_draw(struct cli *c, const char *what, const json_t *value, FILE *out)
{
    char path[DT_HELPER_PATH];
    char *text = json_dumps(value, JSON_COMPACT);
    if (text == NULL || fflush(out) != 0) {
        free(text);
        cli_fail(c, DT_ERR_IO, "detente-draw");
        return false;
    }
    const int status = dt_helper_run(path, "detente-draw", what, dt_span(text, strlen(text)), fileno(out));
    free(text);
    if (status != 0) {
        cli_fail(c, DT_ERR_IO, status == DT_HELPER_ABSENT ? _("%s cannot be run: install Détente again")
                                                          : _("%s failed"),
                 path);
    }
    return status == 0;
}
