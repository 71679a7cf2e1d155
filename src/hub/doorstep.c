/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/doorstep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/hub_internal.h"
#include "hub/sessions.h"

enum { FORM_MAX = 1024 }; /* octets */

static const char PATH[] = "/access-code";

static const char FOREIGN[] = "This LeapMux serves only the user who started it, and this "
                              "connection comes from another user of this machine.";
static const char UNKNOWN[] = "This LeapMux serves only the user who started it, and the system "
                              "does not say whose connection this is.";
static const char WRONG[] = "That is not the access code.";

static const char PAGE[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>LeapMux</title>\n<style>\n"
    ":root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }\n"
    "body { display: grid; place-content: center; min-height: 100vh; margin: 0; padding: 16px; }\n"
    "main { max-width: 26rem; }\ninput, button { font: inherit; padding: 6px 10px; }\n"
    "</style>\n</head>\n<body>\n<main>\n<h1>LeapMux</h1>\n<p role=\"alert\">%s</p>\n"
    "<form method=\"post\" action=\"%.*s%s\">\n"
    "<p><label for=\"code\">Access code</label><br>\n"
    "<input id=\"code\" name=\"code\" autocomplete=\"off\" autocapitalize=\"characters\" "
    "maxlength=\"20\" required autofocus>\n<button>Continue</button></p>\n"
    "<p>It was printed when LeapMux started.</p>\n</form>\n</main>\n</body>\n</html>\n";

static void respond_page(const struct hub *hub, struct http_request *r, const char *sentence)
{
    static const struct http_header NO_STORE = { "cache-control", "no-store" };
    const char *base = hub->config->base_path;
    char *html = arena_printf(r->arena, PAGE, sentence, (int)strlen(base) - 1, base, PATH);

    http_respond(r, &(struct http_response){ .status = 403,
                                             .type = "text/html; charset=utf-8",
                                             .body = bytes_of(html),
                                             .headers = &NO_STORE,
                                             .n_headers = 1 });
}

/* A request that waits for its session. */
struct entry {
    struct hub *hub;
    struct http_request *r; /* NULL once the client is gone */
};

static void on_gone(void *arg)
{
    struct entry *entry = arg;

    entry->r = NULL;
}

static void let_in(const struct hub *hub, struct http_request *r, const char *token)
{
    char *cookie =
        arena_printf(r->arena,
                     "%s=%s; HttpOnly; SameSite=Strict; Path=%s; "
                     "Max-Age=7776000%s",
                     SESSIONS_COOKIE, token, hub->config->base_path, r->tls ? "; Secure" : "");
    const struct http_header headers[] = {
        { "location", hub->config->base_path },
        { "set-cookie", cookie },
        { "cache-control", "no-store" },
    };

    http_respond(r, &(struct http_response){
                        .status = 303, .headers = headers, .n_headers = ARRAY_LEN(headers) });
}

static void on_session(void *arg, const char *token, const struct err *e)
{
    struct entry *entry = arg;

    if (entry->r != NULL && e == NULL) {
        let_in(entry->hub, entry->r, token);
    } else if (entry->r != NULL) {
        http_respond_text(entry->r, 503, "the session could not be stored");
    }
    free(entry);
}

static void on_form(void *arg, struct http_request *r, const struct bytes *body)
{
    struct hub *hub = arg;
    bool replaced = false;
    struct entry *entry;

    if (body == NULL) {
        http_respond_text(r, 413, "too large");
        return;
    }
    if (!access_code_check(&hub->code, access_code_in_form(*body), &replaced)) {
        if (replaced) {
            log_warn("the access code was replaced after too many wrong tries",
                     F_STR("access_code", hub->code.text));
        }
        respond_page(hub, r, WRONG);
        return;
    }
    entry = NEW(struct entry);
    entry->hub = hub;
    entry->r = r;
    http_on_gone(r, on_gone, entry);
    sessions_make(hub, registry_user(&hub->registry, hub->solo_user.s), on_session, entry);
}

void doorstep_respond(struct hub *hub, struct http_request *r, const char *path)
{
    if (r->method == HTTP_POST && path != NULL && strcmp(path, PATH) == 0 &&
        guard_origin(&hub->policy, r, false)) {
        http_read_body(r, FORM_MAX, on_form, hub);
    } else {
        respond_page(hub, r, r->peer->uid_known ? FOREIGN : UNKNOWN);
    }
}
