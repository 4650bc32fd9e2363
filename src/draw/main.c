/* SPDX-License-Identifier: ISC */
/* detente-draw cot|cot-stream|pdf|svg|png|txt: see draw.h. */
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

static const char *const pages[] = {"pdf", "svg", "png", "txt"};

#if defined __SANITIZE_ADDRESS__
/* Fontconfig keeps its tables for the life of the process: no leak of ours. The program is
 * run without an environment, so the sanitizer asks here. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

int main(int argc, char **argv)
{
    json_error_t error;
    const char *what = argc == 2 ? argv[1] : "";
    const bool stream = strcmp(what, "cot-stream") == 0, cot = stream || strcmp(what, "cot") == 0;
    bool page = false;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        page = page || strcmp(what, pages[i]) == 0;
    }
    if (!cot && !page) {
        fputs("usage: detente-draw cot|cot-stream|pdf|svg|png|txt <JSON\n"
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
    bool good = cot ? draw_cot(value, stream, stdout) : draw_sheet(value, what, stdout);
    good = fflush(stdout) == 0 && good;
    json_decref(value);
    return good ? 0 : 1;
}
