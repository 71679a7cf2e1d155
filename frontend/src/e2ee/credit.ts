// SPDX-License-Identifier: Apache-2.0
/** Both ends' bookkeeping of who may send how much: a frame's cost is taken, and given back. */
import { E2eeFault } from "./fault";

export const STREAM_CREDIT = 262_144;
export const CHANNEL_CREDIT = 4_194_304;
/** Smaller amounts are kept until they reach this, so that WINDOWs stay few. */
export const STREAM_WINDOW_MIN = 65_536;
export const CHANNEL_WINDOW_MIN = 1_048_576;
const CREDIT_LIMIT = 2 ** 31;

/** What the other side lets us send. */
export class SendCredit {
    constructor(private left: number) {}

    covers(cost: number): boolean {
        return cost <= this.left;
    }

    take(cost: number): void {
        this.left -= cost;
    }

    /** Fails with BAD_FRAME when the total leaves 31 bits. */
    add(credit: number): void {
        this.left += credit;
        if (this.left >= CREDIT_LIMIT) throw new E2eeFault("BAD_FRAME", "credit total too large");
    }
}

/** What we let the other side send. */
export class ReceiveCredit {
    private unreturned = 0;

    constructor(
        private left: number,
        private readonly windowMin: number,
    ) {}

    /** Fails with BAD_FRAME when the other side sends what it has no credit for. */
    take(cost: number): void {
        this.left -= cost;
        if (this.left < 0) throw new E2eeFault("BAD_FRAME", "sent without credit");
    }

    /** Returns the credit of a WINDOW that is due now, or 0. */
    give(cost: number): number {
        this.unreturned += cost;
        if (this.unreturned < this.windowMin) return 0;
        const credit = this.unreturned;
        this.unreturned = 0;
        this.left += credit;
        return credit;
    }
}
