// A server that speaks MCP on its standard streams, as a child process: what it answers, how long it takes, and what it costs.

import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const patience = 120_000; // milliseconds for one answer
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export class Server {
    #child;
    #waiting = new Map();
    #lastId = 0;
    #said = "";

    constructor({ command, args, env }) {
        this.started = performance.now();
        this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
        this.#child.stderr.on("data", (data) => (this.#said = (this.#said + data).slice(-2000)));
        this.#child.stdin.on("error", () => {}); // its end is told below
        createInterface({ input: this.#child.stdout, crlfDelay: Infinity }).on("line", (line) => {
            const message = JSON.parse(line);
            const waiting = this.#waiting.get(message.id);
            if (!waiting) return; // a notification
            this.#waiting.delete(message.id);
            waiting.resolve({ message, milliseconds: performance.now() - waiting.asked, bytes: Buffer.byteLength(line) });
        });
        this.ended = new Promise((resolve) => {
            this.#child.on("error", (error) => this.#end(error.message, resolve));
            this.#child.on("exit", (code, signal) => this.#end(`the server ended (${code ?? signal}): ${this.#said.trim()}`, resolve));
        });
    }

    #end(why, resolve) {
        for (const waiting of this.#waiting.values()) waiting.reject(new Error(why));
        resolve();
    }

    #send(message) {
        this.#child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
    }

    #ask(method, params) {
        return new Promise((resolve, reject) => {
            const id = ++this.#lastId;
            const timer = setTimeout(() => reject(new Error(`no answer to ${method} within ${patience / 1000} s`)), patience);
            const settle = (way) => (value) => (clearTimeout(timer), way(value));
            this.#waiting.set(id, { asked: performance.now(), resolve: settle(resolve), reject: settle(reject) });
            this.#send({ id, method, params });
        });
    }

    async initialize() {
        const { message } = await this.#ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } });
        if (!message.result) throw new Error(JSON.stringify(message.error));
        this.#send({ method: "notifications/initialized" });
    }

    /** Calls a tool: its result, the time from the request to the answer, and the bytes of the whole answer. */
    async call(name, args) {
        const { message, ...cost } = await this.#ask("tools/call", { name, arguments: args });
        if (!message.result || message.result.isError) throw new Error(JSON.stringify(message.error ?? message.result.content).slice(0, 500));
        return { result: message.result, ...cost };
    }

    /** Resident memory in MB. */
    residentMegabytes() {
        return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))[1]) / 1024;
    }

    /** Seconds of processor time so far, of all its threads. */
    cpuSeconds() {
        const fields = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8").split(") ").at(-1).split(" ");
        return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    }

    openFiles() {
        return readdirSync(`/proc/${this.#child.pid}/fd`).length;
    }

    /** Ends the input, and the process if it does not end by itself. */
    async close() {
        this.#child.stdin.end();
        const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
        await this.ended;
        clearTimeout(timer);
    }
}
