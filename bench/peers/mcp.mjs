// `afterwit mcp` and two servers of others on the same work: documents stored one by one, searches for them, and starts. What it does is in README.md.

import { mkdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Server } from "./mcp-server.mjs";
import { documentsOf, searchesOf } from "./texts.mjs";

const { values: options } = parseArgs({
    options: {
        afterwit: { type: "string" }, // Afterwit.Cli.dll
        folder: { type: "string" },
        documents: { type: "string", default: "10000" },
        searches: { type: "string", default: "200" },
        starts: { type: "string", default: "15" },
        "cap-seconds": { type: "string", default: "900" }, // of storing, for each server
    },
});
const count = Number(options.documents);
const cap = Number(options["cap-seconds"]) * 1000;
const tenth = Math.max(1, Math.floor(count / 10));
const storeBlock = Math.max(1, Math.min(500, tenth));
const searchBlock = 10;
const limit = 10;

const packageOf = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8"));
const programOf = (name) => new URL(`node_modules/${name}/${Object.values(packageOf(name).bin)[0]}`, import.meta.url).pathname;
const nameOf = (document) => `note ${document + 1}`;

// Each server with the tools that are meant for the work. `stored` gives what a search will name the document by; `found` the first hits of a search, so named.
const kinds = [
    {
        name: "afterwit mcp",
        start: (folder) => ({ command: "dotnet", args: [options.afterwit, "mcp", "--db", join(folder, "memory.db")], env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder } }),
        store: (document, text) => ["remember", { text }],
        stored: (result) => result.structuredContent.episode_id,
        search: (query) => ["recall", { query, limit }],
        found: (result) => result.structuredContent.hits.map((hit) => hit.id.split("#")[0]),
    },
    {
        name: "server-memory",
        package: "@modelcontextprotocol/server-memory",
        start: (folder) => ({ command: "node", args: [programOf("@modelcontextprotocol/server-memory")], env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") } }),
        store: (document, text) => ["create_entities", { entities: [{ name: nameOf(document), entityType: "note", observations: [text] }] }],
        stored: (result, document) => nameOf(document),
        search: (query) => ["search_nodes", { query }], // knows no limit
        found: (result) => result.structuredContent.entities.map((entity) => entity.name),
    },
    {
        name: "mcp-memory-libsql",
        package: "mcp-memory-libsql",
        start: (folder) => ({ command: "node", args: [programOf("mcp-memory-libsql")], env: { LIBSQL_URL: `file:${join(folder, "memory.db")}` } }),
        store: (document, text) => ["create_entities", { entities: [{ name: nameOf(document), entityType: "note", observations: [text] }] }],
        stored: (result, document) => nameOf(document),
        search: (query) => ["search_nodes", { query, limit }],
        found: (result) => JSON.parse(result.content[0].text).entities.map((entity) => entity.name),
    },
];

/** Nearest-rank. */
const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];
const sum = (values) => values.reduce((a, b) => a + b, 0);
const load = () => os.loadavg()[0].toFixed(1);
const say = (line) => process.stderr.write(`${line}\n`);

/** The kinds of servers in an order that moves on with every turn, so that none always comes after the same other. */
const inTurn = (servers, turn) => servers.map((_, i) => servers[(i + turn) % servers.length]);

class Run {
    ids = new Map();
    stores = [];
    searches = [];
    largest = 0;
    failures = [];
    resident = []; // megabytes after each tenth of the documents

    constructor(kind, folder) {
        this.kind = kind;
        this.server = new Server(kind.start(folder));
    }

    async store(documents, from, to) {
        for (let document = from; document < to && !this.stopped; document++) {
            try {
                const answer = await this.server.call(...this.kind.store(document, documents[document]));
                this.ids.set(document, this.kind.stored(answer.result, document));
                this.stores.push(answer.milliseconds);
                this.largest = Math.max(this.largest, answer.bytes);
            } catch (error) {
                this.failures.push(error.message);
                if (this.failures.length >= 20) this.stopped = `gave up after ${this.failures.length} failed calls (${error.message})`;
            }
            if ((document + 1) % tenth === 0) this.resident.push(this.server.residentMegabytes());
        }
        if (!this.stopped && to < count && sum(this.stores) > cap) this.stopped = `stopped after ${cap / 1000} s of storing`;
    }

    async search({ kind, document, query }) {
        const answer = await this.server.call(...this.kind.search(query));
        const place = this.kind.found(answer.result).slice(0, limit).indexOf(this.ids.get(document) ?? "");
        this.searches.push({ kind, stored: this.ids.has(document), found: place >= 0, milliseconds: answer.milliseconds });
        this.largest = Math.max(this.largest, answer.bytes);
    }

    found(kind) {
        const asked = this.searches.filter((search) => search.stored && (!kind || search.kind === kind));
        return asked.filter((search) => search.found).length / asked.length;
    }
}

async function measureWork(documents) {
    const runs = [];
    for (const [i, kind] of kinds.entries()) {
        const folder = join(options.folder, `work-${i}`);
        mkdirSync(folder);
        const run = new Run(kind, folder);
        await run.server.initialize();
        runs.push(run);
    }
    for (let from = 0, turn = 0; from < count; from += storeBlock, turn++) {
        for (const run of inTurn(runs, turn)) await run.store(documents, from, Math.min(count, from + storeBlock));
        say(`${Math.min(count, from + storeBlock)} documents: ${runs.map((run) => `${run.kind.name} ${run.stopped ?? `${percentile(run.stores.slice(-storeBlock), 0.5)?.toFixed(1)} ms`}`).join(", ")}`);
    }
    for (const run of runs) {
        run.files = run.server.openFiles();
        run.storeCpu = run.server.cpuSeconds();
    }
    const searches = searchesOf(documents, Number(options.searches));
    for (let from = 0, turn = 0; from < searches.length; from += searchBlock, turn++)
        for (const run of inTurn(runs, turn)) for (const search of searches.slice(from, from + searchBlock)) await run.search(search);
    for (const run of runs) {
        run.searched = run.server.residentMegabytes();
        run.searchCpu = run.server.cpuSeconds() - run.storeCpu;
        await run.server.close();
    }
    return runs;
}

/** Milliseconds from the start of a process to the answer of its first tool, on 20 documents: for each kind, by turns. */
async function measureStarts(documents, runs) {
    const rounds = Number(options.starts);
    const folders = [];
    for (const [i, kind] of kinds.entries()) {
        const folder = join(options.folder, `start-${i}`);
        mkdirSync(folder);
        folders.push(folder);
        const run = new Run(kind, folder);
        await run.server.initialize();
        await run.store(documents, 0, 20);
        await run.server.close();
        runs[i].starts = [];
    }
    for (let round = 0; round <= rounds; round++) {
        for (const i of inTurn([...kinds.keys()], round)) {
            const server = new Server(kinds[i].start(folders[i]));
            await server.initialize();
            await server.call(...kinds[i].search(documents[round % 20].split(" ").slice(0, 3).join(" ")));
            if (round > 0) runs[i].starts.push(performance.now() - server.started); // the first one reads the programs from the disk
            await server.close();
        }
    }
}

const loadBefore = load();
const documents = documentsOf(count);
const runs = await measureWork(documents);
await measureStarts(documents, runs);
report(runs);

function report(runs) {
    const one = (value, unit = "") => (value === undefined || Number.isNaN(value) ? "-" : `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US")}${unit}`);
    const share = (value) => (Number.isNaN(value) ? "-" : `${(100 * value).toFixed(1)} %`);
    const first = (run) => run.stores.slice(0, tenth);
    const last = (run) => (run.stores.length > tenth ? run.stores.slice(-tenth) : []);
    const row = (name, value) => console.log(`| ${name} | ${runs.map(value).join(" | ")} |`);
    const versions = runs.map((run) => run.kind.package).filter(Boolean).map((name) => `${name} ${packageOf(name).version}`);
    console.log(`# MCP next to its peers

Written by \`${process.env.COMMAND?.trim() ?? "node mcp.mjs"}\`; [docs/benchmarks.md](../../docs/benchmarks.md) says how to read it.

${new Date().toISOString().slice(0, 10)}; ${os.cpus().length} cores for client and servers together, ${os.type()} ${os.release().split("-")[0]}, load over a minute ${loadBefore} before and ${load()} after;
.NET SDK ${process.env.DOTNET ?? "?"}, Node ${process.version}, ${versions.join(", ")}. ${count.toLocaleString("en-US")} documents of ${Math.round(sum(documents.map((d) => d.length)) / count)} bytes on average, ${options.searches} searches, ${options.starts} starts.
`);
    console.log(`| | ${runs.map((run) => run.kind.name).join(" | ")} |\n|---|${runs.map(() => "---|").join("")}`);
    row("documents stored", (run) => run.ids.size.toLocaleString("en-US"));
    row("calls that failed", (run) => run.failures.length);
    row("store p50 / p95, ms, all", (run) => `${one(percentile(run.stores, 0.5))} / ${one(percentile(run.stores, 0.95))}`);
    row("store p50 / p95, ms, first tenth", (run) => `${one(percentile(first(run), 0.5))} / ${one(percentile(first(run), 0.95))}`);
    row("store p50 / p95, ms, last tenth", (run) => `${one(percentile(last(run), 0.5))} / ${one(percentile(last(run), 0.95))}`);
    row("store p50, last tenth over first", (run) => (percentile(last(run), 0.5) / percentile(first(run), 0.5)).toFixed(2));
    row("search p50 / p95, ms", (run) => [0.5, 0.95].map((p) => one(percentile(run.searches.map((s) => s.milliseconds), p))).join(" / "));
    row("source in the first ten, phrases", (run) => share(run.found("phrase")));
    row("source in the first ten, scattered words", (run) => share(run.found("scattered")));
    row("source in the first ten, all", (run) => share(run.found()));
    row("largest answer, bytes", (run) => run.largest.toLocaleString("en-US"));
    row("resident memory, MB, after 10, 20, 50, 80 and 100 % of the documents", (run) => [0, 1, 4, 7, 9].map((i) => one(run.resident[i])).join(", "));
    row("the same, after the searches", (run) => one(run.searched));
    row("resident memory, after the last tenth over the first", (run) => (run.resident.at(-1) / run.resident[0]).toFixed(2));
    row("open files, all stored", (run) => run.files.toLocaleString("en-US"));
    row("processor seconds: storing, searching", (run) => `${one(run.storeCpu)}, ${one(run.searchCpu)}`);
    row("start to first tool answer, ms, median", (run) => one(percentile(run.starts, 0.5)));
    row("the fastest and the slowest start, ms", (run) => `${one(Math.min(...run.starts))}, ${one(Math.max(...run.starts))}`);
    row("start, median over server-memory's", (run) => (percentile(run.starts, 0.5) / percentile(runs[1].starts, 0.5)).toFixed(2));
    const notes = runs.filter((run) => run.stopped || run.failures.length > 0).map((run) => `- ${run.kind.name}: ${run.stopped ?? `failed: ${run.failures[0]}`}; its searches are for what it had stored.`);
    if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
}
