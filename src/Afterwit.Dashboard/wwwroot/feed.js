// The stream of samples, one a second. Connected while a view listens; keeps the last five minutes and no more.
import { signIn } from './dialog.js';

const LIMIT = 300;
const listeners = new Set();
let source = null;
let again = 0;

export const state = { history: [], sample: null, connected: false };

/** Calls back with each sample and each change of the connection, until the signal ends it. */
export function listen(listener, signal) {
  listeners.add(listener);
  connect();
  signal.addEventListener('abort', () => {
    listeners.delete(listener);
    if (listeners.size === 0) disconnect();
  });
}

function connect() {
  if (source !== null) return;
  source = new EventSource('/events');
  source.addEventListener('history', (event) => { state.history = JSON.parse(event.data).slice(-LIMIT); tell(true); });
  source.addEventListener('sample', (event) => {
    state.sample = JSON.parse(event.data);
    state.history.push(state.sample.pulse);
    if (state.history.length > LIMIT) state.history.shift();
    tell(true);
  });
  source.onerror = async () => {
    tell(false);
    if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
    disconnect();
    const answer = await fetch('/api/v1/settings').catch(() => null);
    if (answer?.status === 401) await signIn();
    clearTimeout(again);
    again = setTimeout(() => { if (listeners.size > 0) connect(); }, 5000);
  };
}

function disconnect() {
  source?.close();
  source = null;
  state.connected = false;
}

function tell(connected) {
  state.connected = connected;
  for (const listener of listeners) listener(state);
}
