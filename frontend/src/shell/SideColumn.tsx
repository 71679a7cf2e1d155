// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "solid-js";
import { SIDE_WIDTH, SIDE_WIDTH_MAX, SIDE_WIDTH_MIN } from "../stores/preferences";
import * as css from "./shell.css";

/** How far an arrow key moves the edge, in pixels. */
const KEY_STEP = 16;

export interface SideColumnProps {
    side: "left" | "right";
    open: boolean;
    width: number;
    onWidth: (width: number) => void;
    /** Name of the separator. */
    resizeLabel: string;
    children: JSX.Element;
}

/** A column at the side whose inner edge can be moved by mouse, touch and keys. */
export function SideColumn(props: SideColumnProps): JSX.Element {
    const clamp = (width: number) => Math.min(SIDE_WIDTH_MAX, Math.max(SIDE_WIDTH_MIN, width));
    const set = (width: number) => props.onWidth(clamp(Math.round(width)));

    const drag = (event: PointerEvent & { currentTarget: HTMLElement }) => {
        const handle = event.currentTarget;
        const from = event.clientX;
        const width = props.width;
        const sign = props.side === "left" ? 1 : -1;
        handle.setPointerCapture(event.pointerId);
        const move = (at: PointerEvent) => set(width + sign * (at.clientX - from));
        handle.addEventListener("pointermove", move);
        handle.addEventListener(
            "lostpointercapture",
            () => handle.removeEventListener("pointermove", move),
            { once: true },
        );
    };
    const key = (event: KeyboardEvent) => {
        const grow = props.side === "left" ? "ArrowRight" : "ArrowLeft";
        const shrink = props.side === "left" ? "ArrowLeft" : "ArrowRight";
        if (event.key === grow) set(props.width + KEY_STEP);
        else if (event.key === shrink) set(props.width - KEY_STEP);
        else if (event.key === "Home") set(SIDE_WIDTH_MIN);
        else if (event.key === "End") set(SIDE_WIDTH_MAX);
        else return;
        event.preventDefault();
    };

    return (
        <div
            class={props.side === "left" ? css.left : css.right}
            style={{ width: `${props.width}px` }}
            data-collapsed={props.open ? undefined : "true"}
        >
            {props.children}
            <div
                class={css.separator}
                style={props.side === "left" ? { right: "-5px" } : { left: "-5px" }}
                role="separator"
                tabindex="0"
                aria-label={props.resizeLabel}
                aria-orientation="vertical"
                aria-valuenow={props.width}
                aria-valuemin={SIDE_WIDTH_MIN}
                aria-valuemax={SIDE_WIDTH_MAX}
                onPointerDown={drag}
                onKeyDown={key}
                onDblClick={() => set(SIDE_WIDTH)}
            />
        </div>
    );
}
