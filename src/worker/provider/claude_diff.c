/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <string.h>

enum {
    CONTEXT_LINES = 3,
    LINES_MAX = 1024 * 1024, /* octets of lines shown of one diff; the counts are of the whole */
};

/* Lines of a text, without their ends, in the line's arena. */
struct text_lines {
    struct bytes *at;
    size_t n;
};

static struct text_lines split(struct provider_session *s, const char *text)
{
    struct text_lines out = { 0 };
    size_t n = 1;

    for (const char *p = text; *p != '\0'; p++) {
        n += *p == '\n';
    }
    out.at = arena_alloc(&s->line, n * sizeof(*out.at));
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        out.at[out.n++] = (struct bytes){ .p = (const uint8_t *)text, .n = length };
        text += length;
        text += *text == '\n';
    }
    return out;
}

static Leapmux__V1__Diff *diff_new(struct provider_session *s, const char *call_id, size_t files,
                                   bool applied)
{
    Leapmux__V1__Diff *d = ARENA_NEW(&s->line, Leapmux__V1__Diff);

    leapmux__v1__diff__init(d);
    d->call_id = arena_str(&s->line, bytes_of(call_id));
    d->applied = applied;
    d->files = arena_alloc(&s->line, (files + 1) * sizeof(*d->files));
    return d;
}

static Leapmux__V1__DiffFile *file_new(struct provider_session *s, Leapmux__V1__Diff *d,
                                       const char *path, bool added, size_t hunks)
{
    Leapmux__V1__DiffFile *f = ARENA_NEW(&s->line, Leapmux__V1__DiffFile);

    leapmux__v1__diff_file__init(f);
    f->path.data = (uint8_t *)arena_str(&s->line, bytes_of(path));
    f->path.len = strlen(path);
    f->kind = added ? LEAPMUX__V1__FILE_CHANGE__FILE_CHANGE_ADDED
                    : LEAPMUX__V1__FILE_CHANGE__FILE_CHANGE_MODIFIED;
    f->hunks = arena_alloc(&s->line, (hunks + 1) * sizeof(*f->hunks));
    d->files[d->n_files++] = f;
    return f;
}

static Leapmux__V1__DiffHunk *hunk_new(struct provider_session *s, Leapmux__V1__DiffFile *f,
                                       size_t lines)
{
    Leapmux__V1__DiffHunk *h = ARENA_NEW(&s->line, Leapmux__V1__DiffHunk);

    leapmux__v1__diff_hunk__init(h);
    h->lines = arena_alloc(&s->line, (lines + 1) * sizeof(*h->lines));
    f->hunks[f->n_hunks++] = h;
    return h;
}

/* Append a line to a hunk; room counts down what may still be shown. */
static void put(struct provider_session *s, Leapmux__V1__DiffHunk *h, char mark, struct bytes text,
                size_t *room)
{
    char *line;

    if (text.n >= *room) {
        *room = 0;
        return;
    }
    *room -= text.n + 1;
    line = arena_alloc(&s->line, text.n + 2);
    line[0] = mark;
    if (text.n > 0) {
        memcpy(line + 1, text.p, text.n);
    }
    h->lines[h->n_lines++] = line;
}

static void put_range(struct provider_session *s, Leapmux__V1__DiffHunk *h, char mark,
                      struct text_lines of, size_t from, size_t to, size_t *room)
{
    for (size_t i = from; i < to; i++) {
        put(s, h, mark, of.at[i], room);
    }
}

/* One hunk that turns one text into another: common lines around, the rest taken out and put in. */
static void add_replacement(struct provider_session *s, Leapmux__V1__DiffFile *f,
                            const char *old_text, const char *new_text)
{
    struct text_lines a = split(s, old_text);
    struct text_lines b = split(s, new_text);
    size_t shorter = a.n < b.n ? a.n : b.n;
    size_t head = 0, tail = 0, first, last, room = LINES_MAX;
    Leapmux__V1__DiffHunk *h;

    while (head < shorter && bytes_equal(a.at[head], b.at[head])) {
        head++;
    }
    while (tail < shorter - head && bytes_equal(a.at[a.n - 1 - tail], b.at[b.n - 1 - tail])) {
        tail++;
    }
    f->removed += (uint32_t)(a.n - head - tail);
    f->added += (uint32_t)(b.n - head - tail);
    first = head > CONTEXT_LINES ? head - CONTEXT_LINES : 0;
    last = tail > CONTEXT_LINES ? tail - CONTEXT_LINES : 0;
    h = hunk_new(s, f, a.n + b.n);
    h->old_start = (uint32_t)(a.n > 0 ? first + 1 : 0);
    h->new_start = (uint32_t)(b.n > 0 ? first + 1 : 0);
    h->old_lines = (uint32_t)(a.n - first - last);
    h->new_lines = (uint32_t)(b.n - first - last);
    put_range(s, h, ' ', a, first, head, &room);
    put_range(s, h, '-', a, head, a.n - tail, &room);
    put_range(s, h, '+', b, head, b.n - tail, &room);
    put_range(s, h, ' ', a, a.n - tail, a.n - last, &room);
}

static Leapmux__V1__Diff *propose_edits(struct provider_session *s, const char *call_id,
                                        yyjson_val *input)
{
    yyjson_val *edits = json_get(input, "edits");
    size_t n = yyjson_arr_size(edits), i, max;
    Leapmux__V1__Diff *d = diff_new(s, call_id, 1, false);
    Leapmux__V1__DiffFile *f = file_new(s, d, json_text(input, "file_path"), false, n);
    yyjson_val *edit;

    yyjson_arr_foreach(edits, i, max, edit)
    {
        add_replacement(s, f, json_copy_of(&s->line, edit, "old_string"),
                        json_copy_of(&s->line, edit, "new_string"));
    }
    return d;
}

Leapmux__V1__Diff *claude_diff_proposed(struct provider_session *s, const char *call_id,
                                        const char *name, yyjson_val *input)
{
    bool write = strcmp(name, "Write") == 0;
    Leapmux__V1__Diff *d;
    const char *old_text;

    if (!json_has_text(input, "file_path")) {
        return NULL;
    }
    if (strcmp(name, "MultiEdit") == 0) {
        return propose_edits(s, call_id, input);
    }
    if (!write && strcmp(name, "Edit") != 0) {
        return NULL;
    }
    old_text = write ? "" : json_copy_of(&s->line, input, "old_string");
    d = diff_new(s, call_id, 1, false);
    add_replacement(s, file_new(s, d, json_text(input, "file_path"), old_text[0] == '\0', 1),
                    old_text, json_copy_of(&s->line, input, write ? "content" : "new_string"));
    return d;
}

/* --- applied --- */

static void add_hunk(struct provider_session *s, Leapmux__V1__DiffFile *f, yyjson_val *patch,
                     size_t *room)
{
    yyjson_val *lines = json_get(patch, "lines");
    Leapmux__V1__DiffHunk *h = hunk_new(s, f, yyjson_arr_size(lines));
    size_t i, max;
    yyjson_val *line;

    h->old_start = (uint32_t)json_count(patch, "oldStart");
    h->old_lines = (uint32_t)json_count(patch, "oldLines");
    h->new_start = (uint32_t)json_count(patch, "newStart");
    h->new_lines = (uint32_t)json_count(patch, "newLines");
    yyjson_arr_foreach(lines, i, max, line)
    {
        const char *text = json_copy(&s->line, line);

        /* "\ No newline at end of file" is no line of the file */
        if (text[0] == ' ' || text[0] == '-' || text[0] == '+') {
            f->added += text[0] == '+';
            f->removed += text[0] == '-';
            put(s, h, text[0], bytes_of(text + 1), room);
        }
    }
}

static void add_patch(struct provider_session *s, Leapmux__V1__DiffFile *f, yyjson_val *patch)
{
    size_t i, max, room = LINES_MAX;
    yyjson_val *hunk;

    yyjson_arr_foreach(patch, i, max, hunk)
    {
        add_hunk(s, f, hunk, &room);
    }
}

/* What a shell command changed. */
static Leapmux__V1__Diff *shell_changes(struct provider_session *s, const char *call_id,
                                        yyjson_val *files)
{
    size_t n = yyjson_arr_size(files), i, max;
    Leapmux__V1__Diff *d = diff_new(s, call_id, n, true);
    yyjson_val *file;

    yyjson_arr_foreach(files, i, max, file)
    {
        yyjson_val *hunks = json_get(file, "hunks");
        Leapmux__V1__DiffFile *f = file_new(s, d, json_text(file, "filePath"),
                                            json_bool(file, "created"), yyjson_arr_size(hunks));

        if (json_bool(file, "deleted")) {
            f->kind = LEAPMUX__V1__FILE_CHANGE__FILE_CHANGE_DELETED;
        }
        add_patch(s, f, hunks);
    }
    return n > 0 ? d : NULL;
}

static Leapmux__V1__Diff *notebook_change(struct provider_session *s, const char *call_id,
                                          yyjson_val *report)
{
    Leapmux__V1__Diff *d = diff_new(s, call_id, 1, true);

    add_replacement(s, file_new(s, d, json_text(report, "notebook_path"), false, 1),
                    json_copy_of(&s->line, report, "old_source"),
                    json_copy_of(&s->line, report, "new_source"));
    return d;
}

Leapmux__V1__Diff *claude_diff_applied(struct provider_session *s, const char *call_id,
                                       yyjson_val *report)
{
    yyjson_val *patch = json_get(report, "structuredPatch");
    yyjson_val *shell = json_get(json_get(report, "bashEditDiff"), "files");
    bool created = json_is(report, "type", "create");
    Leapmux__V1__DiffFile *f;
    Leapmux__V1__Diff *d;

    if (yyjson_is_arr(shell)) {
        return shell_changes(s, call_id, shell);
    }
    if (json_has_text(report, "notebook_path") && yyjson_is_str(json_get(report, "new_source"))) {
        return notebook_change(s, call_id, report);
    }
    if (!yyjson_is_arr(patch) || !json_has_text(report, "filePath")) {
        return NULL;
    }
    d = diff_new(s, call_id, 1, true);
    f = file_new(s, d, json_text(report, "filePath"), created, yyjson_arr_size(patch) + 1);
    add_patch(s, f, patch);
    if (f->n_hunks == 0 && created) {
        add_replacement(s, f, "", json_copy_of(&s->line, report, "content"));
    }
    return d;
}
