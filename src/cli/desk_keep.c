/* SPDX-License-Identifier: ISC */
#include "cli/desk_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/file.h"

enum { FILE_MAX = 6 * DT_BODY_TEXT_MAX + 512, EVERY_MS = 1000 }; /* \uXXXX for one byte */

static void forget(char *text)
{
    if (text != NULL) {
        dt_wipe(text, strlen(text));
    }
    free(text);
}

/* --- places ------------------------------------------------------------------------------ */

static bool hold(const struct desk_keep *k, int place, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};
    return fcntl(k->lock, F_SETLK, &range) == 0;
}

static bool text_path(const struct desk_keep *k, int place, char path[static DT_HOME_PATH_SIZE])
{
    char name[32];
    snprintf(name, sizeof name, "desk-%d.text", place);
    return dt_home_file(path, k->home, name) == DT_OK;
}

/* The text of the place that is held, into the desk. False if there is none. */
static bool take_text(struct desk_keep *k, struct desk *d)
{
    char path[DT_HOME_PATH_SIZE];
    uint8_t *bytes = malloc(FILE_MAX);
    size_t size = 0;
    bool taken = false;
    if (bytes != NULL && text_path(k, k->place, path) &&
        dt_file_read(path, bytes, FILE_MAX, &size) == DT_OK) {
        json_t *value = json_loadb((const char *)bytes, size, 0, NULL);
        taken = desk_text_take(d, value);
        if (taken) {
            k->saved = json_dumps(value, JSON_COMPACT);
            k->file_size = size;
        } else {
            dt_file_shred(path); /* nothing that was typed here */
        }
        json_decref(value);
        dt_wipe(bytes, size);
    }
    free(bytes);
    return taken;
}

void desk_keep_open(struct desk_keep *k, const struct dt_home *home, struct desk *d)
{
    char path[DT_HOME_PATH_SIZE];
    int empty = -1;
    *k = (struct desk_keep){.lock = -1, .place = -1, .home = home};
    if (dt_home_file(path, home, "desk.lock") != DT_OK) {
        return;
    }
    k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    for (int i = 0; k->lock >= 0 && i < DESK_KEEP_PLACES; i++) {
        if (!hold(k, i, F_WRLCK)) {
            continue;
        }
        k->place = i;
        if (take_text(k, d)) {
            if (empty >= 0) {
                hold(k, empty, F_UNLCK);
            }
            return;
        }
        if (empty < 0) {
            empty = i;
        } else {
            hold(k, i, F_UNLCK);
        }
    }
    k->place = empty;
}

bool desk_keep_close(struct desk_keep *k)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = DESK_KEEP_PLACES};
    bool alone = true;
    forget(k->saved);
    k->saved = NULL;
    if (k->lock < 0) {
        return true;
    }
    if (k->place >= 0) { /* first ours, then the question: the last of several finds nobody */
        hold(k, k->place, F_UNLCK);
    }
    alone = fcntl(k->lock, F_GETLK, &all) != 0 || all.l_type == F_UNLCK;
    close(k->lock);
    k->lock = k->place = -1;
    return alone;
}

/* --- the text ---------------------------------------------------------------------------- */

/* In place, blanks up to what it was: nothing of an older state is left beside it. */
static bool write_text(struct desk_keep *k, const char *path, const char *text, size_t size)
{
    size_t done = 0;
    const size_t whole = size > k->file_size ? size : k->file_size;
    char *bytes = malloc(whole);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = bytes != NULL && fd >= 0;
    if (good) {
        memset(bytes, ' ', whole);
        memcpy(bytes, text, size);
    }
    while (good && done < whole) {
        const ssize_t n = pwrite(fd, bytes + done, whole - done, (off_t)done);
        good = n > 0 || (n < 0 && errno == EINTR);
        done += n > 0 ? (size_t)n : 0;
    }
    good = good && fdatasync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (bytes != NULL) {
        dt_wipe(bytes, whole);
    }
    free(bytes);
    k->file_size = good ? whole : k->file_size;
    return good;
}

void desk_keep_save(struct desk_keep *k, const struct desk *d, int64_t now_ms, bool now)
{
    char path[DT_HOME_PATH_SIZE];
    const bool early = now_ms >= k->saved_ms && now_ms - k->saved_ms < EVERY_MS;
    if (k->place < 0 || (early && !now && d->text_size > 0) || !text_path(k, k->place, path)) {
        return;
    }
    json_t *value = desk_text_kept(d);
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (text == NULL && k->saved != NULL) {
        dt_file_shred(path);
        k->file_size = 0;
    } else if (text != NULL && (k->saved == NULL || strcmp(text, k->saved) != 0) &&
               !write_text(k, path, text, strlen(text))) {
        forget(text); /* tried again in a second */
        k->saved_ms = now_ms;
        return;
    }
    forget(k->saved);
    k->saved = text;
    k->saved_ms = now_ms;
}
