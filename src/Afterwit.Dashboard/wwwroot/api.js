// The API of this server. An error carries what the server said of it.
import { signIn } from './dialog.js';

export const get = (path, query, signal) => call(path + queryOf(query), { signal });
export const post = (path, body, signal) => call(path, { method: 'POST', signal, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
export const remove = (path, query) => call(path + queryOf(query), { method: 'DELETE' });

async function call(path, request) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, request);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server does not answer. Is `afterwit serve` still running?');
  }
  if (answer.status === 401 && await signIn()) return call(path, request);
  const text = await answer.text();
  if (answer.ok) return text === '' ? null : JSON.parse(text);
  let detail = `The server answered ${answer.status}.`;
  try { detail = JSON.parse(text).detail ?? detail; } catch { /* not a problem document */ }
  throw Object.assign(new Error(detail), { status: answer.status });
}

function queryOf(query) {
  const set = Object.entries(query ?? {}).filter(([, value]) => value !== '' && value !== null && value !== undefined && value !== false);
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}
