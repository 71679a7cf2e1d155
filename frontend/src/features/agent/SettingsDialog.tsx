// SPDX-License-Identifier: Apache-2.0
import { createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { modeWords, settingsState } from "../../model/agent";
import { asLinkError } from "../../stores/hub";
import { Dialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import type { SelectOption } from "../../ui/Field";
import * as css from "./composer.css";
import { useAgent } from "./context";

/** Model and permission mode; they apply at once, and say so when they could not. */
export function SettingsDialog(props: { onClose: () => void }): JSX.Element {
    const agent = useAgent();
    const [calls, setCalls] = createSignal(0);
    const [refused, setRefused] = createSignal("");
    const session = () => agent.store.chat.session;

    const change = (action: () => Promise<void>) => {
        setRefused("");
        setCalls(calls() + 1);
        const done = (error?: unknown) => {
            setCalls(calls() - 1);
            if (error !== undefined) setRefused(asLinkError(error).message);
        };
        action().then(() => done(), done);
    };
    const wanted = (desired: string | undefined, is: string | undefined) => desired || is || "";
    const model = () => wanted(session()?.desiredModel, session()?.model);
    const mode = () => wanted(session()?.desiredPermissionMode, session()?.permissionMode);
    const models = () =>
        withCurrent(
            (session()?.models ?? []).map((m) => ({ value: m.id, label: m.name || m.id })),
            model(),
            model(),
        );
    const modes = () =>
        withCurrent(
            (session()?.modes ?? []).map((m) => ({ value: m, label: modeWords(m) })),
            mode(),
            modeWords(mode()),
        );
    const status = () => {
        if (calls() > 0 || settingsState(session()) === "applying") return "Applying…";
        return refused() || (session()?.settingsError ?? "");
    };

    return (
        <Dialog title="Agent settings" width="sm" onClose={() => props.onClose()}>
            <SelectField
                label="Model"
                value={model()}
                options={models()}
                disabled={!agent.isLive() || models().length === 0}
                onChange={(value) => change(() => agent.store.setModel(value))}
            />
            <SelectField
                label="Permission mode"
                value={mode()}
                options={modes()}
                disabled={!agent.isLive() || modes().length === 0}
                onChange={(value) => change(() => agent.store.setMode(value))}
            />
            <div class={css.note} role="status" aria-label="Settings">
                {status()}
            </div>
        </Dialog>
    );
}

/** What is set now is in the list even where the CLI does not name it. */
function withCurrent(options: SelectOption[], value: string, label: string): SelectOption[] {
    if (value === "" || options.some((o) => o.value === value)) return options;
    return [{ value, label }, ...options];
}
