/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While the web client is being worked on, its files come from a dev server on this machine
 * instead of out of the program. The dev server's own WebSocket is reached by the page directly:
 * the content policy admits its origin.
 */
#ifndef HUB_DEV_PAGE_H
#define HUB_DEV_PAGE_H

#include "net/http.h"

struct dev_page;

/*
 * base_path   begins and ends with '/'; written into HTML where it says __BASE_PATH__
 *
 * NULL with INVALID when the URL is not "http://" and an address of this machine with a port.
 */
struct dev_page *dev_page_new(struct loop *loop, const char *url, const char *base_path,
                              struct err *e);

/* Every request that it answers must be gone. Accepts NULL. */
void dev_page_free(struct dev_page *d);

/* Answer with what the dev server answers; 502 when it does not. path is below the base path. */
void dev_page_respond(struct dev_page *d, struct http_request *r, const char *path);

#endif
