// SPDX-License-Identifier: Apache-2.0
/** Key combinations: "Mod+Shift+P" where Mod is Ctrl, on Apple's machines ⌘. */

const isApple = () => /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A combination as people write it here: "Ctrl Shift P". */
export function keysText(keys: string): string {
    const names: Record<string, string> = isApple()
        ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" }
        : { Mod: "Ctrl" };
    return keys
        .split("+")
        .map((part) => names[part] ?? part)
        .join(" ");
}

/** True if the event is that combination. */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
    const parts = keys.split("+");
    const key = parts.at(-1) ?? "";
    const wants = (name: string) => parts.slice(0, -1).includes(name);
    const mod = isApple() ? event.metaKey : event.ctrlKey;
    const otherMod = isApple() ? event.ctrlKey : event.metaKey;
    if (mod !== wants("Mod") || otherMod) return false;
    if (event.altKey !== wants("Alt")) return false;
    // a sign such as "?" may need Shift to be typed at all
    const isSign = key.length === 1 && !/[a-z0-9]/i.test(key);
    if (event.shiftKey !== wants("Shift") && !(isSign && event.shiftKey)) return false;
    return keyOf(event) === key.toLowerCase();
}

const BRACKETS: Record<string, string> = { BracketLeft: "[", BracketRight: "]" };

/**
 * The key's letter or name. With Alt a letter may be a sign, and on a keyboard of another alphabet
 * it is none of ours: then its place on the keyboard counts.
 */
function keyOf(event: KeyboardEvent): string {
    const letter = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? BRACKETS[event.code];
    const isForeign = event.key.length === 1 && event.key > "~";
    const byPlace = (event.altKey || isForeign) && letter !== undefined;
    return (byPlace ? letter : event.key).toLowerCase();
}
