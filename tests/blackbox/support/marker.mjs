// SPDX-License-Identifier: Apache-2.0
/** Looking for a text in bytes of any kind. */

/** The forms in which `marker` could stand somewhere: as it is, wide, in hex, and in base64 at any place. */
export function formsOf(marker) {
    const bytes = Buffer.from(marker);
    const base64 = [0, 1, 2].map((shift) => {
        const text = Buffer.concat([Buffer.alloc(shift), bytes])
            .toString("base64")
            .replace(/=+$/u, "");
        /* the letters at the ends also hold bits of the neighbours */
        return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -2));
    });
    return [bytes, Buffer.from(marker, "utf16le"), Buffer.from(bytes.toString("hex")), ...base64];
}

export const holdsAny = (haystack, forms) => forms.some((form) => haystack.includes(form));
