/* SPDX-License-Identifier: ISC */
#include "program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static const char program[] = DT_BUILD_DIR "/detente";

void program_run(struct rig *r, unsigned party, const char *out, const char *const words[])
{
    extern char **environ;
    const char *argv[16] = {program};
    size_t n = 1;
    int status = -1;
    pid_t child;
    posix_spawn_file_actions_t files;
    for (; words[n - 1] != NULL; n++) {
        argv[n] = words[n - 1];
    }
    argv[n++] = "--home";
    argv[n] = r->party[party].home.path;
    assert_int_equal(posix_spawn_file_actions_init(&files), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out,
                                                      O_WRONLY | O_CREAT | O_TRUNC, 0600), 0);
    assert_int_equal(posix_spawn(&child, program, &files, NULL, (char *const *)(uintptr_t)argv,
                                 environ), 0);
    posix_spawn_file_actions_destroy(&files);
    assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

unsigned program_says(struct rig *r, unsigned party, const char *text, const char *const words[])
{
    char path[300], line[4096];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/said", r->dir);
    program_run(r, party, path, words);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        for (const char *at = line; (at = strstr(at, text)) != NULL; at += strlen(text)) {
            count++;
        }
    }
    fclose(f);
    return count;
}
