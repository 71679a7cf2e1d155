// SPDX-License-Identifier: Apache-2.0
/** A made-up chat with something of every kind, for the gallery and for tests. */
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
    AgentMessageSchema,
    FileChange,
    NoticeCode,
    PermissionChoice,
    PromptKind,
    PromptState,
    TodoState,
    ToolKind,
} from "../../gen/leapmux/v1/agent_pb";
import type { AgentMessage, PromptSchema, SessionInfoSchema } from "../../gen/leapmux/v1/agent_pb";
import { pathBytes } from "../../model/format";

type Body = MessageInitShape<typeof AgentMessageSchema>["body"];
type Extra = Omit<MessageInitShape<typeof AgentMessageSchema>, "seq" | "body" | "$typeName">;

export const OWN_ID = "owner000000000000000000";
export const DIRECTORY = "/home/ana/src/ledger";
export const STARTED_MS = Date.UTC(2026, 10, 20, 22, 41);

/** Numbers messages from 1. */
export class Script {
    readonly messages: AgentMessage[] = [];

    constructor(private readonly nowMs = STARTED_MS) {}

    add(body: Body, extra: Extra = {}): this {
        const seq = this.messages.length + 1;
        this.messages.push(
            create(AgentMessageSchema, {
                seq,
                turnId: "turn-1",
                atMs: BigInt(this.nowMs),
                hasRaw: true,
                ...extra,
                body,
            } as MessageInitShape<typeof AgentMessageSchema>),
        );
        return this;
    }

    user(markdown: string, extra: Extra = {}): this {
        return this.add(
            { case: "user", value: { markdown } },
            { authorId: OWN_ID, authorName: "Ana", ...extra },
        );
    }

    text(markdown: string, extra: Extra = {}): this {
        return this.add({ case: "text", value: { markdown } }, extra);
    }

    call(
        callId: string,
        tool: ToolKind,
        name: string,
        input: Record<string, unknown>,
        extra: Extra = {},
    ): this {
        const { path, ...rest } = input;
        return this.add(
            {
                case: "toolCall",
                value: {
                    callId,
                    tool,
                    name,
                    title: typeof input["title"] === "string" ? input["title"] : name,
                    workingDir: pathBytes(DIRECTORY),
                    input: {
                        ...rest,
                        ...(typeof path === "string" && { path: pathBytes(path) }),
                    },
                },
            },
            extra,
        );
    }

    done(
        callId: string,
        text: string,
        more: {
            ok?: boolean;
            denied?: boolean;
            exitCode?: number;
            ms?: number;
            hits?: number;
        } = {},
    ): this {
        return this.add({
            case: "toolResult",
            value: {
                callId,
                ok: more.ok ?? true,
                denied: more.denied ?? false,
                ...(more.exitCode !== undefined && { exitCode: more.exitCode }),
                durationMs: BigInt(more.ms ?? 0),
                hits: more.hits ?? 0,
                parts: text === "" ? [] : [{ part: { case: "ansi", value: text } }],
            },
        });
    }

    diff(callId: string, path: string, lines: string[], start: number): this {
        return this.add({ case: "diff", value: sampleDiff(callId, path, lines, start) });
    }
}

/** One hunk of one file. */
export function sampleDiff(callId: string, path: string, lines: string[], start: number) {
    const count = (signs: string) => lines.filter((l) => signs.includes(l.charAt(0))).length;
    return {
        callId,
        applied: true,
        files: [
            {
                path: pathBytes(path),
                kind: FileChange.MODIFIED,
                added: count("+"),
                removed: count("-"),
                hunks: [
                    {
                        oldStart: start,
                        oldLines: count(" -"),
                        newStart: start,
                        newLines: count(" +"),
                        lines,
                    },
                ],
            },
        ],
    };
}

export const EDIT_LINES = [
    " func (q *Queue) next(j *Job) {",
    "-\tj.At = q.now().Add(2 * time.Second)",
    "+\tj.At = q.now().Add(delay(j.Tries, q.base, q.max, q.rng))",
    "+\tj.Tries++",
    " \tq.heap.push(j)",
];

/** A whole talk. `running`: its last command goes on. */
export function sampleTalk(running: boolean): AgentMessage[] {
    const s = new Script();
    s.add({
        case: "notice",
        value: {
            code: NoticeCode.SETTINGS_CHANGED,
            changes: [{ name: "permission_mode", from: "default", to: "plan" }],
        },
    });
    s.user("Plan the switch from the ticker to backoff. Look at `@internal/retry` first.");
    s.add({
        case: "thinking",
        value: { text: "The queue has one caller.", durationMs: 11_000n },
    });
    s.add({
        case: "plan",
        value: {
            title: "Replace the retry ticker",
            markdown:
                "- Extract a pure `Backoff` and test it with fixed seeds\n- Let `Queue.next` ask it, then delete `ticker.go`\n- Keep the old 2 s as the base, cap at 5 min",
        },
    });
    s.add({
        case: "promptClosed",
        value: {
            promptId: "p0",
            kind: PromptKind.PLAN,
            state: PromptState.ANSWERED,
            summary: "Replace the retry ticker",
            answerSummary: "Approved",
            byName: "Ana",
        },
    });
    s.add({
        case: "todos",
        value: {
            items: [
                { text: "Read the queue and its callers", state: TodoState.DONE },
                { text: "Move the delay into a pure function", state: TodoState.DONE },
                { text: "Cover cap and jitter with tests", state: TodoState.ACTIVE },
                { text: "Delete the fixed ticker", state: TodoState.PENDING },
            ],
        },
    });
    s.call("t1", ToolKind.TASK, "Task", {
        title: "Find everything that depends on the ticker",
        description: "Find everything that depends on the ticker",
        agentKind: "explore",
        prompt: "Find all callers of `NewTicker`.",
    });
    const inTask = { parentCallId: "t1" };
    s.call(
        "t1a",
        ToolKind.SEARCH,
        "Grep",
        { pattern: "NewTicker(", path: `${DIRECTORY}/internal` },
        inTask,
    );
    s.done("t1a", "internal/retry/ticker.go:12\ninternal/retry/queue.go:40", { hits: 3 });
    s.call(
        "t1b",
        ToolKind.READ,
        "Read",
        { path: `${DIRECTORY}/internal/retry/ticker.go`, firstLine: 1, lineCount: 44 },
        inTask,
    );
    s.done("t1b", '     1\tpackage retry\n     2\t\n     3\timport "time"\n');
    s.text("Only `retry.Queue` uses the ticker. It is safe to delete.", inTask);
    if (!running) s.done("t1", "Only `retry.Queue` uses the ticker.", { ms: 41_000 });
    s.text(
        "Now the type itself. Two decisions worth knowing:\n\n- The shift is limited to 20, so the doubling cannot overflow.\n- Jitter is **full**, not additive: half of all retries come earlier than the nominal delay, which is what spreads the load.\n\n```go\n// Delay doubles from Base, stops at Max, then spreads over (0, d].\nfunc (b Backoff) Delay(n int) time.Duration {\n\td := b.Base << min(n, 20)\n\tif d <= 0 || d > b.Max {\n\t\td = b.Max\n\t}\n\treturn time.Duration(b.Rng.Int64N(int64(d)) + 1)\n}\n```\n\n| case | delay |\n|---|--:|\n| first | 2 s |\n| cap | 5 min |\n\n1. See [the notes](https://example.com/notes)\n2. ![dashboard](https://example.com/a.png)\n\n- [x] written\n- [ ] tested",
    );
    s.call("w1", ToolKind.WRITE, "Write", {
        path: `${DIRECTORY}/internal/retry/backoff.go`,
        content: "package retry\n\ntype Backoff struct{}\n",
    });
    s.done("w1", "");
    s.call("e1", ToolKind.EDIT, "Edit", { path: `${DIRECTORY}/internal/retry/queue.go` });
    s.diff("e1", `${DIRECTORY}/internal/retry/queue.go`, EDIT_LINES, 88);
    s.done("e1", "");
    s.call("b1", ToolKind.BASH, "Bash", { command: "go vet ./..." });
    s.done(
        "b1",
        '\u001b[31m# ledger/internal/retry\u001b[0m\ninternal/retry/queue.go:12:2: \u001b[33m"time"\u001b[0m imported and not used\n',
        { ok: false, exitCode: 1, ms: 2100 },
    );
    s.call("m1", ToolKind.MCP, "mcp__tracker__get_issue", {
        server: "tracker",
        json: '{"id":212}',
    });
    s.done("m1", '{"title":"Retries hammer the partner"}', { ms: 400 });
    s.call("f1", ToolKind.FETCH, "WebFetch", { url: "https://docs.example.com/webhooks/retries" });
    s.done("f1", "200 OK", { ms: 800 });
    s.call("b2", ToolKind.BASH, "Bash", { command: "rm -rf internal/retry" });
    s.done("b2", "", { ok: false, denied: true });
    s.call("b3", ToolKind.BASH, "Bash", {
        command: "go test ./internal/retry/... -race -count=20",
        description: "Run the tests twenty times",
    });
    if (running) return s.messages;
    s.done("b3", "\u001b[32mok\u001b[0m  \tledger/internal/retry\t4.812s\n", {
        exitCode: 0,
        ms: 41_000,
    });
    s.add({
        case: "rateLimit",
        value: { limit: "five_hour", used: 0.92, resetsAtMs: BigInt(STARTED_MS + 48 * 60_000) },
    });
    s.text("All twenty runs pass.");
    s.add({
        case: "usage",
        value: {
            contextUsed: 124_000n,
            contextWindow: 200_000n,
            costMicro: 420_000n,
            turn: { input: 1200n, cacheRead: 90_000n, cacheWrite: 4000n, output: 3100n },
        },
    });
    s.add({ case: "result", value: { ok: true, durationMs: 83_000n, toolCalls: 7 } });
    s.user("Push it.");
    s.add({
        case: "result",
        value: {
            ok: false,
            durationMs: 12_000n,
            stopReason: "api_error",
            error: "the provider closed the connection.",
        },
    });
    s.add({ case: "notice", value: { code: NoticeCode.INTERRUPTED, byName: "Mika" } });
    s.add({
        case: "notice",
        value: { code: NoticeCode.UNKNOWN_OUTPUT, detail: "this is not JSON" },
    });
    return s.messages;
}

export const SESSION: MessageInitShape<typeof SessionInfoSchema> = {
    sessionRef: "0f5c6e1a-3b1d-4f6e-9a52-2f1f0f8f6b11",
    model: "atlas-2",
    permissionMode: "default",
    models: [
        { id: "atlas-2", name: "Atlas 2" },
        { id: "atlas-2-mini", name: "Atlas 2 mini" },
    ],
    modes: ["default", "acceptEdits", "plan", "bypassPermissions"],
    commands: [
        { name: "compact", description: "Make the context smaller" },
        { name: "review", description: "Review a pull request", argumentHint: "[number]" },
    ],
    cliVersion: "2.1.0",
};

export const PERMISSION: MessageInitShape<typeof PromptSchema> = {
    promptId: "prompt-permission",
    state: PromptState.PENDING,
    body: {
        case: "permission",
        value: {
            sentence: "Push this branch to origin?",
            call: {
                callId: "b9",
                tool: ToolKind.BASH,
                name: "Bash",
                title: "git push --set-upstream origin lm/retry-backoff",
                workingDir: pathBytes("/home/ana/src/ledger"),
                input: { command: "git push --set-upstream origin lm/retry-backoff" },
            },
            options: [
                { choice: PermissionChoice.ALLOW_ONCE },
                { choice: PermissionChoice.ALLOW_SESSION },
                { choice: PermissionChoice.ALLOW_ALWAYS, rule: "Bash(git push:*)" },
                { choice: PermissionChoice.ALLOW_AND_BYPASS },
                { choice: PermissionChoice.DENY },
            ],
        },
    },
};

export const EDIT_PERMISSION: MessageInitShape<typeof PromptSchema> = {
    promptId: "prompt-edit",
    state: PromptState.PENDING,
    taskTitle: "tidy aliases",
    body: {
        case: "permission",
        value: {
            sentence: "Edit a file outside the work tree?",
            call: {
                callId: "e9",
                tool: ToolKind.EDIT,
                name: "Edit",
                title: ".gitconfig",
                workingDir: pathBytes("/home/ana/src/ledger"),
                input: { path: pathBytes("/home/ana/.gitconfig") },
            },
            diff: sampleDiff(
                "e9",
                "/home/ana/.gitconfig",
                [" [alias]", "-    st = status", "+    st = status -sb"],
                4,
            ),
            options: [{ choice: PermissionChoice.ALLOW_ONCE }, { choice: PermissionChoice.DENY }],
        },
    },
};

export const QUESTION: MessageInitShape<typeof PromptSchema> = {
    promptId: "prompt-question",
    state: PromptState.PENDING,
    body: {
        case: "question",
        value: {
            questions: [
                {
                    header: "Database",
                    text: "What should happen when a job runs out of tries?",
                    multiple: false,
                    freeText: true,
                    options: [
                        {
                            label: "Move it to a dead-letter table",
                            description: "Nothing is lost, an operator can replay it later",
                        },
                        {
                            label: "Drop it and log an error",
                            description: "Smallest change, matches today’s behaviour",
                        },
                    ],
                },
                {
                    header: "Guide",
                    text: "Which parts should the guide cover?",
                    multiple: true,
                    freeText: true,
                    options: [
                        { label: "Verifying signatures" },
                        { label: "Retries and ordering" },
                        { label: "Rate limits" },
                    ],
                },
            ],
        },
    },
};

export const PLAN: MessageInitShape<typeof PromptSchema> = {
    promptId: "prompt-plan",
    state: PromptState.PENDING,
    body: {
        case: "plan",
        value: {
            title: "Replace the retry ticker",
            markdown: `# Replace the retry ticker\n\n## What changes\n\n- New \`Backoff\`: base 2 s, doubling, cap 5 min, full jitter\n- \`Queue.next\` asks it for the delay and counts tries\n- \`ticker.go\` is deleted\n\n## Order\n\n- Write the tests for cap and spread first\n- Switch the queue, run the suite 20 times under \`-race\`\n- Note the change for partners\n\n## Not part of this\n\n${Array.from({ length: 12 }, (_, i) => `- Thing ${i + 1}`).join("\n")}\n`,
            permissions: ["Edit internal/retry/**", "Bash(go test:*)"],
            modes: ["acceptEdits", "default"],
        },
    },
};
