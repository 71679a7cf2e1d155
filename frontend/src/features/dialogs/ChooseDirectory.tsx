// SPDX-License-Identifier: Apache-2.0
import { For, Show, createResource, createSignal } from "solid-js";
import type { JSX } from "solid-js";
import ArrowUp from "lucide-solid/icons/arrow-up";
import Folder from "lucide-solid/icons/folder";
import FolderGit from "lucide-solid/icons/folder-git-2";
import { WorkerMethods } from "../../gen/leapmux/v1/worker_pb";
import type { DirectoryEntry } from "../../gen/leapmux/v1/worker_pb";
import { pathBytes, pathText } from "../../model/format";
import { useStores } from "../../stores/context";
import { asLinkError } from "../../stores/hub";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Checkbox } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Skeleton } from "../../ui/States";
import * as css from "./dialogs.css";

/** How many entries one look into a directory brings. */
const PAGE = 1000;

export interface ChooseDirectoryProps {
    workerId: string;
    workspaceId: string;
    /** Where to begin; a directory that cannot be read gives the home directory. */
    start: string;
    onClose: () => void;
    onChoose: (path: string) => void;
}

/** Walks through the directories of a Worker. */
export function ChooseDirectory(props: ChooseDirectoryProps): JSX.Element {
    const { link } = useStores();
    // eslint-disable-next-line solid/reactivity -- only where it begins
    const [at, setAt] = createSignal({ path: props.start, hidden: false });
    const [selected, setSelected] = createSignal<string>();

    const read = async (where: { path: string; hidden: boolean }) => {
        const entries: DirectoryEntry[] = [];
        let pageToken = "";
        let path: Uint8Array = new Uint8Array();
        do {
            const page = await link.callWorker(props.workerId, WorkerMethods.method.listDirectory, {
                workspaceId: props.workspaceId,
                path: pathBytes(where.path),
                limit: PAGE,
                pageToken,
                hidden: where.hidden,
            });
            entries.push(...page.entries);
            pageToken = page.nextPageToken;
            path = page.path;
        } while (pageToken !== "");
        return { path: pathText(path), entries };
    };
    const [listing] = createResource(at, read);
    const failed = () => (listing.state === "errored" ? asLinkError(listing.error) : undefined);
    const current = () => (listing.state === "errored" ? undefined : listing());
    const go = (path: string) => {
        setSelected(undefined);
        setAt({ ...at(), path });
    };
    const below = (name: string) => `${(current()?.path ?? "").replace(/\/$/, "")}/${name}`;
    const parent = () => (current()?.path ?? "/").replace(/\/[^/]*$/, "") || "/";
    const choice = () => {
        const name = selected();
        return name === undefined ? current()?.path : below(name);
    };

    const key = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
        const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
        const index = rows.indexOf(document.activeElement as HTMLElement);
        const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[
            event.key
        ];
        if (to !== undefined && rows[to]) rows[to].focus();
        else if (event.key === "ArrowLeft" || event.key === "Backspace") go(parent());
        else return;
        event.preventDefault();
    };

    return (
        <Dialog
            title="Choose directory"
            error={failed() && { message: failed()?.message ?? "", code: failed()?.reason ?? "" }}
            onClose={() => props.onClose()}
            onSubmit={() => {
                const path = choice();
                if (path !== undefined) props.onChoose(path);
            }}
            actions={
                <>
                    <Button onClick={() => props.onClose()}>Cancel</Button>
                    <Button type="submit" variant="primary" disabled={choice() === undefined}>
                        Choose
                    </Button>
                </>
            }
        >
            <div style={{ display: "flex", gap: "8px", "align-items": "center" }}>
                <Button
                    size="sm"
                    icon={<Icon of={ArrowUp} small />}
                    disabled={current()?.path === "/"}
                    onClick={() => go(failed() === undefined ? parent() : "")}
                >
                    Up
                </Button>
                <span class="mono clip">{choice() ?? at().path}</span>
            </div>
            <div class={css.tree} role="tree" aria-label="Directories" onKeyDown={key}>
                <Show
                    when={!listing.loading}
                    fallback={<Skeleton widths={["40%", "60%", "50%"]} />}
                >
                    <For
                        each={current()?.entries ?? []}
                        fallback={
                            <p class={`${css.node} ${css.dim}`}>
                                {failed() ? "Nothing can be shown." : "No directories here."}
                            </p>
                        }
                    >
                        {(entry, index) => (
                            <Row
                                name={pathText(entry.name)}
                                repository={entry.isRepository}
                                first={index() === 0}
                                selected={selected() === pathText(entry.name)}
                                onSelect={() => setSelected(pathText(entry.name))}
                                onOpen={() => go(below(pathText(entry.name)))}
                            />
                        )}
                    </For>
                </Show>
            </div>
            <Checkbox
                label="Show hidden directories"
                checked={at().hidden}
                onChange={(hidden) => setAt({ ...at(), hidden })}
            />
        </Dialog>
    );
}

function Row(props: {
    name: string;
    repository: boolean;
    first: boolean;
    selected: boolean;
    onSelect: () => void;
    onOpen: () => void;
}): JSX.Element {
    return (
        <div
            class={css.node}
            role="treeitem"
            aria-label={props.name}
            aria-selected={props.selected}
            tabindex={props.first || props.selected ? 0 : -1}
            onClick={() => props.onSelect()}
            onDblClick={() => props.onOpen()}
            onFocus={() => props.onSelect()}
            onKeyDown={(event) => {
                if (event.key !== "ArrowRight") return;
                event.preventDefault();
                props.onOpen();
            }}
        >
            <span class={css.dim}>
                <Icon of={props.repository ? FolderGit : Folder} />
            </span>
            {props.name}
        </div>
    );
}
