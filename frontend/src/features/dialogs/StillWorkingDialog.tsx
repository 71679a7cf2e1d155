// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "solid-js";
import type { LayoutTab } from "../../gen/leapmux/v1/layout_pb";
import { useStores } from "../../stores/context";
import { useWorkspace } from "../../stores/workspace";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** Asks before tabs are closed whose agents are in a turn. */
export function StillWorkingDialog(props: { tabs: LayoutTab[]; onClose: () => void }): JSX.Element {
    const { notices } = useStores();
    const workspace = useWorkspace();
    const close = () => {
        for (const tab of props.tabs) {
            workspace
                .closeTab(tab)
                .catch((error: unknown) => notices.error("Closing did not work:", error));
        }
        props.onClose();
    };
    return (
        <Dialog
            alert
            title="Still working"
            width="sm"
            onClose={() => props.onClose()}
            actions={
                <>
                    <Button onClick={close}>Close anyway</Button>
                    <Button variant="primary" autofocus onClick={() => props.onClose()}>
                        Cancel
                    </Button>
                </>
            }
        >
            <p>
                {props.tabs.map((tab) => workspace.titleOf(tab)).join(", ")}{" "}
                {props.tabs.length === 1 ? "is" : "are"} still working. Closing ends what runs. The
                history stays, and files that were changed stay changed.
            </p>
        </Dialog>
    );
}
