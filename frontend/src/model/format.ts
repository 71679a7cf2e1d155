// SPDX-License-Identifier: Apache-2.0
/** Numbers, times and names as people read them. */

// a byte order mark is part of a name like any other character
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** "0.4 s", "34 s", "1 m 23 s", "2 h 5 m". */
export function duration(ms: number): string {
    const seconds = Math.round(ms / 1000);
    if (ms < 10_000) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

/** Whole seconds of something that runs: "34 s", "1 m 23 s". */
export function elapsed(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** "now", "4 min", "3 h", then the date. */
export function relativeTime(atMs: number, nowMs: number): string {
    const minutes = Math.floor((nowMs - atMs) / 60_000);
    if (minutes < 1) return "now";
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
    return new Date(atMs).toLocaleDateString();
}

/** Exact local time, for tooltips. */
export function exactTime(atMs: number): string {
    return new Date(atMs).toLocaleString();
}

/** "1,234"; thin grouping as the browser's language has it. */
export function count(n: number | bigint): string {
    return n.toLocaleString();
}

/** Tokens in short: "980", "12 k", "1.2 M". */
export function tokens(n: bigint): string {
    const v = Number(n);
    if (v < 1000) return `${v}`;
    if (v < 999_500) return `${Math.round(v / 1000)} k`;
    return `${(v / 1_000_000).toFixed(1)} M`;
}

/** Millionths of a dollar as "$0.42". */
export function dollars(micro: bigint): string {
    const v = Number(micro) / 1_000_000;
    return `$${v < 0.01 && v > 0 ? v.toFixed(4) : v.toFixed(2)}`;
}

/** A path or name from a disk as text: octets that are not UTF-8 become \xNN. */
export function pathText(bytes: Uint8Array): string {
    try {
        return decoder.decode(bytes);
    } catch {
        let out = "";
        let start = 0;
        for (let i = 0; i < bytes.length;) {
            const n = validLength(bytes, i);
            if (n > 0) {
                i += n;
                continue;
            }
            out += lossy.decode(bytes.subarray(start, i));
            out += `\\x${(bytes[i] ?? 0).toString(16).padStart(2, "0")}`;
            i += 1;
            start = i;
        }
        return out + lossy.decode(bytes.subarray(start));
    }
}

/** The octets of a path that a person typed. */
export function pathBytes(text: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(text);
}

/** Directory part (with its slash) and last part of a path. */
export function splitPath(path: string): { dir: string; name: string } {
    const at = path.replace(/\/+$/, "").lastIndexOf("/");
    return { dir: path.slice(0, at + 1), name: path.slice(at + 1) };
}

/** A path below a directory without the directory, others as they are; home becomes "~". */
export function shortPath(path: string, workingDir: string, home = ""): string {
    if (workingDir !== "" && path.startsWith(`${workingDir}/`)) {
        return path.slice(workingDir.length + 1);
    }
    if (home !== "" && (path === home || path.startsWith(`${home}/`))) {
        return `~${path.slice(home.length)}`;
    }
    return path;
}

/** Length of the well-formed UTF-8 character at i, 0 if there is none. */
function validLength(bytes: Uint8Array, i: number): number {
    for (let n = 1; n <= 4 && i + n <= bytes.length; n++) {
        try {
            if (decoder.decode(bytes.subarray(i, i + n)).length > 0) return n;
        } catch {
            // longer, or none
        }
    }
    return 0;
}
