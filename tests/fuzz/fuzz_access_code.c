/* SPDX-License-Identifier: Apache-2.0 */
/* The form at the door: no body lets anybody in, and none outlives ten tries. */
#include <assert.h>
#include <string.h>

#include "hub/access_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access_code code = { .text = "ABCDEFGHJK23" };
    struct bytes tried = access_code_in_form((struct bytes){ data, size });
    bool replaced = false;

    assert(tried.n == 0 || (tried.p >= data + 5 && tried.p + tried.n <= data + size));
    assert(tried.n == 0 || memchr(tried.p, '&', tried.n) == NULL);
    for (int i = 1; i <= ACCESS_CODE_TRIES; i++) {
        if (access_code_check(&code, tried, &replaced)) {
            assert(tried.n >= ACCESS_CODE_LEN && code.wrong == 0);
            return 0;
        }
        assert(replaced == (i == ACCESS_CODE_TRIES));
    }
    assert(code.wrong == 0 && strlen(code.text) == ACCESS_CODE_LEN);
    return 0;
}
