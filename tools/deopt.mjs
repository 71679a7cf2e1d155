// SPDX-License-Identifier: Apache-2.0
//
// Clears `proto3_optional` in a FileDescriptorSet, for protobuf-c, which refuses it. The synthetic
// oneof that protoc made for such a field stays, so the field keeps its presence and its bytes.
// Works on the wire format itself: a descriptor is a tree of length-delimited fields, and only
// those on the way to the flag are rewritten.
//
// usage: deopt.mjs IN OUT
import { readFileSync, writeFileSync } from "node:fs";

/** What to do with a field, by number: descend into it, or drop it (descriptor.proto). */
const FIELD_DESCRIPTOR = { 17: "drop" }; // proto3_optional
const DESCRIPTOR = { 2: FIELD_DESCRIPTOR, 6: FIELD_DESCRIPTOR }; // field, extension
DESCRIPTOR[3] = DESCRIPTOR; // nested_type
const FILE_DESCRIPTOR = { 4: DESCRIPTOR, 7: FIELD_DESCRIPTOR }; // message_type, extension
const FILE_DESCRIPTOR_SET = { 1: FILE_DESCRIPTOR }; // file

function readVarint(bytes, start) {
    let value = 0;
    let scale = 1;
    for (let at = start; at < bytes.length && at < start + 10; at++) {
        value += (bytes[at] & 0x7f) * scale;
        scale *= 128;
        if (bytes[at] < 0x80) return { value, end: at + 1 };
    }
    throw new Error("broken varint");
}

function writeVarint(value) {
    const out = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 0x80);
    out.push(value);
    return Buffer.from(out);
}

function rewrite(bytes, rules) {
    const out = [];
    for (let at = 0; at < bytes.length;) {
        const tag = readVarint(bytes, at);
        const rule = rules[Math.floor(tag.value / 8)];
        let end;
        let body;
        switch (tag.value % 8) {
            case 0:
                end = readVarint(bytes, tag.end).end;
                break;
            case 1:
                end = tag.end + 8;
                break;
            case 2: {
                const length = readVarint(bytes, tag.end);
                end = length.end + length.value;
                body = bytes.subarray(length.end, end);
                break;
            }
            case 5:
                end = tag.end + 4;
                break;
            default:
                throw new Error("unknown wire type");
        }
        if (end > bytes.length) throw new Error("cut short");
        if (body !== undefined && rule !== undefined && rule !== "drop") {
            const inner = rewrite(body, rule);
            out.push(bytes.subarray(at, tag.end), writeVarint(inner.length), inner);
        } else if (rule !== "drop") {
            out.push(bytes.subarray(at, end));
        }
        at = end;
    }
    return Buffer.concat(out);
}

const [input, output] = process.argv.slice(2);
writeFileSync(output, rewrite(readFileSync(input), FILE_DESCRIPTOR_SET));
