// SPDX-License-Identifier: Apache-2.0
import { Show, createMemo, createResource, createSignal, onCleanup } from "solid-js";
import type { JSX } from "solid-js";
import RotateCcw from "lucide-solid/icons/rotate-ccw";
import FolderOpen from "lucide-solid/icons/folder-open";
import { WorkerMethods } from "../../gen/leapmux/v1/worker_pb";
import type { Provider } from "../../gen/leapmux/v1/worker_pb";
import { pathBytes, pathText } from "../../model/format";
import { modeWords } from "../../model/agent";
import { useStores } from "../../stores/context";
import { asLinkError } from "../../stores/hub";
import { useWorkspace } from "../../stores/workspace";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import type { DialogError } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { ChooseDirectory } from "./ChooseDirectory";
import * as css from "./dialogs.css";

/** Opens an agent: where, with which CLI, in which directory. */
export function NewAgentDialog(props: { onClose: () => void }): JSX.Element {
    const { hub, link, notices, preferences } = useStores();
    const workspace = useWorkspace();
    const active = workspace.activeAgent();
    const online = createMemo(() => [...hub.data.workers].sort((a, b) => +b.online - +a.online));
    const firstWorker = () => {
        const ofTab = hub.worker(active?.workerId ?? "");
        return ofTab?.online === true ? ofTab.id : (online()[0]?.id ?? "");
    };
    const [workerId, setWorkerId] = createSignal(firstWorker());
    const [providerId, setProviderId] = createSignal(active?.provider ?? "");
    const [model, setModel] = createSignal("");
    const [mode, setMode] = createSignal("");
    const lastDirectory = () =>
        active?.workerId === workerId()
            ? pathText(active.workingDir)
            : preferences.values.lastDirectory[workerId()];
    /** What was typed or chosen; until then it is the directory that fits the Worker. */
    const [typed, setTyped] = createSignal<string>();
    const [title, setTitle] = createSignal(workspace.freeAgentTitle());
    const [message, setMessage] = createSignal("");
    const [browsing, setBrowsing] = createSignal(false);
    const [busy, setBusy] = createSignal(false);
    const [error, setError] = createSignal<DialogError>();
    const automaticTitle = workspace.freeAgentTitle();

    let refresh = false;
    const [providers, { refetch }] = createResource(workerId, async (id) => {
        if (id === "") return [];
        const ask = refresh;
        refresh = false;
        const answer = await link.callWorker(id, WorkerMethods.method.listProviders, {
            refresh: ask,
        });
        return answer.providers;
    });
    const [info] = createResource(workerId, (id) =>
        id === "" ? undefined : link.callWorker(id, WorkerMethods.method.getWorkerInfo, {}),
    );
    const failedToAsk = () =>
        providers.state === "errored" ? asLinkError(providers.error) : undefined;
    const known = () => (providers.state === "errored" ? [] : (providers.latest ?? []));
    const provider = (): Provider | undefined =>
        known().find((p) => p.id === providerId()) ??
        known().find((p) => p.available) ??
        known()[0];

    const directory = () => {
        const home = info.state === "ready" ? info()?.home : undefined;
        return typed() ?? lastDirectory() ?? (home === undefined ? "" : pathText(home));
    };
    let gone = false;
    onCleanup(() => {
        gone = true;
    });

    const checkAgain = () => {
        refresh = true;
        void refetch();
    };
    const create = async () => {
        const chosen = provider();
        if (!chosen) return;
        setBusy(true);
        setError(undefined);
        try {
            await workspace.openAgent(
                workerId(),
                {
                    provider: chosen.id,
                    workingDir: pathBytes(directory()),
                    title: automaticTitle,
                    model: model(),
                    permissionMode: mode(),
                    firstMessage: message(),
                },
                title().trim() === automaticTitle ? "" : title().trim(),
            );
            preferences.set("lastDirectory", {
                ...preferences.values.lastDirectory,
                [workerId()]: directory(),
            });
            // closed meanwhile: what is open now is another dialog
            if (!gone) props.onClose();
        } catch (thrown) {
            if (gone) notices.error("The agent could not be opened:", thrown);
            const known = asLinkError(thrown);
            setError({ message: known.message, code: known.reason });
        } finally {
            setBusy(false);
        }
    };
    const canCreate = () =>
        !providers.loading && provider()?.available === true && directory().trim() !== "";

    return (
        <>
            <Dialog
                title="New agent"
                busy={busy()}
                error={error()}
                onClose={() => props.onClose()}
                onSubmit={() => {
                    if (canCreate()) void create();
                }}
                actions={
                    <>
                        <Button onClick={() => props.onClose()}>Cancel</Button>
                        <Button
                            type="submit"
                            variant="primary"
                            busy={busy()}
                            disabled={!canCreate()}
                        >
                            Create
                        </Button>
                    </>
                }
            >
                <div class={css.two}>
                    <SelectField
                        label="Worker"
                        value={workerId()}
                        hint={!online().some((w) => w.online) ? "No worker is online." : undefined}
                        options={online().map((w) => ({
                            value: w.id,
                            label: w.online ? w.name : `${w.name} (offline)`,
                            disabled: !w.online,
                        }))}
                        onChange={setWorkerId}
                    />
                    <SelectField
                        label="Provider"
                        value={provider()?.id ?? ""}
                        options={known().map((p) => ({
                            value: p.id,
                            label: p.available ? p.name : `${p.name} (not available)`,
                        }))}
                        onChange={(id) => {
                            setProviderId(id);
                            setModel("");
                            setMode("");
                        }}
                    />
                </div>
                <ProviderState
                    provider={provider()}
                    asking={providers.loading}
                    failed={failedToAsk()?.message}
                    onCheckAgain={checkAgain}
                />
                <div class={css.two}>
                    <SelectField
                        label="Model"
                        value={model()}
                        options={[
                            { value: "", label: "Default" },
                            ...(provider()?.models ?? []).map((m) => ({
                                value: m.id,
                                label: m.name === "" ? m.id : m.name,
                            })),
                        ]}
                        onChange={setModel}
                    />
                    <SelectField
                        label="Permission mode"
                        value={mode()}
                        options={[
                            { value: "", label: "Default" },
                            ...(provider()?.modes ?? [])
                                .filter((m) => m !== "default")
                                .map((m) => ({ value: m, label: modeWords(m) })),
                        ]}
                        onChange={setMode}
                    />
                </div>
                <TextField
                    label="Directory"
                    code
                    value={directory()}
                    onInput={setTyped}
                    placeholder="~/project"
                    after={
                        <Button
                            size="lg"
                            icon={<Icon of={FolderOpen} />}
                            disabled={workerId() === ""}
                            onClick={() => setBrowsing(true)}
                        >
                            Browse
                        </Button>
                    }
                />
                <TextField label="Title" value={title()} maxLength={128} onInput={setTitle} />
                <TextArea
                    label="First message"
                    value={message()}
                    onInput={setMessage}
                    placeholder="What is to be done? May stay empty."
                />
            </Dialog>
            <Show when={browsing()}>
                <ChooseDirectory
                    workerId={workerId()}
                    workspaceId={workspace.id}
                    start={directory()}
                    onClose={() => setBrowsing(false)}
                    onChoose={(path) => {
                        setTyped(path);
                        setBrowsing(false);
                    }}
                />
            </Show>
        </>
    );
}

/** Why a provider cannot be used, how it is installed, and the button that looks again. */
function ProviderState(props: {
    provider: Provider | undefined;
    asking: boolean;
    failed: string | undefined;
    onCheckAgain: () => void;
}): JSX.Element {
    const missing = () => props.provider?.available === false;
    return (
        <div
            class={css.providerState}
            data-missing={missing() || props.failed !== undefined ? "true" : undefined}
        >
            <div role="status" aria-label="Provider">
                <Show when={props.failed === undefined} fallback={props.failed}>
                    <Show
                        when={missing()}
                        fallback={
                            props.asking && props.provider === undefined
                                ? "Looking for agents on this machine…"
                                : `${props.provider?.name ?? ""} ${props.provider?.version ?? ""}`.trim()
                        }
                    >
                        {props.provider?.reason}
                        <Show when={props.provider?.installHint}>
                            {(hint) => (
                                <>
                                    {" Install it with "}
                                    <code class="mono">{hint()}</code>
                                    {" and check again."}
                                </>
                            )}
                        </Show>
                    </Show>
                </Show>
            </div>
            <Show when={missing() || props.failed !== undefined}>
                <Button
                    size="sm"
                    busy={props.asking}
                    icon={<Icon of={RotateCcw} small />}
                    onClick={() => props.onCheckAgain()}
                >
                    Check again
                </Button>
            </Show>
        </div>
    );
}
