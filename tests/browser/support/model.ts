// SPDX-License-Identifier: Apache-2.0
/** One test's share of the scripted model server. */
import { startModelServer } from "../../model-server/server.mjs";

export type ModelServer = Awaited<ReturnType<typeof startModelServer>>;

export type Block =
    | { thinking: string }
    | { text: string }
    | { tool: string; input: object }
    | { gate: string }
    | { hang: true }
    | { streamError: string }
    | { drop: true };

export interface Turn {
    readonly match?: object;
    readonly reply?: readonly Block[];
    readonly error?: { status: number; type: string; message: string };
    readonly chunk?: number;
    readonly repeat?: boolean;
}

/** What tests look at of a request that the CLI made. */
export interface ModelRequest {
    readonly path: string;
    readonly turn?: string;
    readonly clientAborted?: boolean;
    readonly body?: { messages?: readonly unknown[] };
}

export class Model {
    constructor(
        private readonly server: ModelServer,
        private readonly name: string,
    ) {
        this.play([]);
    }

    get baseUrl(): string {
        return this.server.baseUrl(this.name);
    }

    /** Says what the model answers from now on, turn by turn. */
    play(turns: readonly Turn[], fallback?: Turn): void {
        this.server.load(this.name, { turns, ...(fallback && { default: fallback }) });
    }

    /** Waits until a reply stands at the gate: all before it was sent, nothing behind it. */
    async gateReached(gate: string): Promise<void> {
        await this.server.gateReached(this.name, gate);
    }

    openGate(gate: string): void {
        this.server.openGate(this.name, gate);
    }

    async requested(condition: (request: ModelRequest) => boolean): Promise<ModelRequest> {
        return this.server.requested(this.name, condition) as Promise<ModelRequest>;
    }

    /** The paths of all requests, whoever made them. */
    get paths(): string[] {
        return (this.server.log(this.name) as ModelRequest[]).map((request) => request.path);
    }

    /** The requests that were turns of the talk, as JSON text. */
    get talk(): string[] {
        const log = this.server.log(this.name) as ModelRequest[];
        const turns = log.filter((request) => request.turn?.startsWith("turns["));
        return turns.map((request) => JSON.stringify(request.body?.messages));
    }
}

export { startModelServer };
