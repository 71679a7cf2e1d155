// SPDX-License-Identifier: Apache-2.0
import { useNavigate } from "@solidjs/router";
import { createSignal } from "solid-js";
import type { JSX } from "solid-js";
import { useStores } from "../../stores/context";
import { asLinkError } from "../../stores/hub";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import type { DialogError } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";

const FIRST = [
    "Amber",
    "Brisk",
    "Calm",
    "Deep",
    "Early",
    "Fair",
    "Quiet",
    "Steady",
    "Tidal",
    "Warm",
];
const SECOND = [
    "anchor",
    "bay",
    "beacon",
    "channel",
    "current",
    "harbor",
    "lantern",
    "reef",
    "shore",
];

const pick = (words: string[]) => words[Math.floor(Math.random() * words.length)] ?? "";

/** Makes a workspace and opens it. */
export function NewWorkspaceDialog(props: { onClose: () => void }): JSX.Element {
    const { hub } = useStores();
    const navigate = useNavigate();
    const [title, setTitle] = createSignal(`${pick(FIRST)} ${pick(SECOND)}`);
    const [busy, setBusy] = createSignal(false);
    const [error, setError] = createSignal<DialogError>();

    const create = async () => {
        setBusy(true);
        setError(undefined);
        try {
            const workspace = await hub.createWorkspace(title());
            props.onClose();
            navigate(`/o/${hub.data.org?.name ?? ""}/w/${workspace.id}`);
        } catch (thrown) {
            const known = asLinkError(thrown);
            setError({ message: known.message, code: known.reason });
            setBusy(false);
        }
    };

    return (
        <Dialog
            title="New workspace"
            width="sm"
            busy={busy()}
            error={error()}
            onClose={() => props.onClose()}
            onSubmit={() => void create()}
            actions={
                <>
                    <Button onClick={() => props.onClose()}>Cancel</Button>
                    <Button type="submit" variant="primary" busy={busy()}>
                        Create
                    </Button>
                </>
            }
        >
            <TextField label="Title" value={title()} maxLength={128} onInput={setTitle} />
        </Dialog>
    );
}
