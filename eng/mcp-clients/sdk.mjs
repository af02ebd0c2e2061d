// The official client of the protocol, driven line by line: each line of standard input is {"method": ..., "params": ...}, each line of standard output its result or error.
// The first line says how to connect: {"command": ..., "args": [...]} or {"url": ...}.
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const client = new Client({ name: 'afterwit-tests', version: '1.0.0' });
const logged = [];
let progress = [];
let connected = false;

async function connect({ command, args, url, token }) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const transport = url ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) : new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' });
    client.setNotificationHandler(LoggingMessageNotificationSchema, note => { logged.push(note.params); });
    await client.connect(transport);
    connected = true;
    return { server: client.getServerVersion(), capabilities: client.getServerCapabilities(), instructions: client.getInstructions() };
}

async function run({ method, params, repeat, abort }) {
    const options = { onprogress: p => progress.push(p) };
    switch (method) {
        case 'listTools': return client.listTools();
        case 'callTool':
            progress = [];
            if (abort) {
                const controller = new AbortController();
                const call = client.callTool(params, undefined, { signal: controller.signal });
                controller.abort('enough');
                return call.then(() => ({ aborted: false }), () => ({ aborted: true }));
            }
            if (repeat) // the same call many times at once; # in a text becomes the number of the call
                return { results: await Promise.all(Array.from({ length: repeat }, (_, i) => client.callTool(JSON.parse(JSON.stringify(params).replaceAll('#', String(i)))))) };
            return client.callTool(params, undefined, options);
        case 'listResources': return client.listResources();
        case 'listResourceTemplates': return client.listResourceTemplates();
        case 'readResource': return client.readResource(params);
        case 'listPrompts': return client.listPrompts();
        case 'getPrompt': return client.getPrompt(params);
        case 'setLoggingLevel': return client.setLoggingLevel(params.level);
        case 'logged': return { logged };
        case 'progress': return { progress };
        case 'ping': return client.ping();
        default: throw new Error(`no method ${method}`);
    }
}

for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    try {
        const result = connected ? await run(asked) : await connect(asked);
        process.stdout.write(JSON.stringify({ result }) + '\n');
    } catch (error) {
        process.stdout.write(JSON.stringify({ error: { code: error.code, message: error.message } }) + '\n');
    }
}
await client.close();
