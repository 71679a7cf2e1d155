// SPDX-License-Identifier: Apache-2.0
/** A tool call as one line of the ledger: what it is, about what, and what came of it. */
import { ToolKind } from "../gen/leapmux/v1/agent_pb";
import type { Diff, ToolCall, ToolResult } from "../gen/leapmux/v1/agent_pb";
import { bodyOf } from "./chat";
import type { ToolEntry } from "./chat";
import { count, duration, pathText, shortPath, splitPath } from "./format";

/** A command of more characters may be cut in its line. */
const LINE_CHARS = 60;

/** What stands in the middle of the line. */
export type ToolSubject =
    | { type: "command"; text: string }
    | { type: "path"; dir: string; name: string; lines: string }
    | { type: "search"; pattern: string; place: string }
    | { type: "words"; text: string };

export interface ToolLine {
    /** Kind in one word, such as "Bash"; of an MCP call its server. */
    word: string;
    subject: ToolSubject;
    /** Facts at the right end, quiet ones first. */
    facts: string[];
    added: number | undefined;
    removed: number | undefined;
}

/** The line of a call. */
export function toolLine(entry: ToolEntry, workingDir: string): ToolLine {
    const call = bodyOf(entry.call, "toolCall");
    const result = bodyOf(entry.result, "toolResult");
    const diff = bodyOf(entry.diff, "diff");
    const counts = changeCounts(call, diff);
    return {
        word: call ? toolWord(call) : "",
        subject: call ? toolSubject(call, workingDir) : { type: "words", text: "" },
        facts: entry.state === "denied" ? ["Denied"] : factsOf(call, result),
        added: entry.state === "failed" || entry.state === "denied" ? undefined : counts?.added,
        removed: entry.state === "failed" || entry.state === "denied" ? undefined : counts?.removed,
    };
}

/** Kind of a call in words. */
export function toolWord(call: ToolCall): string {
    switch (call.tool) {
        case ToolKind.BASH:
            return "Bash";
        case ToolKind.READ:
            return "Read";
        case ToolKind.WRITE:
            return "Write";
        case ToolKind.EDIT:
            return "Edit";
        case ToolKind.SEARCH:
            return "Search";
        case ToolKind.FETCH:
            return "Fetch";
        case ToolKind.WEB_SEARCH:
            return "Web search";
        case ToolKind.TASK:
            return "Task";
        case ToolKind.TODO:
            return "To-dos";
        case ToolKind.PLAN:
            return "Plan";
        case ToolKind.QUESTION:
            return "Question";
        case ToolKind.MCP:
            return call.input?.server !== "" ? (call.input?.server ?? "") : call.name;
        case ToolKind.OTHER:
        case ToolKind.UNSPECIFIED:
            return call.name;
        default:
            return call.tool satisfies never;
    }
}

/** What a call is about. */
export function toolSubject(call: ToolCall, workingDir: string): ToolSubject {
    const input = call.input;
    switch (call.tool) {
        case ToolKind.BASH:
            return { type: "command", text: firstLine(input?.command ?? "") || call.title };
        case ToolKind.READ:
        case ToolKind.WRITE:
        case ToolKind.EDIT: {
            const path = shortPath(pathText(input?.path ?? new Uint8Array()), workingDir);
            return path === ""
                ? { type: "words", text: call.title }
                : { type: "path", ...splitPath(path), lines: lineRange(call) };
        }
        case ToolKind.SEARCH: {
            const place = shortPath(pathText(input?.path ?? new Uint8Array()), workingDir);
            return { type: "search", pattern: input?.pattern ?? "", place };
        }
        case ToolKind.FETCH:
            return { type: "command", text: (input?.url ?? "").replace(/^https?:\/\//, "") };
        case ToolKind.MCP:
            return { type: "command", text: call.name.split("__").at(-1) ?? call.title };
        case ToolKind.WEB_SEARCH:
        case ToolKind.TASK:
        case ToolKind.TODO:
        case ToolKind.PLAN:
        case ToolKind.QUESTION:
        case ToolKind.OTHER:
        case ToolKind.UNSPECIFIED:
            return { type: "words", text: call.title === call.name ? "" : call.title };
        default:
            return call.tool satisfies never;
    }
}

/** Added and removed lines of what a call changed; a file that is written anew has only added ones. */
export function changeCounts(
    call: ToolCall | undefined,
    diff: Diff | undefined,
): { added: number; removed: number } | undefined {
    if (diff) {
        const sum = (of: (f: Diff["files"][number]) => number) =>
            diff.files.reduce((n, f) => n + of(f), 0);
        return { added: sum((f) => f.added), removed: sum((f) => f.removed) };
    }
    const content = call?.tool === ToolKind.WRITE ? (call.input?.content ?? "") : "";
    return content === "" ? undefined : { added: lineCount(content), removed: 0 };
}

/** Number of lines of a text; a line end at the very end begins no line. */
export function lineCount(text: string): number {
    if (text === "") return 0;
    const ends = text.split("\n").length;
    return text.endsWith("\n") ? ends - 1 : ends;
}

/** Text of a result: all its parts that are text, one below the other. */
export function resultText(result: ToolResult | undefined): string {
    return (result?.parts ?? [])
        .map(({ part }) => {
            switch (part.case) {
                case "text":
                case "ansi":
                case "json":
                case "link":
                    return part.value;
                case "file":
                    return pathText(part.value);
                case "image":
                case undefined:
                    return "";
                default:
                    return part satisfies never;
            }
        })
        .filter((text) => text !== "")
        .join("\n");
}

export interface NumberedLine {
    number: number;
    text: string;
}

/** Lines of a file that was read: with their own numbers where the tool wrote them in front. */
export function readLines(text: string, firstLine: number): NumberedLine[] {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const numbered = lines.map((line) => /^\s*(\d{1,7})(?:\t|→)(.*)$/.exec(line));
    const own = numbered.filter((m) => m !== null).length;
    if (own > 0 && own >= lines.length - 2) {
        return numbered.flatMap((m) => (m ? [{ number: Number(m[1]), text: m[2] ?? "" }] : []));
    }
    return lines.map((line, i) => ({ number: Math.max(1, firstLine) + i, text: line }));
}

/** JSON with line ends, as it is where it cannot be read. */
export function prettyJson(json: string): string {
    try {
        return JSON.stringify(JSON.parse(json), undefined, 2);
    } catch {
        return json;
    }
}

/** True if there is something to open. */
export function hasBody(entry: ToolEntry): boolean {
    const call = bodyOf(entry.call, "toolCall");
    const input = call?.input;
    return (
        (entry.result !== undefined && (call?.tool === ToolKind.BASH || hasParts(entry))) ||
        entry.diff !== undefined ||
        (input !== undefined &&
            (saysMore(call) || [input.content, input.prompt, input.json].some((t) => t !== "")))
    );
}

/** True if a result has content. */
export function hasParts(entry: ToolEntry): boolean {
    return (bodyOf(entry.result, "toolResult")?.parts.length ?? 0) > 0;
}

/** True if the whole command says more than its line, or is all that there is. */
export function saysMore(call: ToolCall | undefined): boolean {
    const command = call?.input?.command.trim() ?? "";
    return (
        command.includes("\n") || command.length > LINE_CHARS || call?.input?.background === true
    );
}

function factsOf(call: ToolCall | undefined, result: ToolResult | undefined): string[] {
    const facts: string[] = [];
    if (call?.tool === ToolKind.TASK && call.input?.agentKind) facts.push(call.input.agentKind);
    if (!result) return facts;
    if (call?.tool === ToolKind.READ && result.ok) facts.push(linesFact(call, result));
    if (call?.tool === ToolKind.SEARCH && result.ok) facts.push(hitsFact(result.hits));
    const tail: string[] = [];
    if (result.exitCode !== undefined) tail.push(`exit ${result.exitCode}`);
    else if (!result.ok) tail.push("failed");
    if (result.durationMs > 0n && showsDuration(call))
        tail.push(duration(Number(result.durationMs)));
    if (tail.length > 0) facts.push(tail.join(" · "));
    return facts.filter((fact) => fact !== "");
}

/** Reading and changing a file takes no time worth a word. */
function showsDuration(call: ToolCall | undefined): boolean {
    return ![ToolKind.READ, ToolKind.WRITE, ToolKind.EDIT, ToolKind.SEARCH].includes(
        call?.tool ?? ToolKind.OTHER,
    );
}

function linesFact(call: ToolCall, result: ToolResult): string {
    if (result.parts.some((p) => p.part.case === "image")) return "image";
    const n = readLines(resultText(result), call.input?.firstLine ?? 1).length;
    return n === 1 ? "1 line" : `${count(n)} lines`;
}

function hitsFact(hits: number): string {
    return hits === 1 ? "1 hit" : `${count(hits)} hits`;
}

function lineRange(call: ToolCall): string {
    const first = call.input?.firstLine ?? 0;
    const lines = call.input?.lineCount ?? 0;
    if (lines > 0) return `:${Math.max(1, first)}–${Math.max(1, first) + lines - 1}`;
    return first > 1 ? `:${first}` : "";
}

function firstLine(text: string): string {
    return text.trim().split("\n", 1)[0] ?? "";
}
