// SPDX-License-Identifier: Apache-2.0
import { cleanup, fireEvent, render, screen, waitFor, within } from "@solidjs/testing-library";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { runAction } from "../../actions/actions";
import { LiveKind, PromptKind, PromptState, TurnState } from "../../gen/leapmux/v1/agent_pb";
import type { AgentMessage } from "../../gen/leapmux/v1/agent_pb";
import { WorkerMethods } from "../../gen/leapmux/v1/worker_pb";
import type { AnswerPromptRequest, SendMessageRequest } from "../../gen/leapmux/v1/worker_pb";
import { LinkError } from "../../link/link";
import type { FakeLink } from "../../link/fake";
import { EDIT_PERMISSION, PERMISSION, PLAN, QUESTION, SESSION, Script, sampleTalk } from "./sample";
import { loadMarkdown } from "./Markdown";
import { EntryList } from "./parts";
import { SamplePanel, WORKING, sampleLink, tell, tellAll } from "./sample-panel";
import type { SampleOptions } from "./sample-panel";

const m = WorkerMethods.method;
const WAITING = { ...WORKING, turnState: TurnState.WAITING };

let panels = 0;

/** A panel of an agent of its own, caught up. */
async function show(options: SampleOptions = {}): Promise<FakeLink> {
    const link = sampleLink(options.offline !== true);
    panels += 1;
    render(() => <SamplePanel link={link} options={{ agentId: `agent${panels}`, ...options }} />);
    const wanted = options.silent === true ? "catching-up" : "live";
    await waitFor(() => expect(panel().getAttribute("data-link")).toBe(wanted));
    if (options.prompts) {
        await waitFor(() => expect(panel().querySelector("[data-prompt-id]")).not.toBeNull());
    }
    return link;
}

const panel = () => screen.getByRole("tabpanel", { name: "Agent 1" });
const button = (name: string, scope: HTMLElement = panel()) =>
    within(scope).getByRole<HTMLButtonElement>("button", { name });
const article = (name: string) => within(panel()).getByRole("article", { name });
const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
const type = (element: HTMLElement, value: string) =>
    fireEvent.input(element, { target: { value } });
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Collects what is asked of a method. */
function answers(link: FakeLink): AnswerPromptRequest[] {
    const asked: AnswerPromptRequest[] = [];
    link.on(m.answerPrompt, (request) => {
        asked.push(request);
        return {};
    });
    return asked;
}
function sends(link: FakeLink): SendMessageRequest[] {
    const asked: SendMessageRequest[] = [];
    link.on(m.sendMessage, (request) => {
        asked.push(request);
        return {};
    });
    return asked;
}

beforeAll(() => loadMarkdown());
beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    vi.stubGlobal(
        "ResizeObserver",
        class {
            observe() {}
            disconnect() {}
        },
    );
});
afterEach(cleanup);

// it comes with the first message; here it is there from the start, so that tests see one thing at a time
beforeAll(() => EntryList.preload());

describe("the panel", () => {
    test("says its state in attributes and in words", async () => {
        const link = await show({ messages: sampleTalk(true), state: WORKING });
        const attributes = panel().dataset;
        expect(attributes).toMatchObject({
            kind: "agent",
            turnState: "working",
            process: "running",
            link: "live",
            model: "atlas-2",
            permissionMode: "default",
            settings: "applied",
            pendingPrompts: "0",
            queueLength: "0",
        });
        expect(attributes["lastSeq"]).toBe(String(sampleTalk(true).length));
        expect(screen.getByRole("status", { name: "Turn" }).textContent).toBe("Working");
        expect(screen.queryByRole("status", { name: "Link" })).toBeNull();
        link.watches(m.watchAgent)[0]?.restart();
        await waitFor(() => expect(panel().dataset["link"]).toBe("reconnecting"));
        expect(screen.getByRole("status", { name: "Link" }).textContent).toBe(
            "Worker offline. Reconnecting…",
        );
    });

    test("every kind of message is an article with its name, number and kind", async () => {
        await show({ messages: sampleTalk(false) });
        const named = (name: string) => within(panel()).getAllByRole("article", { name });
        for (const name of ["You", "Agent", "Thinking", "To-dos", "Plan", "Answer", "Rate limit"]) {
            expect(named(name).length).toBeGreaterThan(0);
        }
        expect(named("Notice")).toHaveLength(3);
        expect(named("Result")).toHaveLength(2);
        expect(named("Tool Bash").map((a) => a.dataset["state"])).toEqual([
            "failed",
            "denied",
            "ok",
        ]);
        expect(article("Plan").dataset).toMatchObject({ kind: "plan", seq: "4" });
        expect(screen.getByRole("log", { name: "Chat" }).getAttribute("aria-live")).toBe("off");
    });

    test("what happens is announced once and politely", async () => {
        const link = await show({ messages: new Script().user("go").messages, state: WORKING });
        const said = () => screen.getByRole("status", { name: "Announcements" }).textContent;
        tell(link, { case: "prompts", value: { prompts: [PERMISSION] } });
        await waitFor(() => expect(said()).toMatch(/^Agent asks for permission: Bash git push/));
        tell(link, { case: "state", value: { turnState: TurnState.IDLE } });
        await waitFor(() => expect(said()).toBe("Agent finished"));
    });

    test("a start that goes on can be cancelled, a failed one tried again", async () => {
        const link = await show({ state: { turnState: TurnState.STARTING } });
        const cancelled = vi.fn(() => ({}));
        link.on(m.cancelStart, cancelled);
        button("Cancel start").click();
        await waitFor(() => expect(cancelled).toHaveBeenCalledOnce());
        const error = {
            reason: "EXITED",
            message: "It ended at once.",
            stderrTail: "cannot find my library",
            exitCode: 7,
        };
        tell(link, { case: "state", value: { turnState: TurnState.ERROR, error } });
        const started = vi.fn(() => ({}));
        link.on(m.startAgent, started);
        await waitFor(() => expect(panel().textContent).toContain("cannot find my library"));
        expect(panel().textContent).toContain("exit 7");
        button("Retry").click();
        await waitFor(() => expect(started).toHaveBeenCalledOnce());
    });

    test("a program without a login says what to do, and a check makes a retry possible", async () => {
        const { messages } = new Script().user("hello").add({
            case: "result",
            value: { ok: false, error: "Not logged in", errorReason: "NOT_LOGGED_IN" },
        });
        const link = await show({ messages });
        link.on(m.listProviders, () => ({
            providers: [{ id: "claude", name: "Claude Code", available: true }],
        }));
        link.on(m.startAgent, () => ({}));
        const sent = sends(link);
        expect(panel().textContent).toContain("Not logged in");
        expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
        button("Check again").click();
        await waitFor(() => button("Retry"));
        expect(screen.queryByRole("button", { name: "Check again" })).toBeNull();
        button("Retry").click();
        await waitFor(() => expect(sent.map((s) => s.text)).toEqual(["hello"]));
    });
});

describe("a live block", () => {
    const live = (offset: bigint, text: string) =>
        ({ case: "live", value: { blockId: "b", kind: LiveKind.TEXT, offset, text } }) as const;

    test("becomes its message in the same element, and done blocks keep theirs", async () => {
        const link = await show({ messages: new Script().user("hi").messages, state: WORKING });
        tell(link, live(0n, "First **done**.\n\nSec"));
        await waitFor(() => article("Agent"));
        const element = article("Agent");
        const done = element.querySelector("p");
        expect(element.dataset["live"]).toBe("true");
        tell(link, live(20n, "ond, and more."));
        await waitFor(() => expect(element.textContent).toContain("Second, and more."));
        expect(element.querySelector("p")).toBe(done);
        const script = new Script().user("hi");
        script.text("First **done**.\n\nSecond, and more.", { blockId: "b" });
        tell(link, { case: "message", value: script.messages[1] as AgentMessage });
        await waitFor(() => expect(element.dataset["live"]).toBeUndefined());
        expect(article("Agent")).toBe(element);
        expect(element.querySelector("p")).toBe(done);
        expect(element.dataset["seq"]).toBe("2");
    });
});

describe("markdown in a message", () => {
    const text = (markdown: string) => show({ messages: new Script().text(markdown).messages });

    test("markup is text, pictures are not loaded, bad links are no links", async () => {
        await text(
            '<b id="raw">not bold</b> <img src="x">\n\n![pic](https://example.com/p.png) [ok](https://example.com/) [bad](javascript:alert(1))\n\n<div onclick="x()">block</div>',
        );
        const answer = article("Agent");
        expect(answer.textContent).toContain('<b id="raw">not bold</b>');
        expect(answer.textContent).toContain('<div onclick="x()">block</div>');
        expect(answer.querySelector("#raw, img, [onclick]")).toBeNull();
        const [link, ...others] = within(answer).getAllByRole<HTMLAnchorElement>("link");
        expect(others).toEqual([]);
        expect(link).toMatchObject({ target: "_blank", rel: "noopener noreferrer" });
        fireEvent.click(within(answer).getByRole("button", { name: "pic" }));
        expect(answer.textContent).toContain("https://example.com/p.png");
    });

    test("code blocks are numbered groups whose code can be copied", async () => {
        const written = vi.fn(() => Promise.resolve());
        vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: written } });
        await text(
            "```js\nlet a;\n```\n\n- in a list:\n\n  ```sh\n  ls\n  ```\n\nand\n\n```\nplain\n```",
        );
        const group = (n: number) => within(panel()).getByRole("group", { name: `Code ${n}` });
        expect([1, 2, 3].map((n) => group(n).querySelector("pre")?.textContent)).toEqual([
            "let a;",
            "ls",
            "plain",
        ]);
        button("Copy code", group(2)).click();
        expect(written).toHaveBeenCalledWith("ls");
    });

    test("tables, headings and tasks are what they are", async () => {
        await text("# Big\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open");
        const answer = within(article("Agent"));
        answer.getByRole("heading", { name: "Big" });
        expect(answer.getAllByRole("cell").map((c) => c.textContent)).toEqual(["1", "2"]);
        expect(answer.getAllByRole<HTMLInputElement>("checkbox").map((c) => c.checked)).toEqual([
            true,
            false,
        ]);
    });
});

describe("a message", () => {
    test("can be copied, quoted and looked at raw", async () => {
        const written = vi.fn<(text: string) => Promise<void>>(() => Promise.resolve());
        vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: written } });
        const link = await show({ messages: new Script().text("one\ntwo").messages });
        link.on(m.getRaw, ({ seq }) => ({ raw: new TextEncoder().encode(`raw line ${seq}`) }));
        fireEvent.click(button("Copy", article("Agent")));
        fireEvent.click(button("Copy raw", article("Agent")));
        fireEvent.click(button("Copy link", article("Agent")));
        await waitFor(() => expect(written).toHaveBeenCalledTimes(3));
        const texts = written.mock.calls.map(([text]) => text);
        expect(texts).toContain("one\ntwo");
        expect(texts).toContain("raw line 1");
        expect(texts.some((text) => text.endsWith("&seq=1"))).toBe(true);
        fireEvent.click(button("Quote", article("Agent")));
        expect(field().value).toBe("> one\n> two\n\n");
    });

    test("that is older is loaded on demand, as long as there are some", async () => {
        const { messages } = new Script().user("first").text("second").text("third");
        const link = await show({ silent: true });
        tell(
            link,
            { case: "begin", value: { firstSeq: 1 } },
            { case: "message", value: messages[2] as AgentMessage },
            { case: "catchUp", value: { watermark: 3 } },
        );
        await waitFor(() => expect(panel().dataset["link"]).toBe("live"));
        link.on(m.readMessages, (request) => {
            expect(request.place).toEqual({ case: "beforeSeq", value: 3 });
            return { messages: messages.slice(0, 2) };
        });
        fireEvent.click(button("Load earlier messages"));
        await waitFor(() => article("You"));
        const seqs = within(panel())
            .getAllByRole("article")
            .map((a) => a.dataset["seq"]);
        expect(seqs).toEqual(["1", "2", "3"]);
        expect(screen.queryByRole("button", { name: "Load earlier messages" })).toBeNull();
    });
});

describe("the ledger", () => {
    test("a row opens by its Details, and an edit of the newest turn stands open", async () => {
        await show({ messages: sampleTalk(true), state: WORKING });
        const edit = article("Tool Edit");
        expect(edit.textContent).toContain("internal/retry/queue.go");
        expect(edit.textContent).toContain("+2 −1");
        const details = button("Details", edit);
        expect(details.getAttribute("aria-expanded")).toBe("true");
        await waitFor(() => expect(edit.textContent).toContain("delay(j.Tries"));
        fireEvent.click(details);
        expect(details.getAttribute("aria-expanded")).toBe("false");
        expect(edit.textContent).not.toContain("delay(j.Tries");
    });

    test("the messages of a running task stand below it, folded when it is done", async () => {
        const script = new Script(Date.now());
        script.messages.push(...sampleTalk(true).slice(0, 12));
        const link = await show({ messages: script.messages, state: WORKING });
        const task = article("Tool Task");
        within(task).getByRole("article", { name: "Tool Grep" });
        script.done("t1", "It is safe.", { ms: 41_000 });
        tell(link, { case: "message", value: script.messages.at(-1) as AgentMessage });
        await waitFor(() => expect(task.dataset["state"]).toBe("ok"));
        expect(within(task).queryByRole("article")).toBeNull();
        fireEvent.click(button("Details", task));
        within(task).getByRole("article", { name: "Tool Grep" });
        await waitFor(() => expect(task.textContent).toContain("It is safe."));
    });

    test("older calls of a long run are behind one button", async () => {
        const script = new Script();
        for (let i = 0; i < 21; i++) {
            script.call(`c${i}`, 2, "Read", { path: "/a" }).done(`c${i}`, "x");
        }
        await show({ messages: script.messages });
        expect(within(panel()).getAllByRole("article")).toHaveLength(12);
        fireEvent.click(button("9 earlier tool calls"));
        expect(within(panel()).getAllByRole("article")).toHaveLength(21);
    });
});

describe("a permission request", () => {
    const card = () => within(panel()).getByRole("region", { name: "Permission request" });

    test("offers what the provider offers, and shows command and rule", async () => {
        const link = await show({ state: WAITING, prompts: [EDIT_PERMISSION] });
        const names = () =>
            within(card())
                .getAllByRole("button")
                .map((b) => b.textContent);
        expect(names()).toEqual(["Allow", "Deny"]);
        expect(card().textContent).toContain("st = status -sb");
        expect(card().textContent).toContain("Task: tidy aliases");
        tell(link, { case: "prompts", value: { prompts: [PERMISSION] } });
        await waitFor(() => expect(names()).toHaveLength(5));
        expect(card().textContent).toContain("git push --set-upstream origin lm/retry-backoff");
        expect(card().textContent).toContain("Bash(git push:*)");
        expect(card().dataset).toMatchObject({
            promptId: "prompt-permission",
            state: "pending",
        });
    });

    test("one press answers, and the pressed button keeps its name while it waits", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        let done: (value: object) => void = () => undefined;
        link.on(m.answerPrompt, () => new Promise<object>((resolve) => (done = resolve)));
        fireEvent.click(button("Always allow"));
        await waitFor(() => expect(button("Always allow").getAttribute("aria-busy")).toBe("true"));
        expect(button("Deny").disabled).toBe(true);
        done({});
        tell(link, {
            case: "promptClosed",
            value: { promptId: "prompt-permission", state: PromptState.ANSWERED, byName: "Ana" },
        });
        await waitFor(() =>
            expect(screen.queryByRole("region", { name: "Permission request" })).toBeNull(),
        );
    });

    test("Enter in the reason denies with it", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        const asked = answers(link);
        const reason = within(card()).getByRole("textbox", { name: "Reason for denial" });
        type(reason, "Rather not.");
        fireEvent.keyDown(reason, { key: "Enter" });
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer).toMatchObject({
            case: "permission",
            value: { choice: 5, text: "Rather not." },
        });
    });

    test("what is typed survives a new list of the same requests", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        const reason = () =>
            within(card()).getByRole<HTMLInputElement>("textbox", { name: "Reason for denial" });
        type(reason(), "because");
        tell(link, { case: "prompts", value: { prompts: [PERMISSION, EDIT_PERMISSION] } });
        await waitFor(() =>
            expect(screen.getByRole("status", { name: "Request" }).textContent).toBe(
                "Request 1 of 2",
            ),
        );
        expect(reason().value).toBe("because");
        fireEvent.click(button("Next request"));
        expect(card().dataset["promptId"]).toBe("prompt-edit");
    });

    test("bypassing asks once more", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        const asked = answers(link);
        fireEvent.click(button("Allow and bypass permissions"));
        const dialog = screen.getByRole("alertdialog", { name: "Bypass permissions" });
        expect(asked).toEqual([]);
        fireEvent.click(button("Bypass", dialog));
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer.value).toMatchObject({ choice: 4 });
    });

    test("the keys allow and deny the shown request", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        const asked = answers(link);
        runAction("agent-allow");
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer.value).toMatchObject({ choice: 1 });
    });

    test("an answer that somebody else gave is said for a moment", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        tell(link, {
            case: "promptClosed",
            value: {
                promptId: "prompt-permission",
                kind: PromptKind.PERMISSION,
                state: PromptState.ANSWERED,
                byName: "Mika",
                answerSummary: "Allowed once",
            },
        });
        await waitFor(() => expect(card().textContent).toMatch(/^Answered by Mika: Allowed once$/));
        expect(within(card()).queryByRole("button")).toBeNull();
    });

    test("who answers too late is told whose answer it was", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        link.on(m.answerPrompt, async () => {
            tell(link, {
                case: "promptClosed",
                value: {
                    promptId: "prompt-permission",
                    kind: PromptKind.PERMISSION,
                    state: PromptState.ANSWERED,
                    byName: "Mika",
                    answerSummary: "Denied",
                },
            });
            await settled();
            throw new LinkError({
                code: "failed_precondition",
                reason: "PROMPT_CLOSED",
                message: "closed",
            });
        });
        fireEvent.click(button("Allow"));
        await waitFor(() => expect(card().textContent).toBe("Answered by Mika: Denied"));
    });

    test("without its Worker no button can be pressed, and the card says why", async () => {
        const link = await show({ state: WAITING, prompts: [PERMISSION] });
        link.watches(m.watchAgent)[0]?.restart();
        await waitFor(() => expect(button("Allow").disabled).toBe(true));
        expect(card().textContent).toContain("The answer can be given when the worker is back.");
    });
});

describe("a question", () => {
    const ONE = "What should happen when a job runs out of tries?";
    const TWO = "Which parts should the guide cover?";
    const card = () => within(panel()).getByRole("region", { name: "Question" });
    const group = (name: string) => within(card()).queryByRole("group", { name });

    test("moves on after a single choice, and is submitted when all is answered", async () => {
        const link = await show({ state: WAITING, prompts: [QUESTION] });
        const asked = answers(link);
        expect(button("Submit answers").disabled).toBe(true);
        fireEvent.click(within(card()).getByRole("radio", { name: "Drop it and log an error" }));
        expect(group(ONE)).toBeNull();
        expect(group(TWO)).not.toBeNull();
        fireEvent.click(within(card()).getByRole("checkbox", { name: "Rate limits" }));
        fireEvent.click(within(card()).getByRole("checkbox", { name: "Verifying signatures" }));
        fireEvent.click(button("Submit answers"));
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer).toMatchObject({
            case: "question",
            value: {
                decline: false,
                replies: [
                    { labels: ["Drop it and log an error"] },
                    { labels: ["Verifying signatures", "Rate limits"] },
                ],
            },
        });
    });

    test("keeps the choices over a reload", async () => {
        await show({ state: WAITING, prompts: [QUESTION] });
        fireEvent.click(within(card()).getByRole("radio", { name: "Drop it and log an error" }));
        cleanup();
        await show({ state: WAITING, prompts: [QUESTION] });
        expect(group(TWO)).not.toBeNull();
        fireEvent.click(button("Previous question"));
        const radio = within(card()).getByRole<HTMLInputElement>("radio", {
            name: "Drop it and log an error",
        });
        expect(radio.checked).toBe(true);
    });

    test("takes an own answer, and can be declined", async () => {
        const link = await show({ state: WAITING, prompts: [QUESTION] });
        const asked = answers(link);
        const other = within(card()).getByRole("textbox", { name: "Other answer" });
        type(other, "Page somebody");
        fireEvent.keyDown(other, { key: "Enter" });
        expect(group(TWO)).not.toBeNull();
        fireEvent.click(button("Decline to answer"));
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer.value).toMatchObject({ decline: true });
    });

    test("digits choose", async () => {
        await show({ state: WAITING, prompts: [QUESTION] });
        fireEvent.keyDown(card(), { key: "2" });
        expect(group(TWO)).not.toBeNull();
    });
});

describe("a plan", () => {
    const card = () => within(panel()).getByRole("region", { name: "Plan approval" });

    test("is approved with the mode and context that were chosen", async () => {
        const link = await show({ state: WAITING, prompts: [PLAN] });
        const asked = answers(link);
        within(card()).getByRole("heading", { name: "Replace the retry ticker" });
        const mode = within(card()).getByRole<HTMLSelectElement>("combobox", {
            name: "Mode after approval",
        });
        expect(mode.value).toBe("acceptEdits");
        fireEvent.change(mode, { target: { value: "default" } });
        fireEvent.click(within(card()).getByRole("checkbox", { name: "Start with fresh context" }));
        fireEvent.click(button("Approve plan"));
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer).toMatchObject({
            case: "plan",
            value: { approve: true, mode: "default", freshContext: true },
        });
    });

    test("goes back with feedback", async () => {
        const link = await show({ state: WAITING, prompts: [PLAN] });
        const asked = answers(link);
        type(within(card()).getByRole("textbox", { name: "Feedback" }), "Also a test.");
        fireEvent.click(button("Keep planning"));
        await waitFor(() => expect(asked).toHaveLength(1));
        expect(asked[0]?.answer.value).toMatchObject({
            approve: false,
            feedback: "Also a test.",
        });
    });
});

describe("the composer", () => {
    test("sends by button and by key, and blank text not at all", async () => {
        const link = await show();
        const sent = sends(link);
        type(field(), "   ");
        expect(button("Send").disabled).toBe(true);
        type(field(), "hello");
        fireEvent.click(button("Send"));
        await waitFor(() => expect(sent.map((s) => s.text)).toEqual(["hello"]));
        expect(field().value).toBe("");
        type(field(), "by key");
        fireEvent.keyDown(field(), { key: "Enter" });
        expect(field().value).toBe("by key");
        fireEvent.keyDown(field(), { key: "Enter", ctrlKey: true });
        await waitFor(() => expect(sent.map((s) => s.text)).toEqual(["hello", "by key"]));
    });

    test("keeps what is typed over a reload", async () => {
        await show({ agentId: "same" });
        type(field(), "half a thou");
        cleanup();
        await show({ agentId: "same" });
        expect(field().value).toBe("half a thou");
    });

    test("recalls own messages in an empty field", async () => {
        await show({ messages: new Script().user("first").user("second").messages });
        fireEvent.keyDown(field(), { key: "ArrowUp" });
        expect(field().value).toBe("second");
        fireEvent.keyDown(field(), { key: "ArrowUp" });
        expect(field().value).toBe("first");
    });

    test("suggests commands, chosen by key", async () => {
        await show();
        type(field(), "/");
        const list = () => screen.getByRole("listbox", { name: "Suggestions" });
        expect(within(list()).getAllByRole("option")).toHaveLength(3);
        type(field(), "/re");
        expect(
            within(list())
                .getAllByRole("option")
                .map((o) => o.getAttribute("aria-label")),
        ).toEqual(["/review"]);
        fireEvent.keyDown(field(), { key: "Tab" });
        expect(field().value).toBe("/review ");
        expect(screen.queryByRole("listbox")).toBeNull();
    });

    test("Shift+Tab turns plan mode on", async () => {
        const link = await show();
        const asked = vi.fn<(mode: string | undefined) => void>();
        link.on(m.updateAgentSettings, (request) => {
            asked(request.permissionMode);
            return {};
        });
        fireEvent.keyDown(field(), { key: "Tab", shiftKey: true });
        await waitFor(() => expect(asked).toHaveBeenCalledWith("plan"));
    });

    test("without its Worker a message waits here, and goes when the Worker is back", async () => {
        const link = await show();
        const sent = sends(link);
        link.watches(m.watchAgent)[0]?.restart();
        await waitFor(() => expect(panel().dataset["link"]).toBe("reconnecting"));
        type(field(), "later");
        fireEvent.click(button("Send"));
        const item = await waitFor(() =>
            screen.getByRole("listitem", { name: "Queued message 1" }),
        );
        expect(item.dataset["state"]).toBe("held");
        expect(item.textContent).toContain("Will be sent when the worker is back");
        expect(sent).toEqual([]);
        tellAll(link, {});
        await waitFor(() => expect(sent.map((s) => s.text)).toEqual(["later"]));
    });

    test("a message that waits here can be taken back", async () => {
        const link = await show();
        const sent = sends(link);
        link.watches(m.watchAgent)[0]?.restart();
        await waitFor(() => expect(panel().dataset["link"]).toBe("reconnecting"));
        type(field(), "never");
        fireEvent.click(button("Send"));
        fireEvent.click(await waitFor(() => button("Delete queued message 1")));
        tellAll(link, {});
        await waitFor(() => expect(panel().dataset["link"]).toBe("live"));
        expect(sent).toEqual([]);
    });

    test("interrupts, and by force when nothing came of it", async () => {
        vi.useFakeTimers({ shouldAdvanceTime: true });
        const link = await show({ messages: new Script().user("x").messages, state: WORKING });
        const forced: boolean[] = [];
        link.on(m.interruptAgent, (request) => {
            forced.push(request.force);
            return {};
        });
        fireEvent.click(button("Interrupt"));
        await waitFor(() => expect(forced).toEqual([false]));
        vi.advanceTimersByTime(5000);
        fireEvent.click(await waitFor(() => button("Force stop")));
        await waitFor(() => expect(forced).toEqual([false, true]));
        tell(link, { case: "state", value: { turnState: TurnState.IDLE } });
        await waitFor(() =>
            expect(screen.queryByRole("button", { name: /Interrupt|Force stop/ })).toBeNull(),
        );
        vi.useRealTimers();
    });
});

describe("the queue", () => {
    test("is a numbered list; failed items can be tried again or deleted", async () => {
        const link = await show({
            state: WORKING,
            queue: [
                { id: "q1", text: "first", state: 3, error: "too long" },
                { id: "q2", text: "second", state: 1, version: 4n },
            ],
        });
        const items = within(screen.getByRole("list", { name: "Queued messages" }))
            .getAllByRole("listitem")
            .map((i) => [i.getAttribute("aria-label"), i.dataset["itemId"], i.dataset["state"]]);
        expect(items).toEqual([
            ["Queued message 1", "q1", "failed"],
            ["Queued message 2", "q2", "queued"],
        ]);
        const deleted = vi.fn<(id: string, version: bigint) => void>();
        link.on(m.deleteQueued, (request) => {
            deleted(request.itemId, request.version);
            return {};
        });
        fireEvent.click(button("Delete queued message 2"));
        await waitFor(() => expect(deleted).toHaveBeenCalledWith("q2", 4n));
        const retried = vi.fn(() => ({}));
        link.on(m.retryQueued, retried);
        fireEvent.click(button("Retry queued message 1"));
        await waitFor(() => expect(retried).toHaveBeenCalledOnce());
    });

    test("says that it is paused, and goes on when told", async () => {
        const link = await show({
            state: { turnState: TurnState.IDLE, queuePaused: true },
            queue: [{ id: "q1", text: "first", state: 1 }],
        });
        const resumed = vi.fn(() => ({}));
        link.on(m.resumeQueue, resumed);
        fireEvent.click(button("Resume queue"));
        await waitFor(() => expect(resumed).toHaveBeenCalledOnce());
    });
});

describe("dialogs of an agent", () => {
    test("settings are applied at once, and a refusal says why", async () => {
        const link = await show();
        link.on(m.updateAgentSettings, () => {
            throw new LinkError({
                code: "failed_precondition",
                reason: "REFUSED",
                message: "that model is not yours",
            });
        });
        fireEvent.click(button("Agent settings"));
        const dialog = await waitFor(() => screen.getByRole("dialog", { name: "Agent settings" }));
        const model = within(dialog).getByRole<HTMLSelectElement>("combobox", { name: "Model" });
        expect(model.value).toBe("atlas-2");
        const status = within(dialog).getByRole("status", { name: "Settings" });
        fireEvent.change(model, { target: { value: "atlas-2-mini" } });
        expect(status.textContent).toBe("Applying…");
        await waitFor(() => expect(status.textContent).toBe("that model is not yours"));
    });

    test("details show the context and the session", async () => {
        await show({ messages: sampleTalk(false) });
        fireEvent.click(button("Agent details"));
        const dialog = await waitFor(() => screen.getByRole("dialog", { name: "Agent details" }));
        const bar = within(dialog).getByRole("progressbar", { name: "Context" });
        expect(bar.getAttribute("aria-valuenow")).toBe("62");
        within(dialog).getByRole("button", { name: "Copy session ID" });
        expect(dialog.textContent).toContain(SESSION.sessionRef ?? "none");
    });
});
