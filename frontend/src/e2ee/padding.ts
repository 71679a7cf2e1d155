// SPDX-License-Identifier: Apache-2.0
import { PLAINTEXT_MAX } from "./records";

const SMALLEST = 128;

/** How long a plaintext of `length` bytes becomes: 128, above that Padmé, at most 65,519. */
export function paddedLength(length: number): number {
    if (length <= SMALLEST) return SMALLEST;
    const exponent = Math.floor(Math.log2(length));
    const significant = Math.floor(Math.log2(exponent)) + 1;
    const step = 2 ** (exponent - significant);
    return Math.min(Math.ceil(length / step) * step, PLAINTEXT_MAX);
}
