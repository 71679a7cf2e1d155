/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_keys.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { MINUTE_MS = 60 * 1000 };

static const char *const LOG_LEVELS[] = { "debug", "info", "warn", "error", NULL };
static const char *const LOG_FORMATS[] = { "text", "json", NULL };

static bool is_port(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= 5 && strspn(text, "0123456789") == n && strtol(text, NULL, 10) <= 65535;
}

/* Split "host:port" or "[v6]:port" at its last colon; false when it has no such form. */
static bool split_addr(const char *text, char host[64], bool *in_brackets)
{
    const char *colon = strrchr(text, ':');
    size_t n = colon != NULL ? (size_t)(colon - text) : 0;

    if (n == 0 || n >= 64 || !is_port(colon + 1)) {
        return false;
    }
    *in_brackets = text[0] == '[' && text[n - 1] == ']';
    if (*in_brackets) {
        text++;
        n -= 2;
    }
    memcpy(host, text, n);
    host[n] = '\0';
    return true;
}

/* Solo answers on loopback alone: it has no login. */
static const char *check_loopback(const char *text)
{
    char host[64];
    bool in_brackets;
    struct in_addr v4;
    struct in6_addr v6;

    if (!split_addr(text, host, &in_brackets)) {
        return "is no address";
    }
    if (!in_brackets && inet_pton(AF_INET, host, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127 ? NULL : "is not a loopback address";
    }
    if (in_brackets && inet_pton(AF_INET6, host, &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6) ? NULL : "is not a loopback address";
    }
    return "is no address";
}

static const char *check_base_path(const char *text)
{
    if (text[0] != '/') {
        return "does not begin with '/'";
    }
    if (strstr(text, "..") != NULL || strpbrk(text, "?#\\ \"'<>") != NULL) {
        return "holds '..', a query or characters that are not of a path";
    }
    return NULL;
}

static const char *check_url(const char *text)
{
    size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
                    : strncmp(text, "https://", 8) == 0 ? 8
                                                        : 0;

    if (scheme == 0 || text[scheme] == '\0' || text[scheme] == '/') {
        return "is not an absolute URL";
    }
    return strpbrk(text, " \"'<>#?") != NULL ? "holds characters that are not of a URL" : NULL;
}

static const char *check_host(const char *text)
{
    return text[0] == '\0' || strpbrk(text, "/ @") != NULL ? "is no host name" : NULL;
}

static const char *check_name(const char *text)
{
    size_t n = utf8_count(bytes_of(text));

    return !utf8_is_valid(bytes_of(text)) || n < 1 || n > 64 ? "has no or too many characters"
                                                             : NULL;
}

static const char *check_absolute(const char *text)
{
    return text[0] != '/' ? "is not absolute" : NULL;
}

static const char *check_not_blank(const char *text)
{
    return text[strspn(text, " \t")] == '\0' ? "is empty" : NULL;
}

static const char *check_pair(const char *text)
{
    const char *equals = strchr(text, '=');

    return equals == NULL || equals == text || equals[1] == '\0' ? "has no 'provider='" : NULL;
}

#define AT(member) offsetof(struct settings, member)

const struct config_key CONFIG_KEYS[] = {
    { .name = "addr",
      .half = FOR_HUB,
      .kind = KIND_LIST,
      .offset = AT(addr),
      .default_text = "127.0.0.1:4327,[::1]:4327",
      .form = "up to 8 loopback addresses host:port",
      .meaning = "listen addresses; port 0 picks a free one",
      .check = check_loopback,
      .least_items = 1,
      .most_items = 8 },
    { .name = "socket",
      .half = FOR_HUB,
      .kind = KIND_TEXT,
      .offset = AT(socket),
      .default_text = "hub.sock",
      .form = "a path, or off",
      .meaning = "unix socket for local tools, in the Hub's data folder unless absolute",
      .check = check_not_blank },
    { .name = "data_dir",
      .half = FOR_BOTH,
      .kind = KIND_TEXT,
      .offset = AT(data_dir),
      .form = "a folder, absolute or ~/...",
      .meaning = "where data lies; relative to the configuration file's folder",
      .check = check_not_blank },
    { .name = "base_path",
      .half = FOR_HUB,
      .kind = KIND_TEXT,
      .offset = AT(base_path),
      .default_text = "/",
      .form = "a path such as /mux",
      .meaning = "sub-path behind a proxy",
      .check = check_base_path },
    { .name = "public_url",
      .half = FOR_HUB,
      .kind = KIND_TEXT,
      .offset = AT(public_url),
      .form = "an absolute http or https URL",
      .meaning = "the address that browsers use; fixes the allowed Origin",
      .check = check_url },
    { .name = "allowed_hosts",
      .half = FOR_HUB,
      .kind = KIND_LIST,
      .offset = AT(allowed_hosts),
      .form = "up to 32 host names",
      .meaning = "names accepted in Host; localhost, 127.0.0.1 and [::1] when empty",
      .check = check_host,
      .most_items = 32 },
    { .name = "dev_frontend",
      .half = FOR_HUB,
      .kind = KIND_TEXT,
      .offset = AT(dev_frontend),
      .form = "an http URL",
      .meaning = "frontend dev server that gets all requests that are not API",
      .check = check_url },
    { .name = "request_timeout",
      .half = FOR_HUB,
      .kind = KIND_DURATION,
      .offset = AT(request_timeout_ms),
      .default_text = "10s",
      .form = "a duration from 1s to 5m",
      .meaning = "deadline of unary calls",
      .least = 1000,
      .most = 5 * MINUTE_MS },
    { .name = "drain_timeout",
      .half = FOR_BOTH,
      .kind = KIND_DURATION,
      .offset = AT(drain_timeout_ms),
      .default_text = "10s",
      .form = "a duration from 0s to 5m",
      .meaning = "limit of an orderly stop",
      .least = 0,
      .most = 5 * MINUTE_MS },
    { .name = "log_level",
      .half = FOR_BOTH,
      .kind = KIND_CHOICE,
      .offset = AT(log_level),
      .default_text = "info",
      .form = "debug, info, warn or error",
      .meaning = "least important lines that are written",
      .choices = LOG_LEVELS },
    { .name = "log_format",
      .half = FOR_BOTH,
      .kind = KIND_CHOICE,
      .offset = AT(log_format),
      .default_text = "text",
      .form = "text or json",
      .meaning = "form of log lines",
      .choices = LOG_FORMATS },
    { .name = "worker_name",
      .half = FOR_WORKER,
      .kind = KIND_TEXT,
      .offset = AT(worker_name),
      .form = "1 to 64 characters",
      .meaning = "shown to people; the host name when not set",
      .check = check_name },
    { .name = "use_login_shell",
      .half = FOR_WORKER,
      .kind = KIND_BOOL,
      .offset = AT(use_login_shell),
      .default_text = "true",
      .form = "true or false",
      .meaning = "agents get the environment of the login shell, so that PATH is right" },
    { .name = "default_shell",
      .half = FOR_WORKER,
      .kind = KIND_TEXT,
      .offset = AT(default_shell),
      .form = "an absolute path",
      .meaning = "the login shell; $SHELL or the user's own when not set",
      .check = check_absolute },
    { .name = "claude_command",
      .half = FOR_WORKER,
      .kind = KIND_TEXT,
      .offset = AT(claude_command),
      .default_text = "claude",
      .form = "a command with arguments",
      .meaning = "how Claude Code is started; split like a shell does, never run by one",
      .check = check_not_blank },
    { .name = "default_model",
      .half = FOR_WORKER,
      .kind = KIND_LIST,
      .offset = AT(default_model),
      .form = "a list of provider=value",
      .meaning = "model of new agents; the provider's own when not set",
      .check = check_pair,
      .most_items = 32 },
    { .name = "default_mode",
      .half = FOR_WORKER,
      .kind = KIND_LIST,
      .offset = AT(default_mode),
      .form = "a list of provider=value",
      .meaning = "permission mode of new agents; the provider's own when not set",
      .check = check_pair,
      .most_items = 32 },
    { .name = "agent_start_timeout",
      .half = FOR_WORKER,
      .kind = KIND_DURATION,
      .offset = AT(agent_start_timeout_ms),
      .default_text = "5m",
      .form = "a duration from 5s to 30m",
      .meaning = "limit of an agent's start",
      .least = 5000,
      .most = 30 * MINUTE_MS },
};
const size_t CONFIG_KEYS_LEN = ARRAY_LEN(CONFIG_KEYS);

static char plain(char c)
{
    return c == '-' ? '_' : c;
}

const struct config_key *config_key_find(const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS_LEN; i++) {
        const char *key = CONFIG_KEYS[i].name;
        size_t n = 0;

        while (key[n] != '\0' && plain(name[n]) == key[n]) {
            n++;
        }
        if (key[n] == '\0' && name[n] == '\0') {
            return &CONFIG_KEYS[i];
        }
    }
    return NULL;
}

/* Edits that turn a into b (Levenshtein); names longer than the table's are cut. */
static size_t distance(const char *a, const char *b)
{
    enum { NAME_MAX_OCTETS = 48 };
    size_t row[NAME_MAX_OCTETS + 1];
    size_t nb = strnlen(b, NAME_MAX_OCTETS);

    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = diagonal + (plain(a[i - 1]) != b[j - 1]);
            size_t best = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;

            diagonal = row[j];
            row[j] = replaced < best ? replaced : best;
        }
    }
    return row[nb];
}

const struct config_key *config_key_nearest(const char *name)
{
    const struct config_key *best = &CONFIG_KEYS[0];

    for (size_t i = 1; i < CONFIG_KEYS_LEN; i++) {
        if (distance(name, CONFIG_KEYS[i].name) < distance(name, best->name)) {
            best = &CONFIG_KEYS[i];
        }
    }
    return best;
}
