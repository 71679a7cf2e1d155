/* SPDX-License-Identifier: Apache-2.0 */
/* For work on threads that are not the loop's. */
#ifndef CRYPTO_THREAD_H
#define CRYPTO_THREAD_H

/* Free what the library keeps for this thread. It makes it anew when it is used again. */
void crypto_thread_end(void);

#endif
