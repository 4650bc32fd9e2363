/* SPDX-License-Identifier: ISC */
/*
 * blind - runs of blind notices at the officer's own program: plans become cells, the run goes on
 * by what stands in the logs. The node never has cells or secrets (docs/blind.md).
 *
 *     files -> [blind_plans] -> cells -> [blind_go] <-> records of the run
 *                                           |
 *                                     home/blind/ID (node/blind_file.h)
 */
#ifndef DT_CLI_BLIND_H
#define DT_CLI_BLIND_H

#include "cli/cli.h"
#include "node/blind_file.h"
#include "view/blind_run.h"

/* --- blind_plans.c ----------------------------------------------------------------------- */

/* What a side asks about; everything owned, wiped by cli_blind_plans_free(). */
struct cli_blind_plans {
    struct {
        char title[DT_TEXT_MAX + 1];
        uint64_t *cells;
        size_t count;
    } plan[DT_BLIND_PLANS_MAX];
    size_t count;
    uint64_t all[DT_BLIND_SIZE_MAX];
    size_t all_count;
};

/* The files from word `first` on, or without any the plans that the node keeps for this line, with the widest separations of the line's charter. False after
 * an error was said. */
bool cli_blind_read_plans(struct cli *c, const struct cli_line *line, size_t first, uint32_t slot_ms,
                          size_t size, struct cli_blind_plans *out);
void cli_blind_plans_free(struct cli_blind_plans *plans);

/* --- blind_keep.c ------------------------------------------------------------------------ */

/* What is kept of a run, in memory. */
struct cli_blind_kept {
    struct dt_blind_kept kept; /* borrows from these: */
    uint8_t *room;
    size_t room_size;
    uint64_t *cells;
    size_t count;
};

/* Reads home/blind/ID with the key of an officer on watch; UNKNOWN_RECORD if this home keeps
 * nothing of it. `quiet`: only false. */
bool cli_blind_open(struct cli *c, const struct cli_line *line, const char *id, bool quiet,
                    struct cli_blind_kept *out);
void cli_blind_close(struct cli_blind_kept *kept);
/* Writes home/blind/NAME, sealed to every officer of ours. */
bool cli_blind_save(struct cli *c, const struct cli_line *line, const char *name,
                    const struct dt_blind_kept *kept);
/* The file that was written before the run had an id gets its name; removes it for NULL. */
bool cli_blind_name(struct cli *c, const char *old, const char *id);
/* Plans as they are kept; borrows from `plans` and `coded` (8 bytes a cell of all plans and of
 * the whole, freed by the caller). */
bool cli_blind_fill(struct cli *c, struct dt_blind_kept *out, enum dt_blind_role role,
                    const uint8_t *secret, const struct cli_blind_plans *plans, uint8_t **coded);

/* --- blind_go.c --------------------------------------------------------------------------- */

/* One run as the logs have it. Large: allocated. */
struct cli_blind_case {
    struct dt_blind_run run;
    struct dt_case file;
    struct dt_case_memory judge;
    uint8_t memory[DT_CASE_MEMORY];
    json_t *reply; /* owned: its `proof` is the case */
};

/* The run that begins with that proposal; NULL after an error was said. */
struct cli_blind_case *cli_blind_load(struct cli *c, const char *id);
void cli_blind_unload(struct cli_blind_case *r);

enum cli_blind_how { CLI_BLIND_WAITS, CLI_BLIND_FINISHED, CLI_BLIND_FAILED };

/* Whose part we have in it; false after an error was said if it is none of ours. */
bool cli_blind_role(struct cli *c, const struct cli_line *line, const struct cli_blind_case *r,
                    enum dt_blind_role *role);
/* Does what is due from us, and says what came of it to the logs: DONE or REFUSED. */
enum cli_blind_how cli_blind_go(struct cli *c, const struct cli_line *line, struct cli_blind_case *r,
                                const char *id, struct cli_blind_kept *kept);
/* The session as far as both HELLOs and our LIST; NULL after an error was said. */
struct dt_blind *cli_blind_again(struct cli *c, const struct cli_blind_case *r,
                                 const struct cli_blind_kept *kept, struct dt_blind_budget *budget,
                                 size_t until);
/* Appends what an officer says of a run. *reply may be NULL. */
bool cli_blind_say(struct cli *c, const struct cli_line *line, const char *to,
                   const struct dt_body_blind *b, json_t **reply);

/* --- what cmd_blind.c and cmd_blind_open.c share ------------------------------------------- */

json_t *cli_blind_cell(uint64_t cell, uint32_t slot_ms);
/* The run of the first word, a run of ours; NULL after an error was said. */
struct cli_blind_case *cli_blind_load_ours(struct cli *c, struct cli_line *line, const char **id,
                                           enum dt_blind_role *role);
int cli_blind_opening(struct cli *c);
int cli_blind_verify(struct cli *c);

#endif
