// SPDX-License-Identifier: Apache-2.0
/** The Hub scopes that the page follows: asked again, with their offsets, on each new socket. */
import { LinkError } from "./link";
import { subscribeFrame, unsubscribeFrame } from "./socket-frames";
import type { SubscriptionEnd } from "./wire";

export interface ScopesHost {
    send(message: Uint8Array): void;
    expected(): void;
    askOffset(id: number, generation: number): void;
    interrupted(id: number): void;
    end(id: number, error: LinkError): void;
}

interface Subscription {
    id: number;
    scope: string;
    generation: number;
    /** SUBSCRIBE is out on this socket. */
    asked: boolean;
}

export class Scopes {
    private readonly byScope = new Map<string, Subscription>();
    private live = false;

    constructor(private readonly host: ScopesHost) {}

    /** One at a time per scope: a second one takes the place of the first. */
    subscribe(id: number, scope: string): void {
        const former = this.byScope.get(scope);
        if (former) {
            this.unsubscribe(former.id);
            this.host.end(former.id, replaced());
        }
        const subscription = { id, scope, generation: 0, asked: false };
        this.byScope.set(scope, subscription);
        if (this.live) this.ask(subscription);
    }

    unsubscribe(id: number): void {
        const subscription = this.find(id);
        if (!subscription) return;
        this.byScope.delete(subscription.scope);
        if (subscription.asked) this.host.send(unsubscribeFrame(subscription.scope));
    }

    provide(id: number, generation: number, after: bigint | undefined): void {
        const subscription = this.find(id);
        if (!subscription || subscription.generation !== generation || subscription.asked) return;
        subscription.asked = true;
        this.host.send(subscribeFrame(subscription.scope, after));
        this.host.expected();
    }

    /** The subscription that a frame belongs to, unless it is late. */
    idOf(scope: string): number | null {
        const subscription = this.byScope.get(scope);
        return subscription?.asked ? subscription.id : null;
    }

    ended(end: SubscriptionEnd): void {
        const subscription = this.byScope.get(end.scope);
        if (!subscription?.asked) return;
        this.byScope.delete(end.scope);
        const { code, reason } = end;
        const message = "the Hub ended the subscription";
        this.host.end(subscription.id, new LinkError({ code, reason, message }));
    }

    socketLive(): void {
        this.live = true;
        for (const subscription of this.byScope.values()) this.ask(subscription);
    }

    socketLost(): void {
        this.live = false;
        for (const subscription of this.byScope.values()) {
            subscription.generation += 1;
            if (!subscription.asked) continue;
            subscription.asked = false;
            this.host.interrupted(subscription.id);
        }
    }

    private ask(subscription: Subscription): void {
        subscription.generation += 1;
        this.host.askOffset(subscription.id, subscription.generation);
    }

    private find(id: number): Subscription | undefined {
        return [...this.byScope.values()].find((subscription) => subscription.id === id);
    }
}

const replaced = (): LinkError =>
    new LinkError({
        code: "aborted",
        reason: "REPLACED",
        message: "subscribed to again elsewhere in the page",
    });
