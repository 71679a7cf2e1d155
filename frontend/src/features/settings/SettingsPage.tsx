// SPDX-License-Identifier: Apache-2.0
import { A, Navigate, useParams } from "@solidjs/router";
import { For, Show, createResource } from "solid-js";
import type { JSX } from "solid-js";
import { exactTime } from "../../model/format";
import { createTitle } from "../../ui/title";
import { useStores } from "../../stores/context";
import { Checkbox, RadioSegments } from "../../ui/Field";
import * as css from "./settings.css";

const TABS = [
    { id: "appearance", name: "Appearance" },
    { id: "chat", name: "Chat" },
    { id: "workers", name: "Trusted workers" },
] as const;

/** Settings of this device; each change applies and is kept at once. */
export function SettingsPage(): JSX.Element {
    const params = useParams<{ tab: string }>();
    const tab = () => TABS.find((t) => t.id === params.tab);
    createTitle(() => "Settings");
    return (
        <Show when={tab()} fallback={<Navigate href="/settings/appearance" />}>
            {(shown) => (
                <main class={css.page}>
                    <div class={css.inner}>
                        <header class={css.head}>
                            <A href="/" class={css.back}>
                                Back
                            </A>
                            <h1 class={css.title}>Settings</h1>
                            <span role="status" aria-label="Save state" class={css.saved}>
                                Saved
                            </span>
                        </header>
                        <div class={css.columns}>
                            <div
                                class={css.tabs}
                                role="tablist"
                                aria-label="Settings"
                                onKeyDown={moveInTabs}
                            >
                                <For each={TABS}>
                                    {(entry) => (
                                        <A
                                            href={`/settings/${entry.id}`}
                                            class={css.tab}
                                            role="tab"
                                            aria-selected={entry.id === shown().id}
                                            tabindex={entry.id === shown().id ? 0 : -1}
                                        >
                                            {entry.name}
                                        </A>
                                    )}
                                </For>
                            </div>
                            <div class={css.panel} role="tabpanel" aria-label={shown().name}>
                                <Show when={shown().id === "appearance"}>
                                    <Appearance />
                                </Show>
                                <Show when={shown().id === "chat"}>
                                    <Chat />
                                </Show>
                                <Show when={shown().id === "workers"}>
                                    <TrustedWorkers />
                                </Show>
                            </div>
                        </div>
                    </div>
                </main>
            )}
        </Show>
    );
}

/** Arrow keys, Home and End go to the other tabs and show them. */
function moveInTabs(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
    const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')];
    const at = tabs.indexOf(document.activeElement as HTMLElement);
    const to = {
        ArrowDown: at + 1,
        ArrowRight: at + 1,
        ArrowUp: at - 1,
        ArrowLeft: at - 1,
        Home: 0,
        End: tabs.length - 1,
    }[event.key];
    const tab = to === undefined ? undefined : tabs[to];
    if (!tab) return;
    event.preventDefault();
    tab.focus();
    tab.click();
}

function Appearance(): JSX.Element {
    const { preferences } = useStores();
    return (
        <>
            <RadioSegments
                label="Theme"
                value={preferences.values.theme}
                options={[
                    { value: "light", label: "Light" },
                    { value: "dark", label: "Dark" },
                    { value: "system", label: "System" },
                ]}
                onChange={(theme) => preferences.set("theme", theme)}
            />
            <RadioSegments
                label="Density"
                value={preferences.values.density}
                options={[
                    { value: "comfortable", label: "Comfortable" },
                    { value: "compact", label: "Compact" },
                ]}
                onChange={(density) => preferences.set("density", density)}
            />
            <p class={css.note}>These settings are for this device.</p>
        </>
    );
}

function Chat(): JSX.Element {
    const { preferences } = useStores();
    return (
        <>
            <RadioSegments
                label="Send with"
                value={preferences.values.sendWith}
                options={[
                    { value: "enter", label: "Enter" },
                    { value: "mod-enter", label: "Mod+Enter" },
                ]}
                onChange={(sendWith) => preferences.set("sendWith", sendWith)}
            />
            <Checkbox
                label="Open thinking"
                role="switch"
                checked={preferences.values.openThinking}
                onChange={(open) => preferences.set("openThinking", open)}
            />
            <p class={css.note}>These settings are for this device.</p>
        </>
    );
}

function TrustedWorkers(): JSX.Element {
    const { hub, link } = useStores();
    const [pins] = createResource(
        () => hub.data.workers.map((w) => ({ id: w.id, name: w.name })),
        (workers) =>
            Promise.all(
                workers.map(async (worker) => ({
                    ...worker,
                    // a Worker that this device has not met yet has no words
                    pin: await link.fingerprint(worker.id).catch(() => undefined),
                })),
            ),
    );
    const known = () => (pins.latest ?? []).filter((p) => p.pin !== undefined);
    return (
        <>
            <table class={css.table} aria-label="Trusted workers">
                <thead>
                    <tr>
                        <th class={css.heading}>Worker</th>
                        <th class={css.heading}>Words</th>
                        <th class={css.heading}>Since</th>
                    </tr>
                </thead>
                <tbody>
                    <For each={known()}>
                        {(row) => (
                            <tr>
                                <td class={css.cell}>{row.name}</td>
                                <td class={`${css.cell} mono`}>{row.pin?.words.join(" ")}</td>
                                <td class={css.cell}>{exactTime(row.pin?.firstSeenMs ?? 0)}</td>
                            </tr>
                        )}
                    </For>
                </tbody>
            </table>
            <Show when={!pins.loading && known().length === 0}>
                <p class={css.note}>This device has not met a worker yet.</p>
            </Show>
        </>
    );
}
