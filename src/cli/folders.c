/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/folders.h"

#include <limits.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"

static const char *home(void)
{
    const char *from_env = getenv("HOME");
    const struct passwd *pw;

    if (from_env != NULL && from_env[0] == '/') {
        return from_env;
    }
    pw = getpwuid(getuid());
    return pw != NULL ? pw->pw_dir : "/";
}

/* XDG says that a relative path in its variables is to be ignored. */
static const char *xdg(struct arena *a, const char *variable, const char *below_home)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] == '/' ? value : arena_printf(a, "%s/%s", home(), below_home);
}

const char *folders_config_file(struct arena *a, const char *mode)
{
    return arena_printf(a, "%s/leapmux/%s.yaml", xdg(a, "XDG_CONFIG_HOME", ".config"), mode);
}

const char *folders_data(struct arena *a, const char *mode)
{
    return arena_printf(a, "%s/leapmux/%s", xdg(a, "XDG_DATA_HOME", ".local/share"), mode);
}

const char *folders_resolve(struct arena *a, const char *path, const char *beside)
{
    char cwd[PATH_MAX];
    const char *slash;

    if (path[0] == '/') {
        return path;
    }
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        return arena_printf(a, "%s%s", home(), path + 1);
    }
    slash = beside != NULL ? strrchr(beside, '/') : NULL;
    if (slash != NULL) {
        return arena_printf(a, "%.*s/%s", (int)(slash - beside), beside, path);
    }
    return arena_printf(a, "%s/%s", getcwd(cwd, sizeof(cwd)) != NULL ? cwd : "", path);
}

bool folders_socket(struct arena *a, const char *folder, const char *name, const char **out,
                    struct err *e)
{
    const size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *path = name[0] == '/' ? name : arena_printf(a, "%s/%s", folder, name);

    if (strlen(path) > most && runtime != NULL && runtime[0] == '/') {
        const char *dir = arena_printf(a, "%s/leapmux", runtime);

        TRY(file_private_dir(dir, e));
        path = arena_printf(a, "%s/%s", dir, name);
    }
    if (strlen(path) > most) {
        return err_set(e, ERR_FAILED_PRECONDITION, "INVALID",
                       "the path of %s is longer than %zu octets; set a shorter data_dir", name,
                       most);
    }
    *out = path;
    return true;
}

bool folders_machine_has_ipv6(void)
{
    struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    CLEANUP(fd_closep) int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd != -1 && bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0;
}
