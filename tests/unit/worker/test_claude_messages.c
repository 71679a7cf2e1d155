/* SPDX-License-Identifier: Apache-2.0 */
/* What the CLI says and does, as messages, live blocks and results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "claude_session.h"

/* --- one event looked at closely: a sink that keeps copies --- */

enum { KEPT = 64 };

struct close_look {
    struct provider_session *session;
    Leapmux__V1__AgentMessage *messages[KEPT];
    size_t n;
    Leapmux__V1__LiveBlock *live[KEPT];
    size_t n_live;
    char *dropped;
};

static void *copy_of(const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *packed = must_alloc(n + 1);
    void *copy;

    (void)protobuf_c_message_pack(m, packed);
    copy = protobuf_c_message_unpack(m->descriptor, NULL, n, packed);
    free(packed);
    assert_non_null(copy);
    return copy;
}

static void keep(void *arg, const struct provider_event *event)
{
    struct close_look *l = arg;

    if (event->kind == PROVIDER_MESSAGE && l->n < KEPT) {
        l->messages[l->n++] = copy_of(&event->message->base);
    } else if (event->kind == PROVIDER_LIVE && l->n_live < KEPT) {
        l->live[l->n_live++] = copy_of(&event->live->base);
    } else if (event->kind == PROVIDER_LIVE_DROPPED) {
        free(l->dropped);
        l->dropped = must_strdup(event->ref);
    }
}

static void swallow(void *arg, struct bytes input)
{
    (void)arg;
    (void)input;
}

static int look_begin(void **state)
{
    struct close_look *l = NEW(struct close_look);
    struct provider_sink sink = { .event = keep, .write = swallow, .arg = l };
    struct provider_launch launch = claude_launch();

    l->session = PROVIDER_CLAUDE.open(&launch, &sink);
    *state = l;
    return 0;
}

static int look_end(void **state)
{
    struct close_look *l = *state;

    PROVIDER_CLAUDE.free(l->session);
    for (size_t i = 0; i < l->n; i++) {
        protobuf_c_message_free_unpacked(&l->messages[i]->base, NULL);
    }
    for (size_t i = 0; i < l->n_live; i++) {
        protobuf_c_message_free_unpacked(&l->live[i]->base, NULL);
    }
    free(l->dropped);
    free(l);
    return 0;
}

static void say(struct close_look *l, const char *line, int64_t now_ms)
{
    struct claude c = { .session = l->session };

    says_at(&c, line, now_ms);
}

/* The newest message. */
static const Leapmux__V1__AgentMessage *last(const struct close_look *l)
{
    assert_true(l->n > 0);
    return l->messages[l->n - 1];
}

static void call(struct close_look *l, const char *name, const char *input, int64_t now_ms)
{
    CLEANUP(free_p)
    char *line =
        must_printf("{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use',"
                    "'id':'t1','name':'%s','input':%s}]}}",
                    name, input);

    say(l, line, now_ms);
}

static const Leapmux__V1__ToolResult *result(struct close_look *l, const char *block,
                                             const char *report, int64_t now_ms)
{
    CLEANUP(free_p)
    char *line = must_printf("{'type':'user','message':{'content':[{'type':'tool_result',"
                             "'tool_use_id':'t1',%s}]},'tool_use_result':%s}",
                             block, report);
    size_t before = l->n;

    say(l, line, now_ms);
    assert_true(l->n > before);
    assert_int_equal(l->messages[before]->body_case, LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT);
    return l->messages[before]->tool_result;
}

/* --- live blocks --- */

#define START(message)                                                                             \
    "{'type':'stream_event','event':{'type':'message_start','message':{'id':'" message "'}}}"
#define BLOCK(index, content)                                                                      \
    "{'type':'stream_event','event':{'type':'content_block_start','index':" index                  \
    ",'content_block':" content "}}"
#define DELTA(index, delta)                                                                        \
    "{'type':'stream_event','event':{'type':'content_block_delta','index':" index                  \
    ",'delta':" delta "}}"

static void deltas_are_live_text_with_offsets_and_the_message_replaces_them(void **state)
{
    struct close_look *l = *state;

    say(l, START("m1"), 1);
    say(l, BLOCK("0", "{'type':'text','text':''}"), 1);
    say(l, DELTA("0", "{'type':'text_delta','text':'caf\xc3\xa9 '}"), 1);
    say(l, DELTA("0", "{'type':'text_delta','text':'bar'}"), 1);
    assert_int_equal(l->n_live, 2);
    assert_string_equal(l->live[0]->block_id, "m1/0");
    assert_int_equal(l->live[0]->offset, 0);
    assert_int_equal(l->live[1]->offset, 6);
    assert_string_equal(l->live[1]->text, "bar");
    assert_int_equal(l->live[1]->kind, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TEXT);
    say(l,
        "{'type':'assistant','message':{'id':'m1','content':[{'type':'text',"
        "'text':'caf\xc3\xa9 bar'}]}}",
        1);
    assert_string_equal(last(l)->block_id, "m1/0");
    assert_null(l->dropped);
}

static void thinking_and_tool_input_are_live_too(void **state)
{
    struct close_look *l = *state;

    say(l, START("m1"), 1);
    say(l, BLOCK("0", "{'type':'thinking','thinking':''}"), 1);
    say(l, DELTA("0", "{'type':'thinking_delta','thinking':'hm'}"), 1);
    say(l, DELTA("0", "{'type':'signature_delta','signature':'xxx'}"), 1);
    say(l, BLOCK("1", "{'type':'tool_use','id':'t1','name':'Bash','input':{}}"), 1);
    say(l, DELTA("1", "{'type':'input_json_delta','partial_json':'{'}"), 1);
    assert_int_equal(l->n_live, 2);
    assert_int_equal(l->live[0]->kind, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_THINKING);
    assert_int_equal(l->live[1]->kind, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TOOL_INPUT);
    assert_string_equal(l->live[1]->tool_name, "Bash");
    assert_string_equal(l->live[1]->block_id, "m1/1");
    say(l,
        "{'type':'assistant','thinking_duration_ms':1500,'message':{'id':'m1','content':["
        "{'type':'thinking','thinking':'hm'}]}}",
        1);
    assert_string_equal(last(l)->block_id, "m1/0");
    assert_int_equal(last(l)->thinking->duration_ms, 1500);
}

static void a_block_that_never_becomes_a_message_is_dropped(void **state)
{
    struct close_look *l = *state;

    say(l, START("m1"), 1);
    say(l, BLOCK("0", "{'type':'text','text':''}"), 1);
    say(l, DELTA("0", "{'type':'text_delta','text':'half'}"), 1);
    say(l, "{'type':'result','subtype':'success','is_error':false}", 1);
    assert_string_equal(l->dropped, "m1/0");
}

static void redacted_thinking_is_told_as_such(void **state)
{
    struct close_look *l = *state;

    say(l,
        "{'type':'assistant','message':{'id':'m1','content':["
        "{'type':'redacted_thinking','data':'xx'}]}}",
        1);
    assert_true(last(l)->thinking->redacted);
    assert_string_equal(last(l)->thinking->text, "");
}

/* --- calls --- */

static void each_tool_has_its_kind_title_and_input(void **state)
{
    static const struct {
        const char *name;
        const char *input;
        Leapmux__V1__ToolKind kind;
        const char *title;
    } CASES[] = {
        { "Bash", "{'command':'ls\\nls'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_BASH, "ls" },
        { "Read", "{'file_path':'/work/src/a.c'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ,
          "src/a.c" },
        { "Read", "{'file_path':'/workshop/a'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ,
          "/workshop/a" },
        { "Write", "{'file_path':'/x'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE, "/x" },
        { "NotebookEdit", "{'notebook_path':'/work/n.ipynb'}",
          LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT, "n.ipynb" },
        { "Grep", "{'pattern':'a.*b','path':'/work'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH,
          "a.*b" },
        { "LS", "{'path':'/work/sub'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH, "sub" },
        { "WebFetch", "{'url':'http://x/','prompt':'p'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_FETCH,
          "http://x/" },
        { "WebSearch", "{'query':'q'}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WEB_SEARCH, "q" },
        { "Agent", "{'description':'Look','prompt':'p','subagent_type':'g'}",
          LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK, "Look" },
        { "Task", "{}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK, "Task" },
        { "TaskUpdate", "{'taskId':'3','status':'completed'}",
          LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO, "#3 completed" },
        { "AskUserQuestion", "{'questions':[{'question':'Which?'}]}",
          LEAPMUX__V1__TOOL_KIND__TOOL_KIND_QUESTION, "Which?" },
        { "EnterPlanMode", "{}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_PLAN, "Plan mode" },
        { "mcp__mux__open_tab", "{'a':1}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_MCP,
          "open_tab (mux)" },
        { "mcp__odd", "{}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_MCP, "odd" },
        { "KillShell", "{'id':1}", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_OTHER, "KillShell" },
    };

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct close_look *l;
        void *own;

        (void)state;
        (void)look_begin(&own);
        l = own;
        call(l, CASES[i].name, CASES[i].input, 1);
        assert_int_equal(l->messages[0]->body_case, LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL);
        assert_int_equal(l->messages[0]->tool_call->tool, CASES[i].kind);
        assert_string_equal(l->messages[0]->tool_call->title, CASES[i].title);
        assert_string_equal(l->messages[0]->tool_call->name, CASES[i].name);
        (void)look_end(&own);
    }
}

static void typed_inputs_are_filled(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolInput *input;

    call(l, "Bash", "{'command':'make','description':'Build','run_in_background':true}", 1);
    input = last(l)->tool_call->input;
    assert_string_equal(input->command, "make");
    assert_string_equal(input->description, "Build");
    assert_true(input->background);
    call(l, "Read", "{'file_path':'/a','offset':10,'limit':5}", 1);
    input = last(l)->tool_call->input;
    assert_int_equal(input->first_line, 10);
    assert_int_equal(input->line_count, 5);
    assert_memory_equal(input->path.data, "/a", 2);
    call(l, "mcp__s__t", "{'a':[1,'x']}", 1);
    input = last(l)->tool_call->input;
    assert_string_equal(input->server, "s");
    assert_string_equal(input->json, "{\"a\":[1,\"x\"]}");
    assert_memory_equal(last(l)->tool_call->working_dir.data, "/work", 5);
}

/* --- results --- */

static void a_failed_command_has_its_exit_code_and_the_rest_as_output(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Bash", "{'command':'x'}", 1000);
    r = result(l, "'is_error':true,'content':'Exit code 3\\n\\u001b[31mred\\u001b[0m'",
               "'Error: Exit code 3'", 1250);
    assert_false(r->ok);
    assert_false(r->denied);
    assert_int_equal(r->_exit_code_case, LEAPMUX__V1__TOOL_RESULT___EXIT_CODE_EXIT_CODE);
    assert_int_equal(r->exit_code, 3);
    assert_int_equal(r->duration_ms, 250);
    assert_int_equal(r->n_parts, 1);
    assert_int_equal(r->parts[0]->part_case, LEAPMUX__V1__RESULT_PART__PART_ANSI);
    assert_string_equal(r->parts[0]->ansi, "\x1b[31mred\x1b[0m");
}

static void a_command_that_went_well_has_both_outputs_and_the_file_of_a_long_one(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Bash", "{'command':'x'}", 1);
    r = result(l, "'content':'cut'",
               "{'stdout':'out','stderr':'err','interrupted':false,"
               "'persistedOutputPath':'/long.txt'}",
               1);
    assert_true(r->ok);
    assert_int_equal(r->exit_code, 0);
    assert_string_equal(r->parts[0]->ansi, "out\nerr");
    assert_memory_equal(r->parts[1]->file.data, "/long.txt", 9);
}

static void time_that_a_person_took_is_not_the_tools(void **state)
{
    struct close_look *l = *state;

    call(l, "Bash", "{'command':'x'}", 1000);
    say(l,
        "{'type':'control_request','request_id':'r','request':{'subtype':'can_use_tool',"
        "'tool_name':'Bash','tool_use_id':'t1','input':{'command':'x'}}}",
        1000);
    say(l, "{'type':'control_response','response':{'request_id':'r'}}", 61000);
    assert_int_equal(result(l, "'content':'x'", "{'stdout':'x'}", 61040)->duration_ms, 40);
}

static void a_background_command_has_no_exit_code(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Bash", "{'command':'x','run_in_background':true}", 1);
    r = result(l, "'content':'Command running in background with ID: b1'",
               "{'stdout':'','backgroundTaskId':'b1'}", 1);
    assert_int_equal(r->_exit_code_case, LEAPMUX__V1__TOOL_RESULT___EXIT_CODE__NOT_SET);
    assert_int_equal(r->n_parts, 1);
}

static void a_file_is_shown_without_line_numbers_and_an_image_as_image(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Read", "{'file_path':'/a'}", 1);
    r = result(l, "'content':'1\\tx'", "{'type':'text','file':{'content':'x\\n'}}", 1);
    assert_string_equal(r->parts[0]->text, "x\n");
    call(l, "Read", "{'file_path':'/a.png'}", 1);
    r = result(l, "'content':[]",
               "{'type':'image','file':{'base64':'aGVsbG8=','type':'image/png'}}", 1);
    assert_string_equal(r->parts[0]->image->media_type, "image/png");
    assert_memory_equal(r->parts[0]->image->data.data, "hello", 5);
    call(l, "mcp__a__b", "{}", 1);
    r = result(l,
               "'content':[{'type':'image','source':{'type':'base64','media_type':'image/gif',"
               "'data':'aGVsbG8='}},{'type':'resource','uri':'x'}]",
               "null", 1);
    assert_string_equal(r->parts[0]->image->media_type, "image/gif");
    assert_string_equal(r->parts[1]->json, "{\"type\":\"resource\",\"uri\":\"x\"}");
}

static void searches_tell_the_number_of_hits(void **state)
{
    struct close_look *l = *state;

    call(l, "Grep", "{'pattern':'x'}", 1);
    assert_int_equal(
        result(l, "'content':'a:1'", "{'mode':'content','numFiles':0,'numLines':2}", 1)->hits, 2);
    call(l, "Glob", "{'pattern':'x'}", 1);
    assert_int_equal(result(l, "'content':'a'", "{'numFiles':1,'durationMs':25}", 1)->duration_ms,
                     25);
    call(l, "WebSearch", "{'query':'x'}", 1);
    {
        const Leapmux__V1__ToolResult *r =
            result(l, "'content':'x'",
                   "{'results':[{'content':[{'title':'A','url':'http://a/'}]},'Summary']}", 1);

        assert_int_equal(r->hits, 1);
        assert_string_equal(r->parts[0]->link, "http://a/");
        assert_string_equal(r->parts[1]->text, "Summary");
    }
}

static void a_sub_agents_report_comes_without_notes_for_the_model(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Agent", "{'description':'d'}", 1);
    r = result(l, "'content':[{'type':'text','text':'[hand-back] report'}]",
               "{'status':'completed','totalDurationMs':700,'content':[{'type':'text',"
               "'text':'<tools-used-before-summary>Bash</tools-used-before-summary>'},"
               "{'type':'text','text':'report'}]}",
               1);
    assert_int_equal(r->n_parts, 1);
    assert_string_equal(r->parts[0]->text, "report");
    assert_int_equal(r->duration_ms, 700);
}

static void tags_for_the_model_are_taken_off_an_error(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r;

    call(l, "Read", "{'file_path':'/a'}", 1);
    r = result(l, "'is_error':true,'content':'<tool_use_error>No file</tool_use_error>'",
               "'Error: No file'", 1);
    assert_string_equal(r->parts[0]->text, "No file");
}

static void a_result_of_an_unknown_call_is_told(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__ToolResult *r = result(l, "'content':'x'", "null", 1);

    assert_string_equal(r->call_id, "t1");
    assert_string_equal(r->parts[0]->text, "x");
}

/* --- diffs --- */

static const Leapmux__V1__Diff *last_diff(const struct close_look *l)
{
    assert_int_equal(last(l)->body_case, LEAPMUX__V1__AGENT_MESSAGE__BODY_DIFF);
    return last(l)->diff;
}

static void an_edit_proposes_its_change_with_context(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__DiffFile *f;

    call(l, "Edit",
         "{'file_path':'/work/a','old_string':'1\\n2\\n3\\n4\\nold\\n6\\n',"
         "'new_string':'1\\n2\\n3\\n4\\nnew\\nmore\\n6\\n'}",
         1);
    f = last_diff(l)->files[0];
    assert_false(last_diff(l)->applied);
    assert_string_equal(last_diff(l)->call_id, "t1");
    assert_int_equal(f->kind, LEAPMUX__V1__FILE_CHANGE__FILE_CHANGE_MODIFIED);
    assert_int_equal(f->added, 2);
    assert_int_equal(f->removed, 1);
    assert_int_equal(f->hunks[0]->n_lines, 7);
    assert_int_equal(f->hunks[0]->old_start, 2);
    assert_int_equal(f->hunks[0]->old_lines, 5);
    assert_int_equal(f->hunks[0]->new_lines, 6);
    assert_string_equal(f->hunks[0]->lines[0], " 2");
    assert_string_equal(f->hunks[0]->lines[3], "-old");
    assert_string_equal(f->hunks[0]->lines[4], "+new");
    assert_string_equal(f->hunks[0]->lines[6], " 6");
}

static void a_new_file_is_all_added(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__DiffFile *f;

    call(l, "Write", "{'file_path':'/work/a','content':'x\\ny'}", 1);
    (void)result(l, "'content':'ok'",
                 "{'type':'create','filePath':'/work/a','content':'x\\ny','structuredPatch':[]}",
                 1);
    assert_true(last_diff(l)->applied);
    f = last_diff(l)->files[0];
    assert_int_equal(f->kind, LEAPMUX__V1__FILE_CHANGE__FILE_CHANGE_ADDED);
    assert_int_equal(f->added, 2);
    assert_int_equal(f->hunks[0]->old_start, 0);
    assert_int_equal(f->hunks[0]->new_start, 1);
    assert_string_equal(f->hunks[0]->lines[1], "+y");
}

static void an_applied_change_is_the_clis_own_patch(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__DiffFile *f;

    call(l, "Edit", "{'file_path':'/work/a','old_string':'a','new_string':'b'}", 1);
    (void)result(l, "'content':'ok'",
                 "{'filePath':'/work/a','structuredPatch':[{'oldStart':4,'oldLines':1,"
                 "'newStart':4,'newLines':1,'lines':['-a','+b','\\\\ No newline at end']}]}",
                 1);
    f = last_diff(l)->files[0];
    assert_int_equal(f->hunks[0]->old_start, 4);
    assert_int_equal(f->hunks[0]->n_lines, 2);
    assert_int_equal(f->added, 1);
    assert_int_equal(f->removed, 1);
}

static void a_failed_edit_has_no_applied_change(void **state)
{
    struct close_look *l = *state;

    call(l, "Edit", "{'file_path':'/work/a','old_string':'a','new_string':'b'}", 1);
    (void)result(l, "'is_error':true,'content':'no'", "'Error: no'", 1);
    assert_int_equal(last(l)->body_case, LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT);
}

/* --- lists --- */

static void todos_are_the_whole_list_each_time(void **state)
{
    struct close_look *l = *state;
    const Leapmux__V1__Todos *todos;

    call(l, "TodoWrite", "{'todos':[]}", 1);
    (void)result(l, "'content':'ok'",
                 "{'oldTodos':[],'newTodos':[{'content':'A','status':'in_progress'},"
                 "{'content':'B','status':'pending'}]}",
                 1);
    todos = last(l)->todos;
    assert_int_equal(todos->n_items, 2);
    assert_string_equal(todos->items[0]->text, "A");
    assert_int_equal(todos->items[0]->state, LEAPMUX__V1__TODO_STATE__TODO_STATE_ACTIVE);
    call(l, "TaskUpdate", "{'taskId':'7','status':'completed'}", 1);
    (void)result(l, "'content':'ok'", "{'success':true,'taskId':'7'}", 1);
    todos = last(l)->todos;
    assert_int_equal(todos->n_items, 3);
    assert_string_equal(todos->items[2]->text, "#7"); /* made by an earlier process */
    assert_int_equal(todos->items[2]->state, LEAPMUX__V1__TODO_STATE__TODO_STATE_DONE);
}

static void a_plans_title_is_its_first_heading(void **state)
{
    struct close_look *l = *state;
    CLEANUP(free_p) char *long_title = must_calloc(1, 500);
    CLEANUP(free_p) char *input = NULL;

    call(l, "ExitPlanMode", "{'plan':'intro\\n\\n## Do *this*\\n# Later'}", 1);
    assert_string_equal(last(l)->plan->title, "Do *this*");
    call(l, "ExitPlanMode", "{'plan':'\\n\\nno heading\\nat all'}", 1);
    assert_string_equal(last(l)->plan->title, "no heading");
    for (int i = 0; i < 200; i++) {
        memcpy(long_title + 2 * i, "\xc3\xa9", 2);
    }
    input = must_printf("{'plan':'# %s'}", long_title);
    call(l, "ExitPlanMode", input, 1);
    assert_int_equal(strlen(last(l)->plan->title), 2 * 128);
}

#define LOOK(name) cmocka_unit_test_setup_teardown(name, look_begin, look_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOK(deltas_are_live_text_with_offsets_and_the_message_replaces_them),
        LOOK(thinking_and_tool_input_are_live_too),
        LOOK(a_block_that_never_becomes_a_message_is_dropped),
        LOOK(redacted_thinking_is_told_as_such),
        cmocka_unit_test(each_tool_has_its_kind_title_and_input),
        LOOK(typed_inputs_are_filled),
        LOOK(a_failed_command_has_its_exit_code_and_the_rest_as_output),
        LOOK(a_command_that_went_well_has_both_outputs_and_the_file_of_a_long_one),
        LOOK(time_that_a_person_took_is_not_the_tools),
        LOOK(a_background_command_has_no_exit_code),
        LOOK(a_file_is_shown_without_line_numbers_and_an_image_as_image),
        LOOK(searches_tell_the_number_of_hits),
        LOOK(a_sub_agents_report_comes_without_notes_for_the_model),
        LOOK(tags_for_the_model_are_taken_off_an_error),
        LOOK(a_result_of_an_unknown_call_is_told),
        LOOK(an_edit_proposes_its_change_with_context),
        LOOK(a_new_file_is_all_added),
        LOOK(an_applied_change_is_the_clis_own_patch),
        LOOK(a_failed_edit_has_no_applied_change),
        LOOK(todos_are_the_whole_list_each_time),
        LOOK(a_plans_title_is_its_first_heading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
