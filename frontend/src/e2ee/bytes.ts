// SPDX-License-Identifier: Apache-2.0
/** Small tools for the protocol's byte strings: all integers are big-endian and unsigned. */

export const EMPTY = new Uint8Array(0);

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export const textBytes = (text: string): Uint8Array => utf8.encode(text);

/** Bytes that are not UTF-8 become U+FFFD: for showing, never for comparing. */
export const bytesText = (bytes: Uint8Array): string => fromUtf8.decode(bytes);

export function concat(...parts: Uint8Array[]): Uint8Array {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

export const viewOf = (bytes: Uint8Array): DataView =>
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function u16(value: number): Uint8Array {
    const bytes = new Uint8Array(2);
    viewOf(bytes).setUint16(0, value);
    return bytes;
}

export function u32(value: number): Uint8Array {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, value);
    return bytes;
}

export const toHex = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Time depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
    return difference === 0;
}

/** A secret is overwritten as soon as it has served; what the engine copied is out of reach. */
export function wipe(...secrets: Uint8Array[]): void {
    for (const secret of secrets) secret.fill(0);
}

/** n bytes from the system's generator, or from a test. */
export type Random = (n: number) => Uint8Array;

export const systemRandom: Random = (n) => crypto.getRandomValues(new Uint8Array(n));
