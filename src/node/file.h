/* SPDX-License-Identifier: ISC */
/*
 * file - small private files, written whole or not at all. What home.h stands on.
 *
 * Paths are absolute or relative to the working directory. errno tells why IO failed.
 */
#ifndef DT_NODE_FILE_H
#define DT_NODE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Temporary file (0600), fsync, rename, fsync of the directory. With `exclusive`
 * DUPLICATE if the file is there already, and it stays as it is. */
DT_MUST_USE enum dt_err dt_file_write(const char *path, struct dt_span bytes, bool exclusive);

/* NO_HOME if it is not there, TOO_LARGE beyond `capacity`, IO. */
DT_MUST_USE enum dt_err dt_file_read(const char *path, uint8_t *out, size_t capacity,
                                     size_t *size);

/* Overwrites with zeros, syncs, removes; also what a dt_file_write() to it left behind that
 * was killed. True if there was one. */
bool dt_file_shred(const char *path);

/* A name that only an unfinished dt_file_write() leaves. */
bool dt_file_is_temporary(const char *name);

/* A directory of ours, 0700, with whatever leads to it (0755 less the umask). NOT_ALLOWED
 * if it belongs to somebody else or others may enter it. */
DT_MUST_USE enum dt_err dt_dir_make(const char *path);

#endif
