/* SPDX-License-Identifier: ISC */
#include "view/rules.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000)
#define METRES(n) ((uint32_t)(n)*1000u)

/* Sets of categories: one bit each. */
#define BIT(name) (1u << DT_CATEGORY_##name)
#define ANY 0xffffu

/* The defaults of protocol.md section 9; the first that fits holds. */
static const struct {
    unsigned one, other;
    struct dt_separation separation;
    enum dt_severity severity;
} defaults[] = {
    {BIT(FIRES) | BIT(FLIGHT),
     BIT(STATIC) | BIT(MOVEMENT) | BIT(EVAC) | BIT(CORRIDOR) | BIT(MARITIME),
     {METRES(2000), METRES(300), MINUTES(30)},
     DT_SEVERITY_SEVERE},
    {BIT(FIRES),
     BIT(FLIGHT) | BIT(FIRES),
     {METRES(2000), METRES(300), MINUTES(15)},
     DT_SEVERITY_HIGH},
    {BIT(FLIGHT), BIT(FLIGHT), {METRES(1000), METRES(150), MINUTES(10)}, DT_SEVERITY_HIGH},
    {BIT(HAZARD),
     BIT(STATIC) | BIT(MOVEMENT) | BIT(EVAC) | BIT(CORRIDOR),
     {METRES(500), METRES(100), MINUTES(30)},
     DT_SEVERITY_HIGH},
    {ANY, ANY, {METRES(200), METRES(50), MINUTES(10)}, DT_SEVERITY_LOW},
};

static bool pair_fits(unsigned one, unsigned other, enum dt_category a, enum dt_category b)
{
    return ((one >> a & 1u) != 0 && (other >> b & 1u) != 0) ||
           ((one >> b & 1u) != 0 && (other >> a & 1u) != 0);
}

static int64_t time_bounded(int64_t ms)
{
    return ms < 0 ? 0 : ms > DT_TIME_MAX_MS ? DT_TIME_MAX_MS : ms;
}

static struct dt_separation of_rule(const struct dt_rule *rule)
{
    return (struct dt_separation){rule->lateral_mm, rule->vertical_mm,
                                  time_bounded(rule->temporal_ms)};
}

void dt_rule_for(struct dt_rule_found *out, const struct dt_charter *charter, enum dt_category a,
                 enum dt_category b)
{
    const enum dt_category low = a < b ? a : b, high = a < b ? b : a;
    for (size_t i = 0; charter != NULL && i < charter->rule_count; i++) {
        const struct dt_rule *rule = &charter->rules[i];
        if (rule->a == (unsigned)low && rule->b == (unsigned)high) {
            *out = (struct dt_rule_found){of_rule(rule), (enum dt_severity)rule->severity, true};
            return;
        }
    }
    size_t i = 0;
    while (!pair_fits(defaults[i].one, defaults[i].other, a, b)) {
        i++; /* the last entry fits every pair */
    }
    *out = (struct dt_rule_found){defaults[i].separation, defaults[i].severity, false};
}

static void widen(struct dt_separation *out, const struct dt_separation *by)
{
    out->lateral_mm = by->lateral_mm > out->lateral_mm ? by->lateral_mm : out->lateral_mm;
    out->vertical_mm = by->vertical_mm > out->vertical_mm ? by->vertical_mm : out->vertical_mm;
    out->temporal_ms = by->temporal_ms > out->temporal_ms ? by->temporal_ms : out->temporal_ms;
}

void dt_rule_widest(struct dt_separation *out, const struct dt_charter *charter)
{
    *out = (struct dt_separation){0};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        widen(out, &defaults[i].separation);
    }
    for (size_t i = 0; charter != NULL && i < charter->rule_count; i++) {
        const struct dt_separation own = of_rule(&charter->rules[i]);
        widen(out, &own);
    }
}

const char *dt_severity_name(int64_t severity)
{
    return severity == DT_SEVERITY_LOW      ? N_("low")
           : severity == DT_SEVERITY_HIGH   ? N_("high")
           : severity == DT_SEVERITY_SEVERE ? N_("severe")
                                            : "?";
}
