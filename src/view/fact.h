/* SPDX-License-Identifier: ISC */
/*
 * fact - what one record says, in a row: the unit every view is built from.
 *
 * A fact is a function of charter, record and its log's prefix alone; never of the
 * local clock, settings or order of arrival (design: common view). The store keeps
 * one row a record; stages, inboxes, notices and conflicts are derived from rows.
 * So equal sets of records give equal rows, and equal digests.
 *
 * Plain data; borrowed nothing.
 */
#ifndef DT_VIEW_FACT_H
#define DT_VIEW_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "log/header.h"

enum { DT_VIEW_VERSION = 1, DT_FORCE_NAME_MAX = DT_TEXT_MAX };

struct dt_fact {
    uint16_t wid;
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
    unsigned kind;    /* enum dt_kind or an unknown number */
    int64_t time_ms;  /* the author's claim */
    unsigned flags;   /* of the header */
    enum dt_err err;  /* DT_OK, or why the record is invalid: shown, without effect */
    bool sealed;      /* has a sealed part */
    bool has_target;
    struct dt_ref target; /* body key 1 */
    bool target_matches;  /* filled by whoever holds the target: same leaf */
    int64_t code;         /* body key 5: state, scope, answer …; category for a NOTICE */
    int64_t number[4];    /* kind's own: n and m, time, lat, lon, radius, request, start, end */
    unsigned officer;     /* operator number of key 15; 0 none */
    unsigned second;      /* of key 16 */
    bool officer_valid;   /* its signature verified against a certificate held */
    char force[DT_FORCE_NAME_MAX + 1]; /* PASSED_ON */
};

#endif
