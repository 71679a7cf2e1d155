// SPDX-License-Identifier: Apache-2.0
/** Finds the processes of one test by the folder that their environment names, whoever started them. */
import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
    readonly pid: number;
    /** The arguments, the program's name first. */
    readonly command: readonly string[];
}

function readList(path: string): string[] {
    try {
        return readFileSync(path, "latin1").split("\0").slice(0, -1);
    } catch {
        return []; /* gone meanwhile, or not ours */
    }
}

/** All living processes with HOME=`home`. Zombies have no arguments and are left out. */
export function processesOf(home: string): RunningProcess[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/u.test(name))
        .filter((pid) => readList(`/proc/${pid}/environ`).includes(`HOME=${home}`))
        .map((pid) => ({ pid: Number(pid), command: readList(`/proc/${pid}/cmdline`) }))
        .filter(({ command }) => command.length > 0);
}

/** Ends what a test left behind. */
export function killProcessesOf(home: string): void {
    for (const { pid } of processesOf(home)) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            /* it ended by itself */
        }
    }
}
