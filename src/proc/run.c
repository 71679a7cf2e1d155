/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/run.h"

#include <stdlib.h>

#include "base/alloc.h"

struct run {
    struct child *child;
    struct timer limit;
    struct buf out;
    struct buf err;
    bool timed_out;
    bool cut;
    run_done done;
    void *arg;
};

static void keep(struct run *run, struct buf *to, struct bytes data)
{
    struct err e;
    size_t room = to->max - to->n;

    if (data.n > room) {
        run->cut = true;
        data.n = room;
    }
    if (!buf_put(to, data, &e)) {
        run->cut = true;
    }
}

static void on_output(void *arg, struct bytes data)
{
    struct run *run = arg;

    keep(run, &run->out, data);
}

static void on_error_output(void *arg, struct bytes data)
{
    struct run *run = arg;

    keep(run, &run->err, data);
}

static void run_free(struct run *run)
{
    timer_stop(&run->limit);
    child_free(run->child);
    buf_done(&run->out);
    buf_done(&run->err);
    free(run);
}

static void on_exited(void *arg, int code, int signal)
{
    struct run *run = arg;
    struct run_result result = {
        .code = code,
        .signal = signal,
        .timed_out = run->timed_out,
        .cut = run->cut,
        .out = buf_view(&run->out),
        .err = buf_view(&run->err),
    };

    timer_stop(&run->limit);
    run->done(run->arg, &result);
    run_free(run);
}

static void on_limit(void *arg)
{
    struct run *run = arg;

    run->timed_out = true;
    child_kill(run->child);
}

struct run *run_start(struct children *all, const struct run_options *options, run_done done,
                      void *arg, struct err *e)
{
    struct run *run = NEW(struct run);
    struct child_events events = {
        .output = on_output,
        .error_output = on_error_output,
        .exited = on_exited,
        .arg = run,
    };
    /* what a start file or a helper leaves running on purpose is none of our business */
    struct child_options child = { .spawn = options->spawn, .keep_descendants = true };

    run->child = child_start(all, &child, &events, e);
    if (run->child == NULL) {
        free(run);
        return NULL;
    }
    run->done = done;
    run->arg = arg;
    buf_init(&run->out, options->output_limit);
    buf_init(&run->err, options->output_limit);
    timer_init(&run->limit, child_loop(run->child), on_limit, run);
    timer_start(&run->limit, options->limit_ms);
    child_close_input(run->child);
    return run;
}

void run_cancel(struct run *run)
{
    run_free(run);
}
