/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NIST's ACVP vectors, where the collection lies beside the project. Tests that need it are
 * skipped elsewhere; each algorithm has known answers typed in besides.
 */
#ifndef TESTS_UNIT_CRYPTO_ACVP_H
#define TESTS_UNIT_CRYPTO_ACVP_H

#include "unit/crypto/hex.h"

#include <unistd.h>
#include <yyjson.h>

#define ACVP SOURCE_DIR "/../shared/vectors/acvp/"

/* The vectors of a file; the test is skipped when it is not there. */
FIXTURE yyjson_doc *acvp_open(const char *path)
{
    yyjson_doc *doc;

    if (access(path, R_OK) != 0) {
        skip();
    }
    doc = yyjson_read_file(path, 0, NULL, NULL);
    assert_non_null(doc);
    return doc;
}

FIXTURE const char *acvp_text(yyjson_val *obj, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(obj, key));

    assert_non_null(text);
    return text != NULL ? text : "";
}

/* Call check() for each test of the groups whose `key` is `value` (all, if key is NULL). */
FIXTURE unsigned acvp_each(yyjson_doc *doc, const char *key, const char *value,
                           void (*check)(yyjson_val *test))
{
    yyjson_val *group;
    yyjson_val *test;
    unsigned checked = 0;
    size_t i;
    size_t j;
    size_t i_max;
    size_t j_max;

    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "testGroups"), i, i_max, group)
    {
        if (key != NULL && strcmp(acvp_text(group, key), value) != 0) {
            continue;
        }
        yyjson_arr_foreach(yyjson_obj_get(group, "tests"), j, j_max, test)
        {
            check(test);
            checked++;
        }
    }
    return checked;
}

#endif
