// SPDX-License-Identifier: Apache-2.0
import { useNavigate } from "@solidjs/router";
import { For, Show, createMemo, createSignal, useContext } from "solid-js";
import type { JSX } from "solid-js";
import { possibleActions } from "../../actions/actions";
import { keysText } from "../../actions/keys";
import { fuzzyScore } from "../../model/fuzzy";
import { useStores } from "../../stores/context";
import { WorkspaceContext } from "../../stores/workspace";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import * as css from "./dialogs.css";

interface Entry {
    id: string;
    label: string;
    note: string;
    run: () => void;
}

const SHOWN = 50;
/** Ids of what was chosen, newest first, for the life of the page. */
const recent: string[] = [];

/** Everything that can be done, found by a few letters. */
export function CommandPalette(props: { onClose: () => void }): JSX.Element {
    const { hub } = useStores();
    const workspace = useContext(WorkspaceContext);
    const navigate = useNavigate();
    const [query, setQuery] = createSignal("");
    const [at, setAt] = createSignal(0);

    const all = createMemo((): Entry[] => [
        ...possibleActions()
            .filter((a) => a.keysOnly !== true)
            .map((a) => ({
                id: a.id,
                label: a.label,
                note: a.keys[0] === undefined ? "" : keysText(a.keys[0]),
                run: a.run,
            })),
        ...(workspace?.tabs() ?? []).map((tab) => ({
            id: `tab:${tab.tabId}`,
            label: `Go to ${workspace?.titleOf(tab) ?? ""}`,
            note: "Tab",
            run: () => workspace?.activate(tab.tabId),
        })),
        ...hub.data.workspaces.map((w) => ({
            id: `workspace:${w.id}`,
            label: `Open ${w.title}`,
            note: "Workspace",
            run: () => navigate(`/o/${hub.data.org?.name ?? ""}/w/${w.id}`),
        })),
    ]);
    const found = createMemo(() => {
        const age = (entry: Entry) => {
            const index = recent.indexOf(entry.id);
            return index < 0 ? 0 : 2 / (index + 1);
        };
        return all()
            .flatMap((entry) => {
                const score = fuzzyScore(query(), entry.label);
                return score === undefined ? [] : [{ entry, score: score + age(entry) }];
            })
            .sort((a, b) => b.score - a.score)
            .slice(0, SHOWN)
            .map(({ entry }) => entry);
    });

    const choose = (entry: Entry | undefined) => {
        if (!entry) return;
        const before = recent.indexOf(entry.id);
        if (before >= 0) recent.splice(before, 1);
        recent.unshift(entry.id);
        props.onClose();
        entry.run();
    };
    const move = (event: KeyboardEvent) => {
        const count = found().length;
        if (event.key === "ArrowDown") setAt((at() + 1) % Math.max(count, 1));
        else if (event.key === "ArrowUp") setAt((at() - 1 + count) % Math.max(count, 1));
        else return;
        event.preventDefault();
        document.getElementById(`palette-${at()}`)?.scrollIntoView({ block: "nearest" });
    };

    return (
        <Dialog
            title="Command palette"
            onClose={() => props.onClose()}
            onSubmit={() => choose(found()[at()])}
        >
            <TextField
                label="Command"
                quiet
                placeholder="What is to be done?"
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-commands"
                aria-activedescendant={found()[at()] && `palette-${at()}`}
                value={query()}
                onInput={(value) => {
                    setQuery(value);
                    setAt(0);
                }}
                onKeyDown={move}
            />
            <ul id="palette-commands" class={css.list} role="listbox" aria-label="Commands">
                <For each={found()}>
                    {(entry, index) => (
                        <li
                            id={`palette-${index()}`}
                            class={css.option}
                            role="option"
                            aria-label={entry.label}
                            aria-selected={index() === at()}
                            onPointerMove={() => setAt(index())}
                            onClick={() => choose(entry)}
                        >
                            {entry.label}
                            <span class={css.keys} aria-hidden="true">
                                {entry.note}
                            </span>
                        </li>
                    )}
                </For>
            </ul>
            <Show when={found().length === 0}>
                <p class={css.dim}>No command has these letters.</p>
            </Show>
        </Dialog>
    );
}
