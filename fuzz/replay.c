/* SPDX-License-Identifier: ISC */
/*
 * replay - runs a fuzz target without a fuzzer, so that no target can rot: every file
 * of a corpus, then seeded mutations of them, then seeded random bytes.
 *
 *     replay_NAME [-n COUNT] [-show INDEX] FOLDER...
 *
 * The same arguments run the same inputs. A target that stops says at which index;
 * `-show` writes that input to standard output, to be kept in the corpus by name.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MAX = 256, INPUT_MAX = 32768, CHANGES_MAX = 4 };

struct input {
    char path[512];
    uint8_t *data;
    size_t size;
};

static struct input corpus[FILES_MAX];
static size_t corpus_count;
static uint64_t rng_state = 1;
static volatile size_t at_index;
static size_t show = SIZE_MAX;

static uint64_t rng(uint64_t bound) /* SplitMix64 */
{
    uint64_t z = rng_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % bound;
}

static void die(const char *what, const char *name)
{
    fprintf(stderr, "replay: %s: %s\n", what, name);
    exit(2);
}

static void *room(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);
    if (p == NULL) {
        die("no memory", "input");
    }
    return p;
}

static void load_file(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    struct input *in = &corpus[corpus_count];
    if (corpus_count == FILES_MAX) {
        die("too many files", folder);
    }
    snprintf(in->path, sizeof in->path, "%s/%s", folder, name);
    FILE *f = fopen(in->path, "rb");
    if (f == NULL) {
        die("cannot read", in->path);
    }
    in->size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    in->data = room(in->size);
    memcpy(in->data, bytes, in->size);
    corpus_count++;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->path, ((const struct input *)b)->path);
}

static void load_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        die("no such folder", folder);
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            load_file(folder, entry->d_name);
        }
    }
    closedir(dir);
    qsort(corpus, corpus_count, sizeof corpus[0], by_path); /* the disk's order is nobody's */
}

/* In memory of exactly its size: a sanitizer then sees the first byte too many. */
static void run(const uint8_t *data, size_t size)
{
    if (at_index == show) {
        fwrite(data, 1, size, stdout);
        exit(0);
    }
    if (show == SIZE_MAX) {
        uint8_t *copy = room(size);
        memcpy(copy, data, size);
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
    }
    at_index++;
}

/* One change of `size` bytes in a buffer of INPUT_MAX; returns the new size. */
static size_t change(uint8_t *data, size_t size)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x17, 0x18, 0x19, 0x1b,
                                      0x7f, 0x80, 0xa0, 0xf6, 0xff, '\n'};
    const size_t at = size > 0 ? (size_t)rng(size) : 0;
    const size_t run_size = size > at ? 1 + (size_t)rng(size - at < 16 ? size - at : 16) : 0;
    switch (size == 0 ? 4 : rng(6)) {
    case 0:
        data[at] ^= (uint8_t)(1u << rng(8));
        return size;
    case 1:
        data[at] = telling[rng(sizeof telling)];
        return size;
    case 2: /* take away */
        memmove(data + at, data + at + run_size, size - at - run_size);
        return size - run_size;
    case 3: /* say twice */
        if (size + run_size > INPUT_MAX) {
            return size;
        }
        memmove(data + at + run_size, data + at, size - at);
        return size + run_size;
    case 4: /* put in */
        if (size == INPUT_MAX) {
            return size;
        }
        memmove(data + at + 1, data + at, size - at);
        data[at] = (uint8_t)rng(256);
        return size + 1;
    default: /* a piece of another sample */
    {
        const struct input *other = &corpus[rng(corpus_count)];
        const size_t from = other->size > 0 ? (size_t)rng(other->size) : 0;
        const size_t room_left = INPUT_MAX - at, tail = other->size - from;
        const size_t taken = tail < room_left ? tail : room_left;
        memcpy(data + at, other->data + from, taken);
        return at + taken > size ? at + taken : size;
    }
    }
}

static void run_mutations(size_t count)
{
    static uint8_t data[INPUT_MAX];
    for (size_t i = 0; corpus_count > 0 && i < count; i++) {
        const struct input *from = &corpus[i % corpus_count];
        size_t size = from->size;
        memcpy(data, from->data, size);
        for (uint64_t changes = 1 + rng(CHANGES_MAX); changes > 0; changes--) {
            size = change(data, size);
        }
        run(data, size);
    }
}

static void run_random(size_t count)
{
    static uint8_t data[INPUT_MAX];
    for (size_t i = 0; i < count; i++) {
        const size_t size = (size_t)rng(rng(8) == 0 ? 2048 : 96);
        for (size_t k = 0; k < size; k++) {
            data[k] = (uint8_t)rng(256);
        }
        run(data, size);
    }
}

static void stopped(int signal_number)
{
    char text[96];
    const int size =
        snprintf(text, sizeof text, "replay: stopped at input %zu; see it with -show %zu\n",
                 at_index, at_index);
    if (write(STDERR_FILENO, text, (size_t)size) < 0) {
        _exit(3);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

int main(int argc, char **argv)
{
    size_t count = 1000;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "-n") == 0) {
            count = strtoul(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "-show") == 0) {
            show = strtoul(argv[i + 1], NULL, 10);
        } else {
            die("unknown option", argv[i]);
        }
    }
    for (; i < argc; i++) {
        load_folder(argv[i]);
    }
    signal(SIGABRT, stopped);
    for (size_t k = 0; k < corpus_count; k++) {
        run(corpus[k].data, corpus[k].size);
    }
    run_mutations(count);
    run_random(count);
    for (size_t k = 0; k < corpus_count; k++) {
        free(corpus[k].data);
    }
    printf("%zu inputs\n", at_index);
    return at_index > 0 ? 0 : 1;
}
