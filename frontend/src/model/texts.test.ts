// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
    AgentStateSchema,
    DiffFileSchema,
    NoticeCode,
    NoticeSchema,
    QuestionSchema,
    SessionInfoSchema,
    StartPhase,
    ToolKind,
    TurnResultSchema,
    TurnState,
} from "../gen/leapmux/v1/agent_pb";
import { DIRECTORY, EDIT_LINES, Script, sampleDiff } from "../features/agent/sample";
import { linkName, linkText, settingsState, turnText } from "./agent";
import { parseAnsi, stripAnsi } from "./ansi";
import { applyWatchEvent, emptyChat } from "./chat";
import type { ToolEntry } from "./chat";
import { addedRows, comparePieces, diffRows } from "./diff";
import { grammarOf, grammarOfPath } from "./languages";
import { planLog } from "./log";
import { blocksOf, growBlocks, safeHref, unescapeEntities } from "./markdown";
import { noticeText, resultText } from "./notice";
import { choose, emptyReplies, isAnswered, restoreReplies, writeOther } from "./request";
import { readLines, toolLine } from "./tool";

describe("output with SGR codes", () => {
    test("gets colours, weights and plain text back", () => {
        const [line] = parseAnsi("\u001b[1;31mFAIL\u001b[0m ok \u001b[38;5;10mgreen\u001b[39m");
        expect(line).toEqual([
            { text: "FAIL", fg: "red", bold: true },
            { text: " ok " },
            { text: "green", fg: "bright-green" },
        ]);
    });

    test("keeps a style over line ends", () => {
        expect(parseAnsi("\u001b[32ma\nb\u001b[m\nc")).toEqual([
            [{ text: "a", fg: "green" }],
            [{ text: "b", fg: "green" }],
            [{ text: "c" }],
        ]);
    });

    test("true colours become the nearest of the sixteen", () => {
        expect(parseAnsi("\u001b[38;2;200;30;30mx")[0]?.[0]?.fg).toBe("red");
        expect(parseAnsi("\u001b[38;2;120;120;120mx")[0]?.[0]?.fg).toBe("bright-black");
    });

    test("every other control sequence is dropped", () => {
        const wild =
            "a\u001b[2Jb\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\u001bPq\u001b\\e\u0007";
        expect(stripAnsi(wild)).toBe("abcde");
        expect(parseAnsi(wild)).toEqual([[{ text: "abcde" }]]);
    });

    test("a carriage return starts its line over", () => {
        expect(parseAnsi("10 %\r50 %\rdone\r\nnext")).toEqual([
            [{ text: "done" }],
            [{ text: "next" }],
        ]);
    });

    test("of endless output the end is kept", () => {
        const lines = parseAnsi("x".repeat(600_000) + "\nend");
        expect(lines.at(-1)).toEqual([{ text: "end" }]);
        expect(lines[0]?.[0]?.text.length).toBeLessThan(600_000);
    });

    test("a sequence that is cut off is dropped", () => {
        expect(parseAnsi("a\u001b[31")).toEqual([[{ text: "a" }]]);
    });
});

describe("a diff", () => {
    const [file] = sampleDiff("c", "/a.go", EDIT_LINES, 88).files;

    test("numbers both sides", () => {
        const rows = diffRows(create(DiffFileSchema, file));
        const numbers = rows.map((r) => (r.type === "line" ? [r.sign, r.oldLine, r.newLine] : r));
        expect(numbers).toEqual([
            [" ", 88, 88],
            ["-", 89, 0],
            ["+", 0, 89],
            ["+", 0, 90],
            [" ", 90, 91],
        ]);
    });

    test("says how many lines are between two hunks", () => {
        const hunk = (start: number) => ({
            oldStart: start,
            oldLines: 1,
            newStart: start,
            newLines: 1,
            lines: [" same"],
        });
        const rows = diffRows(create(DiffFileSchema, { hunks: [hunk(3), hunk(10)] }));
        expect(rows[1]).toEqual({ type: "gap", lines: 6 });
    });

    test("marks the words that changed, and none where all is different", () => {
        const marks = (pieces: { text: string; mark: boolean }[]) =>
            pieces.filter((p) => p.mark).map((p) => p.text);
        const [before, after] = comparePieces("    return 1;", "    return 2;");
        expect([marks(before), marks(after)]).toEqual([["1"], ["2"]]);
        expect(before.map((p) => p.text).join("")).toBe("    return 1;");
        const [x, y] = comparePieces("alpha beta gamma", "completely other words");
        expect([marks(x), marks(y)]).toEqual([[], []]);
    });

    test("lines with very many words are compared from their ends", () => {
        const many = Array.from({ length: 400 }, (_, i) => `w${i}`).join(" ");
        const [, after] = comparePieces(many, many.replace("w200", "changed"));
        expect(after.filter((p) => p.mark).map((p) => p.text)).toEqual(["changed"]);
    });

    test("of a new file every line is added", () => {
        expect(addedRows("a\nb\n")).toHaveLength(2);
    });
});

describe("markdown", () => {
    test("that grows keeps the blocks that are done", () => {
        const before = blocksOf("# Title\n\nFirst.\n\nSec");
        const after = growBlocks(before, "# Title\n\nFirst.\n\nSecond.\n\n- item");
        expect(after[0]).toBe(before[0]);
        expect(after.find((b) => b.raw.startsWith("First"))).toBe(
            before.find((b) => b.raw.startsWith("First")),
        );
        expect(after.map((b) => b.raw).join("")).toBe("# Title\n\nFirst.\n\nSecond.\n\n- item");
    });

    test("grown piece by piece ends as if it was read at once", () => {
        const text =
            "Intro\n\n- a\n- b\n\n  more of b\n\n```js\nlet a = 1;\n\nlet b;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd *of* it.\n\nTitle\n=====\n\n> quote\n> more\n";
        let blocks = blocksOf("");
        for (let i = 0; i <= text.length; i += 3) blocks = growBlocks(blocks, text.slice(0, i));
        blocks = growBlocks(blocks, text);
        expect(blocks.map((b) => b.token.type)).toEqual(blocksOf(text).map((b) => b.token.type));
        expect(blocks.map((b) => b.raw)).toEqual(blocksOf(text).map((b) => b.raw));
    });

    test("only harmless addresses may be followed", () => {
        expect(safeHref("https://example.com/a")).toBe("https://example.com/a");
        expect(safeHref("mailto:a@example.com")).toBe("mailto:a@example.com");
        for (const bad of [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc",
            "/local",
            "",
        ]) {
            expect(safeHref(bad)).toBeUndefined();
        }
    });

    test("character references are resolved, unknown ones stay", () => {
        expect(unescapeEntities("a &amp; b &#60; &#x3e; &nope; &")).toBe("a & b < > &nope; &");
    });
});

describe("words for states", () => {
    test("the turn is said exactly", () => {
        const said = (init: Parameters<typeof create<typeof AgentStateSchema>>[1]) =>
            turnText(create(AgentStateSchema, init));
        expect(said({ turnState: TurnState.IDLE })).toBe("Ready");
        expect(said({ turnState: TurnState.IDLE, asleep: true })).toBe("Asleep");
        expect(said({ turnState: TurnState.STARTING, phase: StartPhase.HANDSHAKE })).toBe(
            "Starting: Connecting",
        );
        expect(said({ turnState: TurnState.WORKING })).toBe("Working");
        expect(said({ turnState: TurnState.WAITING })).toBe("Waiting for you");
        expect(said({ turnState: TurnState.ERROR })).toBe("Error");
    });

    test("the link is what the watch and the Hub say", () => {
        expect(linkName({ kind: "live" }, true, true)).toBe("live");
        expect(linkName({ kind: "live" }, false, true)).toBe("reconnecting");
        expect(linkName({ kind: "catching-up" }, true, true)).toBe("catching-up");
        expect(linkName({ kind: "interrupted" }, true, false)).toBe("worker-offline");
        const ended = {
            kind: "ended",
            code: "permission_denied",
            reason: "",
            message: "",
        } as const;
        expect(linkName(ended, true, true)).toBe("revoked");
        expect(linkText("live")).toBeUndefined();
        expect(linkText("worker-offline")).toBe("Worker offline. Reconnecting…");
    });

    test("settings are applying until the CLI confirmed them", () => {
        const session = (init: object) => settingsState(create(SessionInfoSchema, init));
        expect(session({ model: "a" })).toBe("applied");
        expect(session({ model: "a", desiredModel: "b" })).toBe("applying");
        expect(session({ model: "a", desiredModel: "a", settingsError: "no" })).toBe("refused");
    });

    test("notices and results are sentences", () => {
        const notice = (init: object) => noticeText(create(NoticeSchema, init));
        expect(notice({ code: NoticeCode.INTERRUPTED, byName: "Mika" })).toBe(
            "Interrupted by Mika",
        );
        expect(notice({ code: NoticeCode.EXITED, exitSignal: "SIGKILL" })).toContain("SIGKILL");
        expect(notice({ code: NoticeCode.RETRYING, attempt: 2, maxAttempts: 10 })).toBe(
            "The model's service refused. Trying again (2 of 10)",
        );
        const changes = [{ name: "permission_mode", from: "default", to: "plan" }];
        expect(notice({ code: NoticeCode.SETTINGS_CHANGED, changes })).toBe(
            "Settings changed: mode Ask first → Plan",
        );
        const result = (init: object) => resultText(create(TurnResultSchema, init));
        expect(result({ ok: true, durationMs: 83_000n, toolCalls: 7 })).toBe(
            "Done in 1 m 23 s · 7 tool calls",
        );
        expect(result({ ok: false, durationMs: 12_000n, error: "529 Overloaded" })).toBe(
            "Stopped with an error after 12 s: 529 Overloaded",
        );
    });
});

function entryOf(script: Script): ToolEntry {
    const chat = emptyChat();
    for (const value of script.messages) {
        applyWatchEvent(chat, {
            $typeName: "leapmux.v1.WatchAgentEvent",
            event: { case: "message", value },
        });
    }
    const [entry] = chat.entries;
    if (entry?.type !== "tool") throw new Error("no call");
    return entry;
}

describe("the line of a tool", () => {
    test("of a command is its first line, exit code and time", () => {
        const script = new Script()
            .call("c", ToolKind.BASH, "Bash", { command: "go test\n./..." })
            .done("c", "ok", { exitCode: 0, ms: 41_000 });
        expect(toolLine(entryOf(script), DIRECTORY)).toMatchObject({
            word: "Bash",
            subject: { type: "command", text: "go test" },
            facts: ["exit 0 · 41 s"],
        });
    });

    test("of an edit is the path below the directory and what changed", () => {
        const path = `${DIRECTORY}/internal/retry/queue.go`;
        const script = new Script()
            .call("c", ToolKind.EDIT, "Edit", { path })
            .diff("c", path, EDIT_LINES, 88)
            .done("c", "");
        expect(toolLine(entryOf(script), DIRECTORY)).toMatchObject({
            subject: { type: "path", dir: "internal/retry/", name: "queue.go" },
            added: 2,
            removed: 1,
        });
    });

    test("of what was denied says so and nothing else", () => {
        const script = new Script()
            .call("c", ToolKind.BASH, "Bash", { command: "rm" })
            .done("c", "", { ok: false, denied: true });
        expect(toolLine(entryOf(script), DIRECTORY).facts).toEqual(["Denied"]);
    });

    test("files that were read keep the numbers of their lines", () => {
        expect(readLines("    7\tseven\n    8\teight\n", 7)).toEqual([
            { number: 7, text: "seven" },
            { number: 8, text: "eight" },
        ]);
        expect(readLines("a\nb\n", 3)).toEqual([
            { number: 3, text: "a" },
            { number: 4, text: "b" },
        ]);
    });
});

describe("a long run of calls", () => {
    const run = (n: number, unfinished = 0) => {
        const script = new Script().user("go");
        for (let i = 0; i < n; i++) {
            script.call(`c${i}`, ToolKind.READ, "Read", { path: "/a" });
            if (i < n - unfinished) script.done(`c${i}`, "x");
        }
        const chat = emptyChat();
        for (const value of script.messages) {
            applyWatchEvent(chat, {
                $typeName: "leapmux.v1.WatchAgentEvent",
                event: { case: "message", value },
            });
        }
        return chat.entries;
    };

    test("folds its older ones, until it is opened", () => {
        const entries = run(21);
        const plan = planLog(entries, new Set());
        expect(plan.hidden.size).toBe(9);
        const [fold] = plan.folds.values();
        expect(fold).toMatchObject({ hidden: 9 });
        expect(planLog(entries, new Set([fold?.key ?? ""])).hidden.size).toBe(0);
    });

    test("of twelve is shown whole", () => {
        expect(planLog(run(12), new Set()).hidden.size).toBe(0);
    });

    test("never folds a call that still runs", () => {
        expect(planLog(run(20, 18), new Set()).hidden.size).toBe(2);
    });
});

describe("answers to questions", () => {
    const single = create(QuestionSchema, {
        text: "One?",
        options: [{ label: "a" }, { label: "b" }],
        freeText: true,
    });
    const several = create(QuestionSchema, {
        text: "Many?",
        multiple: true,
        options: [{ label: "x" }, { label: "y" }],
    });

    test("one choice replaces the other, several are turned over in the options' order", () => {
        const none = { labels: [], other: "" };
        expect(choose({ labels: ["a"], other: "c" }, single, "b")).toEqual({
            labels: ["b"],
            other: "",
        });
        const both = choose(choose(none, several, "y"), several, "x");
        expect(both.labels).toEqual(["x", "y"]);
        expect(choose(both, several, "x").labels).toEqual(["y"]);
    });

    test("a free answer replaces a single choice, and blank text is none", () => {
        expect(writeOther({ labels: ["a"], other: "" }, single, "c").labels).toEqual([]);
        expect(writeOther({ labels: ["x"], other: "" }, several, "c").labels).toEqual(["x"]);
        expect(isAnswered({ labels: [], other: "  " })).toBe(false);
    });

    test("are restored only where they fit the questions", () => {
        const questions = [single, several];
        const stored = { page: 1, replies: [{ labels: ["a", "gone"], other: "" }, { labels: [] }] };
        expect(restoreReplies(JSON.stringify(stored), questions)).toEqual({
            page: 1,
            replies: [
                { labels: ["a"], other: "" },
                { labels: [], other: "" },
            ],
        });
        for (const bad of [null, "no json", "[]", '{"page":0,"replies":[{}]}']) {
            expect(restoreReplies(bad, questions)).toEqual(emptyReplies(questions));
        }
    });
});

describe("grammars", () => {
    test("are found by word and by file name", () => {
        expect(grammarOf("TS")).toBe("typescript");
        expect(grammarOf("brainfuck")).toBeUndefined();
        expect(grammarOfPath("/a/b/Makefile")).toBe("make");
        expect(grammarOfPath("src/x.go")).toBe("go");
        expect(grammarOfPath("LICENSE")).toBeUndefined();
    });
});
