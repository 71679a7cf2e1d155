// SPDX-License-Identifier: Apache-2.0
/** Menus: they open on click and close on choice. */
import * as Dropdown from "@kobalte/core/dropdown-menu";
import { For, Show } from "solid-js";
import type { JSX } from "solid-js";
import type { LucideIcon } from "lucide-solid";
import { Icon } from "./Icon";
import * as css from "./menu.css";

export interface MenuItem {
    name: string;
    icon?: LucideIcon;
    keys?: string;
    run: () => void;
    disabled?: boolean;
    /** A line above it. */
    separated?: boolean;
}

export interface MenuProps {
    /** Name of the menu itself. */
    name: string;
    items: MenuItem[];
    /** What opens it: the content and attributes of a button. */
    label: string;
    class: string;
    children: JSX.Element;
    placement?: "bottom-end" | "bottom-start" | "top-start";
}

/** A button that opens a menu. */
export function Menu(props: MenuProps): JSX.Element {
    return (
        <Dropdown.Root placement={props.placement ?? "bottom-end"} gutter={4} modal={false}>
            <Dropdown.Trigger class={props.class} aria-label={props.label} title={props.label}>
                {props.children}
            </Dropdown.Trigger>
            <Dropdown.Portal>
                <Dropdown.Content
                    class={css.menu}
                    aria-label={props.name}
                    // named by its own words, not by the button's
                    aria-labelledby={undefined}
                >
                    <For each={props.items}>
                        {(item) => (
                            <>
                                <Show when={item.separated}>
                                    <Dropdown.Separator class={css.separator} />
                                </Show>
                                <Dropdown.Item
                                    class={css.item}
                                    disabled={item.disabled === true}
                                    onSelect={() => item.run()}
                                >
                                    <Show when={item.icon}>
                                        {(icon) => (
                                            <span class={css.icon}>
                                                <Icon of={icon()} />
                                            </span>
                                        )}
                                    </Show>
                                    <Dropdown.ItemLabel>{item.name}</Dropdown.ItemLabel>
                                    <Show when={item.keys}>
                                        <span class={css.keys} aria-hidden="true">
                                            {item.keys}
                                        </span>
                                    </Show>
                                </Dropdown.Item>
                            </>
                        )}
                    </For>
                </Dropdown.Content>
            </Dropdown.Portal>
        </Dropdown.Root>
    );
}
