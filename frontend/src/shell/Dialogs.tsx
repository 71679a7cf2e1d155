// SPDX-License-Identifier: Apache-2.0
/** The dialog that is open. Each is loaded when it is first asked for. */
import { Match, Show, Suspense, Switch, lazy, useContext } from "solid-js";
import type { JSX } from "solid-js";
import { useDialogs } from "../stores/dialogs";
import type { OpenDialog } from "../stores/dialogs";
import { WorkspaceContext } from "../stores/workspace";

const NewAgentDialog = lazy(async () => ({
    default: (await import("../features/dialogs/NewAgentDialog")).NewAgentDialog,
}));
const NewWorkspaceDialog = lazy(async () => ({
    default: (await import("../features/dialogs/NewWorkspaceDialog")).NewWorkspaceDialog,
}));
const CommandPalette = lazy(async () => ({
    default: (await import("../features/dialogs/CommandPalette")).CommandPalette,
}));
const ShortcutsDialog = lazy(async () => ({
    default: (await import("../features/dialogs/ShortcutsDialog")).ShortcutsDialog,
}));
const RecentNoticesDialog = lazy(async () => ({
    default: (await import("../features/dialogs/RecentNoticesDialog")).RecentNoticesDialog,
}));
const FingerprintDialog = lazy(async () => ({
    default: (await import("../features/dialogs/FingerprintDialog")).FingerprintDialog,
}));
const KeyChangedDialog = lazy(async () => ({
    default: (await import("../features/dialogs/KeyChangedDialog")).KeyChangedDialog,
}));
const StillWorkingDialog = lazy(async () => ({
    default: (await import("../features/dialogs/StillWorkingDialog")).StillWorkingDialog,
}));

function only<K extends OpenDialog["kind"]>(
    open: OpenDialog | undefined,
    kind: K,
): Extract<OpenDialog, { kind: K }> | undefined {
    return open?.kind === kind ? (open as Extract<OpenDialog, { kind: K }>) : undefined;
}

/** Nothing, or one dialog. */
export function Dialogs(): JSX.Element {
    const dialogs = useDialogs();
    const workspace = useContext(WorkspaceContext);
    const close = () => dialogs.close();
    const is = <K extends OpenDialog["kind"]>(kind: K) => only(dialogs.open(), kind);
    return (
        <Suspense>
            <Switch>
                <Match when={is("new-workspace")}>
                    <NewWorkspaceDialog onClose={close} />
                </Match>
                <Match when={is("palette")}>
                    <CommandPalette onClose={close} />
                </Match>
                <Match when={is("shortcuts")}>
                    <ShortcutsDialog onClose={close} />
                </Match>
                <Match when={is("recent-notices")}>
                    <RecentNoticesDialog onClose={close} />
                </Match>
                <Match when={is("fingerprint")}>
                    {(d) => <FingerprintDialog workerId={d().workerId} onClose={close} />}
                </Match>
                <Match when={is("key-changed")}>
                    {(d) => <KeyChangedDialog workerId={d().workerId} onClose={close} />}
                </Match>
            </Switch>
            <Show when={workspace !== undefined}>
                <Switch>
                    <Match when={is("new-agent")}>
                        <NewAgentDialog onClose={close} />
                    </Match>
                    <Match when={is("still-working")}>
                        {(d) => <StillWorkingDialog tabs={d().tabs} onClose={close} />}
                    </Match>
                </Switch>
            </Show>
        </Suspense>
    );
}
