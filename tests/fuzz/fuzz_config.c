/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: a file of YAML, then flags and an environment, split by lines of "---". What is
 * accepted is printed, and what is printed is accepted and says the same again (a flag or variable
 * may name a path that is no UTF-8; a file cannot).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "cli/config.h"

enum { FLAGS_MAX = 8, VARIABLES_MAX = 8 };

static const char SPLIT[] = "\n---\n";

/* The part of the input up to a line "---". */
static struct bytes next_part(struct bytes *left)
{
    const uint8_t *end = left->n > 0 ? memmem(left->p, left->n, SPLIT, sizeof(SPLIT) - 1) : NULL;
    size_t n = end != NULL ? (size_t)(end - left->p) : left->n;
    struct bytes part = { left->p, n };

    n += end != NULL ? sizeof(SPLIT) - 1 : 0;
    left->p += n;
    left->n -= n;
    return part;
}

static size_t lines_of(struct arena *a, struct bytes part, char **out, size_t max)
{
    char *at = arena_str(a, part);
    char *line;
    size_t n = 0;

    while (n < max && (line = strsep(&at, "\n")) != NULL) {
        out[n++] = line;
    }
    return n;
}

static struct config *read_text(struct bytes yaml, char *const *variables,
                                const struct config_flag *flags, size_t n, FILE *problems)
{
    static int fd = -1;
    static char path[64];

    if (fd == -1) {
        fd = memfd_create("config", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    assert(ftruncate(fd, 0) == 0 && pwrite(fd, yaml.p, yaml.n, 0) == (ssize_t)yaml.n);
    return config_read("solo", path, variables, flags, n, problems);
}

/* On the heap, NUL-terminated. */
static char *printed(const struct config *c)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    config_print(c, out);
    assert(fclose(out) == 0);
    return text;
}

/* Values alone: the source stands behind each. */
static void cut_sources(char *text)
{
    for (char *at = text; (at = strstr(at, "  # ")) != NULL;) {
        memmove(at, at + strcspn(at, "\n"), strlen(at + strcspn(at, "\n")) + 1);
    }
}

static void must_say_the_same_again(const struct config *c, FILE *problems)
{
    static char *const none[] = { NULL };
    CLEANUP(free_p) char *first = printed(c);
    struct config *again = read_text(bytes_of(first), none, NULL, 0, problems);
    CLEANUP(free_p) char *second = NULL;

    assert(again != NULL);
    second = printed(again);
    cut_sources(first);
    cut_sources(second);
    assert(strcmp(first, second) == 0);
    config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *problems;
    struct arena a = { 0 };
    struct bytes left = { data, size };
    struct bytes yaml = next_part(&left);
    struct config_flag flags[FLAGS_MAX];
    char *lines[FLAGS_MAX];
    char *variables[VARIABLES_MAX + 1] = { NULL };
    size_t n = lines_of(&a, next_part(&left), lines, FLAGS_MAX);
    struct config *c;

    for (size_t i = 0; i < n; i++) {
        flags[i].name = strsep(&lines[i], "=");
        flags[i].value = lines[i];
    }
    lines_of(&a, left, variables, VARIABLES_MAX);
    problems = problems != NULL ? problems : fopen("/dev/null", "w");
    c = read_text(yaml, variables, flags, n, problems);
    if (c != NULL && utf8_is_valid((struct bytes){ data, size })) {
        must_say_the_same_again(c, problems);
    }
    config_free(c);
    arena_done(&a);
    return 0;
}
