/* SPDX-License-Identifier: ISC */
#include "view/conflict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "view/prepare.h"

enum { VERSION_SIZE = 2 + 8 + DT_HASH_SIZE };

static struct dt_span version_bytes(uint8_t out[static VERSION_SIZE], const struct dt_ref *ref)
{
    struct dt_writer w = dt_writer(out, VERSION_SIZE);
    dt_write_u16(&w, ref->wid);
    dt_write_u64(&w, ref->seq);
    dt_write_bytes(&w, ref->leaf, DT_HASH_SIZE);
    return dt_written(&w);
}

void dt_conflict_id(uint8_t id[static DT_HASH_SIZE], const uint8_t line[static DT_HASH_SIZE],
                    const struct dt_ref *a, const struct dt_ref *b)
{
    uint8_t bytes_a[VERSION_SIZE], bytes_b[VERSION_SIZE];
    const struct dt_span first = version_bytes(bytes_a, a), second = version_bytes(bytes_b, b);
    const bool ordered = memcmp(bytes_a, bytes_b, VERSION_SIZE) <= 0;
    const struct dt_span parts[3] = {dt_span(line, DT_HASH_SIZE), ordered ? first : second,
                                     ordered ? second : first};
    dt_labelled_hash(id, "detente/1/conflict", parts, 3);
}

int64_t dt_conflict_bits(const uint8_t id[static DT_HASH_SIZE])
{
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++) {
        bits = bits << 8 | id[i];
    }
    return (int64_t)(bits >> 4);
}

void dt_notice_conflict(struct dt_notice_conflict *out, const struct dt_charter *charter,
                        const struct dt_conflict_side *a, const struct dt_conflict_side *b,
                        int64_t now_ms)
{
    struct dt_prepare_room room_a, room_b;
    struct dt_prepared prepared_a, prepared_b;
    dt_prepare(&prepared_a, &room_a, a);
    dt_prepare(&prepared_b, &room_b, b);
    dt_prepared_compare(out, charter, &prepared_a, &prepared_b, now_ms);
}

/* --- sentences -------------------------------------------------------------------------- */

const char *dt_conflict_text(const struct dt_notice_conflict *c)
{
    switch (c->outcome) {
    case DT_PAIR_CONFLICT:
        return N_("Conflict {word} ({severity}): {a} and {b} come within {distance}; the "
                  "separation is {lateral} ({rule}). {vertical} First at {when}.");
    case DT_PAIR_POSSIBLE:
        return N_("Possible conflict {word}, at cell level ({severity}): {a} and {b} may come "
                  "within {lateral} ({rule}). First at {when}.");
    case DT_PAIR_NOT_COMPARABLE:
        return N_("{a} and {b} cannot be compared: place or shape of one of them is not readable "
                  "here. Ask its author.");
    case DT_PAIR_NONE_KNOWN:
    default:
        return N_("No conflict known between {a} and {b}. This is not a permission.");
    }
}

static void length_text(char out[static 32], int64_t mm)
{
    if (mm >= 1000000) {
        snprintf(out, 32, "%" PRId64 ".%03" PRId64 " km", mm / 1000000, mm % 1000000 / 1000);
    } else if (mm % 1000 == 0) {
        snprintf(out, 32, "%" PRId64 " m", mm / 1000);
    } else {
        snprintf(out, 32, "%" PRId64 ".%03" PRId64 " m", mm / 1000, mm % 1000);
    }
}

void dt_conflict_words(struct dt_conflict_words *out, const struct dt_notice_conflict *c)
{
    const int64_t gap = c->vertical_gap_mm;
    memset(out, 0, sizeof *out);
    memcpy(out->word, c->word, sizeof out->word);
    out->severity = dt_severity_name((int64_t)c->rule.severity);
    out->rule = c->rule.agreed ? N_("agreed") : N_("default, not agreed");
    out->vertical = !c->same_datum ? N_("Their heights are on different datums, which may make them meet.")
                    : gap <= 0     ? N_("Their heights overlap by {gap}.")
                                   : N_("Their heights are {gap} apart.");
    length_text(out->distance, c->distance_mm);
    length_text(out->lateral, c->rule.separation.lateral_mm);
    length_text(out->gap, gap < 0 ? -gap : gap);
    if (c->first_ms >= 0) {
        dt_utc_short(out->when, c->first_ms);
    }
}

/* A sentence being written, and what stands for the names in braces. */
struct filling {
    char *out;
    size_t capacity, size;
    const char *names[9];
    const char *values[9];
    size_t count;
};

static void put(struct filling *f, const char *text, size_t size)
{
    for (size_t i = 0; i < size && f->size + 1 < f->capacity; i++) {
        f->out[f->size++] = text[i];
    }
}

static const char *value_of(const struct filling *f, const char *name, size_t size)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strlen(f->names[i]) == size && memcmp(f->names[i], name, size) == 0) {
            return f->values[i];
        }
    }
    return NULL;
}

static void fill(struct filling *f, const char *text)
{
    while (*text != '\0') {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        const char *value =
            close != NULL ? value_of(f, text + 1, (size_t)(close - text - 1)) : NULL;
        if (value != NULL) {
            put(f, value, strlen(value));
            text = close + 1;
        } else {
            put(f, text++, 1);
        }
    }
    if (f->capacity > 0) {
        f->out[f->size] = '\0';
    }
}

static const char *same(const char *msgid)
{
    return msgid;
}

size_t dt_conflict_sentence(char *out, size_t capacity, const struct dt_notice_conflict *c,
                            const char *a, const char *b,
                            const char *(*translate)(const char *msgid))
{
    const char *(*const in)(const char *) = translate != NULL ? translate : same;
    struct dt_conflict_words words;
    char vertical[256];
    dt_conflict_words(&words, c);
    struct filling height = {vertical, sizeof vertical, 0, {"gap"}, {words.gap}, 1};
    fill(&height, in(words.vertical));
    struct filling f = {
        .out = out,
        .capacity = capacity,
        .names = {"word", "severity", "a", "b", "distance", "lateral", "vertical", "when", "rule"},
        .values = {words.word, in(words.severity), a, b, words.distance, words.lateral, vertical,
                   words.when, in(words.rule)},
        .count = 9,
    };
    fill(&f, in(dt_conflict_text(c)));
    return f.size;
}
