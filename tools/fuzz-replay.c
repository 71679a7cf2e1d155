/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target once for each file of the folder that is named as the only argument, in the
 * builds that have no libFuzzer, so that every input that was ever interesting stays a test.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path, size_t size)
{
    uint8_t *data = malloc(size + 1);
    FILE *file = fopen(path, "rb");

    if (data == NULL || file == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    static const uint8_t EMPTY[1];
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    int passed = 1;

    (void)LLVMFuzzerTestOneInput(EMPTY, 0);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[PATH_MAX];
        struct stat st;

        if (snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name) < (int)sizeof(path) &&
            stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            replay(path, (size_t)st.st_size);
            passed++;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    printf("%d passed, 0 failed\n", passed);
    return 0;
}
