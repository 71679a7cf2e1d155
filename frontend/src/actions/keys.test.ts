// SPDX-License-Identifier: Apache-2.0
import { createRoot } from "solid-js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { handleKey, possibleActions, provideActions, runAction } from "./actions";
import type { Action } from "./actions";
import { keysText, matchesKeys } from "./keys";

const press = (key: string, init: KeyboardEventInit = {}) =>
    new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...init });
const CTRL = { ctrlKey: true };
const ALT_SHIFT = { altKey: true, shiftKey: true };

describe("matchesKeys", () => {
    test.each<[string, KeyboardEvent, boolean]>([
        ["Mod+K", press("k", CTRL), true],
        ["Mod+K", press("K", { ...CTRL, shiftKey: true }), false],
        ["Mod+K", press("k"), false],
        ["Mod+K", press("k", { ...CTRL, metaKey: true }), false],
        ["Mod+K", press("л", { ...CTRL, code: "KeyK" }), true],
        ["Mod+Shift+P", press("P", { ...CTRL, shiftKey: true }), true],
        ["Mod+,", press(",", CTRL), true],
        ["Mod+.", press(".", { ...CTRL, shiftKey: true }), true],
        ["?", press("?", { shiftKey: true }), true],
        ["Alt+Shift+N", press("Ñ", { ...ALT_SHIFT, code: "KeyN" }), true],
        ["Alt+Shift+N", press("N", { altKey: true, code: "KeyN" }), false],
        ["Alt+1", press("¡", { altKey: true, code: "Digit1" }), true],
        ["Alt+Shift+[", press("{", { ...ALT_SHIFT, code: "BracketLeft" }), true],
        ["Alt+Shift+[", press("[", { altKey: true, code: "BracketLeft" }), false],
        ["Alt+Shift+]", press("}", { ...ALT_SHIFT, code: "BracketRight" }), true],
        ["F6", press("F6"), true],
        ["F6", press("F6", { shiftKey: true }), false],
        ["Shift+F6", press("F6", { shiftKey: true }), true],
    ])("%s, case %#", (keys, event, wanted) => {
        expect(matchesKeys(event, keys)).toBe(wanted);
    });

    test("on Apple's machines Mod is the command key", () => {
        vi.stubGlobal("navigator", { userAgent: "Macintosh; Intel Mac OS X" });
        expect(matchesKeys(press("k", { metaKey: true }), "Mod+K")).toBe(true);
        expect(matchesKeys(press("k", CTRL), "Mod+K")).toBe(false);
        expect(keysText("Mod+Shift+P")).toBe("⌘ ⇧ P");
        vi.unstubAllGlobals();
        expect(keysText("Mod+Shift+P")).toBe("Ctrl Shift P");
    });
});

describe("the listener for keys", () => {
    const run = vi.fn();
    let possible = true;
    let end: () => void;
    const actions: Action[] = [
        { id: "help", label: "Help", keys: ["F1", "?"], run },
        { id: "maybe", label: "Maybe", keys: ["Mod+B"], when: () => possible, run },
    ];
    const send = (target: EventTarget, event: KeyboardEvent) => {
        target.dispatchEvent(event);
        return event.defaultPrevented;
    };
    const into = <K extends keyof HTMLElementTagNameMap>(tag: K) => {
        const element = document.createElement(tag);
        document.body.append(element);
        return element;
    };

    beforeEach(() => {
        run.mockClear();
        possible = true;
        createRoot((dispose) => {
            provideActions(actions);
            end = dispose;
        });
        addEventListener("keydown", handleKey);
    });
    afterEach(() => {
        removeEventListener("keydown", handleKey);
        end();
        document.body.replaceChildren();
    });

    test("runs the action and keeps the browser from doing its own", () => {
        expect(send(document.body, press("?", { shiftKey: true }))).toBe(true);
        expect(run).toHaveBeenCalledOnce();
    });

    test.each(["input", "textarea", "select"] as const)("an %s keeps its plain keys", (tag) => {
        const field = into(tag);
        expect(send(field, press("?"))).toBe(false);
        expect(run).not.toHaveBeenCalled();
        send(field, press("F1"));
        send(field, press("b", CTRL));
        expect(run).toHaveBeenCalledTimes(2);
    });

    test("nothing is run while text is composed, after another took the key, behind a dialog", () => {
        send(document.body, press("b", { ...CTRL, isComposing: true }));
        const taken = press("b", CTRL);
        taken.preventDefault();
        send(document.body, taken);
        into("dialog").setAttribute("open", "");
        send(document.body, press("b", CTRL));
        expect(run).not.toHaveBeenCalled();
    });

    test("what cannot be done now is hidden and leaves its key alone", () => {
        possible = false;
        expect(send(document.body, press("b", CTRL))).toBe(false);
        runAction("maybe");
        expect(run).not.toHaveBeenCalled();
        expect(possibleActions().map((a) => a.id)).toEqual(["help"]);
    });

    test("actions go with their screen", () => {
        end();
        runAction("help");
        expect(run).not.toHaveBeenCalled();
    });
});
