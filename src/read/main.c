/* SPDX-License-Identifier: ISC */
/* detente-read xml|kmz: see read.h. */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "read/read.h"

enum { SECONDS = 20, MEMORY = 1 << 30, OUTPUT = 128 << 20, FILES = 3 };

/* The sanitizer needs terabytes of addresses, and files of /proc to look for leaks at the end:
 * that is done where the tests call the same functions (tests/cli/outside_direct.c). */
#if defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

#if SANITIZED
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}
#endif

static bool limit(unsigned what, rlim_t most)
{
    const struct rlimit l = {most, most};
    return setrlimit(what, &l) == 0;
}

/* From here on: no further file or socket, no core, no more rights than now, an end. */
static bool confine(void)
{
    return limit(RLIMIT_NOFILE, FILES) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, SECONDS) &&
           limit(RLIMIT_FSIZE, OUTPUT) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           (SANITIZED || limit(RLIMIT_AS, MEMORY));
}

int main(int argc, char **argv)
{
    char *data = argc == 2 ? malloc(READ_MAX + 1) : NULL;
    if (argc != 2) {
        fputs("usage: detente-read xml|kmz <FILE\ndetente runs this; see detente notice --help\n", stderr);
        return READ_USAGE;
    }
    if (data == NULL || !confine()) {
        free(data);
        return READ_FAILED;
    }
    const size_t size = fread(data, 1, READ_MAX + 1, stdin);
    enum read_status status =
        ferror(stdin) || size > READ_MAX ? READ_FAILED : read_as(argv[1], data, size, stdout);
    free(data);
    if (fflush(stdout) != 0) {
        status = READ_FAILED;
    }
    return (int)status;
}
