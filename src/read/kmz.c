/* SPDX-License-Identifier: ISC */
/*
 * The .kml of a KMZ. Only that one entry is unpacked, and no more of it than READ_MAX,
 * whatever the archive says of its size: what would grow is refused, not written.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zip.h>

#include "read/read.h"

enum { ENTRIES_MAX = 1000 };

static enum read_status reason(FILE *out, const char *word)
{
    fputs(word, out);
    return READ_REASON;
}

static bool is_kml(const char *name)
{
    const size_t size = name != NULL ? strlen(name) : 0;
    return size > 4 && strcasecmp(name + size - 4, ".kml") == 0;
}

/* The word against it, or NULL and the number of the only .kml. */
static const char *find_kml(zip_t *archive, zip_uint64_t *found)
{
    const zip_int64_t count = zip_get_num_entries(archive, 0);
    size_t kmls = 0;
    if (count < 0 || count > ENTRIES_MAX) {
        return "entries";
    }
    for (zip_uint64_t i = 0; i < (zip_uint64_t)count; i++) {
        if (is_kml(zip_get_name(archive, i, ZIP_FL_ENC_RAW))) {
            *found = i;
            kmls++;
        }
    }
    return kmls == 1 ? NULL : kmls == 0 ? "none" : "several";
}

/* READ_MAX + 1 bytes at most into `data`; to the end, for only there is the sum checked. */
static bool read_all(zip_file_t *file, char *data, size_t *size)
{
    zip_int64_t n = 1;
    for (*size = 0; n > 0 && *size <= READ_MAX; *size += n > 0 ? (size_t)n : 0) {
        n = zip_fread(file, data + *size, READ_MAX + 1 - *size);
    }
    return n >= 0;
}

static const char *unpack(zip_t *archive, zip_uint64_t number, char *data, size_t *size)
{
    zip_stat_t about;
    if (zip_stat_index(archive, number, 0, &about) != 0) {
        return "damaged";
    }
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE) {
        return "encrypted";
    }
    if ((about.valid & ZIP_STAT_SIZE) != 0 && about.size > READ_MAX) {
        return "large";
    }
    zip_file_t *file = zip_fopen_index(archive, number, 0);
    const bool good = file != NULL && read_all(file, data, size);
    if (file != NULL) {
        zip_fclose(file);
    }
    return !good ? "damaged" : *size > READ_MAX ? "large" : NULL;
}

static enum read_status read_archive(zip_t *archive, FILE *out)
{
    zip_uint64_t number = 0;
    size_t size = 0;
    const char *word = find_kml(archive, &number);
    if (word != NULL) {
        return reason(out, word);
    }
    char *data = malloc(READ_MAX + 1);
    if (data == NULL) {
        return READ_FAILED;
    }
    word = unpack(archive, number, data, &size);
    const bool good = word == NULL && fwrite(data, 1, size, out) == size;
    free(data);
    return word != NULL ? reason(out, word) : good ? READ_DONE : READ_FAILED;
}

enum read_status read_kmz(const char *data, size_t size, FILE *out)
{
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &error);
    zip_t *archive = source != NULL ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    if (archive == NULL) {
        zip_source_free(source);
        return source != NULL ? reason(out, "damaged") : READ_FAILED;
    }
    const enum read_status status = read_archive(archive, out);
    zip_discard(archive); /* frees the source */
    return status;
}
