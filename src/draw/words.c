/* SPDX-License-Identifier: ISC */
#include "draw/words.h"

#include <string.h>

enum { LINE = 1024, ALL = 4096 };

struct pair {
    const char *name, *both;
};

static const struct pair categories[] = {
    {"STATIC", "protected site / site protégé"},
    {"MOVEMENT", "movement / déplacement"},
    {"FLIGHT", "flight / vol"},
    {"MARITIME", "at sea / en mer"},
    {"FIRES", "fires / tirs"},
    {"EXERCISE_ACT", "exercise activity / activité d'exercice"},
    {"AIRSPACE_RES", "airspace reserved / espace aérien réservé"},
    {"HAZARD", "hazard / danger"},
    {"EVAC", "evacuation / évacuation"},
    {"CORRIDOR", "corridor / couloir"},
};

static const struct pair requests[] = {
    {"INFORM_ONLY", "for information only / pour information seulement"},
    {"ADD_TO_NO_STRIKE", "add to the no-strike list / à inscrire sur la liste de non-frappe"},
    {"AVOID_WINDOW", "stay away during this time / se tenir à l'écart pendant cette période"},
    {"ESCORT", "escort / escorte"},
    {"PASSAGE", "let pass / laisser passer"},
    {"EXPLAIN", "explain / expliquer"},
};

static const struct pair tiers[] = {
    {"existence", "existence: that it exists; no time, no place / existence : qu'il existe ; ni temps ni lieu"},
    {"cell", "cell: time, and cells of 0.1 degree (about 11 km) / maille : le temps, et des mailles de 0,1 degré (environ 11 km)"},
    {"shape", "shape: rounded to about 100 m, enlarged to hold the true one / forme : arrondie à 100 m environ, agrandie pour contenir la vraie"},
    {"exact", "exact: everything the notice says / exact : tout ce que dit l'avis"},
};

static const char *find(const struct pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) == 0) {
            return pairs[i].both;
        }
    }
    return "?";
}

#define FIND(pairs, name) find(pairs, sizeof(pairs) / sizeof(pairs)[0], name)

static const char *dtg(const json_t *sheet, const char *key)
{
    return draw_str(json_object_get(sheet, key), "dtg");
}

const char *words_exercise(const json_t *sheet)
{
    return strcmp(draw_str(sheet, "class"), "OPERATION") != 0
               ? "EXERCISE EXERCISE EXERCISE / EXERCICE EXERCICE EXERCICE"
               : NULL;
}

/* Only where the page has times: below that it says nothing of them. */
static void put_late(const json_t *sheet, words_fn put, void *ctx)
{
    if (draw_true(sheet, "delayed")) {
        put(ctx, "DELAYED / RETARDÉ", "The end is later than first notified. / La fin est plus tardive que "
                                      "d'abord annoncée.");
    }
    if (strcmp(draw_str(sheet, "life"), "overdue") == 0) {
        put(ctx, "OVERDUE / EN RETARD", "That end has passed and it has not arrived: it still counts. / Cette "
                                        "fin est passée sans arrivée : il compte toujours.");
    }
}

void words_head(const json_t *sheet, words_fn put, void *ctx)
{
    char text[LINE];
    put(ctx, "Id / Identifiant", draw_str(sheet, "id"));
    put(ctx, "Say / À épeler", draw_str(sheet, "spoken"));
    snprintf(text, sizeof text, "%s, \"%s\"", draw_str(sheet, "from"), draw_str(sheet, "line"));
    put(ctx, "From, line / De, ligne", text);
    snprintf(text, sizeof text, "%s (%s)", dtg(sheet, "issued"),
             draw_str(json_object_get(sheet, "issued"), "utc"));
    put(ctx, "Written / Écrit (UTC)", text);
    if (draw_str(sheet, "title")[0] != '\0') {
        put(ctx, "Title / Titre", draw_str(sheet, "title"));
    }
    snprintf(text, sizeof text, "%s: %s", draw_str(sheet, "category"),
             FIND(categories, draw_str(sheet, "category")));
    put(ctx, "Activity / Activité", text);
    snprintf(text, sizeof text, "%s: %s", draw_str(sheet, "request"),
             FIND(requests, draw_str(sheet, "request")));
    put(ctx, "WHAT IS ASKED / CE QUI EST DEMANDÉ", text);
    if (json_is_object(json_object_get(sheet, "start"))) {
        snprintf(text, sizeof text, "%s - %s (%s - %s)", dtg(sheet, "start"), dtg(sheet, "end"),
                 draw_str(json_object_get(sheet, "start"), "utc"),
                 draw_str(json_object_get(sheet, "end"), "utc"));
        put(ctx, "From - to / Du - au (UTC)", text);
        put_late(sheet, put, ctx);
    }
    if (draw_true(sheet, "movement")) {
        put(ctx, "", "It does not end by the clock: only when it has arrived. / Il ne finit pas à l'heure "
                     "dite : seulement à l'arrivée.");
    }
    if (draw_str(sheet, "contact")[0] != '\0') {
        put(ctx, "Contact", draw_str(sheet, "contact"));
    }
    if (draw_str(sheet, "text")[0] != '\0') {
        put(ctx, "Words / Texte", draw_str(sheet, "text"));
    }
}

/* --- coordinates -------------------------------------------------------------------------- */

static void put_position(const json_t *p, unsigned *left, size_t *more, words_fn put, void *ctx)
{
    char text[LINE];
    if (*left == 0) {
        ++*more;
        return;
    }
    --*left;
    snprintf(text, sizeof text, "%s   MGRS %s", draw_str(p, "decimal"), draw_str(p, "mgrs"));
    put(ctx, "", text);
}

static void put_volume(const json_t *v, size_t number, unsigned *left, size_t *more, words_fn put,
                       void *ctx)
{
    char text[LINE], label[64], metres[128];
    const char *shape = draw_str(v, "shape");
    const double radius = draw_num(v, "radius_m");
    const bool round = strcmp(shape, "circle") == 0, corridor = strcmp(shape, "corridor") == 0;
    size_t r, i;
    json_t *ring, *p;
    if (*left == 0) { /* nothing of it */
        json_array_foreach (json_object_get(v, "rings"), r, ring) {
            *more += json_array_size(ring) - (!round && !corridor && json_array_size(ring) > 0);
        }
        return;
    }
    snprintf(metres, sizeof metres, "%s %.0f m",
             round      ? "circle, radius / cercle, rayon"
             : corridor ? "corridor, width / couloir, largeur"
                        : "area, and around it / zone, et autour",
             corridor ? 2 * radius : radius);
    snprintf(text, sizeof text, "%s; heights / hauteurs %s - %s", metres, draw_str(v, "low"),
             draw_str(v, "high"));
    if (json_is_object(json_object_get(v, "from"))) {
        const size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "; %s - %s", dtg(v, "from"), dtg(v, "until"));
    }
    snprintf(label, sizeof label, "Volume %zu", number);
    put(ctx, label, text);
    json_array_foreach (json_object_get(v, "rings"), r, ring) {
        const bool closed = !round && !corridor;
        json_array_foreach (ring, i, p) {
            if (!closed || i + 1 < json_array_size(ring)) {
                put_position(p, left, more, put, ctx);
            }
        }
    }
}

void words_places(const json_t *sheet, unsigned limit, words_fn put, void *ctx)
{
    unsigned left = limit;
    size_t more = 0, i;
    char text[LINE];
    json_t *part;
    if (json_array_size(json_object_get(sheet, "cells")) > 0) {
        put(ctx, "Cells / Mailles",
            "south-west corners of cells of 0.1 degree / coins sud-ouest de mailles de 0,1 degré");
    }
    json_array_foreach (json_object_get(sheet, "cells"), i, part) {
        put_position(part, &left, &more, put, ctx);
    }
    json_array_foreach (json_object_get(sheet, "volumes"), i, part) {
        put_volume(part, i + 1, &left, &more, put, ctx);
    }
    if (more > 0) {
        snprintf(text, sizeof text, "%zu more positions are NOT on this page: ask for them. / %zu autres "
                                    "positions ne sont PAS sur cette page : demandez-les.", more, more);
        put(ctx, "", text);
    }
}

/* --- who may read it ---------------------------------------------------------------------- */

void words_disclosed(const json_t *sheet, words_fn put, void *ctx)
{
    char text[ALL];
    size_t i, n = 0;
    json_t *code;
    put(ctx, "Disclosed / Divulgué", FIND(tiers, draw_str(sheet, "tier")));
    text[0] = '\0';
    json_array_foreach (json_object_get(sheet, "readers"), i, code) {
        const char *name = json_string_value(code);
        if (n < sizeof text) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? ", " : "",
                                  name != NULL ? name : "?");
        }
    }
    if (n < sizeof text) {
        const bool tiered = json_is_true(json_object_get(sheet, "tiered"));
        snprintf(text + n, sizeof text - n,
                 " %s on the line; this page is readable by whoever holds it, and "
                 "who has opened it may have kept it. / "
                 "%s sur la ligne ; cette page est lisible par qui la tient, et "
                 "qui l'a ouvert peut l'avoir gardé.",
                 tiered ? "were told it, each as much as he was given (disclosures says how much)"
                        : "can open the whole of it",
                 tiered ? "en ont reçu l'avis, chacun dans la mesure accordée (voir disclosures)"
                        : "peuvent l'ouvrir en entier");
    }
    put(ctx, "Who may read it / Qui peut le lire", text);
    snprintf(text, sizeof text,
             "A notice is not a permission. Printed %s; ask whether it still stands. / Un avis n'est pas "
             "une autorisation. Imprimé %s ; demandez s'il vaut encore.",
             dtg(sheet, "printed"), dtg(sheet, "printed"));
    put(ctx, "", text);
}

void words_slip(const json_t *sheet, words_fn put, void *ctx)
{
    char text[LINE];
    snprintf(text, sizeof text, "RETURN SLIP / TALON-RÉPONSE   %s", draw_str(sheet, "id"));
    put(ctx, "", text);
    put(ctx, "Acknowledged by (rank, post) / Reçu par (grade, poste)", "");
    put(ctx, "At (UTC) / À (UTC)", "");
    put(ctx, "Passed on to / Transmis à", "");
    put(ctx, "Refused, because / Refusé, parce que", "");
    put(ctx, "Signature", "");
}
