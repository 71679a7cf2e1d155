/* SPDX-License-Identifier: Apache-2.0 */
/* The program: reads the command line and the settings, then runs a mode. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/solo.h"
#include "proc/login_env.h"

enum { EXIT_USAGE = 2 };

/* What every mode wants of its process: no core dumps with keys in them, files of ours for us
 * alone, and a write to a closed socket that is an error instead of the end. */
static void harden(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int run_solo(const struct options *o)
{
    struct config *c = config_read("solo", o->config_file, environ, o->flags, o->n_flags, stderr);
    int code = 0;

    if (c == NULL) {
        return EXIT_USAGE;
    }
    if (o->print_config) {
        config_print(c, stdout);
    } else {
        log_configure(config_settings(c)->log_level, config_settings(c)->log_format);
        harden();
        code = solo_run(config_settings(c));
    }
    config_free(c);
    return code;
}

int main(int argc, char **argv)
{
    struct options o;
    const char *what = "";

    if (!options_parse(argc, argv, &o, &what)) {
        fprintf(stderr, "leapmux: %s\n\n", what);
        options_print_usage(stderr);
        return EXIT_USAGE;
    }
    switch (o.command) {
    case COMMAND_VERSION:
        printf("leapmux %s\n", LEAPMUX_VERSION);
        return 0;
    case COMMAND_HELP:
        options_print_usage(stdout);
        return 0;
    case COMMAND_CTL:
        fputs("ctl is not part of this build\n", stderr);
        return EXIT_USAGE;
    case COMMAND_PRINT_ENV:
        return print_env_main(o.marker);
    case COMMAND_SOLO:
        break;
    }
    return run_solo(&o);
}
