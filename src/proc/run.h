/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a short command and collects what it says. */
#ifndef PROC_RUN_H
#define PROC_RUN_H

#include "proc/child.h"

struct run;

struct run_options {
    struct spawn_options spawn;
    uint64_t limit_ms;   /* then everything of it is killed */
    size_t output_limit; /* octets kept of each output; the rest is read and dropped */
};

struct run_result {
    int code;   /* -1 when it was ended by a signal */
    int signal; /* 0 when it was not */
    bool timed_out;
    bool cut; /* an output was longer than its limit */
    struct bytes out;
    struct bytes err;
};

typedef void (*run_done)(void *arg, const struct run_result *result);

/*
 * Start a command with empty input; done is called once, with a result that is valid during the
 * call, and the run frees itself. NULL on failure, without a call.
 */
MUST_CHECK struct run *run_start(struct children *all, const struct run_options *options,
                                 run_done done, void *arg, struct err *e);

/* Kill it; done is not called any more. Not after done. */
void run_cancel(struct run *run);

#endif
