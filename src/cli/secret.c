/* SPDX-License-Identifier: ISC */
/* The home, passphrases, files that the user names (cli.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

const char *cli_home_path(struct cli *c)
{
    static char path[DT_HOME_PATH_SIZE];
    const char *given = cli_option(c, "home");
    given = given != NULL ? given : getenv("DETENTE_HOME");
    if (given != NULL && given[0] != '\0') {
        return given;
    }
    const char *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
    if (data != NULL && data[0] == '/') {
        snprintf(path, sizeof path, "%s/detente", data);
    } else {
        snprintf(path, sizeof path, "%s/.local/share/detente", user != NULL ? user : "");
    }
    return path;
}

bool cli_open_home(struct cli *c)
{
    if (!c->home_open) {
        const char *path = cli_home_path(c);
        const enum dt_err err = dt_home_open(&c->home, path);
        if (err == DT_ERR_NOT_ALLOWED) {
            cli_fail(c, err, _("%s must be yours alone: chmod 700"), path);
        } else if (err != DT_OK) {
            cli_fail(c, err, "%s", path);
        }
        c->home_open = err == DT_OK;
    }
    return c->home_open;
}

/* --- passphrases -------------------------------------------------------------------- */

struct dt_span cli_secret_span(const struct cli_secret *s)
{
    return dt_span(s->data, s->size);
}

void cli_secret_wipe(struct cli_secret *s)
{
    dt_wipe(s, sizeof *s);
}

/* One line without its newline. False at the end, or when it is too long. */
static bool take_line(struct cli_secret *out, int fd)
{
    out->size = 0;
    for (;;) {
        uint8_t byte;
        const ssize_t n = read(fd, &byte, 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 && out->size > 0;
        }
        if (byte == '\n') {
            return true;
        }
        if (byte == 3 || byte == 4 || out->size == DT_PASSPHRASE_MAX) {
            return false; /* Ctrl-C, Ctrl-D: signals are off meanwhile */
        }
        out->data[out->size++] = byte;
    }
}

static bool ask_once(int tty, struct cli_secret *out, const char *prompt)
{
    struct termios before, silent;
    if (tcgetattr(tty, &before) != 0) {
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    if (tcsetattr(tty, TCSAFLUSH, &silent) != 0 || dprintf(tty, "%s: ", prompt) < 0) {
        return false;
    }
    const bool good = take_line(out, tty);
    (void)dprintf(tty, "\n");
    return tcsetattr(tty, TCSAFLUSH, &before) == 0 && good;
}

static bool ask_terminal(struct cli *c, struct cli_secret *out, const char *prompt, bool fresh)
{
    const int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
    if (tty < 0) {
        cli_usage(c, _("no terminal to ask for a passphrase; give --passphrase-file FILE"));
        return false;
    }
    bool good = ask_once(tty, out, prompt);
    if (good && fresh) {
        struct cli_secret again;
        good = ask_once(tty, &again, _("the same again")) && again.size == out->size &&
               dt_equal(again.data, out->data, out->size);
        cli_secret_wipe(&again);
    }
    close(tty);
    if (!good) {
        cli_fail(c, DT_ERR_BAD_PASSPHRASE, _("not given, or not the same twice"));
    }
    return good;
}

static bool next_from_file(struct cli *c, struct cli_secret *out, const char *path)
{
    if (c->secrets == NULL) {
        c->secrets = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
        if (c->secrets == NULL) {
            cli_fail(c, DT_ERR_IO, "%s: %s", path, strerror(errno));
            return false;
        }
        setvbuf(c->secrets, NULL, _IONBF, 0); /* no copy of the secret stays in a buffer */
    }
    if (!take_line(out, fileno(c->secrets))) {
        out->size = 0; /* the end of the file: an empty one */
    }
    return true;
}

bool cli_passphrase(struct cli *c, struct cli_secret *out, const char *prompt, bool fresh,
                    bool may_be_empty)
{
    const char *path = cli_option(c, "passphrase-file");
    out->size = 0;
    const bool good = path != NULL ? next_from_file(c, out, path)
                                   : ask_terminal(c, out, prompt, fresh);
    if (!good) {
        cli_secret_wipe(out);
        return false;
    }
    const bool long_enough = out->size >= DT_PASSPHRASE_MIN || (out->size == 0 && may_be_empty);
    if (fresh && !long_enough) {
        cli_secret_wipe(out);
        cli_fail(c, DT_ERR_BAD_PASSPHRASE, _("%s: at least %d characters"), prompt,
                 DT_PASSPHRASE_MIN);
        return false;
    }
    return true;
}

bool cli_root(struct cli *c, uint8_t root[static DT_SIGNER_SIZE])
{
    struct cli_secret secret;
    if (!cli_open_home(c) || !cli_passphrase(c, &secret, _("passphrase of the root key"), false, false)) {
        return false;
    }
    const enum dt_err err = dt_home_unlock_root(&c->home, cli_secret_span(&secret), root);
    cli_secret_wipe(&secret);
    if (err != DT_OK) {
        cli_fail(c, err, "root.key");
        return false;
    }
    cli_connect_root(c, root);
    return true;
}

/* --- files ---------------------------------------------------------------------------- */

static enum dt_err read_all(int fd, size_t max, uint8_t **bytes, size_t *size)
{
    size_t capacity = 65536;
    uint8_t *data = malloc(capacity);
    *size = 0;
    while (data != NULL) {
        const ssize_t n = read(fd, data + *size, capacity - *size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0 || *size + (size_t)n > max) {
            *bytes = data;
            return n < 0 ? DT_ERR_IO : n == 0 ? DT_OK : DT_ERR_TOO_LARGE;
        }
        *size += (size_t)n;
        if (*size == capacity) {
            uint8_t *more = realloc(data, capacity *= 2);
            if (more == NULL) {
                free(data);
            }
            data = more;
        }
    }
    *bytes = NULL;
    return DT_ERR_NO_MEMORY;
}

bool cli_read_file(struct cli *c, const char *path, size_t max, uint8_t **bytes, size_t *size)
{
    const bool standard = strcmp(path, "-") == 0;
    *bytes = NULL;
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        cli_fail(c, DT_ERR_IO, "%s: %s", path, strerror(errno));
        return false;
    }
    const enum dt_err err = read_all(fd, max, bytes, size);
    const int keep = errno;
    if (!standard) {
        close(fd);
    }
    if (err != DT_OK) {
        free(*bytes);
        *bytes = NULL;
        cli_fail(c, err, err == DT_ERR_IO ? "%s: %s" : "%s", path, strerror(keep));
    }
    return err == DT_OK;
}

bool cli_read_statement(struct cli *c, const char *path, const char *what, uint8_t *bytes,
                        size_t *size, struct dt_statement *s)
{
    uint8_t *text;
    size_t length;
    if (!cli_read_file(c, path, DT_ARMOUR_SIZE(DT_STATEMENT_MAX), &text, &length)) {
        return false;
    }
    enum dt_err err = dt_unarmour(bytes, DT_STATEMENT_MAX, size, what, dt_span(text, length));
    free(text);
    err = err == DT_OK ? dt_statement_decode(s, dt_span(bytes, *size)) : err;
    if (err != DT_OK) {
        cli_fail(c, err, "%s", path);
    }
    return err == DT_OK;
}
