/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays every recording of a real CLI through its provider: one test a recording.
 *
 * The host's side is played too: what the recorded host sent is done through the provider, and the
 * ids that it chose are replaced by the provider's own in what the CLI answers.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/id.h"
#include "provider_trace.h"
#include "worker/provider/json.h"
#include "worker/provider/uuid.h"

enum {
    RECORDINGS = 1024,
    IDS = 256,
    FILE_LIMIT = 128 * 1024 * 1024,
};

static const int64_t NOW_MS = 1700000000000;

struct recording {
    char *name; /* "text-turn/timeline.ndjson" */
    char *path;
};

/* An id of the recording and what stands for it now. */
struct id_pair {
    char *recorded;
    char *ours;
};

struct player {
    struct trace trace;
    struct provider_session *session;
    size_t chunk;
    struct buf pending; /* recorded output that was not fed yet */
    struct id_pair ids[IDS];
    size_t n_ids;
    size_t input_seen; /* octets of trace.input already looked at */
    unsigned inputs;
};

static void pair(struct player *p, const char *recorded, const char *ours)
{
    if (p->n_ids < IDS && recorded[0] != '\0') {
        p->ids[p->n_ids++] =
            (struct id_pair){ .recorded = must_strdup(recorded), .ours = must_strdup(ours) };
    }
}

/* The text with each recorded id replaced. */
static char *with_our_ids(struct player *p, const char *text)
{
    char *now = must_strdup(text);

    for (size_t i = 0; i < p->n_ids; i++) {
        const char *hit = strstr(now, p->ids[i].recorded);

        while (hit != NULL) {
            char *next = must_printf("%.*s%s%s", (int)(hit - now), now, p->ids[i].ours,
                                     hit + strlen(p->ids[i].recorded));
            size_t at = (size_t)(hit - now) + strlen(p->ids[i].ours);

            free(now);
            now = next;
            hit = strstr(now + at, p->ids[i].recorded);
        }
    }
    return now;
}

static void flush(struct player *p)
{
    for (size_t at = 0; at < p->pending.n; at += p->chunk) {
        size_t n = p->pending.n - at < p->chunk ? p->pending.n - at : p->chunk;

        PROVIDER_CLAUDE.feed(p->session, (struct bytes){ .p = p->pending.p + at, .n = n }, NOW_MS);
    }
    buf_clear(&p->pending);
}

/* The id of the newest control request that the provider wrote with that subtype, or NULL. */
static char *our_request(struct player *p, const char *subtype)
{
    char *found = NULL;
    char *all = bytes_dup(buf_view(&p->trace.input));

    for (char *line = all; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        yyjson_doc *doc = json_parse((struct bytes){ .p = (uint8_t *)line, .n = n });
        yyjson_val *root = yyjson_doc_get_root(doc);

        if (json_is(json_get(root, "request"), "subtype", subtype)) {
            free(found);
            found = must_strdup(json_text(root, "request_id"));
        }
        json_freep(&doc);
        line += n + (line[n] == '\n');
    }
    free(all);
    return found;
}

static void play_request(struct player *p, yyjson_val *root)
{
    yyjson_val *request = json_get(root, "request");
    const char *subtype = json_text(request, "subtype");
    char *ours;

    if (strcmp(subtype, "interrupt") == 0) {
        PROVIDER_CLAUDE.interrupt(p->session);
    } else if (strcmp(subtype, "set_permission_mode") == 0) {
        PROVIDER_CLAUDE.set_mode(p->session, json_text(request, "mode"));
    } else if (strcmp(subtype, "set_model") == 0) {
        PROVIDER_CLAUDE.set_model(p->session, json_text(request, "model"));
    } else if (strcmp(subtype, "initialize") != 0) {
        return;
    }
    ours = our_request(p, subtype);
    assert_non_null(ours);
    pair(p, json_text(root, "request_id"), ours);
    free(ours);
}

static void play_user(struct player *p, yyjson_val *root)
{
    yyjson_val *content = json_get(json_get(root, "message"), "content");
    char id[ID_LEN + 1];
    struct uuid uuid;

    if (!yyjson_is_str(content)) {
        return;
    }
    (void)snprintf(id, sizeof(id), "input%017u", ++p->inputs);
    uuid = uuid_from_id(id);
    pair(p, json_text(root, "uuid"), uuid.s);
    PROVIDER_CLAUDE.send(p->session, id, yyjson_get_str(content));
}

static void answer_question(struct player *p, const struct traced_prompt *asked, bool allow)
{
    Leapmux__V1__QuestionAnswer answer = LEAPMUX__V1__QUESTION_ANSWER__INIT;
    Leapmux__V1__QuestionReply reply = LEAPMUX__V1__QUESTION_REPLY__INIT;
    Leapmux__V1__QuestionReply *replies[8];
    struct provider_answer a = { .ref = asked->ref,
                                 .data = bytes_of(asked->data),
                                 .question = &answer };

    for (size_t i = 0; i < asked->questions; i++) {
        replies[i] = &reply;
    }
    reply.other = (char *)"this";
    answer.replies = replies;
    answer.n_replies = asked->questions;
    answer.decline = !allow;
    PROVIDER_CLAUDE.answer(p->session, &a);
}

static void answer(struct player *p, const struct traced_prompt *asked, bool allow)
{
    Leapmux__V1__PermissionAnswer permission = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    Leapmux__V1__PlanAnswer plan = LEAPMUX__V1__PLAN_ANSWER__INIT;
    struct provider_answer a = { .ref = asked->ref, .data = bytes_of(asked->data) };

    if (asked->kind == LEAPMUX__V1__PROMPT__BODY_QUESTION) {
        answer_question(p, asked, allow);
        return;
    }
    if (asked->kind == LEAPMUX__V1__PROMPT__BODY_PLAN) {
        plan.approve = allow;
        a.plan = &plan;
    } else {
        permission.choice = allow ? LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE
                                  : LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY;
        a.permission = &permission;
    }
    PROVIDER_CLAUDE.answer(p->session, &a);
}

static void play_answer(struct player *p, yyjson_val *root)
{
    yyjson_val *outer = json_get(root, "response");
    bool allow = json_is(json_get(outer, "response"), "behavior", "allow");

    for (size_t i = 0; i < p->trace.n_prompts; i++) {
        if (json_is(outer, "request_id", p->trace.prompts[i].ref)) {
            answer(p, &p->trace.prompts[i], allow);
            return;
        }
    }
}

static void play_input(struct player *p, const char *line)
{
    yyjson_doc *doc = json_parse(bytes_of(line));
    yyjson_val *root = yyjson_doc_get_root(doc);

    if (json_is(root, "type", "control_request")) {
        play_request(p, root);
    } else if (json_is(root, "type", "user")) {
        play_user(p, root);
    } else if (json_is(root, "type", "control_response")) {
        play_answer(p, root);
    }
    json_freep(&doc);
}

static void play_step(struct player *p, yyjson_val *step)
{
    const char *line = json_text(step, "line");
    struct err e;

    if (json_is(step, "dir", "stdin")) {
        flush(p);
        play_input(p, line);
    } else if (json_is(step, "dir", "stdout")) {
        char *ours = with_our_ids(p, line);

        assert_true(buf_printf(&p->pending, &e, "%s\n", ours));
        free(ours);
    }
}

static void play(struct player *p, const char *path, size_t chunk)
{
    static const char *const COMMAND[] = { "claude", NULL };
    struct provider_launch launch = {
        .command = COMMAND,
        .working_dir = "/tmp/demo-repo",
        .session_ref = "00000000-0000-4000-8000-000000000000",
        .resume = strstr(path, "resume") != NULL,
        .may_bypass = true,
    };
    struct provider_sink sink;
    struct buf file;
    struct err e;

    *p = (struct player){ .chunk = chunk };
    trace_init(&p->trace);
    buf_init(&p->pending, FILE_LIMIT);
    buf_init(&file, FILE_LIMIT);
    assert_true(file_read(path, &file, &e));
    sink = trace_sink(&p->trace);
    p->session = PROVIDER_CLAUDE.open(&launch, &sink);
    for (size_t at = 0; at < file.n;) {
        const uint8_t *end = memchr(file.p + at, '\n', file.n - at);
        size_t n = end != NULL ? (size_t)(end - file.p) - at : file.n - at;
        yyjson_doc *doc = json_parse((struct bytes){ .p = file.p + at, .n = n });

        play_step(p, yyjson_doc_get_root(doc));
        json_freep(&doc);
        at += n + 1;
    }
    flush(p);
    PROVIDER_CLAUDE.finish(p->session, NOW_MS);
    PROVIDER_CLAUDE.free(p->session);
    buf_done(&file);
}

static void player_done(struct player *p)
{
    for (size_t i = 0; i < p->n_ids; i++) {
        free(p->ids[i].recorded);
        free(p->ids[i].ours);
    }
    buf_done(&p->pending);
    trace_done(&p->trace);
}

/* Only a CLI that was told to print plain text, or that stumbled itself, gives unknown lines. */
static bool may_be_unknown(const char *name)
{
    return strncmp(name, "47-text-json", strlen("47-text-json")) == 0;
}

static void count_turns(const char *text, size_t *started, size_t *ended)
{
    *started = *ended = 0;
    for (const char *at = text; (at = strstr(at, "turn started\n")) != NULL; at++) {
        ++*started;
    }
    for (const char *at = text; (at = strstr(at, "turn ended\n")) != NULL; at++) {
        ++*ended;
    }
}

/* What must hold for each recording, whatever it is about. */
static void check_trace(const struct recording *r, struct trace *t)
{
    char *text = bytes_dup(buf_view(&t->text));
    size_t started, ended;

    if (getenv("LEAPMUX_TEST_SHOW") != NULL) {
        print_message("--- %s\n%s", r->name, text);
    }
    if (t->unknown > 0 && !may_be_unknown(r->name)) {
        fail_msg("%s has lines that no rule understands", r->name);
    }
    count_turns(text, &started, &ended);
    if (started != ended && started != ended + 1) { /* the last may end with the process */
        fail_msg("%s: %zu turns began and %zu ended", r->name, started, ended);
    }
    free(text);
}

/* The first lines of a trace that differ from the kept one tell what changed. */
static void check_golden(const struct recording *r, const struct trace *t)
{
    char *folder = must_strdup(r->name);
    char *path;
    struct buf golden;
    struct err e;

    folder[strcspn(folder, "/")] = '\0';
    path = must_printf("%s/tests/unit/worker/golden/%s.txt", SOURCE_DIR, folder);
    buf_init(&golden, FILE_LIMIT);
    if (strstr(r->path, "/tests/replay/") != NULL && file_read(path, &golden, &e)) {
        char *want = bytes_dup(buf_view(&golden));
        char *have = bytes_dup(buf_view(&t->text));

        assert_string_equal(have, want);
        free(want);
        free(have);
    }
    buf_done(&golden);
    free(path);
    free(folder);
}

static void a_recording_gives_the_same_events_however_it_is_cut(void **state)
{
    static const size_t CHUNKS[] = { 64 * 1024, 7, 1 };
    const struct recording *r = *state;
    uint64_t hash = 0;

    for (size_t i = 0; i < ARRAY_LEN(CHUNKS); i++) {
        struct player p;

        play(&p, r->path, CHUNKS[i]);
        if (i == 0) {
            hash = p.trace.hash;
            check_trace(r, &p.trace);
            check_golden(r, &p.trace);
        }
        if (p.trace.hash != hash) {
            fail_msg("%s: other events in chunks of %zu", r->name, CHUNKS[i]);
        }
        player_done(&p);
    }
}

/* --- finding the recordings --- */

static struct recording found[RECORDINGS];
static size_t n_found;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct recording *)a)->path, ((const struct recording *)b)->path);
}

static void find_in(const char *root, const char *folder)
{
    char *path = must_printf("%s/%s", root, folder);
    DIR *dir = opendir(path);

    for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
        if (strncmp(d->d_name, "timeline", strlen("timeline")) == 0 && n_found < RECORDINGS) {
            found[n_found++] = (struct recording){
                .name = must_printf("%s/%s", folder, d->d_name),
                .path = must_printf("%s/%s", path, d->d_name),
            };
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    free(path);
}

static void find(const char *root)
{
    DIR *dir = opendir(root);

    for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] != '.') {
            find_in(root, d->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static void there_are_recordings(void **state)
{
    (void)state;
    assert_true(n_found > 0);
}

int main(void)
{
    struct CMUnitTest *tests;
    size_t n = 0;
    int failed;

    find(SOURCE_DIR "/tests/replay/claude");
    find(SOURCE_DIR "/../shared/transcripts/claude"); /* more of them, where they lie beside us */
    qsort(found, n_found, sizeof(found[0]), by_name);
    tests = must_calloc(n_found + 1, sizeof(*tests));
    tests[n++] =
        (struct CMUnitTest){ .name = "there_are_recordings", .test_func = there_are_recordings };
    for (size_t i = 0; i < n_found; i++) {
        tests[n++] = (struct CMUnitTest){
            .name = found[i].name,
            .test_func = a_recording_gives_the_same_events_however_it_is_cut,
            .initial_state = &found[i],
        };
    }
    failed = _cmocka_run_group_tests("recordings", tests, n, NULL, NULL);
    for (size_t i = 0; i < n_found; i++) {
        free(found[i].name);
        free(found[i].path);
    }
    free(tests);
    return failed;
}
