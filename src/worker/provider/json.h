/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON that may hold anything: what is missing or of another type is empty, never an
 * error. Texts come out as UTF-8 without NUL octets, so that they fit every message.
 */
#ifndef WORKER_PROVIDER_JSON_H
#define WORKER_PROVIDER_JSON_H

#include <yyjson.h>

#include "base/arena.h"

/*
 * Parse one document; NULL when it is none. Octets that are not UTF-8 and halves of surrogate
 * pairs become U+FFFD, since programs print what they find. Free with yyjson_doc_free().
 */
yyjson_doc *json_parse(struct bytes text);
void json_freep(yyjson_doc **doc);

/* The member of an object, or NULL; obj may be NULL or no object. */
yyjson_val *json_get(yyjson_val *obj, const char *key);

/* True if a member is a string equal to text. */
bool json_is(yyjson_val *obj, const char *key, const char *text);

/* The text of a member, borrowed from the document, "" when it is none. Ends at a NUL octet. */
const char *json_text(yyjson_val *obj, const char *key);

/* True if a member is a string that is not empty. */
bool json_has_text(yyjson_val *obj, const char *key);

/* The text of a value as a copy in a; NUL octets become U+FFFD; "" when it is no string. */
char *json_copy(struct arena *a, yyjson_val *val);
char *json_copy_of(struct arena *a, yyjson_val *obj, const char *key);

bool json_bool(yyjson_val *obj, const char *key);

/* A number of at least 0 and at most 2^53, cut to that; 0 when it is none. */
uint64_t json_count(yyjson_val *obj, const char *key);
double json_number(yyjson_val *obj, const char *key);

/* The value written as JSON; "" when val is NULL. Lives in a. */
char *json_text_of(struct arena *a, yyjson_val *val);

/* The octets of a base64 text (RFC 4648; line ends are skipped). False when it is none. */
bool json_base64(struct arena *a, yyjson_val *val, struct bytes *out);

#endif
