// SPDX-License-Identifier: Apache-2.0
/** The command line and the settings, as a person meets them. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { inWorld } from "./support/world.mjs";

const VERSION = /^leapmux \d+\.\d+\.\d+\S*\n$/u;

test(
    "version and --version print name and version",
    inWorld(async (world) => {
        for (const args of [["version"], ["--version"], ["solo", "--addr", "x", "--version"]]) {
            const { code, stdout, stderr } = await world.finish(args);
            assert.equal(code, 0);
            assert.match(stdout, VERSION);
            assert.equal(stderr, "");
        }
    }),
);

test(
    "help is on standard output and names every key with its default",
    inWorld(async (world) => {
        for (const args of [["help"], ["-h"], ["--help"], ["solo", "--help"], ["help", "solo"]]) {
            const { code, stdout, stderr } = await world.finish(args);
            assert.equal(code, 0);
            assert.match(stdout, /^Usage: leapmux/u);
            for (const key of ["addr", "data_dir", "claude_command", "request_timeout", "10s"]) {
                assert.ok(stdout.includes(key), key);
            }
            assert.equal(stderr, "");
        }
    }),
);

test(
    "an unknown command and a stray word are exit 2 with usage on standard error",
    inWorld(async (world) => {
        for (const args of [["sol"], ["solo", "now"], ["--", "x"], ["admin"]]) {
            const { code, stdout, stderr } = await world.finish(args);
            assert.equal(code, 2);
            assert.equal(stdout, "");
            assert.match(stderr, /^leapmux: (unknown command|unexpected argument) '/u);
            assert.match(stderr, /Usage: leapmux/u);
        }
    }),
);

test(
    "ctl is reserved",
    inWorld(async (world) => {
        for (const args of [["ctl"], ["ctl", "list", "--all"]]) {
            const { code, stderr } = await world.finish(args);
            assert.equal(code, 2);
            assert.equal(stderr, "ctl is not part of this build\n");
        }
    }),
);

test(
    "in a container the mode must be said",
    inWorld(async (world) => {
        for (const args of [[], ["--log-level", "debug"]]) {
            const { code, stderr } = await world.finish(args, { LEAPMUX_DOCKER: "1" });
            assert.equal(code, 2);
            assert.match(stderr, /LEAPMUX_MODE/u);
        }
        assert.ok(!world.exists);
    }),
);

test(
    "--print-config tells each value with its source and starts nothing",
    inWorld(async (world) => {
        const file = join(world.root, "my.yaml");
        writeFileSync(file, "worker_name: from file\naddr: [127.0.0.1:1]\ndata_dir: beside\n");
        const { code, stdout } = await world.finish(
            ["solo", "--config", file, "--print-config", "--log-format=json"],
            { LEAPMUX_REQUEST_TIMEOUT: "2m" },
        );
        assert.equal(code, 0);
        const lines = stdout.split("\n");
        assert.ok(lines.includes(`worker_name: "from file"  # ${file}`));
        assert.ok(lines.includes(`addr: ["127.0.0.1:1"]  # ${file}`));
        assert.ok(lines.includes("request_timeout: 120000ms  # LEAPMUX_REQUEST_TIMEOUT"));
        assert.ok(lines.includes("log_format: json  # --log-format"));
        assert.ok(lines.includes("drain_timeout: 10000ms  # default"));
        assert.ok(lines.includes(`data_dir: "${join(world.root, "beside")}"  # ${file}`));
        assert.ok(!existsSync(join(world.root, "beside")) && !world.exists);
    }),
);

test(
    "all bad values are told at once, and nothing is opened or written",
    inWorld(async (world) => {
        const folder = join(world.home, ".config/leapmux");
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "solo.yaml"), "log_levl: debug\nrequest_timeout: 10\n");
        const { code, stdout, stderr } = await world.finish(
            ["--addr", "0.0.0.0:80", "--base-path", "x", "--nonsense"],
            { LEAPMUX_LOG_FORMAT: "xml", LEAPMUX_WRKER_NAME: "x" },
        );
        assert.equal(code, 2);
        assert.equal(stdout, "");
        const lines = stderr.trimEnd().split("\n");
        const problems = lines.filter((line) => !line.startsWith("warning: "));
        assert.equal(problems.length, 6, stderr);
        for (const line of problems) assert.match(line, /^\S+: \S+: .+, expected .+$/u);
        const expected = [
            "log_levl",
            "request_timeout",
            "addr",
            "base_path",
            "nonsense",
            "log_format",
        ];
        for (const key of expected)
            assert.ok(
                problems.some((line) => line.includes(`: ${key}: `)),
                key,
            );
        assert.ok(problems.some((line) => line.includes("such as 'log_level'")));
        assert.ok(lines.some((line) => line.startsWith("warning: LEAPMUX_WRKER_NAME: ")));
        assert.deepEqual(readdirSync(world.home), [".config"]);
    }),
);

test(
    "solo mode listens on loopback only",
    inWorld(async (world) => {
        for (const address of ["0.0.0.0:0", "[::]:0", ":4327", "192.0.2.1:80", "localhost:80"]) {
            const { code, stderr } = await world.finish(["solo", "--addr", address]);
            assert.equal(code, 2, address);
            assert.match(stderr, /^--addr: addr: '.+' is .+, expected .+loopback/u);
        }
        assert.ok(!world.exists);
    }),
);

test(
    "a named file that is missing or broken is exit 2",
    inWorld(async (world) => {
        const broken = join(world.root, "broken.yaml");
        writeFileSync(broken, "addr: [\n");
        for (const file of [join(world.root, "none.yaml"), broken, world.root]) {
            const { code, stderr } = await world.finish(["--config", file]);
            assert.equal(code, 2);
            assert.ok(stderr.includes(file), stderr);
        }
        assert.ok(!world.exists);
    }),
);

test(
    "a data folder too deep for a socket is exit 2 with the advice, unless there is a runtime folder",
    inWorld(async (world) => {
        const deep = join(world.root, "d".repeat(100));
        const { code, stderr } = await world.finish(["--data-dir", deep, "--addr", "127.0.0.1:0"]);
        assert.equal(code, 2);
        assert.match(stderr, /data_dir/u);
        assert.ok(!existsSync(deep));
        const run = join(world.root, "run");
        const leapmux = await world.solo(["--data-dir", deep], { XDG_RUNTIME_DIR: run });
        assert.ok(existsSync(join(run, "leapmux/hub.sock")));
        assert.equal((await leapmux.stop()).code, 0);
    }),
);
