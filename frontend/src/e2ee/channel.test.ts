// SPDX-License-Identifier: Apache-2.0
// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from "vitest";
import { concat, EMPTY } from "./bytes";
import { ClientChannel, type ChannelEnd, type StreamHandlers } from "./channel";
import { encodeFill, encodeFrame, type EndOfStream } from "./frames";
import { FEATURE_ANSWER_FILL, FEATURE_PAD } from "./handshake";
import { RECORD_LIMITS, type RecordLimits } from "./records";
import { makeChance, type Chance } from "./testing/chance";
import { WorkerChannel, type WorkerStream } from "./testing/worker-channel";

// Millions of bytes are sealed and opened here; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const key = (fill: number) => new Uint8Array(32).fill(fill);

/** Client and Worker joined by two queues that the test empties. */
function makePair(
    options: {
        features?: number;
        streams?: number;
        limits?: RecordLimits;
        request?: (stream: WorkerStream) => void;
    } = {},
) {
    const toWorker: Uint8Array[] = [];
    const toClient: Uint8Array[] = [];
    const ends: ChannelEnd[] = [];
    const requests: WorkerStream[] = [];
    let pongs = 0;
    const { features = 0, streams = 256, limits = RECORD_LIMITS } = options;
    const client = new ClientChannel(
        { sendKey: key(1), receiveKey: key(2), hello: { streams, features }, limits },
        {
            record: (record) => toWorker.push(record),
            alive: () => {},
            pong: () => pongs++,
            ended: (end) => ends.push(end),
        },
    );
    const worker = new WorkerChannel(
        { sendKey: key(2), receiveKey: key(1) },
        (record) => toClient.push(record),
        {
            request: (stream) => {
                requests.push(stream);
                options.request?.(stream);
            },
        },
        limits,
    );
    const stepWorker = () => {
        const record = toWorker.shift();
        if (record) worker.receive(record);
        return record !== undefined;
    };
    const stepClient = () => {
        const record = toClient.shift();
        if (record) client.receive(record);
        return record !== undefined;
    };
    const settle = () => {
        while (stepWorker() || stepClient());
    };
    return {
        client,
        worker,
        toWorker,
        toClient,
        ends,
        requests,
        stepWorker,
        stepClient,
        settle,
        get pongs() {
            return pongs;
        },
    };
}

type Pair = ReturnType<typeof makePair>;

/** A reader that takes at once, unless told to hold. */
function makeReader(hold = false) {
    const messages: Uint8Array[] = [];
    const ends: EndOfStream[] = [];
    const held: (() => void)[] = [];
    const handlers: StreamHandlers = {
        message: (bytes, taken) => {
            messages.push(bytes);
            if (hold) held.push(taken);
            else taken();
        },
        end: (end) => ends.push(end),
    };
    return {
        handlers,
        messages,
        ends,
        held,
        takeAll: () => held.splice(0).forEach((taken) => taken()),
    };
}

const PATTERN = makeChance(1).bytes(65_521);

/** Bytes that differ by place and seed, without drawing each. */
function bytesOf(length: number, seed = 1): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += PATTERN.length) {
        bytes.set(PATTERN.subarray(0, length - at), at);
    }
    if (length > 0) bytes[0] = seed;
    return bytes;
}

describe("a call", () => {
    test("reaches the Worker and brings its messages and END back", () => {
        const pair = makePair({
            request: (stream) => {
                stream.send(concat(Uint8Array.of(9), stream.request));
                stream.send(EMPTY);
                stream.end({ status: 7, reason: "READ_ONLY", message: "no", details: bytesOf(5) });
            },
        });
        const reader = makeReader();
        pair.client.open("Echo", Uint8Array.of(1, 2, 3), reader.handlers);
        pair.settle();
        expect(pair.requests[0]?.method).toBe("Echo");
        expect(reader.messages).toEqual([Uint8Array.of(9, 1, 2, 3), EMPTY]);
        expect(reader.ends).toEqual([
            { status: 7, reason: "READ_ONLY", message: "no", details: bytesOf(5) },
        ]);
    });

    test.each([0, 1, 32_767, 32_768, 32_769, 262_144, 1_000_000, 16 * 1024 * 1024])(
        "carries a request of %i bytes whole, and an answer as large",
        (length) => {
            const pair = makePair({
                request: (stream) => {
                    stream.send(stream.request, 65_000);
                    stream.end();
                },
            });
            const reader = makeReader();
            const request = bytesOf(length);
            pair.client.open("Echo", request, reader.handlers);
            pair.settle();
            expect(reader.messages.length).toBe(1);
            expect(Buffer.compare(reader.messages[0] ?? EMPTY, request)).toBe(0);
            expect(reader.ends.length).toBe(1);
        },
    );

    test("with padding granted sends no plaintext shorter than 128", () => {
        const pair = makePair({ features: FEATURE_PAD, request: (stream) => stream.end() });
        pair.client.open("Echo", EMPTY, makeReader().handlers);
        expect(pair.toWorker[0]?.length).toBe(128 + 16);
        pair.settle();
        expect(pair.requests.length).toBe(1);
    });

    test("waits for a free stream when as many are open as the Worker grants", () => {
        const pair = makePair({ streams: 2 });
        const readers = [makeReader(), makeReader(), makeReader()];
        for (const reader of readers) pair.client.open("Wait", EMPTY, reader.handlers);
        pair.settle();
        expect(pair.requests.length).toBe(2);
        pair.requests[0]?.end();
        pair.settle();
        expect(pair.requests.length).toBe(3);
    });

    test("that is cancelled before its OPEN leaves no gap in the numbers", () => {
        const pair = makePair({ streams: 1 });
        pair.client.open("One", EMPTY, makeReader().handlers);
        const second = pair.client.open("Two", EMPTY, makeReader().handlers);
        pair.client.open("Three", EMPTY, makeReader().handlers);
        second.cancel();
        pair.settle();
        pair.requests[0]?.end();
        pair.settle();
        expect(pair.requests.map((stream) => [stream.id, stream.method])).toEqual([
            [1, "One"],
            [2, "Three"],
        ]);
    });

    test("that is cancelled tells the Worker once and hears nothing more", () => {
        const pair = makePair();
        const reader = makeReader();
        const stream = pair.client.open("Watch", EMPTY, reader.handlers);
        pair.settle();
        pair.requests[0]?.send(bytesOf(100_000));
        stream.cancel();
        stream.cancel();
        pair.settle();
        expect(pair.worker.seen.filter((type) => type === "cancel").length).toBe(1);
        expect(reader.messages).toEqual([]);
        expect(reader.ends).toEqual([]);
        expect(pair.ends).toEqual([]);
    });

    test("ended early by the Worker sends no more of its request", () => {
        const pair = makePair();
        const reader = makeReader();
        pair.client.open("Big", bytesOf(4_000_000), reader.handlers);
        pair.stepWorker();
        pair.worker.streams.get(1)?.end({ status: 8, reason: "TOO_LARGE" });
        pair.settle();
        expect(reader.ends[0]?.reason).toBe("TOO_LARGE");
        const sent = pair.worker.seen.filter((type) => type === "data").length;
        expect(sent).toBeLessThan(10);
    });
});

describe("credit", () => {
    test("a reader that stands still gets no more than a window, and all once it reads", () => {
        const pair = makePair();
        const reader = makeReader(true);
        pair.client.open("Watch", EMPTY, reader.handlers);
        pair.settle();
        for (let i = 0; i < 50; i++) pair.requests[0]?.send(bytesOf(20_000, i));
        pair.settle();
        const before = reader.messages.length;
        expect(before * 20_000).toBeLessThanOrEqual(262_144);
        for (let i = 0; i < 50; i++) {
            reader.takeAll();
            pair.settle();
        }
        expect(reader.messages.length).toBe(50);
    });

    test("100 readers that stand still do not slow another stream", () => {
        const pair = makePair();
        for (let i = 0; i < 100; i++) pair.client.open("Stall", EMPTY, makeReader(true).handlers);
        const reader = makeReader();
        pair.client.open("Live", EMPTY, reader.handlers);
        pair.settle();
        for (const stream of pair.requests) {
            for (let i = 0; i < 10; i++) stream.send(bytesOf(30_000), 30_000);
        }
        pair.settle();
        expect(reader.messages.length).toBe(10);
    });

    test("one-byte messages to a reader that stands still end at the window's cost", () => {
        const pair = makePair();
        const reader = makeReader(true);
        pair.client.open("Drip", EMPTY, reader.handlers);
        pair.settle();
        for (let i = 0; i < 10_000; i++) pair.requests[0]?.send(Uint8Array.of(1));
        pair.settle();
        expect(reader.messages.length).toBe(Math.floor(262_144 / (8 + 1 + 32)));
    });

    test("requests of several streams go out in turn", () => {
        const pair = makePair();
        pair.client.open("A", bytesOf(200_000), makeReader().handlers);
        pair.client.open("B", bytesOf(10), makeReader().handlers);
        pair.settle();
        expect(pair.requests.map(({ method }) => method)).toContain("B");
        const big = makePair();
        const first = big.client.open("A", bytesOf(8_000_000), makeReader().handlers);
        big.client.open("B", bytesOf(10), makeReader().handlers);
        big.settle();
        expect(big.requests.map(({ method }) => method)).toEqual(["B", "A"]);
        first.cancel();
    });

    test("an answer larger than 16 MiB is refused, and the channel lives on", () => {
        const pair = makePair();
        const reader = makeReader();
        pair.client.open("Huge", EMPTY, reader.handlers);
        pair.settle();
        pair.requests[0]?.send(new Uint8Array(16 * 1024 * 1024 + 1), 65_000);
        pair.settle();
        expect(reader.messages).toEqual([]);
        expect(reader.ends.map(({ reason }) => reason)).toEqual(["TOO_LARGE"]);
        const other = makeReader();
        pair.client.open("After", EMPTY, other.handlers);
        pair.settle();
        pair.requests[1]?.end();
        pair.settle();
        expect(other.ends.length).toBe(1);
    });
});

describe("random schedules", () => {
    test.each(Array.from({ length: 20 }, (_, seed) => seed))(
        "seed %i ends without deadlock, with every message in order and no rule broken",
        (seed) => runSchedule(makeChance(seed)),
    );
});

/** Streams open, send, stall, read, cancel and end in any order; then all is let run dry. */
function runSchedule(chance: Chance): void {
    const pair = makePair({ features: chance.below(2) });
    const streams: {
        reader: ReturnType<typeof makeReader>;
        cancel: () => void;
        cancelled: boolean;
    }[] = [];
    const sent = new Map<number, number[]>();
    const acts = [
        () => {
            if (streams.length >= 300) return;
            const reader = makeReader(true);
            const size = chance.below(8) === 0 ? 600_000 : 50;
            const stream = pair.client.open("Any", bytesOf(chance.below(size)), reader.handlers);
            streams.push({ reader, cancel: () => stream.cancel(), cancelled: false });
        },
        () => {
            const stream = pair.requests[chance.below(pair.requests.length)];
            if (!stream || stream.ended || stream.cancelled) return;
            if (stream.outbox.some(({ type }) => type === "end")) return;
            const length = chance.below(chance.below(8) === 0 ? 900_000 : 200);
            sent.set(stream.id, [...(sent.get(stream.id) ?? []), length]);
            stream.send(new Uint8Array(length), 1 + chance.below(65_000) + 500);
        },
        () => {
            const stream = pair.requests[chance.below(pair.requests.length)];
            if (!stream || stream.ended || stream.cancelled) return;
            if (!stream.outbox.some(({ type }) => type === "end")) stream.end();
        },
        () => streams[chance.below(streams.length)]?.reader.takeAll(),
        () => {
            const stream = streams[chance.below(streams.length)];
            if (!stream || chance.below(3) > 0) return;
            stream.cancelled = true;
            stream.cancel();
        },
        () => pair.client.ping(chance.bytes(8)),
        () => void pair.stepWorker(),
        () => void pair.stepWorker(),
        () => void pair.stepClient(),
        () => void pair.stepClient(),
    ];
    for (let i = 0; i < 1_000; i++) acts[chance.below(acts.length)]?.();

    runDry(pair, streams);
    expect(pair.ends).toEqual([]);
    const living = streams.filter(({ cancelled }) => !cancelled);
    for (const { reader } of living) expect(reader.ends.length).toBe(1);
    const received = living.flatMap(({ reader }) => reader.messages.map(({ length }) => length));
    const wanted = pair.requests
        .filter(({ cancelled }) => !cancelled)
        .flatMap(({ id }) => sent.get(id) ?? []);
    // A stream cancelled after its END had been sent is dropped by the client alone.
    if (streams.every(({ cancelled }) => !cancelled)) {
        expect(received.sort()).toEqual(wanted.sort());
    } else {
        expect(received.length).toBeLessThanOrEqual(wanted.length);
    }
}

function runDry(pair: Pair, streams: { reader: ReturnType<typeof makeReader> }[]): void {
    for (let round = 0; round < 2_000; round++) {
        pair.settle();
        for (const { reader } of streams) reader.takeAll();
        for (const stream of pair.requests) {
            const ending = stream.ended || stream.outbox.some(({ type }) => type === "end");
            if (!ending && !stream.cancelled) stream.end();
        }
        if (pair.toClient.length + pair.toWorker.length === 0 && pair.worker.streams.size === 0) {
            return;
        }
    }
    throw new Error("deadlock");
}

describe("life signs and closing", () => {
    test("a PING is answered by PONG, one at a time", () => {
        const pair = makePair();
        expect(pair.client.ping(bytesOf(8))).toBe(true);
        expect(pair.client.ping(bytesOf(8))).toBe(false);
        pair.settle();
        expect(pair.pongs).toBe(1);
        expect(pair.client.ping(bytesOf(8))).toBe(true);
    });

    test("a PING of the Worker is answered with its token", () => {
        const pair = makePair();
        pair.worker.sendFrame({ type: "ping", token: bytesOf(8) });
        pair.stepClient();
        expect(pair.worker.receive(pair.toWorker[0] ?? EMPTY)).toEqual({
            type: "pong",
            token: bytesOf(8),
        });
    });

    test("FILL is answered in its own length where that was granted, and ignored where not", () => {
        const granted = makePair({ features: FEATURE_ANSWER_FILL });
        granted.worker.sendRaw(encodeFill(1_000, true));
        granted.stepClient();
        expect(granted.toWorker.map(({ length }) => length)).toEqual([1_016]);
        const refused = makePair();
        refused.worker.sendRaw(encodeFill(1_000, true));
        refused.stepClient();
        expect(refused.toWorker).toEqual([]);
    });

    test("CLOSE of the Worker is answered and ends the channel with its reason", () => {
        const pair = makePair();
        pair.worker.close(5);
        pair.settle();
        expect(pair.worker.closed).toBe(0);
        expect(pair.ends).toEqual([{ kind: "closed", reason: 5 }]);
    });

    test("our CLOSE is our last frame, and the channel ends with the Worker's", () => {
        const pair = makePair();
        pair.client.open("Any", EMPTY, makeReader().handlers);
        pair.client.close(1);
        pair.client.open("Late", EMPTY, makeReader().handlers);
        expect(pair.client.ping(bytesOf(8))).toBe(false);
        pair.settle();
        expect(pair.worker.closed).toBe(1);
        expect(pair.ends).toEqual([]);
        pair.worker.close(0);
        pair.settle();
        expect(pair.ends).toEqual([{ kind: "closed", reason: 0 }]);
    });
});

describe("a Worker that breaks the rules is answered with CLOSE 2", () => {
    let pair: Pair;
    beforeEach(() => {
        pair = makePair();
        pair.client.open("Any", EMPTY, makeReader(true).handlers);
        pair.client.open("Ended", EMPTY, makeReader().handlers);
        pair.settle();
        pair.requests[1]?.end();
        pair.settle();
    });

    const header = (type: number, flags = 0, padding = 0, stream = 0) => {
        const bytes = new Uint8Array(8);
        const view = new DataView(bytes.buffer);
        view.setUint8(0, type);
        view.setUint8(1, flags);
        view.setUint16(2, padding);
        view.setUint32(4, stream);
        return bytes;
    };
    const data = (stream: number, length = 1) =>
        encodeFrame({ type: "data", stream, more: false, body: new Uint8Array(length) });

    const cases: [name: string, wrong: (pair: Pair) => Uint8Array[]][] = [
        ["type 0", () => [header(0)]],
        ["type 10", () => [header(10)]],
        ["an unknown flag", () => [header(2, 4, 0, 1)]],
        ["MORE on END", () => [concat(header(4, 1, 0, 1), new Uint8Array(5))]],
        ["ANSWER on DATA", () => [header(2, 2, 0, 1)]],
        ["padding longer than the frame", () => [header(2, 0, 1, 1)]],
        ["padding that is not zero", () => [concat(header(2, 0, 1, 1), Uint8Array.of(1))]],
        [
            "OPEN",
            () => [encodeFrame({ type: "open", stream: 3, more: false, method: "x", body: EMPTY })],
        ],
        ["CANCEL", () => [header(5, 0, 0, 1)]],
        ["DATA on stream 0", () => [data(0)]],
        ["PING on a stream", () => [concat(header(6, 0, 0, 1), new Uint8Array(8))]],
        ["DATA on a stream never opened", () => [data(3)]],
        ["END on a stream never opened", () => [concat(header(4, 0, 0, 3), new Uint8Array(5))]],
        [
            "WINDOW on a stream never opened",
            () => [encodeFrame({ type: "window", stream: 3, credit: 1 })],
        ],
        ["a stream id beyond 31 bits", () => [data(2 ** 31)]],
        ["DATA after END", () => [data(2)]],
        ["END after END", () => [concat(header(4, 0, 0, 2), new Uint8Array(5))]],
        ["a credit of 0", () => [concat(header(3), new Uint8Array(4))]],
        ["a credit beyond 31 bits", () => [concat(header(3), Uint8Array.of(128, 0, 0, 0))]],
        [
            "a credit total of 2^31",
            () => [encodeFrame({ type: "window", stream: 0, credit: 2 ** 31 - 1 })],
        ],
        [
            "a stream's credit total of 2^31",
            () => [encodeFrame({ type: "window", stream: 1, credit: 2 ** 31 - 1 })],
        ],
        ["WINDOW of 3 bytes", () => [concat(header(3), new Uint8Array(3))]],
        ["PING of 7 bytes", () => [concat(header(6), new Uint8Array(7))]],
        ["CLOSE of 3 bytes", () => [concat(header(8), new Uint8Array(3))]],
        ["END of 2 bytes", () => [concat(header(4, 0, 0, 1), new Uint8Array(2))]],
        [
            "END whose reason is cut",
            () => [concat(header(4, 0, 0, 1), Uint8Array.of(0, 0, 9, 65, 0))],
        ],
        [
            "END of more than 16,384 bytes",
            () => [concat(header(4, 0, 0, 1), new Uint8Array(16_385))],
        ],
        ["a PONG that nobody asked for", () => [concat(header(7), new Uint8Array(8))]],
        [
            "a PONG with another token",
            ({ client }) => {
                client.ping(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
                return [concat(header(7), new Uint8Array(8))];
            },
        ],
        ["more than the stream's credit", () => Array.from({ length: 9 }, () => data(1, 30_000))],
    ];

    test.each(cases)("%s", (_name, wrong) => {
        const plaintexts = wrong(pair);
        pair.settle();
        for (const plaintext of plaintexts) pair.worker.sendRaw(plaintext);
        pair.settle();
        expect(pair.worker.closed).toBe(2);
        expect(pair.ends.map((end) => end.kind === "fault" && end.fault.reason)).toEqual([
            "BAD_FRAME",
        ]);
    });

    test("and nothing that comes afterwards is delivered", () => {
        pair.worker.sendRaw(header(0));
        pair.worker.sendFrame({ type: "ping", token: bytesOf(8) });
        pair.settle();
        expect(pair.worker.seen.at(-1)).toBe("close");
    });
});

describe("a record that is not the next one ends the channel without an answer", () => {
    const spoil: [name: string, change: (records: Uint8Array[]) => Uint8Array[]][] = [
        ["dropped", ([, second]) => [second ?? EMPTY]],
        ["replayed", ([first]) => [first ?? EMPTY, first ?? EMPTY]],
        ["swapped", ([first, second]) => [second ?? EMPTY, first ?? EMPTY]],
        ["cut by a byte", ([first]) => [(first ?? EMPTY).subarray(0, -1)]],
        ["lengthened by a byte", ([first]) => [concat(first ?? EMPTY, Uint8Array.of(0))]],
        ["joined with the next", ([first, second]) => [concat(first ?? EMPTY, second ?? EMPTY)]],
        ["empty", () => [EMPTY]],
        ["too long", () => [new Uint8Array(65_536)]],
    ];

    function twoRecords() {
        const pair = makePair();
        const reader = makeReader();
        pair.client.open("Any", EMPTY, reader.handlers);
        pair.settle();
        pair.requests[0]?.send(bytesOf(30));
        pair.requests[0]?.send(bytesOf(40));
        return { pair, reader, records: pair.toClient.splice(0) };
    }

    test.each(spoil)("%s", (_name, change) => {
        const { pair, reader, records } = twoRecords();
        pair.toWorker.length = 0;
        const changed = change(records);
        changed.forEach((record) => pair.client.receive(record));
        expect(pair.toWorker).toEqual([]);
        expect(pair.ends.map((end) => end.kind === "fault" && end.fault.reason)).toEqual([
            "BAD_RECORD",
        ]);
        expect(reader.messages.length).toBe(changed[0] === records[0] ? 1 : 0);
    });

    test("reflected", () => {
        const { pair } = twoRecords();
        pair.client.ping(bytesOf(8));
        const own = pair.toWorker.splice(0).at(-1);
        pair.client.receive(own ?? EMPTY);
        expect(pair.ends.length).toBe(1);
        expect(pair.toWorker).toEqual([]);
    });

    test("any byte of it flipped", () => {
        const { records } = twoRecords();
        const [first = EMPTY] = records;
        for (let at = 0; at < first.length; at++) {
            const { pair, reader } = twoRecords();
            const flipped = first.slice();
            flipped[at] = (flipped[at] ?? 0) ^ 1;
            pair.client.receive(flipped);
            expect(pair.ends.length).toBe(1);
            expect(reader.messages).toEqual([]);
        }
    });
});

describe("rekey", () => {
    test.each([
        ["every 7 records", { rekeyRecords: 7, rekeyBytes: 2 ** 30, lastNonce: 2 ** 48 }],
        ["every 1,000 bytes", { rekeyRecords: 2 ** 20, rekeyBytes: 1_000, lastNonce: 2 ** 48 }],
    ])("%s keeps both directions in step", (_name, limits) => {
        const pair = makePair({
            limits,
            request: (stream) => {
                stream.send(stream.request);
                stream.end();
            },
        });
        const reader = makeReader();
        for (let i = 0; i < 200; i++) pair.client.open("Echo", bytesOf(i * 13, i), reader.handlers);
        pair.settle();
        expect(reader.messages.map(({ length }) => length)).toEqual(
            Array.from({ length: 200 }, (_, i) => i * 13),
        );
        expect(pair.ends).toEqual([]);
    });
});
