/* SPDX-License-Identifier: ISC */
#include "cli/replace.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_replace_open(struct cli *c, struct cli_replace *r, const char *path)
{
    *r = (struct cli_replace){.path = path};
    if (strcmp(path, "-") == 0) {
        r->file = stdout;
        return true;
    }
    const int size = snprintf(r->temporary, sizeof r->temporary, "%s.%ld.new", path, (long)getpid());
    r->file = size < (int)sizeof r->temporary ? fopen(r->temporary, "we") : NULL;
    if (r->file == NULL) {
        cli_fail(c, DT_ERR_IO, "%s", path);
        return false;
    }
    return true;
}

bool cli_replace_close(struct cli *c, struct cli_replace *r)
{
    bool good = fflush(r->file) == 0 && ferror(r->file) == 0;
    if (r->file == stdout) {
        return good || (cli_fail(c, DT_ERR_IO, "%s", _("standard output")), false);
    }
    good = good && fsync(fileno(r->file)) == 0;
    good = fclose(r->file) == 0 && good;
    good = good && rename(r->temporary, r->path) == 0;
    if (!good) {
        cli_fail(c, DT_ERR_IO, "%s", r->path);
        unlink(r->temporary);
    }
    return good;
}
