// SPDX-License-Identifier: Apache-2.0
/**
 * The dozen protobuf messages that the link thread itself reads and writes, by field number.
 *
 * The thread is loaded beside the page before anything can be used, and the generated code with
 * its descriptors would double its size; `wire.test.ts` holds the numbers against the generated
 * schemas. Whatever else passes through the thread stays bytes.
 */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { bytesText, EMPTY } from "../e2ee/bytes";

/** Last value of each scalar or length-delimited field of a message, unknown ones included. */
class Fields {
    private readonly values = new Map<number, bigint | Uint8Array>();

    /** Throws when the bytes are no message. */
    constructor(bytes: Uint8Array) {
        const reader = new BinaryReader(bytes);
        while (reader.pos < reader.len) {
            const [field, type] = reader.tag();
            if (type === WireType.Varint) this.values.set(field, BigInt(reader.uint64()));
            else if (type === WireType.LengthDelimited) this.values.set(field, reader.bytes());
            else reader.skip(type, field);
        }
    }

    bytes(field: number): Uint8Array {
        const value = this.values.get(field);
        return value instanceof Uint8Array ? value : EMPTY;
    }

    text(field: number): string {
        return bytesText(this.bytes(field));
    }

    number(field: number): number {
        const value = this.values.get(field);
        return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
    }
}

export interface OpenChannel {
    ref: number;
    channelId: string;
    workerId: string;
    deviceId: string;
    handshake: Uint8Array;
}

export const writeOpenChannel = (message: OpenChannel): Uint8Array =>
    new BinaryWriter()
        .tag(1, WireType.Varint)
        .uint32(message.ref)
        .tag(2, WireType.LengthDelimited)
        .string(message.channelId)
        .tag(3, WireType.LengthDelimited)
        .string(message.workerId)
        .tag(4, WireType.LengthDelimited)
        .string(message.deviceId)
        .tag(5, WireType.LengthDelimited)
        .bytes(message.handshake)
        .finish();

export function writeSubscribe(scope: string, afterOffset: bigint | undefined): Uint8Array {
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(scope);
    if (afterOffset !== undefined) writer.tag(2, WireType.Varint).uint64(afterOffset);
    return writer.finish();
}

export const writeUnsubscribe = (scope: string): Uint8Array =>
    new BinaryWriter().tag(1, WireType.LengthDelimited).string(scope).finish();

export interface Presence {
    workspaceId: string;
    tabId: string;
    typing: boolean;
}

export const writePresence = (message: Presence): Uint8Array =>
    new BinaryWriter()
        .tag(1, WireType.LengthDelimited)
        .string(message.workspaceId)
        .tag(2, WireType.LengthDelimited)
        .string(message.tabId)
        .tag(3, WireType.Varint)
        .bool(message.typing)
        .finish();

export const HELLO_METHOD = "Hello";

export interface Hello {
    proof: Uint8Array;
    deviceName: string;
    clientVersion: string;
}

export const writeHello = (message: Hello): Uint8Array =>
    new BinaryWriter()
        .tag(1, WireType.LengthDelimited)
        .bytes(message.proof)
        .tag(2, WireType.LengthDelimited)
        .string(message.deviceName)
        .tag(3, WireType.LengthDelimited)
        .string(message.clientVersion)
        .finish();

export const GET_WORKER_KEYS = "leapmux.v1.WorkerService/GetWorkerKeys";

export const writeGetWorkerKeys = (workerId: string): Uint8Array =>
    new BinaryWriter().tag(1, WireType.LengthDelimited).string(workerId).finish();

/** What the Hub says a Worker's keys are. Proved by nothing yet. */
export interface OfferedKeys {
    identity: Uint8Array;
    certificate: Uint8Array;
}

export function readOfferedKeys(bytes: Uint8Array): OfferedKeys {
    const fields = new Fields(bytes);
    return { identity: fields.bytes(1), certificate: fields.bytes(2) };
}

/** Of Welcome: the id of the user whom the Hub greets. */
export const readWelcomeUserId = (bytes: Uint8Array): string =>
    new Fields(new Fields(bytes).bytes(2)).text(1);

export function readChannelIsOpen(bytes: Uint8Array): { ref: number; handshake: Uint8Array } {
    const fields = new Fields(bytes);
    return { ref: fields.number(1), handshake: fields.bytes(2) };
}

export interface ChannelRefusal {
    ref: number;
    code: string;
    reason: string;
    retryAfterMs: number;
}

export function readChannelRefusal(bytes: Uint8Array): ChannelRefusal {
    const fields = new Fields(bytes);
    return {
        ref: fields.number(1),
        code: fields.text(2),
        reason: fields.text(3),
        retryAfterMs: fields.number(4),
    };
}

/** Of ScopeEvent, ScopeCatchUp and ScopeReset. */
export const readScope = (bytes: Uint8Array): string => new Fields(bytes).text(1);

export interface SubscriptionEnd {
    scope: string;
    code: string;
    reason: string;
}

export function readSubscriptionEnd(bytes: Uint8Array): SubscriptionEnd {
    const fields = new Fields(bytes);
    return { scope: fields.text(1), code: fields.text(2), reason: fields.text(3) };
}

export const readRetryAfterMs = (bytes: Uint8Array): number => new Fields(bytes).number(1);

export interface ErrorInfo {
    reason: string;
    field: string;
    retryAfterMs: number;
}

export function readErrorInfo(bytes: Uint8Array): ErrorInfo {
    const fields = new Fields(bytes);
    return { reason: fields.text(1), field: fields.text(2), retryAfterMs: fields.number(3) };
}
