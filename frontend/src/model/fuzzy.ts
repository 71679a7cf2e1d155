// SPDX-License-Identifier: Apache-2.0

/**
 * How well a text answers a query: the letters of the query in order, words' beginnings and
 * neighbours count more. Undefined when it does not.
 */
export function fuzzyScore(query: string, text: string): number | undefined {
    const wanted = query.toLowerCase().replaceAll(" ", "");
    const lower = text.toLowerCase();
    let score = 0;
    let at = 0;
    if (wanted === "") return 0;
    for (const letter of wanted) {
        const found = lower.indexOf(letter, at);
        if (found < 0) return undefined;
        const begins = found === 0 || lower[found - 1] === " ";
        score += begins ? 3 : found === at ? 2 : 1;
        at = found + 1;
    }
    // of two that fit alike, the shorter one is meant
    return score - text.length / 1000;
}
