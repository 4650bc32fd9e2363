/* SPDX-License-Identifier: ISC */
/* The half-typed text: to whom, how urgent, and how it is taken up again (desk.h). */
#include <string.h>

#include "cli/desk.h"

void desk_text_clear(struct desk *d)
{
    dt_wipe(d->text, sizeof d->text);
    d->text_size = 0;
    d->to = 0;
    d->precedence = DT_ROUTINE;
    d->subject = DT_SUBJECT_NONE;
    json_decref(d->kept);
    d->kept = NULL;
}

/* --- what is kept ------------------------------------------------------------------------ */

json_t *desk_text_kept(const struct desk *d)
{
    if (d->kept != NULL) { /* not placed yet: as it was found */
        return json_incref(d->kept);
    }
    if (d->text_size == 0) {
        return NULL;
    }
    const json_t *line = desk_line_at(d, d->write_line);
    const json_t *member =
        d->to == 0 ? NULL : json_array_get(json_object_get(line, "members"), d->to - 1);
    return json_pack("{s:s%, s:s, s:s, s:i, s:i}", "text", d->text, d->text_size, "line",
                     cli_str(line, "tag"), "to", cli_str(member, "code"), "precedence",
                     (int)d->precedence, "subject", (int)d->subject);
}

/* As it could have been typed: nothing that a keyboard does not give, no more than fits. */
static bool typed(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if ((byte < ' ' && byte != '\n') || byte == 0x7f) {
            return false;
        }
    }
    return size > 0 && size <= DT_BODY_TEXT_MAX;
}

bool desk_text_take(struct desk *d, json_t *kept)
{
    const json_t *text = json_object_get(kept, "text");
    const json_int_t precedence = cli_int(kept, "precedence");
    const json_int_t subject = cli_int(kept, "subject"); /* absent: none */
    const size_t size = json_string_length(text);
    if (!json_is_string(text) || !typed(json_string_value(text), size) ||
        precedence < DT_ROUTINE || precedence > DT_FLASH || subject < DT_SUBJECT_NONE ||
        subject >= DT_SUBJECTS || d->text_size > 0) {
        return false;
    }
    memcpy(d->text, json_string_value(text), size);
    d->text[size] = '\0';
    d->text_size = size;
    d->precedence = (enum dt_precedence)precedence;
    d->subject = (enum dt_subject)subject;
    d->kept = json_incref(kept);
    return true;
}

/* Its line and addressee, now that the node has said which there are. */
void desk_text_place(struct desk *d, int64_t now_ms)
{
    size_t i, k;
    json_t *line, *member;
    const char *tag = cli_str(d->kept, "line"), *code = cli_str(d->kept, "to");
    bool found = false;
    if (d->kept == NULL || desk_lines(d) == 0) {
        return;
    }
    json_array_foreach (json_object_get(d->fed[DESK_HELLO], "lines"), i, line) {
        if (strcmp(cli_str(line, "tag"), tag) != 0) {
            continue;
        }
        found = code[0] == '\0';
        d->write_line = i;
        json_array_foreach (json_object_get(line, "members"), k, member) {
            if (strcmp(cli_str(member, "code"), code) == 0) {
                d->to = (unsigned)k + 1;
                found = true;
            }
        }
    }
    json_decref(d->kept);
    d->kept = NULL;
    desk_say(d, !found, now_ms, "%s",
             found ? _("A text that was half typed here is kept: F3 goes on with it.")
                   : _("A half-typed text is kept, but not for whom: F3, then F5 and F8."));
}
