/* SPDX-License-Identifier: ISC */
/* detente-draw cot|cot-stream|kml|gpx|pdf|svg|png|txt: see draw.h. */
#include <string.h>

#include "draw/draw.h"

const char *draw_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

double draw_num(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

bool draw_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static const char *const kinds[] = {"cot", "cot-stream", "kml", "gpx", "pdf", "svg", "png", "txt"};

#if defined __SANITIZE_ADDRESS__
/* Fontconfig keeps its tables for the life of the process: no leak of ours. The program is
 * run without an environment, so the sanitizer asks here. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

static bool draw(const char *what, const json_t *value, FILE *out)
{
    if (strcmp(what, "kml") == 0) {
        return draw_kml(value, out);
    }
    if (strcmp(what, "gpx") == 0) {
        return draw_gpx(value, out);
    }
    if (strncmp(what, "cot", 3) == 0) {
        return draw_cot(value, strcmp(what, "cot-stream") == 0, out);
    }
    return draw_sheet(value, what, out);
}

int main(int argc, char **argv)
{
    json_error_t error;
    const char *what = argc == 2 ? argv[1] : "";
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        known = known || strcmp(what, kinds[i]) == 0;
    }
    if (!known) {
        fputs("usage: detente-draw cot|cot-stream|kml|gpx|pdf|svg|png|txt <JSON\n"
              "detente runs this; see detente export --help, detente notice --help\n",
              stderr);
        return 2;
    }
    json_t *value = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(value)) {
        fprintf(stderr, "detente-draw: %s\n", error.text);
        json_decref(value);
        return 1;
    }
    bool good = draw(what, value, stdout);
    good = fflush(stdout) == 0 && good;
    json_decref(value);
    return good ? 0 : 1;
}
