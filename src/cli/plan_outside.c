/* SPDX-License-Identifier: ISC */
#include "cli/plan_outside.h"

#include <libintl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/try.h"
#include "cli/helper.h"

#define _(text) gettext(text)

enum { REASON = 3, MOST = 128 << 20 }; /* as in src/read */

/* All that is in the file. */
static enum dt_err take(struct dt_outside *out, int file)
{
    struct stat about;
    if (fstat(file, &about) != 0 || about.st_size > MOST) {
        return DT_ERR_IO;
    }
    out->size = (size_t)about.st_size;
    out->text = malloc(out->size + 1);
    if (out->text == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    out->text[out->size] = '\0';
    for (size_t at = 0; at < out->size;) {
        const ssize_t n = pread(file, out->text + at, out->size - at, (off_t)at);
        if (n <= 0) {
            free(out->text);
            return DT_ERR_IO;
        }
        at += (size_t)n;
    }
    return DT_OK;
}

enum dt_err dt_plan_outside(struct dt_outside *out, const char *what, struct dt_span text,
                            struct dt_geojson_fault *fault)
{
    char path[DT_HELPER_PATH];
    *out = (struct dt_outside){0};
    const int file = memfd_create("detente-read", MFD_CLOEXEC);
    if (file < 0) {
        return DT_ERR_IO;
    }
    const int status = dt_helper_run(path, "detente-read", what, text, file);
    enum dt_err err = DT_OK;
    if (status == DT_HELPER_ABSENT) {
        err = dt_geojson_say(fault, DT_ERR_IO, _("%s cannot be run: install Détente again"), path);
    } else if (status == DT_HELPER_ENDED) {
        err = dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("it took too long, or too much memory, to read"));
    } else if (status != 0 && status != REASON) {
        err = dt_geojson_say(fault, DT_ERR_IO, _("%s failed"), path);
    } else {
        out->reason = status == REASON;
        err = take(out, file);
    }
    close(file);
    return err;
}
