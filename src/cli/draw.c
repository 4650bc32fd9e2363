/* SPDX-License-Identifier: ISC */
#include "cli/draw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef DT_LIBEXEC_DIR
#define DT_LIBEXEC_DIR "/usr/local/libexec"
#endif

/* Beside this program (as built), in the tree it was put into, else where it was to be. */
static void find_program(char *path, size_t capacity)
{
    static const char *const beside[] = {"/detente-draw", "/../libexec/detente-draw"};
    enum { LONGEST = sizeof "/../libexec/detente-draw" };
    const ssize_t size = readlink("/proc/self/exe", path, capacity - LONGEST);
    char *slash = NULL;
    if (size > 0) {
        path[size] = '\0';
        slash = strrchr(path, '/');
    }
    for (size_t i = 0; slash != NULL && i < sizeof beside / sizeof beside[0]; i++) {
        memcpy(slash, beside[i], strlen(beside[i]) + 1);
        if (access(path, X_OK) == 0) {
            return;
        }
    }
    snprintf(path, capacity, "%s/detente-draw", DT_LIBEXEC_DIR);
}

static void become(const char *path, const char *what, int in, int out)
{
    char *const environment[] = {NULL}; /* the system's fonts, nobody's own */
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        _exit(127);
    }
    execle(path, "detente-draw", what, (char *)NULL, environment);
    _exit(127);
}

/* Writes all of it; a child that ended early shows in its status. */
static void feed(int to, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        const ssize_t n = write(to, text, left);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        text += n;
        left -= (size_t)n;
    }
    close(to);
}

bool cli_draw(struct cli *c, const char *what, const json_t *value, FILE *out)
{
    char path[4096];
    int pipes[2], status = -1;
    char *text = json_dumps(value, JSON_COMPACT);
    find_program(path, sizeof path);
    if (text == NULL || fflush(out) != 0 || pipe2(pipes, O_CLOEXEC) != 0) {
        free(text);
        cli_fail(c, DT_ERR_IO, "detente-draw");
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        become(path, what, pipes[0], fileno(out));
    }
    close(pipes[0]);
    feed(pipes[1], child > 0 ? text : "");
    free(text);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        cli_fail(c, DT_ERR_IO, WIFEXITED(status) && WEXITSTATUS(status) == 127
                                   ? _("%s cannot be run: install Détente again")
                                   : _("%s failed"),
                 path);
        return false;
    }
    return true;
}
