// SPDX-License-Identifier: Apache-2.0
/** What of the web client the tests use in Node: bundled by link.mjs. */
export { createLink } from "../../../frontend/src/link/client";
export { LinkEngine } from "../../../frontend/src/link/engine";
export { makeHubCaller } from "../../../frontend/src/link/hub-caller";
export { memoryStorage } from "../../../frontend/src/link/storage";
export { openWebSocket } from "../../../frontend/src/link/web-socket";
export { newId } from "../../../frontend/src/model/ids";
export * as hub from "../../../frontend/src/gen/leapmux/v1/hub_pb";
export * as worker from "../../../frontend/src/gen/leapmux/v1/worker_pb";
export * as socket from "../../../frontend/src/gen/leapmux/v1/socket_pb";
