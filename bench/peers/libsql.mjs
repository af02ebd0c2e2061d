// The official libSQL client for JavaScript on the work of our own benchmark: one JSON line in, one block of work, one JSON line out.
// The protocol and the statements are in README.md.

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
// The entry point for remote servers: the same http and ws clients as the main one, without the native SQLite they do not use.
import { createClient } from "@libsql/client/web";

const items = 1000;
const itemLength = 1024;
const writeBody = "y".repeat(120);

const selectItem = "SELECT id, body FROM bench_items WHERE id = ?";
const insertWrite = "INSERT INTO bench_writes (caller, body) VALUES (?, ?)";
const updateLast = "UPDATE bench_writes SET caller = ? WHERE id = last_insert_rowid()";
const selectLast = "SELECT id, body FROM bench_writes WHERE id = last_insert_rowid()";

const { values: options } = parseArgs({ options: { url: { type: "string" } } });

const urls = {
    http: options.url,
    ws: options.url?.replace(/^http/, "ws"),
};

// Opened once per transport and kept, as a user of the library would.
const clients = new Map();

function clientOf(transport) {
    if (!clients.has(transport)) {
        clients.set(transport, createClient({ url: urls[transport] }));
    }
    return clients.get(transport);
}

function closeClients() {
    for (const client of clients.values()) {
        client.close();
    }
    clients.clear();
}

// The clients have no time limit of their own, and a server can stop answering (README.md). A block that takes too long
// fails, and the next one gets new clients: closing the old ones ends what they were waiting for.
async function within(seconds, work) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`The block was not done within ${seconds} s.`));
            closeClients();
        }, seconds * 1000);
    });
    try {
        return await Promise.race([work, late]);
    } finally {
        clearTimeout(timer);
    }
}

// Park and Miller's generator: the same ids in every run, whatever the machine.
let seed = 20261120;

function randomId() {
    seed = (seed * 48271) % 2147483647;
    return 1 + (seed % items);
}

// Text that shrinks by half when it is packed, like prose: Node asks the server for packed answers over http.
function itemBody() {
    return Array.from({ length: itemLength / 2 }, randomId).join(" ").slice(0, itemLength);
}

function rowsFor(caller, count) {
    return Array.from({ length: count }, () => ({ sql: insertWrite, args: [caller, writeBody] }));
}

function expect(condition, what) {
    if (!condition) {
        throw new Error(`The server answered something else: ${what}`);
    }
}

// Tries a write again while the server says that another writer was in the way, which it does now and then with many
// callers. The library leaves that to its user; the wait counts as a part of the operation, the block tells how many.
let busy = 0;

async function whileBusy(write) {
    for (let attempt = 1; ; attempt++) {
        try {
            return await write();
        } catch (error) {
            if (error.code !== "SQLITE_BUSY" || attempt === 20) {
                throw error;
            }
            busy++;
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * attempt));
        }
    }
}

async function readItem(client) {
    const id = randomId();
    const { rows } = await client.execute({ sql: selectItem, args: [id] });
    expect(rows.length === 1 && rows[0].id === id && rows[0].body.length >= 1000, `item ${id}`);
}

async function writeRow(client, caller) {
    const { rowsAffected } = await whileBusy(() => client.execute({ sql: insertWrite, args: [caller, writeBody] }));
    expect(rowsAffected === 1, "one row inserted");
}

async function writeRows(client, caller, count, perBatch) {
    for (let done = 0; done < count; done += perBatch) {
        const rows = rowsFor(caller, Math.min(perBatch, count - done));
        const results = await whileBusy(() => client.batch(rows, "write"));
        expect(results.length === rows.length, `${rows.length} rows inserted`);
    }
}

async function transaction(client, caller) {
    const statements = [
        { sql: selectItem, args: [randomId()] },
        { sql: insertWrite, args: [caller, writeBody] },
        { sql: updateLast, args: [caller + 1] },
        selectLast,
    ];
    const results = await whileBusy(() => client.batch(statements, "write"));
    expect(results[3].rows[0].body === writeBody, "the row of the transaction");
}

// Callers take the next operation as soon as they are done with the last one. After a failure all stop, and the block
// ends when the last has: nothing of it runs into the next block.
async function measure({ callers, ops, rows }, operation) {
    const latencies = new Float64Array(ops);
    busy = 0;
    let next = 0;

    async function call(caller) {
        while (next < ops) {
            const mine = next++;
            const start = process.hrtime.bigint();
            try {
                await operation(caller);
            } catch (error) {
                next = ops;
                throw error;
            }
            latencies[mine] = Number(process.hrtime.bigint() - start) / 1000;
        }
    }

    const start = process.hrtime.bigint();
    const ends = await Promise.allSettled(Array.from({ length: callers }, (_, caller) => call(caller)));
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) {
        throw failed.reason;
    }

    latencies.sort();
    return {
        p50_us: round(percentile(latencies, 50)),
        p95_us: round(percentile(latencies, 95)),
        p99_us: round(percentile(latencies, 99)),
        ops_per_s: round(ops / seconds),
        ...(rows && { rows_per_s: Math.round((ops * rows) / seconds) }),
        ...(busy > 0 && { busy }),
    };
}

// Nearest rank: always a latency that was measured.
function percentile(sorted, percent) {
    return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}

function round(number) {
    return Math.round(number * 10) / 10;
}

// Idle connections close between two blocks (Node keeps those of http for 4 s): each caller opens its own again, unmeasured.
async function warm(client, callers) {
    await Promise.all(Array.from({ length: callers }, () => client.execute("SELECT 1")));
}

async function measureWarm(request, operation) {
    const client = clientOf(request.transport);
    await warm(client, request.callers);
    return await measure(request, (caller) => operation(client, caller));
}

// Which batch size suits the client better depends on the transport and the link, so both are run and the better one counts.
async function bulk(request) {
    const sizes = request.batch === undefined ? [...new Set([Math.min(1000, request.rows), request.rows])] : [request.batch];
    const results = [];
    for (const batch of sizes) {
        const result = await measureWarm(request, (client, caller) => writeRows(client, caller, request.rows, batch));
        results.push({ ...result, batch });
    }

    const best = results.reduce((a, b) => (b.rows_per_s > a.rows_per_s ? b : a));
    return { ...best, tried: Object.fromEntries(results.map(({ batch, rows_per_s }) => [batch, rows_per_s])) };
}

function oneBatch(request) {
    return measureWarm(request, (client, caller) => writeRows(client, caller, request.rows, request.rows));
}

// All http clients of a process share the connections of Node's fetch, so a new client alone would find a warm one.
async function cold(request) {
    const agent = Symbol.for("undici.globalDispatcher.1");
    await warm(clientOf("http"), 1); // Node makes the agent at the first fetch.
    const kept = globalThis[agent];
    try {
        const result = await measure(request, async () => {
            globalThis[agent] = new kept.constructor();
            const client = createClient({ url: urls[request.transport] });
            try {
                await readItem(client);
            } finally {
                client.close();
                globalThis[agent].destroy();
            }
        });
        return { ...result, ms: round(result.p50_us / 1000) };
    } finally {
        globalThis[agent] = kept;
    }
}

async function prepare({ transport }) {
    const client = clientOf(transport);
    await client.batch(
        [
            "CREATE TABLE IF NOT EXISTS bench_items (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS bench_writes (id INTEGER PRIMARY KEY, caller INTEGER, body TEXT)",
        ],
        "write",
    );
    const ids = Array.from({ length: items }, (_, index) => index + 1);
    await client.batch(
        ids.map((id) => ({ sql: "INSERT OR IGNORE INTO bench_items (id, body) VALUES (?, ?)", args: [id, itemBody()] })),
        "write",
    );
    return { items };
}

const works = {
    prepare: { run: prepare },
    "point-read": { run: (request) => measureWarm(request, readItem), ops: 500 },
    write: { run: (request) => measureWarm(request, writeRow), ops: 500 },
    bulk: { run: bulk, ops: 1, rows: 10000 },
    "read-1": { run: (request) => measureWarm(request, readItem), ops: 20 },
    "write-1": { run: (request) => measureWarm(request, writeRow), ops: 20 },
    "transaction-4": { run: (request) => measureWarm(request, transaction), ops: 20 },
    "rows-100": { run: oneBatch, ops: 20, rows: 100 },
    cold: { run: cold, ops: 10 },
};

async function answer(line) {
    const request = JSON.parse(line);
    const { run, ...defaults } = Object.hasOwn(works, request.work) ? works[request.work] : {};
    if (!run) {
        throw new Error(`There is no work "${request.work}"; there are ${Object.keys(works).join(", ")} and exit.`);
    }

    const measured = defaults.ops && { callers: 1 };
    const { work, transport, ...numbers } = { transport: "http", seconds: 120, ...measured, ...defaults, ...request };
    if (!Object.hasOwn(urls, transport)) {
        throw new Error(`There is no transport "${transport}"; there are http and ws.`);
    }
    for (const [name, value] of Object.entries(numbers)) {
        if (!Number.isInteger(value) || value < 1) {
            throw new Error(`"${name}" is a whole number from 1 on, not ${JSON.stringify(value)}.`);
        }
    }
    const { seconds, ...answered } = numbers;
    return { work, transport, ...answered, ...(await within(seconds, run({ transport, ...numbers }))) };
}

function print(value, written) {
    process.stdout.write(JSON.stringify(value) + "\n", written);
}

function printError(error, written) {
    // "fetch failed" alone says nothing; its cause does.
    print({ error: error.cause ? `${error.message}: ${error.cause.message || error.cause.code}` : error.message }, written);
}

function isExit(line) {
    try {
        return JSON.parse(line)?.work === "exit";
    } catch {
        return false;
    }
}

if (!/^https?:\/\//.test(options.url ?? "")) {
    printError(new Error("Usage: node libsql.mjs --url http://127.0.0.1:8080"));
    process.exit(1);
}

process.on("uncaughtException", (error) => printError(error, () => process.exit(1)));

for await (const line of createInterface({ input: process.stdin })) {
    if (isExit(line)) {
        break;
    }
    try {
        print(await answer(line));
    } catch (error) {
        printError(error);
    }
}

closeClients();
// Not by itself: an answer that never comes would keep the process alive. Written answers go out first.
process.stdout.write("", () => process.exit());
