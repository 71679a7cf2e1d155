// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP relay between browser and server that keeps what passes, with the WebSocket frames taken out of
 * their masks. The page's socket lives in a worker, where the browser's own tools do not look.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

const MASK_LENGTH = 4;
const HEADER_LENGTH = 2;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

class Direction {
    readonly raw: Buffer[] = [];

    constructor(readonly isOfBrowser: boolean) {}

    get bytes(): Buffer {
        return Buffer.concat(this.raw);
    }

    /** The payloads of the WebSocket frames behind the upgrade; empty on other connections. */
    get frames(): Buffer[] {
        const bytes = this.bytes;
        const head = bytes.indexOf("\r\n\r\n");
        const isUpgrade =
            head >= 0 && /^upgrade: websocket/imu.test(bytes.toString("latin1", 0, head));
        return isUpgrade ? unmasked(bytes.subarray(head + MASK_LENGTH)) : [];
    }
}

function unmasked(bytes: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at + HEADER_LENGTH <= bytes.length) {
        const second = bytes.readUInt8(at + 1);
        const isMasked = second >= 0x80;
        let length = second & 0x7f;
        at += HEADER_LENGTH;
        if (length === LENGTH_16) {
            length = bytes.readUInt16BE(at);
            at += 2;
        } else if (length === LENGTH_64) {
            length = Number(bytes.readBigUInt64BE(at));
            at += 8;
        }
        const mask = isMasked ? bytes.subarray(at, at + MASK_LENGTH) : undefined;
        if (isMasked) at += MASK_LENGTH;
        const payload = Buffer.from(bytes.subarray(at, at + length));
        if (mask !== undefined) {
            for (let i = 0; i < payload.length; i++) {
                payload[i] = (payload[i] ?? 0) ^ (mask[i % MASK_LENGTH] ?? 0);
            }
        }
        frames.push(payload);
        at += length;
    }
    return frames;
}

export class Tap {
    #directions: Direction[] = [];
    #sockets = new Set<Socket>();
    #server = createServer((client) => this.#relay(client));

    private constructor(private readonly targetPort: number) {}

    static async start(targetPort: number): Promise<Tap> {
        const tap = new Tap(targetPort);
        tap.#server.listen(0, "127.0.0.1");
        await once(tap.#server, "listening");
        return tap;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    }

    /** Payloads of all WebSocket frames so far, both ways. */
    get frames(): Buffer[] {
        return this.#directions.flatMap((direction) => direction.frames);
    }

    /** Those from the browser: they were masked on the wire. */
    get framesOfBrowser(): Buffer[] {
        return this.#directions
            .filter((direction) => direction.isOfBrowser)
            .flatMap((direction) => direction.frames);
    }

    /** All that passed, as it was on the wire and unmasked: what somebody on the way, or the Hub, reads. */
    get everything(): Buffer {
        return Buffer.concat([
            ...this.#directions.map((direction) => direction.bytes),
            ...this.frames,
        ]);
    }

    async stop(): Promise<void> {
        for (const socket of this.#sockets) socket.destroy();
        this.#server.close();
        await once(this.#server, "close");
    }

    #relay(client: Socket): void {
        const server = connect(this.targetPort, "127.0.0.1");
        for (const [from, to] of [
            [client, server],
            [server, client],
        ] as const) {
            const direction = new Direction(from === client);
            this.#directions.push(direction);
            this.#sockets.add(from);
            from.on("data", (bytes) => {
                direction.raw.push(bytes);
                to.write(bytes);
            });
            from.on("end", () => to.end());
            from.on("error", () => to.destroy());
            from.on("close", () => this.#sockets.delete(from));
        }
    }
}

/** The forms in which `marker` could stand in a stream: as it is, and in base64 at any place. */
export function formsOf(marker: string): Buffer[] {
    const shifted = [0, 1, 2].map((shift) => {
        const text = Buffer.from("\0".repeat(shift) + marker)
            .toString("base64")
            .replace(/=+$/u, "");
        /* The outer letters also hold bits of the neighbours. */
        return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -2));
    });
    return [Buffer.from(marker), ...shifted, Buffer.from(Buffer.from(marker).toString("hex"))];
}
