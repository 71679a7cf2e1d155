/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web client's files, out of the program itself: compressed beforehand, never read from disk.
 *
 * The application page holds the text __BASE_PATH__ wherever the base path belongs
 * (`<base href="__BASE_PATH__">`); it is written in once, at start.
 */
#ifndef NET_ASSETS_H
#define NET_ASSETS_H

#include "net/http.h"

struct asset; /* gen/assets.h */
struct assets;

/*
 * Prepare a table (ASSETS of gen/assets.h in the program), sorted by path.
 *
 *   base_path   begins and ends with '/'
 *   skip        a path that is never served, such as "/sw.js"; NULL = none
 */
struct assets *assets_new(const struct asset *table, size_t n, const char *base_path,
                          const char *skip);
void assets_free(struct assets *a);

/*
 * Answer a GET or HEAD for a file, or with the application page where the last part of the path
 * has no dot. Any other method on such a path: 405. False, without an answer, when the path is
 * none of ours (404).
 *
 *   path   below the base path, beginning with '/'
 */
bool assets_respond(const struct assets *a, struct http_request *r, const char *path);

#endif
