// SPDX-License-Identifier: Apache-2.0
import { cleanup, fireEvent, render, screen, waitFor, within } from "@solidjs/testing-library";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TurnState } from "../gen/leapmux/v1/agent_pb";
import { WorkerMethods } from "../gen/leapmux/v1/worker_pb";
import type { ListDirectoryRequest, OpenAgentRequest } from "../gen/leapmux/v1/worker_pb";
import { LinkError } from "../link/link";
import { pathBytes, pathText } from "../model/format";
import { App } from "./App";
import { WORKER_ID, sampleShell, tellAllOf } from "./sample-shell";
import type { SampleShell, SampleShellOptions } from "./sample-shell";

const m = WorkerMethods.method;
const THREE = ["a", "b", "c"].map((id, i) => ({ id, title: `Agent ${i + 1}` }));

/** The page of a workspace with these agents. */
async function show(options: SampleShellOptions = { agents: THREE }): Promise<SampleShell> {
    const sample = sampleShell(options);
    render(() => <App link={sample.link} />);
    await tellAllOf(sample);
    await waitFor(() => screen.getByRole("region", { name: "Tile 1" }));
    return sample;
}

const tile = () => within(screen.getByRole("region", { name: "Tile 1" }));
const tabs = () => tile().getAllByRole("tab");
const tab = (name: string) => tile().getByRole("tab", { name });
const row = (name: string) =>
    within(screen.getByRole("tree", { name: "In progress" })).getByRole("treeitem", { name });
const press = (element: Element, key: string, init: KeyboardEventInit = {}) =>
    fireEvent.keyDown(element, { key, ...init });
const type = (element: HTMLElement, value: string) =>
    fireEvent.input(element, { target: { value } });
const names = () => tabs().map((t) => t.getAttribute("aria-label"));
const opsOf = (sample: SampleShell) => sample.ops.map((op) => op.op.case);
const dialog = (name: string) => waitFor(() => screen.getByRole("dialog", { name }));

beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    history.replaceState(null, "", "/");
    vi.stubGlobal(
        "ResizeObserver",
        class {
            constructor(private readonly changed: (entries: unknown[]) => void) {}
            observe() {
                queueMicrotask(() => this.changed([]));
            }
            unobserve() {}
            disconnect() {}
        },
    );
});
afterEach(cleanup);

describe("the tab bar", () => {
    test("close buttons stand beside the list and carry their tab's id", async () => {
        await show();
        const close = await waitFor(() => tile().getByRole("button", { name: "Close Agent 2" }));
        expect(close.closest('[role="tablist"]')).toBeNull();
        expect(close.dataset["tabId"]).toBe("b");
        expect(tab("Agent 1").closest('[role="tablist"]')?.getAttribute("aria-label")).toBe(
            "Tabs in tile 1",
        );
    });

    test("arrow keys, Home and End go through the tabs and show them", async () => {
        await show();
        tab("Agent 1").focus();
        const after = (key: string) => {
            if (document.activeElement) press(document.activeElement, key);
            return document.activeElement?.getAttribute("aria-label");
        };
        expect(["ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"].map(after)).toEqual([
            "Agent 2",
            "Agent 3",
            "Agent 3",
            "Agent 2",
            "Agent 1",
        ]);
        expect(tabs().map((t) => t.tabIndex)).toEqual([0, -1, -1]);
    });

    test("F2 renames, Escape and leaving the field do not, and the focus comes back", async () => {
        const sample = await show();
        const rename = (end: (field: HTMLElement) => void) => {
            tab("Agent 2").focus();
            press(tab("Agent 2"), "F2");
            const field = screen.getByRole("textbox", { name: "Tab title" });
            type(field, "Mine");
            end(field);
            expect(screen.queryByRole("textbox", { name: "Tab title" })).toBeNull();
        };
        rename((field) => press(field, "Escape"));
        rename((field) => fireEvent.blur(field));
        expect(names()).toEqual(["Agent 1", "Agent 2", "Agent 3"]);
        const element = tab("Agent 2");
        rename((field) => press(field, "Enter"));
        await waitFor(() => tab("Mine"));
        expect(tab("Mine")).toBe(element);
        expect(document.activeElement).toBe(element);
        await waitFor(() => expect(opsOf(sample)).toEqual(["renameTab"]));
    });

    test("Delete closes, and the focus goes to the tab that is shown then", async () => {
        const sample = await show();
        const closed = vi.fn(() => ({}));
        sample.link.on(m.closeAgent, closed);
        tab("Agent 2").click();
        tab("Agent 2").focus();
        press(tab("Agent 2"), "Delete");
        await waitFor(() => expect(names()).toEqual(["Agent 1", "Agent 3"]));
        expect(closed).toHaveBeenCalledOnce();
        await waitFor(() => expect(tab("Agent 3").getAttribute("aria-selected")).toBe("true"));
    });

    test("Shift+F10 opens the menu; Escape closes it and gives the focus back", async () => {
        const sample = await show();
        tab("Agent 1").focus();
        press(tab("Agent 1"), "F10", { shiftKey: true });
        const menu = screen.getByRole("menu", { name: "Tab actions" });
        press(menu, "Escape");
        expect(screen.queryByRole("menu")).toBeNull();
        expect(document.activeElement).toBe(tab("Agent 1"));
        press(tab("Agent 1"), "F10", { shiftKey: true });
        screen.getByRole("menuitem", { name: "Move right" }).click();
        await waitFor(() => expect(names()).toEqual(["Agent 2", "Agent 1", "Agent 3"]));
        expect(opsOf(sample)).toEqual(["moveTab"]);
    });

    test("an agent in a turn is closed only after a question", async () => {
        const state = { version: 1n, turnState: TurnState.WORKING };
        const sample = await show({ agents: [{ id: "a", title: "Agent 1", state }] });
        const closed = vi.fn(() => ({}));
        sample.link.on(m.closeAgent, closed);
        expect(tab("Agent 1").dataset["working"]).toBe("true");
        press(tab("Agent 1"), "Delete");
        const question = await waitFor(() =>
            screen.getByRole("alertdialog", { name: "Still working" }),
        );
        within(question).getByRole("button", { name: "Cancel" }).click();
        expect(screen.queryByRole("alertdialog")).toBeNull();
        expect(closed).not.toHaveBeenCalled();
        press(tab("Agent 1"), "Delete");
        (await waitFor(() => screen.getByRole("button", { name: "Close anyway" }))).click();
        await waitFor(() => expect(tile().queryByRole("tab")).toBeNull());
        expect(closed).toHaveBeenCalledOnce();
    });
});

describe("the tree", () => {
    test("Enter opens, arrows go through the rows, in and out", async () => {
        await show();
        row("First workspace").focus();
        press(row("First workspace"), "ArrowRight");
        expect(document.activeElement).toBe(row("Agent 1"));
        press(row("Agent 1"), "ArrowDown");
        press(row("Agent 2"), "Enter");
        expect(tab("Agent 2").getAttribute("aria-selected")).toBe("true");
        press(row("Agent 2"), "ArrowLeft");
        expect(document.activeElement).toBe(row("First workspace"));
        press(row("First workspace"), "ArrowLeft");
        expect(row("First workspace").getAttribute("aria-expanded")).toBe("false");
    });

    test("a row keeps the focus while its agent changes", async () => {
        const sample = await show();
        const element = row("Agent 2");
        element.focus();
        sample.tellAgents();
        sample.tellLayout();
        expect(row("Agent 2")).toBe(element);
        expect(document.activeElement).toBe(element);
    });

    test("what is not on screen is placed by Enter", async () => {
        const sample = await show({
            agents: [...THREE, { id: "d", title: "Agent 4", hidden: true }],
        });
        expect(row("Not on screen").getAttribute("aria-expanded")).toBe("true");
        press(row("Agent 4"), "Enter");
        await waitFor(() => expect(names()).toContain("Agent 4"));
        expect(opsOf(sample)).toEqual(["addTab"]);
        expect(
            within(screen.getByRole("tree", { name: "In progress" })).queryByRole("treeitem", {
                name: "Not on screen",
            }),
        ).toBeNull();
    });
});

describe("New agent", () => {
    async function open(options: SampleShellOptions = {}) {
        const sample = await show(options);
        const asked: OpenAgentRequest[] = [];
        sample.link.on(m.openAgent, (request) => {
            asked.push(request);
            return {};
        });
        tile().getByRole("button", { name: "New agent" }).click();
        const box = within(await dialog("New agent"));
        return { sample, asked, box };
    }
    const create = async (box: Awaited<ReturnType<typeof open>>["box"]) => {
        const button = box.getByRole<HTMLButtonElement>("button", { name: "Create" });
        await waitFor(() => expect(button.disabled).toBe(false));
        button.click();
    };

    test("an untouched title stays automatic, and the home directory is the first one", async () => {
        const { sample, asked, box } = await open();
        await create(box);
        await waitFor(() => expect(opsOf(sample)).toEqual(["addTab"]));
        expect(asked[0]).toMatchObject({ provider: "claude", title: "Agent 1" });
        expect(pathText(asked[0]?.workingDir ?? new Uint8Array())).toBe("/home/ana");
        const op = sample.ops[0]?.op;
        expect(op?.case === "addTab" && op.value.tab?.title).toBe("");
        await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    });

    test("a typed title is the tab's own", async () => {
        const { sample, box } = await open();
        type(box.getByRole("textbox", { name: "Title" }), "Mine");
        await create(box);
        await waitFor(() => tab("Mine"));
        const op = sample.ops[0]?.op;
        expect(op?.case === "addTab" && op.value.tab?.title).toBe("Mine");
    });

    test("a refusal keeps the dialog, its fields and says why; an emptied field stays empty", async () => {
        const { sample, box } = await open();
        sample.link.on(m.openAgent, () => {
            throw new LinkError({ code: "x", reason: "NO_DIRECTORY", message: "No such place." });
        });
        const directory = box.getByRole<HTMLInputElement>("textbox", { name: "Directory" });
        await waitFor(() => expect(directory.value).toBe("/home/ana"));
        type(directory, "");
        expect(directory.value).toBe("");
        type(directory, "/nowhere");
        await create(box);
        await waitFor(() => box.getByRole("alert"));
        expect(box.getByRole("alert").textContent).toContain("No such place.");
        expect(box.getByRole("alert").textContent).toContain("NO_DIRECTORY");
        expect(directory.value).toBe("/nowhere");
        expect(tile().queryByRole("tab")).toBeNull();
    });

    test("a missing program says how it is installed, and Check again looks again", async () => {
        const sample = await show({});
        const asked: boolean[] = [];
        sample.link.on(m.listProviders, ({ refresh }) => {
            asked.push(refresh);
            const missing = { reason: "claude was not found.", installHint: "npm i claude" };
            const found = { id: "claude", name: "Claude Code", available: refresh };
            return { providers: [refresh ? found : { ...found, ...missing }] };
        });
        tile().getByRole("button", { name: "New agent" }).click();
        const box = within(await dialog("New agent"));
        const status = box.getByRole("status", { name: "Provider" });
        await waitFor(() => expect(status.textContent).toContain("npm i claude"));
        expect(box.getByRole<HTMLButtonElement>("button", { name: "Create" }).disabled).toBe(true);
        box.getByRole("button", { name: "Check again" }).click();
        await waitFor(() => expect(asked).toEqual([false, true]));
        await waitFor(() => expect(box.queryByRole("button", { name: "Check again" })).toBeNull());
    });

    test("Browse brings all pages of a directory and goes through them by key", async () => {
        const { sample, box } = await open();
        const asked: ListDirectoryRequest[] = [];
        sample.link.on(m.listDirectory, (request) => {
            asked.push(request);
            const first = request.pageToken === "";
            return {
                path: request.path.length === 0 ? pathBytes("/home/ana") : request.path,
                entries: [{ name: pathBytes(first ? "api" : "shop") }],
                nextPageToken: first ? "more" : "",
            };
        });
        const directory = box.getByRole<HTMLInputElement>("textbox", { name: "Directory" });
        await waitFor(() => expect(directory.value).toBe("/home/ana"));
        box.getByRole("button", { name: "Browse" }).click();
        const chooser = within(await dialog("Choose directory"));
        const tree = within(chooser.getByRole("tree", { name: "Directories" }));
        await waitFor(() => expect(tree.getAllByRole("treeitem")).toHaveLength(2));
        expect(asked.map((r) => r.pageToken)).toEqual(["", "more"]);
        tree.getByRole("treeitem", { name: "api" }).focus();
        press(tree.getByRole("treeitem", { name: "api" }), "ArrowDown");
        press(tree.getByRole("treeitem", { name: "shop" }), "ArrowRight");
        await waitFor(() => expect(asked).toHaveLength(4));
        expect(pathText(asked[2]?.path ?? new Uint8Array())).toBe("/home/ana/shop");
        await waitFor(() => expect(tree.getAllByRole("treeitem")).toHaveLength(2));
        chooser.getByRole("button", { name: "Choose" }).click();
        await waitFor(() => expect(directory.value).toBe("/home/ana/shop"));
    });
});

test("a changed key is trusted only after the box was ticked", async () => {
    const sample = await show({
        agents: THREE,
        fingerprint: {
            words: ["one", "two"],
            hex: "aa",
            verified: false,
            firstSeenMs: 1,
            changedTo: { words: ["three", "four"], hex: "bb" },
        },
    });
    const trusted = vi.spyOn(sample.link, "trustNewKey");
    sample.link.setWorker(WORKER_ID, { channel: "blocked", alive: false });
    screen.getByRole("button", { name: "Actions for worker build-01" }).click();
    screen.getByRole("menuitem", { name: "Show fingerprint" }).click();
    const box = within(
        await waitFor(() => screen.getByRole("alertdialog", { name: "Worker key changed" })),
    );
    await waitFor(() => box.getByRole("list", { name: "New words" }));
    expect(box.getByRole("list", { name: "Known words" }).textContent).toContain("one");
    const trust = box.getByRole<HTMLButtonElement>("button", { name: "Trust the new key" });
    expect(trust.disabled).toBe(true);
    box.getByRole("checkbox", { name: "I compared the words" }).click();
    await waitFor(() => expect(trust.disabled).toBe(false));
    trust.click();
    expect(trusted).toHaveBeenCalledWith(WORKER_ID, "bb");
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
});

test("the palette finds commands by their letters and Enter does the chosen one", async () => {
    await show();
    press(document.body, "k", { ctrlKey: true });
    const box = within(await dialog("Command palette"));
    const field = box.getByRole("combobox", { name: "Command" });
    type(field, "agent 3");
    expect(box.getAllByRole("option").map((o) => o.getAttribute("aria-label"))).toEqual([
        "Go to Agent 3",
    ]);
    fireEvent.submit(field.closest("form") as HTMLFormElement);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(tab("Agent 3").getAttribute("aria-selected")).toBe("true");
});

test("F6 goes round the regions", async () => {
    await show();
    const regions = () =>
        ["Sidebar", "Workspace", "Tools"].find((name) =>
            document.activeElement?.closest(`[aria-label="${name}"]`),
        );
    const after = (key: string, init: KeyboardEventInit = {}) => {
        press(document.activeElement ?? document.body, key, init);
        return regions();
    };
    expect([after("F6"), after("F6"), after("F6"), after("F6")]).toEqual([
        "Sidebar",
        "Workspace",
        "Tools",
        "Sidebar",
    ]);
    expect(after("F6", { shiftKey: true })).toBe("Tools");
});

test("while LeapMux is away the last known stays, with a way to try again", async () => {
    const sample = await show();
    sample.link.setState("offline");
    expect(screen.getByRole("status", { name: "Connection" }).textContent).toBe("Offline");
    screen.getByRole("button", { name: "Try now" }).click();
    expect(sample.link.retries).toBe(1);
    expect(names()).toHaveLength(3);
    sample.link.setState("connected");
    expect(screen.queryByRole("button", { name: "Try now" })).toBeNull();
});
