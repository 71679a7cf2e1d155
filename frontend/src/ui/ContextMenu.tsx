// SPDX-License-Identifier: Apache-2.0
/** The menu of a thing: by right click, Shift+F10 or the menu key, at the place of the pointer. */
import { For, Show, createSignal, onCleanup, onMount } from "solid-js";
import { Portal } from "solid-js/web";
import type { JSX } from "solid-js";
import type { MenuItem } from "./Menu";
import * as css from "./menu.css";

/** What the thing itself has to wire up. */
export interface ContextMenuHandles {
    open: (event: MouseEvent) => void;
    /** True when the key opened the menu. */
    key: (event: KeyboardEvent) => boolean;
}

export interface ContextMenuProps {
    name: string;
    items: MenuItem[];
    children: (handles: ContextMenuHandles) => JSX.Element;
}

/** Gives its child what opens a context menu. */
export function ContextMenu(props: ContextMenuProps): JSX.Element {
    const [place, setPlace] = createSignal<{ x: number; y: number; from: HTMLElement }>();
    const handles: ContextMenuHandles = {
        open: (event) => {
            event.preventDefault();
            const from = event.currentTarget as HTMLElement;
            setPlace({ x: event.clientX, y: event.clientY, from });
        },
        key: (event) => {
            if (event.key !== "ContextMenu" && !(event.shiftKey && event.key === "F10")) return false;
            event.preventDefault();
            const from = event.currentTarget as HTMLElement;
            const box = from.getBoundingClientRect();
            setPlace({ x: box.left, y: box.bottom, from });
            return true;
        },
    };
    return (
        <>
            {props.children(handles)}
            <Show when={place()} keyed>
                {(at) => (
                    <Portal>
                        <OpenMenu
                            name={props.name}
                            items={props.items}
                            x={at.x}
                            y={at.y}
                            onClose={() => {
                                setPlace(undefined);
                                at.from.focus();
                            }}
                        />
                    </Portal>
                )}
            </Show>
        </>
    );
}

function OpenMenu(props: {
    name: string;
    items: MenuItem[];
    x: number;
    y: number;
    onClose: () => void;
}): JSX.Element {
    let menu: HTMLDivElement | undefined;
    const entries = () => [...(menu?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const away = (event: PointerEvent) => {
        if (!menu?.contains(event.target as Node)) props.onClose();
    };
    onMount(() => {
        document.addEventListener("pointerdown", away, true);
        if (menu) {
            const box = menu.getBoundingClientRect();
            menu.style.left = `${Math.max(4, Math.min(props.x, innerWidth - box.width - 4))}px`;
            menu.style.top = `${Math.max(4, Math.min(props.y, innerHeight - box.height - 4))}px`;
        }
        entries()[0]?.focus();
    });
    onCleanup(() => document.removeEventListener("pointerdown", away, true));

    const key = (event: KeyboardEvent) => {
        const all = entries();
        const at = all.indexOf(document.activeElement as HTMLElement);
        const to = {
            ArrowDown: (at + 1) % all.length,
            ArrowUp: (at - 1 + all.length) % all.length,
            Home: 0,
            End: all.length - 1,
        }[event.key];
        if (to !== undefined) all[to]?.focus();
        else if (event.key === "Escape" || event.key === "Tab") props.onClose();
        else return;
        event.preventDefault();
        event.stopPropagation();
    };

    return (
        <div
            ref={menu}
            class={css.menu}
            style={{ position: "fixed" }}
            role="menu"
            aria-label={props.name}
            onKeyDown={key}
        >
            <For each={props.items}>
                {(item) => (
                    <>
                        <Show when={item.separated}>
                            <hr class={css.separator} />
                        </Show>
                        <button
                            type="button"
                            class={css.item}
                            style={{ width: "100%" }}
                            role="menuitem"
                            tabindex="-1"
                            onPointerEnter={(event) => event.currentTarget.focus()}
                            onClick={() => {
                                props.onClose();
                                item.run();
                            }}
                        >
                            {item.name}
                            <Show when={item.keys}>
                                <span class={css.keys} aria-hidden="true">
                                    {item.keys}
                                </span>
                            </Show>
                        </button>
                    </>
                )}
            </For>
        </div>
    );
}
