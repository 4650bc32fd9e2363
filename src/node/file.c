/* SPDX-License-Identifier: ISC */
#include "node/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/home.h"

enum { FILE_MODE = 0600, DIR_MODE = 0700, TEMPORARY_SIZE = DT_HOME_PATH_SIZE + 32 };
enum { NONCE_END = 13 }; /* of a temporary file's name: ".", 8 digits, ".tmp" */

void dt_random(void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        const ssize_t n = getrandom(at, size, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            abort();
        }
        at += n;
        size -= (size_t)n;
    }
}

int64_t dt_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

/* Makes a rename last: the directory itself must reach the disk. */
static bool sync_folder(const char *path)
{
    char folder[DT_HOME_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    const size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof folder) {
        return false;
    }
    memcpy(folder, path, size);
    folder[size] = '\0';
    const int fd = open(size > 0 ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

/* Writes and syncs a new file of that name. */
static bool write_new(const char *path, struct dt_span bytes)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) {
        return false;
    }
    const bool good = write_all(fd, bytes.data, bytes.size) && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

enum dt_err dt_file_write(const char *path, struct dt_span bytes, bool exclusive)
{
    char temporary[TEMPORARY_SIZE];
    uint32_t nonce;
    dt_random(&nonce, sizeof nonce);
    const int n = snprintf(temporary, sizeof temporary, "%s.%08x.tmp", path, (unsigned)nonce);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        return DT_ERR_TOO_LARGE;
    }
    bool good = write_new(temporary, bytes);
    /* link() refuses where rename() would replace */
    good = good && (exclusive ? link(temporary, path) == 0 : rename(temporary, path) == 0);
    const int keep = errno;
    if (!good || exclusive) {
        unlink(temporary);
    }
    good = good && sync_folder(path);
    if (!good) {
        errno = keep;
        return exclusive && keep == EEXIST ? DT_ERR_DUPLICATE : DT_ERR_IO;
    }
    return DT_OK;
}

enum dt_err dt_file_read(const char *path, uint8_t *out, size_t capacity, size_t *size)
{
    *size = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? DT_ERR_NO_HOME : DT_ERR_IO;
    }
    enum dt_err err = DT_OK;
    for (;;) {
        uint8_t one; /* beyond the capacity: is there more? */
        const bool full = *size == capacity;
        const ssize_t n = read(fd, full ? &one : out + *size, full ? 1 : capacity - *size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0 || full) {
            err = n < 0 ? DT_ERR_IO : n > 0 ? DT_ERR_TOO_LARGE : DT_OK;
            break;
        }
        *size += (size_t)n;
    }
    const int keep = errno;
    close(fd);
    errno = keep;
    return err;
}

static bool shred(const char *path)
{
    static const uint8_t zeros[4096];
    const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        struct stat st;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
            size_t left = st.st_size > 0 ? (size_t)st.st_size : 0;
            while (left > 0) {
                const size_t part = left < sizeof zeros ? left : sizeof zeros;
                if (!write_all(fd, zeros, part)) {
                    break;
                }
                left -= part;
            }
            (void)fsync(fd);
        }
        close(fd);
    }
    return unlink(path) == 0;
}

bool dt_file_is_temporary(const char *name)
{
    const size_t size = strlen(name);
    return size > NONCE_END && name[size - NONCE_END] == '.' && strcmp(name + size - 4, ".tmp") == 0;
}

bool dt_file_shred(const char *path)
{
    char file[TEMPORARY_SIZE];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const size_t front = (size_t)(name - path), size = strlen(name);
    bool there = shred(path);
    if (front + size >= sizeof file) {
        return there;
    }
    memcpy(file, path, front);
    memcpy(file + front, ".", 2);
    DIR *dir = opendir(file);
    for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
        if (dt_file_is_temporary(e->d_name) && strlen(e->d_name) == size + NONCE_END &&
            memcmp(e->d_name, name, size) == 0 && front + size + NONCE_END < sizeof file) {
            memcpy(file + front, e->d_name, size + NONCE_END + 1);
            there = shred(file) || there;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return there;
}

static bool make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool good = mkdir(path, 0755) == 0 || errno == EEXIST;
        *slash = '/';
        if (!good) {
            return false;
        }
    }
    return true;
}

enum dt_err dt_dir_make(const char *path)
{
    char copy[DT_HOME_PATH_SIZE];
    const size_t size = strlen(path);
    if (size == 0 || size >= sizeof copy) {
        return DT_ERR_TOO_LARGE;
    }
    memcpy(copy, path, size + 1);
    struct stat st;
    if (!make_parents(copy) || (mkdir(path, DIR_MODE) != 0 && errno != EEXIST) ||
        stat(path, &st) != 0) {
        return DT_ERR_IO;
    }
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return DT_ERR_IO;
    }
    return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? DT_OK : DT_ERR_NOT_ALLOWED;
}
