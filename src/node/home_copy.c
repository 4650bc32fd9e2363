/* SPDX-License-Identifier: ISC */
/* Copying a home's files, and taking a copy away again (home.h). */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/fields.h"
#include "node/blind_file.h"
#include "node/file.h"
#include "node/home.h"

enum { FILE_SIZE_MAX = DT_BLIND_FILE_MAX }; /* the largest that a home has */

static const char *const folders[] = {"keys", "certs", "charters", "blind"};
enum { FOLDERS = sizeof folders / sizeof folders[0] };

static bool join(char out[static DT_HOME_PATH_SIZE], const char *a, const char *b)
{
    const int n = snprintf(out, DT_HOME_PATH_SIZE, "%s/%s", a, b);
    return n > 0 && n < DT_HOME_PATH_SIZE;
}

static enum dt_err copy_file(const char *from, const char *to)
{
    uint8_t *bytes = malloc(FILE_SIZE_MAX);
    size_t size = 0;
    if (bytes == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_file_read(from, bytes, FILE_SIZE_MAX, &size);
    err = err == DT_OK ? dt_file_write(to, dt_span(bytes, size), true) : err;
    dt_wipe(bytes, size);
    free(bytes);
    return err;
}

/* Every plain file of one folder. */
static enum dt_err copy_folder(const char *from, const char *to, bool all)
{
    char source[DT_HOME_PATH_SIZE], target[DT_HOME_PATH_SIZE];
    DT_TRY(dt_dir_make(to));
    DIR *dir = opendir(from);
    if (dir == NULL) {
        return errno == ENOENT ? DT_OK : DT_ERR_IO;
    }
    enum dt_err err = DT_OK;
    for (struct dirent *e = readdir(dir); e != NULL && err == DT_OK; e = readdir(dir)) {
        struct stat st;
        if (e->d_name[0] == '.' || dt_file_is_temporary(e->d_name) ||
            (!all && strcmp(e->d_name, "node.key") == 0)) {
            continue;
        }
        if (!join(source, from, e->d_name) || !join(target, to, e->d_name)) {
            err = DT_ERR_TOO_LARGE;
        } else if (lstat(source, &st) == 0 && S_ISREG(st.st_mode)) {
            err = copy_file(source, target);
        }
    }
    closedir(dir);
    return err;
}

/* OK also if nothing is there; what cannot be looked at is not taken for empty. */
static enum dt_err must_be_empty(const char *path)
{
    DIR *dir = opendir(path);
    unsigned entries = 0;
    if (dir == NULL) {
        return errno == ENOENT ? DT_OK : DT_ERR_IO;
    }
    while (readdir(dir) != NULL) {
        entries++;
    }
    closedir(dir);
    return entries <= 2 ? DT_OK : DT_ERR_HOME_EXISTS; /* "." and ".." */
}

static enum dt_err copy_all(const struct dt_home *from, const char *path, bool all)
{
    char source[DT_HOME_PATH_SIZE], target[DT_HOME_PATH_SIZE];
    DT_TRY(dt_dir_make(path));
    for (size_t i = 0; i < FOLDERS; i++) {
        if (!join(source, from->path, folders[i]) || !join(target, path, folders[i])) {
            return DT_ERR_TOO_LARGE;
        }
        DT_TRY(copy_folder(source, target, all));
    }
    return join(source, from->path, "card") && join(target, path, "card")
               ? copy_file(source, target)
               : DT_ERR_TOO_LARGE;
}

enum dt_err dt_home_copy(const struct dt_home *from, const char *path, bool all)
{
    DT_TRY(must_be_empty(path)); /* whatever is there is not ours to remove */
    const enum dt_err err = copy_all(from, path, all);
    if (err != DT_OK) {
        dt_home_discard(path);
    }
    return err;
}

static void discard_folder(const char *path)
{
    char file[DT_HOME_PATH_SIZE];
    DIR *dir = opendir(path);
    for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (e->d_name[0] != '.' && join(file, path, e->d_name)) {
            (void)dt_file_shred(file);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    (void)rmdir(path);
}

void dt_home_discard(const char *path)
{
    static const char *const files[] = {"party", "card", "detente.db", "detente.db-wal",
                                        "detente.db-shm", "detente.db-journal", "clock", "plans"};
    char name[DT_HOME_PATH_SIZE];
    const int keep = errno;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (join(name, path, files[i])) {
            (void)dt_file_shred(name);
        }
    }
    for (size_t i = 0; i < FOLDERS; i++) {
        if (join(name, path, folders[i])) {
            discard_folder(name);
        }
    }
    (void)rmdir(path);
    errno = keep;
}
