// SPDX-License-Identifier: Apache-2.0
/** Menus: they open on click (or as context menus), close on choice, and give the focus back. */
import { For, Show, createSignal, onCleanup, onMount } from "solid-js";
import { Portal } from "solid-js/web";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import { Icon } from "./Icon";
import * as css from "./menu.css";

export interface MenuItem {
    name: string;
    icon?: LucideIcon;
    keys?: string;
    run: () => void;
    /** A line above it. */
    separated?: boolean;
}

/** Distance to the edge of the window and to what opened it, in pixels. */
const GAP = 4;

/** Where a menu wants to be: below (or above) a box, or at a point. */
type Place = { box: DOMRect } | { x: number; y: number };

export interface MenuProps {
    /** Name of the menu itself. */
    name: string;
    items: MenuItem[];
    /** Name of the button that opens it. */
    label: string;
    class: string;
    children: JSX.Element;
}

/** A button that opens a menu. */
export function Menu(props: MenuProps): JSX.Element {
    const [place, setPlace] = createSignal<Place>();
    let button: HTMLButtonElement | undefined;
    const toggle = () =>
        setPlace(place() || !button ? undefined : { box: button.getBoundingClientRect() });
    return (
        <>
            <button
                ref={button}
                type="button"
                class={props.class}
                aria-label={props.label}
                title={props.label}
                aria-haspopup="menu"
                aria-expanded={place() !== undefined}
                data-expanded={place() ? "true" : undefined}
                onClick={toggle}
                onKeyDown={(event) => {
                    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
                    event.preventDefault();
                    toggle();
                }}
            >
                {props.children}
            </button>
            <Show when={place()} keyed>
                {(at) => (
                    <OpenMenu
                        name={props.name}
                        items={props.items}
                        place={at}
                        opener={button}
                        onClose={() => setPlace(undefined)}
                    />
                )}
            </Show>
        </>
    );
}

/** What the thing with a context menu has to wire up. */
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

/** Gives its child what opens a context menu: right click, Shift+F10, the menu key. */
export function ContextMenu(props: ContextMenuProps): JSX.Element {
    const [open, setOpen] = createSignal<{ place: Place; opener: HTMLElement }>();
    const handles: ContextMenuHandles = {
        open: (event) => {
            event.preventDefault();
            const opener = event.currentTarget as HTMLElement;
            setOpen({ place: { x: event.clientX, y: event.clientY }, opener });
        },
        key: (event) => {
            if (event.key !== "ContextMenu" && !(event.shiftKey && event.key === "F10"))
                return false;
            event.preventDefault();
            const opener = event.currentTarget as HTMLElement;
            setOpen({ place: { box: opener.getBoundingClientRect() }, opener });
            return true;
        },
    };
    return (
        <>
            {props.children(handles)}
            <Show when={open()} keyed>
                {(at) => (
                    <OpenMenu
                        name={props.name}
                        items={props.items}
                        place={at.place}
                        opener={at.opener}
                        onClose={() => setOpen(undefined)}
                    />
                )}
            </Show>
        </>
    );
}

interface OpenMenuProps {
    name: string;
    items: MenuItem[];
    place: Place;
    opener: HTMLElement | undefined;
    onClose: () => void;
}

function OpenMenu(props: OpenMenuProps): JSX.Element {
    let menu: HTMLDivElement | undefined;
    const entries = () => [...(menu?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const away = (event: PointerEvent) => {
        const target = event.target as Node;
        if (!menu?.contains(target) && !props.opener?.contains(target)) props.onClose();
    };
    onMount(() => {
        document.addEventListener("pointerdown", away, true);
        if (menu) putAt(menu, props.place);
        entries()[0]?.focus();
    });
    onCleanup(() => document.removeEventListener("pointerdown", away, true));

    const close = () => {
        props.onClose();
        props.opener?.focus();
    };
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
        else if (event.key === "Escape" || event.key === "Tab") close();
        else return;
        event.preventDefault();
        event.stopPropagation();
    };

    return (
        <Portal>
            <div ref={menu} class={css.menu} role="menu" aria-label={props.name} onKeyDown={key}>
                <For each={props.items}>
                    {(item) => (
                        <>
                            <Show when={item.separated}>
                                <hr class={css.separator} />
                            </Show>
                            <button
                                type="button"
                                class={css.item}
                                role="menuitem"
                                aria-label={item.name}
                                tabindex="-1"
                                onPointerEnter={(event) => event.currentTarget.focus()}
                                onClick={() => {
                                    close();
                                    item.run();
                                }}
                            >
                                <Show when={item.icon}>
                                    {(icon) => (
                                        <span class={css.icon}>
                                            <Icon of={icon()} />
                                        </span>
                                    )}
                                </Show>
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
        </Portal>
    );
}

/** Below what opened it, above where there is no room; always inside of the window. */
function putAt(menu: HTMLElement, place: Place): void {
    const { width, height } = menu.getBoundingClientRect();
    const below = "box" in place ? place.box.bottom + GAP : place.y;
    const above = ("box" in place ? place.box.top - GAP : place.y) - height;
    const left = "box" in place ? place.box.left : place.x;
    const top = below + height + GAP > innerHeight ? above : below;
    menu.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
    menu.style.top = `${Math.max(GAP, top)}px`;
}
