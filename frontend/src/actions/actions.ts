// SPDX-License-Identifier: Apache-2.0
/**
 * What a person can do, once each: buttons, command palette, keys and the list of shortcuts are
 * drawn from these. A screen registers its actions while it is there.
 */
import { createSignal, onCleanup } from "solid-js";
import { matchesKeys } from "./keys";

export interface Action {
    /** Stable, lower case with hyphens. */
    id: string;
    /** As the palette and the list of shortcuts say it. */
    label: string;
    /** Combinations such as "Mod+Shift+P"; the first one is shown. */
    keys: readonly string[];
    /** False: it cannot be done now, and is hidden. */
    when?: () => boolean;
    run: () => void;
    /** Left out of the palette, for moves that make sense only by key. */
    keysOnly?: boolean;
}

const [actions, setActions] = createSignal<readonly Action[]>([]);

/** All actions that screens have registered now. */
export { actions };

/** Register actions for the life of the owner. */
export function provideActions(list: readonly Action[]): void {
    setActions((all) => [...all, ...list]);
    onCleanup(() => setActions((all) => all.filter((a) => !list.includes(a))));
}

const isPossible = (action: Action) => action.when === undefined || action.when();

/** The actions that can be done now. */
export function possibleActions(): Action[] {
    return actions().filter(isPossible);
}

/** Do an action by its id, if it can be done. */
export function runAction(id: string): void {
    actions()
        .find((a) => a.id === id && isPossible(a))
        ?.run();
}

/** The one listener for keys; text fields keep their usual keys, an open dialog keeps all. */
export function handleKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    // what is behind a dialog cannot be seen, and another dialog would lose what was typed in this
    if (document.querySelector("dialog[open]")) return;
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (plain && isTextField(event.target) && !/^F\d+$/.test(event.key)) return;
    for (const action of actions()) {
        if (!action.keys.some((keys) => matchesKeys(event, keys)) || !isPossible(action)) continue;
        event.preventDefault();
        action.run();
        return;
    }
}

function isTextField(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    );
}
