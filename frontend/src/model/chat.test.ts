// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { LiveKind, ToolKind } from "../gen/leapmux/v1/agent_pb";
import type { AgentMessage } from "../gen/leapmux/v1/agent_pb";
import { WatchAgentEventSchema } from "../gen/leapmux/v1/worker_pb";
import { Script } from "../features/agent/sample";
import { applyWatchEvent, articleName, emptyChat, hasEarlier, prependMessages } from "./chat";
import type { Chat, ChatEntry } from "./chat";

type Event = NonNullable<MessageInitShape<typeof WatchAgentEventSchema>["event"]>;

function apply(chat: Chat, ...events: Event[]): void {
    for (const event of events) applyWatchEvent(chat, create(WatchAgentEventSchema, { event }));
}

const message = (value: AgentMessage): Event => ({ case: "message", value });
const live = (blockId: string, offset: bigint, text: string): Event => ({
    case: "live",
    value: { blockId, kind: LiveKind.TEXT, offset, text },
});
const names = (entries: ChatEntry[]) => entries.map((e) => `${e.key} ${articleName(e, "me")}`);

describe("messages", () => {
    test("a call takes its result and its diff in, and is one entry", () => {
        const chat = emptyChat();
        const script = new Script()
            .call("c", ToolKind.EDIT, "Edit", { path: "/a" })
            .diff("c", "/a", ["-x", "+y"], 1)
            .done("c", "");
        apply(chat, ...script.messages.map(message));
        expect(names(chat.entries)).toEqual(["m1 Tool Edit"]);
        const [entry] = chat.entries;
        expect(entry).toMatchObject({ type: "tool", state: "ok" });
        expect(entry?.type === "tool" && entry.diff?.seq).toBe(2);
    });

    test("what is told again after a cut changes nothing", () => {
        const chat = emptyChat();
        const { messages } = new Script().user("one").text("two");
        apply(chat, ...messages.map(message), ...messages.map(message));
        expect(chat.entries).toHaveLength(2);
        expect(chat.lastSeq).toBe(2);
    });

    test("a result whose call is in an earlier page waits for it", () => {
        const chat = emptyChat();
        const { messages } = new Script()
            .user("one")
            .call("c", ToolKind.BASH, "Bash", { command: "false" })
            .done("c", "no", { ok: false, exitCode: 1 })
            .text("well");
        apply(chat, { case: "begin", value: { firstSeq: 1 } }, ...messages.slice(2).map(message));
        expect(names(chat.entries)).toEqual(["m4 Agent"]);
        expect(hasEarlier(chat)).toBe(true);
        prependMessages(chat, messages.slice(0, 2));
        expect(hasEarlier(chat)).toBe(false);
        expect(names(chat.entries)).toEqual(["m1 ", "m2 Tool Bash", "m4 Agent"].map(ownerName));
        expect(chat.entries[1]).toMatchObject({ state: "failed" });
    });

    test("a page that overlaps what is loaded adds only what is new", () => {
        const chat = emptyChat();
        const { messages } = new Script().user("1").text("2").text("3");
        apply(chat, { case: "begin", value: { firstSeq: 1 } }, ...messages.slice(1).map(message));
        prependMessages(chat, messages.slice(0, 2));
        expect(chat.entries.map((e) => e.seq)).toEqual([1, 2, 3]);
    });

    test("messages of a sub-agent stand below their task, also over pages and levels", () => {
        const chat = emptyChat();
        const { messages } = new Script()
            .call("outer", ToolKind.TASK, "Task", {})
            .call("inner", ToolKind.TASK, "Task", {}, { parentCallId: "outer" })
            .text("deep", { parentCallId: "inner" })
            .text("top");
        apply(chat, { case: "begin", value: { firstSeq: 1 } }, ...messages.slice(2).map(message));
        expect(names(chat.entries)).toEqual(["m4 Agent"]);
        prependMessages(chat, messages.slice(0, 2));
        expect(names(chat.entries)).toEqual(["m1 Tool Task", "m4 Agent"]);
        const [outer] = chat.entries;
        const inner = outer?.type === "tool" ? outer.children[0] : undefined;
        expect(inner?.type === "tool" ? names(inner.children) : []).toEqual(["m3 Agent"]);
    });

    test("the newest list of to-dos of the agent itself is the list", () => {
        const chat = emptyChat();
        const items = (text: string) => ({ items: [{ text }] });
        const { messages } = new Script()
            .add({ case: "todos", value: items("old") })
            .add({ case: "todos", value: items("new") })
            .add({ case: "todos", value: items("another's") }, { parentCallId: "task" });
        apply(chat, ...messages.map(message));
        expect(chat.todos.map((t) => t.text)).toEqual(["new"]);
    });

    test("a reset forgets the messages and keeps what is no message", () => {
        const chat = emptyChat();
        apply(
            chat,
            ...new Script().user("one").messages.map(message),
            { case: "session", value: { model: "m" } },
            { case: "reset", value: { reason: "GONE" } },
        );
        expect(chat.entries).toEqual([]);
        expect(chat.lastSeq).toBe(0);
        expect(chat.session?.model).toBe("m");
    });
});

describe("a live block", () => {
    test("grows, and its message takes its entry over", () => {
        const chat = emptyChat();
        apply(chat, live("b", 0n, "Hello "), live("b", 6n, "there"));
        const entry = chat.entries[0];
        expect(entry).toMatchObject({ key: "bb", live: true, text: "Hello there" });
        const [final] = new Script().text("Hello there.", { blockId: "b" }).messages;
        if (final) apply(chat, message(final));
        expect(chat.entries).toHaveLength(1);
        expect(chat.entries[0]).toBe(entry);
        expect(entry).toMatchObject({ key: "bb", live: false, seq: 1 });
    });

    test("starts over where its text is told from the beginning", () => {
        const chat = emptyChat();
        apply(chat, live("b", 0n, "Hel"), live("b", 0n, "Hello"));
        expect(chat.entries[0]).toMatchObject({ text: "Hello" });
    });

    test("goes when it is dropped, and when the watch begins anew", () => {
        const chat = emptyChat();
        apply(chat, live("b", 0n, "x"), { case: "liveDropped", value: { blockId: "b" } });
        expect(chat.entries).toEqual([]);
        apply(chat, live("c", 0n, "y"), { case: "begin", value: { firstSeq: 1 } });
        expect(chat.entries).toEqual([]);
    });

    test("of a sub-agent stands below its task", () => {
        const chat = emptyChat();
        const { messages } = new Script().call("t", ToolKind.TASK, "Task", {});
        apply(chat, ...messages.map(message), {
            case: "live",
            value: { blockId: "b", kind: LiveKind.TEXT, text: "in it", parentCallId: "t" },
        });
        expect(chat.entries).toHaveLength(1);
        const [task] = chat.entries;
        expect(task?.type === "tool" && names(task.children)).toEqual(["bb Agent"]);
    });
});

describe("prompts", () => {
    test("keep their objects while they are pending, and go when they are closed", () => {
        const chat = emptyChat();
        const prompts: Event = {
            case: "prompts",
            value: { prompts: [{ promptId: "a" }, { promptId: "b" }] },
        };
        apply(chat, prompts);
        const [first] = chat.prompts;
        apply(chat, prompts);
        expect(chat.prompts[0]).toBe(first);
        apply(chat, { case: "promptClosed", value: { promptId: "a", byName: "Ana" } });
        expect(chat.prompts.map((p) => p.promptId)).toEqual(["b"]);
        expect(chat.lastClosed?.byName).toBe("Ana");
    });
});

/** The author of the script's messages is not "me". */
function ownerName(name: string): string {
    return name === "m1 " ? "m1 Ana" : name;
}
