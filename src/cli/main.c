/* SPDX-License-Identifier: ISC */
/* detente - the command line: a table of commands, and the help that teaches them. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/nearest.h"

#ifndef DT_VERSION_TEXT
#define DT_VERSION_TEXT "0"
#endif
#ifndef DT_LOCALE_DIR
#define DT_LOCALE_DIR "/usr/local/share/locale"
#endif

static const char introduction[] = N_(
    "detente - a channel between armed forces that do not trust each other\n"
    "\n"
    "Each side runs its own node. What is said on a line is signed, kept by everybody who\n"
    "got it, and can be proved later. A notification is not a permission.\n"
    "\n"
    "First steps:\n"
    "  detente init NORD \"Nordic Command\"            a home with keys\n"
    "  detente operator add \"Watch officer\"          an officer who signs\n"
    "  detente card --endpoint udp:192.0.2.1:7100    where we are; hand out the file card\n"
    "  detente node --listen udp:0.0.0.0:7100 &      run our node\n"
    "  detente pair their.card                       know the other side\n"
    "  detente line create --title \"River line\" --member their.card -o river.charter\n"
    "  detente line accept river.charter             (the other side)\n"
    "Each watch:\n"
    "  detente operator unlock 1\n"
    "  detente inbox --follow\n"
    "  detente send --to SUED --precedence PRIORITY \"Bridge 4 is closed from 14:00Z\"\n"
    "  detente ack NORD.1-42-k7qm\n"
    "  detente notice check plan.geojson             before anybody is told\n"
    "  detente notice add plan.geojson\n"
    "  detente check-fire area 36.2021,37.1343,500 --what \"our convoy\"\n"
    "\n"
    "Commands:\n");

static const char common_help[] = N_(
    "\n"
    "Everywhere: --home DIR (or DETENTE_HOME), --line TAG (needed where there are several\n"
    "lines), --as N (which officer signs), --passphrase-file FILE, --json, --help.\n"
    "Exit status: 0 done, 1 refused, 2 not understood, 3 signer not identified, 4 knowledge\n"
    "too old: UNKNOWN, 5 conflicts found, 6 no node answers, 7 not stored by all in time,\n"
    "8 needs an officer on watch.\n");

static void print_help(void)
{
    fputs(_(introduction), stdout);
    for (size_t i = 0; i < cli_command_count; i++) {
        printf("  %-13s %s\n", cli_commands[i].name, _(cli_commands[i].summary));
    }
    fputs(_(common_help), stdout);
    fputs(_("\nMore about one: detente COMMAND --help\n"), stdout);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i].name, name) == 0) {
            return &cli_commands[i];
        }
    }
    return NULL;
}

static int no_command(struct cli *c, const char *name)
{
    struct cli_nearest near;
    cli_nearest_begin(&near, name);
    for (size_t i = 0; i < cli_command_count; i++) {
        cli_nearest_try(&near, cli_commands[i].name, strlen(cli_commands[i].name));
    }
    if (near.best[0] != '\0') {
        return cli_usage(c, _("there is no command %s; did you mean %s?"), cli_safe(name), near.best);
    }
    return cli_usage(c, _("there is no command %s; detente --help lists them"), cli_safe(name));
}

/* The catalogues beside a program that runs where it was built; NULL elsewhere. */
static const char *built_folder(void)
{
    static char path[4096];
    char mark[sizeof path + 16];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path - sizeof "/po");
    if (size <= 0) {
        return NULL;
    }
    path[size] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return NULL;
    }
    *slash = '\0';
    snprintf(mark, sizeof mark, "%s/build.ninja", path);
    memcpy(slash, "/po", sizeof "/po");
    return access(mark, F_OK) == 0 ? path : NULL;
}

/* The locale that the environment asks for; "" where it asks for none. */
static const char *wanted_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return "";
}

/* A machine without that locale has our words for it all the same. */
static void choose_words(void)
{
    const char *wanted = wanted_locale();
    char language[16];
    if (setlocale(LC_MESSAGES, "") == NULL) {
        snprintf(language, sizeof language, "%.*s", (int)strcspn(wanted, ".@"), wanted);
        setenv("LANGUAGE", language, 0);
        setlocale(LC_MESSAGES, "C.UTF-8");
    } else if (wanted[0] == '\0' && getenv("LANGUAGE") != NULL) {
        setlocale(LC_MESSAGES, "C.UTF-8"); /* gettext does not look at LANGUAGE in plain C */
    }
}

static void start_languages(void)
{
    const char *folder = getenv("DETENTE_LOCALE_DIR");
    folder = folder != NULL ? folder : built_folder();
    choose_words(); /* words only: numbers and files stay as they are */
    setlocale(LC_CTYPE, "");
    bindtextdomain("detente", folder != NULL ? folder : DT_LOCALE_DIR);
    bind_textdomain_codeset("detente", "UTF-8");
    textdomain("detente");
}

static void finish(struct cli *c)
{
    cli_disconnect(c);
    if (c->secrets != NULL && c->secrets != stdin) {
        fclose(c->secrets);
    }
}

/* `detente --home X status`: options may stand before the command too. */
static int command_index(int argc, char **argv)
{
    int i = 1;
    while (i < argc && argv[i][0] == '-') {
        const bool value = strcmp(argv[i], "--home") == 0 || strcmp(argv[i], "--line") == 0 ||
                           strcmp(argv[i], "--as") == 0 ||
                           strcmp(argv[i], "--passphrase-file") == 0;
        i += value ? 2 : 1;
    }
    return i < argc ? i : 0;
}

static int run(struct cli *c, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) { /* so that every error is in the form asked for */
        c->json = c->json || strcmp(argv[i], "--json") == 0;
    }
    const int at = command_index(argc, argv);
    const struct cli_command *command = at > 0 ? find_command(argv[at]) : NULL;
    if (command == NULL && at > 0 && strcmp(argv[at], "help") != 0) {
        return no_command(c, argv[at]);
    }
    if (command == NULL && argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("detente " DT_VERSION_TEXT);
        return CLI_DONE;
    }
    if (command == NULL) {
        print_help();
        return argc > 1 ? CLI_DONE : CLI_USAGE;
    }
    memmove(argv + at, argv + at + 1, (size_t)(argc - at - 1) * sizeof argv[0]);
    if (!cli_parse(c, command, argc - 2, argv + 1)) {
        return c->exit;
    }
    if (cli_flag(c, "help")) {
        fputs(_(command->help), stdout);
        fputs(_(common_help), stdout);
        return CLI_DONE;
    }
    return command->run(c);
}

int main(int argc, char **argv)
{
    static struct cli c;
    start_languages();
    signal(SIGPIPE, SIG_IGN);
    if (dt_crypto_init() != DT_OK) {
        return cli_fail(&c, DT_ERR_NO_MEMORY, NULL);
    }
    int status = run(&c, argc, argv);
    finish(&c);
    if (fflush(stdout) != 0 && status == CLI_DONE) {
        status = cli_fail(&c, DT_ERR_IO, _("standard output"));
    }
    return status;
}
