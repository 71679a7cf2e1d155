// SPDX-License-Identifier: Apache-2.0
/** The little that a device remembers: its keys, and the Workers it has met. */

export type Table = "device" | "pins";

/** Values are structured-cloned; CryptoKeys may be among them. */
export interface LinkStorage {
    get(table: Table, key: string): Promise<unknown>;
    put(table: Table, key: string, value: unknown): Promise<void>;
    /** Stores `value` unless there is one already; returns what stands there then. */
    putIfAbsent(table: Table, key: string, value: unknown): Promise<unknown>;
}

const DATABASE = "leapmux";
const VERSION = 1;
const TABLES: readonly Table[] = ["device", "pins"];

/** In memory, forgotten with the page: where the browser gives no database, and in tests. */
export function memoryStorage(): LinkStorage {
    const rows = new Map<string, unknown>();
    const at = (table: Table, key: string) => `${table}/${key}`;
    return {
        get: (table, key) => Promise.resolve(rows.get(at(table, key))),
        put: (table, key, value) => {
            rows.set(at(table, key), value);
            return Promise.resolve();
        },
        putIfAbsent: (table, key, value) => {
            const place = at(table, key);
            if (!rows.has(place)) rows.set(place, value);
            return Promise.resolve(rows.get(place));
        },
    };
}

/** The browser's own database. Fails when it is not to be had. */
export async function indexedDbStorage(): Promise<LinkStorage> {
    const opening = indexedDB.open(DATABASE, VERSION);
    opening.onupgradeneeded = () => {
        for (const table of TABLES) opening.result.createObjectStore(table);
    };
    const db = await done(opening);
    db.onversionchange = () => db.close();
    return {
        get: (table, key) => done(db.transaction(table).objectStore(table).get(key)),
        put: async (table, key, value) => {
            const tx = db.transaction(table, "readwrite");
            tx.objectStore(table).put(value, key);
            await committed(tx);
        },
        putIfAbsent: async (table, key, value) => {
            const tx = db.transaction(table, "readwrite");
            const store = tx.objectStore(table);
            const present: unknown = await done(store.get(key));
            if (present === undefined) store.put(value, key);
            await committed(tx);
            return present ?? value;
        },
    };
}

function done<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error("database request failed"));
    });
}

function committed(tx: IDBTransaction): Promise<void> {
    return new Promise((resolve, reject) => {
        tx.oncomplete = () => resolve();
        tx.onabort = () => reject(tx.error ?? new Error("database transaction failed"));
    });
}
