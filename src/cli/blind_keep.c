/* SPDX-License-Identifier: ISC */
/* What this home keeps of its runs (blind.h). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/blind.h"
#include "node/file.h"

static bool path_of(struct cli *c, char out[static DT_HOME_PATH_SIZE], const char *name)
{
    char inside[DT_RECORD_ID_SIZE + 16];
    snprintf(inside, sizeof inside, "blind/%s", name);
    const enum dt_err err = dt_home_file(out, &c->home, inside);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", inside);
    }
    return err == DT_OK;
}

static bool make_folder(struct cli *c)
{
    char path[DT_HOME_PATH_SIZE];
    enum dt_err err = dt_home_file(path, &c->home, "blind");
    err = err == DT_OK ? dt_dir_make(path) : err;
    if (err != DT_OK) {
        cli_fail(c, err, "blind");
    }
    return err == DT_OK;
}

/* All our officers whose keys are not revoked. */
static bool readers_of(struct cli *c, struct dt_blind_reader *readers, size_t *count)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    size_t officers = 0;
    *count = 0;
    const enum dt_err err = dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &officers);
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    for (size_t i = 0; i < officers && *count < DT_BLIND_OFFICERS_MAX; i++) {
        if (!list[i].revoked) {
            readers[*count].number = list[i].operator_.number;
            memcpy(readers[(*count)++].key, list[i].operator_.key, DT_PUBLIC_SIZE);
        }
    }
    return true;
}

bool cli_blind_save(struct cli *c, const struct cli_line *line, const char *name,
                    const struct dt_blind_kept *kept)
{
    static struct dt_blind_reader readers[DT_BLIND_OFFICERS_MAX];
    char path[DT_HOME_PATH_SIZE];
    uint8_t key[32], ephemeral[32];
    size_t count;
    if (!make_folder(c) || !path_of(c, path, name) || !readers_of(c, readers, &count)) {
        return false;
    }
    uint8_t *bytes = malloc(DT_BLIND_FILE_MAX);
    struct dt_writer w = dt_writer(bytes, bytes != NULL ? DT_BLIND_FILE_MAX : 0);
    dt_random(key, sizeof key);
    dt_random(ephemeral, sizeof ephemeral);
    enum dt_err err = bytes == NULL ? DT_ERR_NO_MEMORY
                                    : dt_blind_file_seal(&w, kept, line->id, readers, count, key, ephemeral);
    dt_wipe(key, sizeof key);
    dt_wipe(ephemeral, sizeof ephemeral);
    err = err == DT_OK ? dt_file_write(path, dt_written(&w), false) : err;
    free(bytes);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", path);
    }
    return err == DT_OK;
}

bool cli_blind_name(struct cli *c, const char *old, const char *id)
{
    char from[DT_HOME_PATH_SIZE], to[DT_HOME_PATH_SIZE];
    if (!path_of(c, from, old)) {
        return false;
    }
    if (id == NULL) {
        dt_file_shred(from);
        return true;
    }
    if (!path_of(c, to, id)) {
        return false;
    }
    if (rename(from, to) != 0) {
        cli_fail(c, DT_ERR_IO, "%s", to);
        return false;
    }
    return true;
}

/* The cells as numbers, for the session. */
static bool take_cells(struct cli_blind_kept *out)
{
    struct dt_reader r = dt_reader(out->kept.cells);
    out->count = out->kept.cells.size / DT_BLIND_CELL_SIZE;
    out->cells = calloc(out->count + 1, sizeof *out->cells);
    for (size_t i = 0; out->cells != NULL && i < out->count; i++) {
        out->cells[i] = dt_read_u64(&r);
    }
    return out->cells != NULL;
}

bool cli_blind_open(struct cli *c, const struct cli_line *line, const char *id, bool quiet,
                    struct cli_blind_kept *out)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_officer_key key;
    bool found = false;
    size_t size = 0;
    memset(out, 0, sizeof *out);
    if (!path_of(c, path, id) || !cli_find_officer(c, 0, &key, !quiet, &found) || !found) {
        return false;
    }
    uint8_t *file = malloc(DT_BLIND_FILE_MAX);
    out->room = malloc(DT_BLIND_FILE_MAX);
    out->room_size = DT_BLIND_FILE_MAX;
    enum dt_err err = file == NULL || out->room == NULL ? DT_ERR_NO_MEMORY
                                                        : dt_file_read(path, file, DT_BLIND_FILE_MAX, &size);
    err = err == DT_ERR_NO_HOME ? DT_ERR_UNKNOWN_RECORD : err;
    if (err == DT_OK) {
        err = dt_blind_file_open(&out->kept, out->room, dt_span(file, size), line->id, key.public_key,
                                 key.signer);
    }
    err = err == DT_OK && !take_cells(out) ? DT_ERR_NO_MEMORY : err;
    dt_officer_key_wipe(&key);
    free(file);
    if (err != DT_OK) {
        cli_blind_close(out);
        if (!quiet) {
            cli_fail(c, err, err == DT_ERR_UNKNOWN_RECORD ? _("this home keeps nothing of the run %s") : "%s",
                     cli_safe(id));
        }
    }
    return err == DT_OK;
}

void cli_blind_close(struct cli_blind_kept *kept)
{
    if (kept->room != NULL) {
        dt_wipe(kept->room, kept->room_size);
    }
    if (kept->cells != NULL) {
        dt_wipe(kept->cells, kept->count * sizeof *kept->cells);
    }
    free(kept->room);
    free(kept->cells);
    dt_wipe(kept, sizeof *kept);
}

static void put_cells(struct dt_writer *w, const uint64_t *cells, size_t count, struct dt_span *out)
{
    const size_t start = w->size;
    for (size_t i = 0; i < count; i++) {
        dt_write_u64(w, cells[i]);
    }
    *out = dt_span(w->data + start, w->size - start);
}

bool cli_blind_fill(struct cli *c, struct dt_blind_kept *out, enum dt_blind_role role,
                    const uint8_t *secret, const struct cli_blind_plans *plans, uint8_t **coded)
{
    size_t total = plans->all_count;
    for (size_t i = 0; i < plans->count; i++) {
        total += plans->plan[i].count;
    }
    *coded = malloc(total * DT_BLIND_CELL_SIZE + 1);
    if (*coded == NULL) {
        cli_fail(c, DT_ERR_NO_MEMORY, NULL);
        return false;
    }
    struct dt_writer w = dt_writer(*coded, total * DT_BLIND_CELL_SIZE);
    memset(out, 0, sizeof *out);
    out->role = role;
    memcpy(out->secret, secret, DT_BLIND_SECRET_SIZE);
    put_cells(&w, plans->all, plans->all_count, &out->cells);
    out->plan_count = plans->count;
    for (size_t i = 0; i < plans->count; i++) {
        out->plans[i].title = dt_span(plans->plan[i].title, strlen(plans->plan[i].title));
        put_cells(&w, plans->plan[i].cells, plans->plan[i].count, &out->plans[i].cells);
    }
    return true;
}
