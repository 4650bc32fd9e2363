/* SPDX-License-Identifier: ISC */
#include "cli/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef DT_LIBEXEC_DIR
#define DT_LIBEXEC_DIR "/usr/local/libexec"
#endif

/* Beside this program (as built), in the tree it was put into, else where it was to be. */
static void find_program(char path[static DT_HELPER_PATH], const char *name)
{
    static const char *const beside[] = {"/", "/../libexec/"};
    enum { LONGEST = 64 };
    const ssize_t size = readlink("/proc/self/exe", path, DT_HELPER_PATH - LONGEST);
    char *slash = NULL;
    if (size > 0) {
        path[size] = '\0';
        slash = strrchr(path, '/');
    }
    for (size_t i = 0; slash != NULL && i < sizeof beside / sizeof beside[0]; i++) {
        snprintf(slash, LONGEST, "%s%s", beside[i], name);
        if (access(path, X_OK) == 0) {
            return;
        }
    }
    snprintf(path, DT_HELPER_PATH, "%s/%s", DT_LIBEXEC_DIR, name);
}

static void become(const char *path, const char *name, const char *argument, int in, int out)
{
    char *const environment[] = {NULL}; /* the system's fonts, nobody's own */
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        _exit(DT_HELPER_ABSENT);
    }
    execle(path, name, argument, (char *)NULL, environment);
    _exit(DT_HELPER_ABSENT);
}

/* Writes all of it; a child that ended early shows in its status. */
static void feed(int to, struct dt_span input)
{
    while (input.size > 0) {
        const ssize_t n = write(to, input.data, input.size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        input = dt_span(input.data + n, input.size - (size_t)n);
    }
    close(to);
}

int dt_helper_run(char path[static DT_HELPER_PATH], const char *name, const char *argument,
                  struct dt_span input, int out)
{
    int pipes[2], status = DT_HELPER_ENDED;
    find_program(path, name);
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return DT_HELPER_ENDED;
    }
    const pid_t child = fork();
    if (child == 0) {
        become(path, name, argument, pipes[0], out);
    }
    close(pipes[0]);
    feed(pipes[1], child > 0 ? input : dt_span(NULL, 0));
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : DT_HELPER_ENDED;
}
