/* SPDX-License-Identifier: ISC */
#include "node/clock.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/utc.h"
#include "log/fields.h"
#include "node/file.h"

/* When a node last ran here. A file that cannot be read says nothing: it keeps nobody
 * from starting. */
static int64_t last_run(const struct dt_home *home)
{
    char path[DT_HOME_PATH_SIZE], text[DT_UTC_SIZE + 1];
    int64_t ms;
    size_t size = 0;
    if (dt_home_file(path, home, "clock") != DT_OK ||
        dt_file_read(path, (uint8_t *)text, sizeof text - 1, &size) != DT_OK) {
        return DT_CLOCK_UNSEEN;
    }
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return dt_utc_parse(&ms, text) == DT_OK ? ms : DT_CLOCK_UNSEEN;
}

static int64_t card_made(const struct dt_home *home)
{
    uint8_t bytes[DT_STATEMENT_MAX];
    struct dt_card card;
    size_t size;
    return dt_home_card(home, bytes, &size, &card) == DT_OK ? card.time_ms : DT_CLOCK_UNSEEN;
}

enum dt_err dt_clock_check(const struct dt_home *home, int64_t now_ms, int64_t *seen_ms)
{
    const int64_t run = last_run(home);
    *seen_ms = run != DT_CLOCK_UNSEEN ? run : card_made(home);
    const bool early = *seen_ms != DT_CLOCK_UNSEEN &&
                       now_ms < *seen_ms - DT_CLOCK_BACK_DAYS * DT_CLOCK_DAY;
    const bool late = *seen_ms != DT_CLOCK_UNSEEN &&
                      now_ms - *seen_ms > DT_CLOCK_AHEAD_DAYS * DT_CLOCK_DAY;
    return now_ms < DT_CLOCK_EARLIEST || early || late ? DT_ERR_BAD_CLOCK : DT_OK;
}

/* What a kill in the middle of writing left. */
static void clean(const struct dt_home *home)
{
    DIR *dir = opendir(home->path);
    for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        char path[DT_HOME_PATH_SIZE];
        if (strncmp(e->d_name, "clock.", 6) == 0 && dt_file_is_temporary(e->d_name) &&
            dt_home_file(path, home, e->d_name) == DT_OK) {
            (void)unlink(path);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

enum dt_err dt_clock_keep(const struct dt_home *home, int64_t now_ms)
{
    char path[DT_HOME_PATH_SIZE], text[DT_UTC_SIZE];
    DT_TRY(dt_home_file(path, home, "clock"));
    clean(home); /* nobody else writes it: one node runs on a home */
    dt_utc_text(text, now_ms);
    const size_t size = strlen(text);
    text[size] = '\n';
    return dt_file_write(path, dt_span(text, size + 1), false);
}
