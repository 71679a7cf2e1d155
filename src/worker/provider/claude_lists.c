/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

enum { PLAN_TITLE_CHARS = 128 };

/* --- to-dos: one list, however the CLI's tools split the work on it --- */

static Leapmux__V1__TodoState state_of(const char *word)
{
    if (strcmp(word, "in_progress") == 0) {
        return LEAPMUX__V1__TODO_STATE__TODO_STATE_ACTIVE;
    }
    if (strcmp(word, "completed") == 0) {
        return LEAPMUX__V1__TODO_STATE__TODO_STATE_DONE;
    }
    return LEAPMUX__V1__TODO_STATE__TODO_STATE_PENDING;
}

static struct claude_todo *todo_of(struct provider_session *s, const char *id)
{
    LIST_EACH(&s->todos, struct claude_todo, link, t)
    {
        if (strcmp(t->id, id) == 0) {
            return t;
        }
    }
    return NULL;
}

static void todo_free(struct provider_session *s, struct claude_todo *t)
{
    list_remove(&t->link);
    s->n_todos--;
    free(t->id);
    free(t->text);
    free(t);
}

void claude_todos_clear(struct provider_session *s)
{
    while (!list_empty(&s->todos)) {
        todo_free(s, LIST_FIRST(&s->todos, struct claude_todo, link));
    }
}

static void todo_put(struct provider_session *s, const char *id, const char *text,
                     const char *state)
{
    struct claude_todo *t = todo_of(s, id);

    if (t == NULL) {
        if (s->n_todos >= CLAUDE_TODOS) {
            return;
        }
        t = NEW(struct claude_todo);
        t->id = must_strdup(id);
        t->text = must_printf("#%s", id); /* until its words are known */
        t->state = LEAPMUX__V1__TODO_STATE__TODO_STATE_PENDING;
        list_init(&t->link);
        list_append(&s->todos, &t->link);
        s->n_todos++;
    }
    if (text[0] != '\0') {
        claude_set(&t->text, text);
    }
    if (state[0] != '\0') {
        t->state = state_of(state);
    }
}

static void tell_todos(struct provider_session *s)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__Todos todos = LEAPMUX__V1__TODOS__INIT;

    todos.items = arena_alloc(&s->line, (s->n_todos + 1) * sizeof(*todos.items));
    LIST_EACH(&s->todos, struct claude_todo, link, t)
    {
        Leapmux__V1__Todo *item = ARENA_NEW(&s->line, Leapmux__V1__Todo);

        leapmux__v1__todo__init(item);
        item->id = t->id;
        item->text = t->text;
        item->state = t->state;
        todos.items[todos.n_items++] = item;
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TODOS;
    m.todos = &todos;
    claude_message(s, &m, "", "");
}

/* TodoWrite and TaskList give the whole list. */
static void replace_todos(struct provider_session *s, yyjson_val *list, const char *text_key)
{
    size_t i, max;
    yyjson_val *entry;

    claude_todos_clear(s);
    yyjson_arr_foreach(list, i, max, entry)
    {
        const char *id = json_has_text(entry, "id") ? json_text(entry, "id")
                                                    : arena_printf(&s->line, "%zu", i + 1);

        todo_put(s, id, json_copy_of(&s->line, entry, text_key), json_text(entry, "status"));
    }
}

static bool take_over(struct provider_session *s, const struct claude_call *call,
                      yyjson_val *report)
{
    yyjson_val *task = json_get(report, "task");

    if (strcmp(call->name, "TodoWrite") == 0 && yyjson_is_arr(json_get(report, "newTodos"))) {
        replace_todos(s, json_get(report, "newTodos"), "content");
        return true;
    }
    if (strcmp(call->name, "TaskList") == 0 && yyjson_is_arr(json_get(report, "tasks"))) {
        replace_todos(s, json_get(report, "tasks"), "subject");
        return true;
    }
    if (strcmp(call->name, "TaskCreate") == 0 && json_has_text(task, "id")) {
        todo_put(s, json_text(task, "id"), json_copy_of(&s->line, task, "subject"), "pending");
        return true;
    }
    if (strcmp(call->name, "TaskUpdate") == 0 && json_bool(report, "success")) {
        struct claude_todo *t = todo_of(s, call->todo_id);

        if (strcmp(call->todo_state, "deleted") != 0) {
            todo_put(s, call->todo_id, call->todo_text, call->todo_state);
        } else if (t != NULL) {
            todo_free(s, t);
        }
        return true;
    }
    return false;
}

void claude_todos_after(struct provider_session *s, const struct claude_call *call,
                        yyjson_val *report)
{
    if (take_over(s, call, report)) {
        tell_todos(s);
    }
}

/* --- plans --- */

bool claude_is_plan_path(const char *path)
{
    return strstr(path, "/.claude/plans/") != NULL;
}

void claude_plan_is(struct provider_session *s, const char *markdown, const char *path)
{
    char *kept_path = must_strdup(path); /* it may be our own */

    claude_set(&s->plan, markdown);
    claude_set(&s->plan_path, kept_path);
    free(kept_path);
}

static const char *skip_heading_mark(const char *line)
{
    line += strspn(line, "#");
    return line + strspn(line, " \t");
}

char *claude_plan_title(struct provider_session *s, const char *markdown)
{
    const char *title = markdown + strspn(markdown, " \t\r\n");
    struct bytes text;
    size_t chars = 0;

    for (const char *line = title; *line != '\0'; line += strcspn(line, "\n")) {
        line += strspn(line, "\n");
        if (line[0] == '#') {
            title = line;
            break;
        }
    }
    title = skip_heading_mark(title);
    text = bytes_of(title);
    text.n = strcspn(title, "\r\n");
    for (size_t i = 0; i < text.n; i++) {
        /* the octet after the 128th character */
        if ((text.p[i] & 0xc0) != 0x80 && chars++ == PLAN_TITLE_CHARS) {
            text.n = i;
        }
    }
    return arena_str(&s->line, text);
}

void claude_plan_tell(struct provider_session *s, const char *parent)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__Plan plan = LEAPMUX__V1__PLAN__INIT;

    if (s->plan == NULL || (s->plan_told != NULL && strcmp(s->plan_told, s->plan) == 0)) {
        return;
    }
    claude_set(&s->plan_told, s->plan);
    plan.title = claude_plan_title(s, s->plan);
    plan.markdown = s->plan;
    if (s->plan_path != NULL) {
        plan.path.data = (uint8_t *)s->plan_path;
        plan.path.len = strlen(s->plan_path);
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_PLAN;
    m.plan = &plan;
    claude_message(s, &m, parent, "");
}
