/* SPDX-License-Identifier: ISC */
/* tiers - notices told in steps, on the command line: for whom each step is, and what the
 * exact part says of the others. docs/deconfliction.md, Disclosure. */
#ifndef DT_CLI_TIERS_H
#define DT_CLI_TIERS_H

#include "cli/cli.h"
#include "cli/geojson.h"
#include "log/tier.h"

/* --tier CODE=TIER,…,others=TIER: one for each member. Addressees that are not named get
 * exact, others cell. *told is false without the option. False after a usage error. */
bool cli_tiers(struct cli *c, const struct cli_line *line, uint8_t tiers[static DT_MEMBERS_MAX],
               bool *told);

extern bool cli_told_in_tiers; /* what cli_tiers() said; cli_notice_encode() goes by it */

/* Makes of a notice one that is told in steps: no cells and the day in its clear part, the
 * others named in its exact one. */
DT_MUST_USE enum dt_err cli_tier_notice(struct dt_geojson_notice *notice);

/* "exact NORD MEDI; shape SUED; …", a line each, and that what was opened may be kept. */
void cli_show_tiers(const struct cli_line *line, const uint8_t *tiers);

int cli_conflict_tell(struct cli *c); /* conflict tell (cmd_disclose.c) */

#endif
