// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { createRoot } from "solid-js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentSummarySchema, TurnState } from "../gen/leapmux/v1/agent_pb";
import { SystemService } from "../gen/leapmux/v1/hub_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import { LinkError } from "../link/link";
import { sampleShell, tellAllOf, WORKER_ID, WORKSPACE_ID } from "../shell/sample-shell";
import { createAgents } from "./agents";
import { createChat } from "./chat";
import { createDrafts } from "./drafts";
import { asLinkError, createHub } from "./hub";
import { createNotices } from "./notices";
import { createPreferences } from "./preferences";
import { createSides } from "./sides";

const m = WorkerMethods.method;
let end: (() => void)[] = [];
/** What needs an owner, ended after the test. */
const owned = <T>(make: () => T): T =>
    createRoot((dispose) => {
        end.push(dispose);
        return make();
    });
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => localStorage.clear());
afterEach(() => {
    end.forEach((dispose) => dispose());
    end = [];
    vi.useRealTimers();
});

describe("agents", () => {
    const agent = (version: bigint, turnState: TurnState, workspaceId = WORKSPACE_ID) =>
        create(AgentSummarySchema, { id: "a", workspaceId, state: { version, turnState } });
    async function start() {
        const sample = sampleShell();
        const hub = owned(() => createHub(sample.link));
        const agents = owned(() => createAgents(sample.link, hub, WORKSPACE_ID));
        await tellAllOf(sample);
        return { sample, agents, watch: sample.link.watches(m.watchWorkspace)[0] };
    }

    test("an older state never takes the place of a newer one", async () => {
        const { agents, watch } = await start();
        watch?.send({ event: { case: "agent", value: agent(5n, TurnState.WORKING) } });
        agents.put(WORKER_ID, agent(4n, TurnState.IDLE));
        expect(agents.all["a"]?.state?.turnState).toBe(TurnState.WORKING);
        agents.put(WORKER_ID, agent(6n, TurnState.IDLE));
        expect(agents.all["a"]).toMatchObject({ workerId: WORKER_ID, state: { version: 6n } });
    });

    test("what a snapshot does not name is gone, and so is what is told to be", async () => {
        const { agents, watch } = await start();
        expect(agents.known[WORKER_ID]).toBe(true);
        watch?.send({ event: { case: "agent", value: agent(1n, TurnState.IDLE) } });
        watch?.send({ event: { case: "snapshot", value: { agents: [] } } });
        expect(Object.keys(agents.all)).toEqual([]);
        watch?.send({ event: { case: "agent", value: agent(1n, TurnState.IDLE) } });
        watch?.send({ event: { case: "gone", value: { agentId: "a" } } });
        expect(Object.keys(agents.all)).toEqual([]);
    });

    test("agents of other workspaces are not ours", async () => {
        const { agents } = await start();
        agents.put(WORKER_ID, agent(1n, TurnState.IDLE, "other"));
        expect(agents.all["a"]).toBeUndefined();
    });
});

describe("a chat", () => {
    test("opens with its end, and goes on after a cut from the last message", async () => {
        const { link } = sampleShell();
        const store = owned(() => createChat(link, WORKER_ID, "a"));
        const watch = link.watches(m.watchAgent)[0];
        expect(watch?.request).toMatchObject({ agentId: "a", tail: 50 });
        for (const seq of [1, 2]) {
            const body = { case: "text", value: { markdown: "hi" } } as const;
            watch?.send({ event: { case: "message", value: { seq, body } } });
        }
        // without a pause: what came before the cut counts
        expect(watch?.restart()).toMatchObject({ agentId: "a", afterSeq: 2 });
        expect(store.chat.phase.kind).toBe("interrupted");
        await turn();
        expect(store.chat.lastSeq).toBe(2);
    });

    test("that the Worker ended says why, and is followed again when asked", () => {
        const { link } = sampleShell();
        const store = owned(() => createChat(link, WORKER_ID, "a"));
        const error = new LinkError({ code: "not_found", reason: "GONE", message: "gone" });
        link.watches(m.watchAgent)[0]?.end(error);
        expect(store.chat.phase).toMatchObject({ kind: "ended", reason: "GONE" });
        expect(link.watches(m.watchAgent)).toHaveLength(0);
        store.retry();
        expect(link.watches(m.watchAgent)).toHaveLength(1);
    });
});

describe("the Hub's store", () => {
    test("is ready when the organization was told, and follows links", async () => {
        const sample = sampleShell();
        const hub = owned(() => createHub(sample.link));
        expect(hub.data.loading.kind).toBe("loading");
        await tellAllOf(sample);
        expect(hub.data.loading.kind).toBe("ready");
        expect([hub.isSolo(), hub.workspace(WORKSPACE_ID)?.title]).toEqual([
            true,
            "First workspace",
        ]);
        sample.link.setState("offline");
        sample.link.setWorker(WORKER_ID, { channel: "blocked", alive: false });
        expect([hub.state(), hub.data.links[WORKER_ID]?.channel]).toEqual(["offline", "blocked"]);
    });

    test("a failure can be tried again", async () => {
        const sample = sampleShell();
        sample.link.on(SystemService.method.getSystemInfo, () => {
            throw new LinkError({ code: "unavailable", reason: "CUT", message: "cut" });
        });
        const hub = owned(() => createHub(sample.link));
        await turn();
        expect(hub.data.loading).toMatchObject({ kind: "failed", error: { reason: "CUT" } });
        sample.link.on(SystemService.method.getSystemInfo, () => ({ mode: "solo" }));
        hub.load();
        await tellAllOf(sample);
        expect(hub.data.loading.kind).toBe("ready");
    });

    test("whatever is thrown becomes the one error", () => {
        expect(asLinkError(new Error("x"))).toMatchObject({ code: "unknown", message: "x" });
        expect(asLinkError(3)).toBeInstanceOf(LinkError);
    });
});

describe("drafts", () => {
    test("are kept per agent until they are empty, for 30 days", () => {
        const drafts = createDrafts(localStorage, () => 0);
        drafts.write("a", "two words");
        drafts.write("b", "x");
        drafts.write("b", "");
        expect([drafts.read("a"), drafts.read("b")]).toEqual(["two words", ""]);
        const day = 24 * 60 * 60 * 1000;
        expect(createDrafts(localStorage, () => 29 * day).read("a")).toBe("two words");
        expect(createDrafts(localStorage, () => 30 * day).read("a")).toBe("");
    });

    test("a full storage is no failure", () => {
        const full = { ...localStorage, length: 0, getItem: () => null } as unknown as Storage;
        full.setItem = () => {
            throw new Error("full");
        };
        expect(() => createDrafts(full).write("a", "x")).not.toThrow();
    });
});

describe("preferences", () => {
    test("are kept, and put theme and density on the page", () => {
        const root = document.createElement("div");
        owned(() => createPreferences(localStorage, root)).set("theme", "dark");
        expect(root.dataset).toMatchObject({ theme: "dark", density: "comfortable" });
        const again = owned(() => createPreferences(localStorage, root));
        expect(again.values.theme).toBe("dark");
        again.set("theme", "system");
        expect(root.dataset["theme"]).toBeUndefined();
    });

    test.each(["{", "null", "3", '{"sidebarWidth":"wide","lastDirectory":null,"nonsense":1}'])(
        "what is stored as %s is as if it were not there",
        (stored) => {
            localStorage.setItem("leapmux.preferences", stored);
            const { values } = owned(() =>
                createPreferences(localStorage, document.createElement("div")),
            );
            expect(values).toMatchObject({ sidebarWidth: 280, lastDirectory: {} });
            expect("nonsense" in values).toBe(false);
        },
    );
});

describe("notices", () => {
    test("information goes after 5 s, errors stay until they are dismissed, both are kept", () => {
        vi.useFakeTimers();
        const notices = createNotices();
        notices.info("Copied.");
        notices.error("It did not work:", new LinkError({ code: "x", reason: "R", message: "m" }));
        vi.advanceTimersByTime(5000);
        expect(notices.shown.map((n) => n.text)).toEqual(["It did not work: m"]);
        expect(notices.shown[0]?.code).toBe("R");
        notices.dismiss(notices.shown[0]?.id ?? 0);
        expect(notices.shown).toHaveLength(0);
        expect(notices.recent.map((n) => n.kind)).toEqual(["error", "info"]);
    });

    test("the newest hundred are kept", () => {
        vi.useFakeTimers();
        const notices = createNotices();
        for (let i = 0; i < 120; i++) notices.info(`${i}`);
        expect([notices.recent.length, notices.recent[0]?.text]).toEqual([100, "119"]);
    });
});

test("on a narrow screen the columns are sheets, one at a time, closed when it becomes wide", () => {
    const query = Object.assign(new EventTarget(), { matches: true });
    vi.stubGlobal("matchMedia", () => query);
    const preferences = owned(() => createPreferences(localStorage, document.createElement("i")));
    const sides = owned(() => createSides(preferences));
    expect([sides.isOpen("sidebar"), sides.sheet()]).toEqual([false, undefined]);
    sides.toggle("sidebar");
    sides.toggle("tools");
    expect([sides.isOpen("sidebar"), sides.sheet()]).toEqual([false, "tools"]);
    query.matches = false;
    query.dispatchEvent(new Event("change"));
    expect([sides.isOpen("sidebar"), sides.sheet()]).toEqual([true, undefined]);
    sides.toggle("sidebar");
    expect(preferences.values.sidebarOpen).toBe(false);
    query.matches = true;
    query.dispatchEvent(new Event("change"));
    expect(sides.sheet()).toBeUndefined();
    vi.unstubAllGlobals();
});
