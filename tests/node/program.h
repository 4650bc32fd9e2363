/* SPDX-License-Identifier: ISC */
/* program - the real command line as a party of a rig, by tests that run real nodes. */
#ifndef DT_TESTS_NODE_PROGRAM_H
#define DT_TESTS_NODE_PROGRAM_H

#include "rig.h"

/* Its standard output goes to `out`; `words` end with NULL. Fails the test unless it says that
 * it is done. */
void program_run(struct rig *r, unsigned party, const char *out, const char *const words[]);
/* How often it prints that text. */
unsigned program_says(struct rig *r, unsigned party, const char *text, const char *const words[]);

#endif
