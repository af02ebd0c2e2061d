// What the memory does right now: the numbers of the last seconds, what is wrong, and where the time goes.
import { get } from '../api.js';
import { chart } from '../chart.js';
import { badge, h, heading, table } from '../dom.js';
import { listen } from '../feed.js';
import { bytes, clock, count, many, micro, microText, one, percent, two } from '../format.js';

const rate = (n) => [one(n), '/s'];
const share = (n) => n === null ? ['\u2013', ''] : [(n * 100).toFixed(1), '%'];

// title, what it means, the number with its unit, what stands below, the lines of its chart
const tiles = [
  ['Operations', 'Reads and writes that reached the database layer', (p) => rate(p.operations_per_s), (p) => `${one(p.from_cache_per_s)} /s more answered from the cache`, { Operations: (p) => p.operations_per_s }],
  ['Latency, p99', 'One in a hundred takes longer', (p) => micro(p.p99_us), (p) => `p50 ${microText(p.p50_us)} \u00b7 p95 ${microText(p.p95_us)}`, { p50: (p) => ms(p.p50_us), p95: (p) => ms(p.p95_us), p99: (p) => ms(p.p99_us) }],
  ['Cache hits', 'Of lookups in the last 10 seconds', (p) => share(p.hit_rate), (p) => `${percent(p.hit_rate_ever)} since the start`, { Hits: (p) => p.hit_rate }],
  ['Connections', 'In use, of those allowed', (p) => [count(p.in_use), `of ${p.max_open}`], (p) => `${p.open} open \u00b7 ${p.waiting} waiting \u00b7 ${one(p.waits_per_s)} waits/s`, { 'In use': (p) => p.in_use }],
  ['Group commit', 'Writes that share one commit', (p) => [two(p.writes_per_commit), 'per commit'], (p) => `${one(p.commits_per_s)} commits/s`, { 'Writes per commit': (p) => p.writes_per_commit }],
  ['Errors', 'Operations that failed', (p) => rate(p.errors_per_s), (p) => p.error_share === null ? 'too few operations for a share' : `${percent(p.error_share)} of operations`, { Errors: (p) => p.errors_per_s }],
];

const ms = (us) => us === null ? null : us / 1000;

export async function show({ signal }) {
  const held = await get('stats', {}, signal);
  const link = badge('connecting \u2026');
  const alerts = h('div', { class: 'alerts', role: 'status', 'aria-live': 'polite' });
  const made = tiles.map((spec) => tile(spec, signal));
  const details = h('div', { class: 'stack' });
  let alertsShown = null;
  listen(({ history, sample, connected }) => {
    link.textContent = connected ? `live \u00b7 ${sample === null ? '' : clock(sample.pulse.at)}` : 'connection lost, trying again';
    link.className = `badge ${connected ? 'good' : 'bad'}`;
    if (sample === null || !connected) return;
    for (const { update } of made) update(sample.pulse, history);
    const key = JSON.stringify(sample.alerts.map((a) => [a.name, a.text]));
    if (key !== alertsShown) { alerts.replaceChildren(...alertCards(sample.alerts)); alertsShown = key; }
    if (!details.contains(document.activeElement) && !details.matches(':hover')) details.replaceChildren(...parts(sample.report)); // nothing moves under a pointer or the keyboard
    else if (details.childElementCount === 0) details.replaceChildren(...parts(sample.report));
  }, signal);
  return [
    heading('Live', 'What this memory holds, and what it does for its agents at this moment. A new sample every second.', link),
    welcome(held),
    alerts,
    h('section', { 'aria-label': 'The last seconds', class: 'tiles' }, made.map((t) => t.element)),
    details,
  ];
}

/** What the memory holds; for an empty one, how something gets in. */
function welcome(held) {
  if (held.episodes === 0) {
    return h('section', { class: 'empty' },
      h('h2', null, 'This memory is empty'),
      h('p', null, 'Afterwit keeps what agents did (episodes: a task, its steps, how it ended) and learns from it. Give it something:'),
      h('ul', null,
        h('li', null, 'Connect an agent: ', h('code', null, 'afterwit mcp install claude-code')),
        h('li', null, 'Import what agents did before: ', h('code', null, 'afterwit import ~/.claude/projects')),
        h('li', null, 'See it learn on a made-up workbench: ', h('code', null, 'afterwit demo'))));
  }
  const item = (number, noun, text, href) => h('a', { class: 'held', href }, h('strong', null, number), h('span', null, noun), h('small', null, text));
  return h('section', { class: 'holds', 'aria-label': 'What it holds' },
    item(count(held.episodes), held.episodes === 1 ? 'episode' : 'episodes', held.running > 0 ? `what agents did; ${count(held.running)} running` : 'what agents did', '#/episodes'),
    item(count(held.patterns), held.patterns === 1 ? 'lesson' : 'lessons', `learned from them; ${count(held.active_patterns)} with enough evidence`, '#/lessons'),
    item(count(held.receipts), held.receipts === 1 ? 'recall' : 'recalls', `asked of it; ${count(held.feedback)} with feedback`, '#/search'),
    item(bytes(held.file_bytes), 'on disk', `${count(held.steps)} steps, packed`, '#/storage'));
}

function tile([title, meaning, number, below, lines], signal) {
  const [value, unit, note] = [h('span', { class: 'value' }, '\u2013'), h('span', { class: 'unit' }), h('p', { class: 'note' })];
  const plot = h('div', { class: 'plot', 'aria-hidden': 'true' });
  const draw = chart(plot, Object.keys(lines), signal);
  const names = Object.keys(lines);
  const legend = names.length > 1 && draw !== null ? h('p', { class: 'legend', 'aria-hidden': 'true' }, names.map((name, i) => h('span', { class: `line-${i + 1}` }, name))) : null;
  return {
    element: h('article', { class: 'tile' }, h('h2', null, title), h('p', { class: 'meaning' }, meaning), h('p', { class: 'number' }, value, ' ', unit), note, draw !== null && plot, legend),
    update(pulse, history) {
      [value.textContent, unit.textContent] = number(pulse);
      note.textContent = below(pulse);
      draw?.(history.map((p) => Date.parse(p.at) / 1000), Object.values(lines).map((line) => history.map(line)));
    },
  };
}

const alertCards = (alerts) => alerts.length === 0
  ? [h('p', { class: 'well' }, badge('all well', 'good'), 'Connections, cache, latency, errors and replicas are within their limits.')]
  : alerts.map((a) => h('article', { class: 'alert' }, h('h2', null, badge('alert', 'bad'), a.title), h('p', null, a.text), h('p', { class: 'note' }, `Since ${clock(a.since)}`)));

function* parts(report) {
  const slowest = [...report.operations].sort((a, b) => b.per_s10s - a.per_s10s || b.count - a.count);
  yield card('Operations', 'Since this process opened the memory; the busiest first. Times are of the database layer, below the cache.', slowest.length === 0 ? h('p', { class: 'note' }, 'None yet.') : table('Operations',
    [['Operation'], ['Count', 'n'], ['/s, 10 s', 'n'], ['p50', 'n'], ['p95', 'n'], ['p99', 'n'], ['Slowest', 'n'], ['Errors', 'n']],
    slowest.map((o) => [h('span', null, o.operation.replaceAll('_', ' '), o.query && h('span', { class: 'dim' }, ` by ${o.query}`)), count(o.count), one(o.per_s10s), microText(o.p50_us), microText(o.p95_us), microText(o.p99_us), microText(o.max_us), o.errors > 0 ? badge(count(o.errors), 'bad') : '0'])));
  yield card('Cache', 'What it answered without the database, by kind.', report.cache.length === 0 ? h('p', { class: 'note' }, 'Off (Storage:Cache:Enabled), or nothing was looked up yet.') : table('Cache by kind',
    [['Kind'], ['Hit rate', 'n'], ['Hits', 'n'], ['Misses', 'n'], ['Evicted', 'n']],
    report.cache.map((c) => [c.kind.replaceAll('_', ' '), c.hits + c.misses === 0 ? '\u2013' : percent(c.hit_rate), count(c.hits), count(c.misses), count(c.evictions)])));
  yield h('div', { class: 'pair' }, card('Connections and writer', null, list([
    ['Connections', `${report.pool.in_use} of ${report.pool.open} in use, ${report.pool.size} wanted now, ${report.pool.max} allowed`],
    ['Waits', `${many(report.pool.waits, 'wait')}, ${one(report.pool.wait_ms)} ms together`],
    ['Sizing', report.system === 'libsql' ? `${many(report.pool.resizes, 'decision')}${report.pool.reason === null ? '' : `; the last: ${report.pool.reason}`}` : 'a file: a connection for each reader, opened when needed'],
    ['Group commit', report.writer.commits === 0 ? 'no commit yet' : `${count(report.writer.writes)} writes in ${many(report.writer.commits, 'commit')}; p50 ${report.writer.group_p50}, p95 ${report.writer.group_p95}, most ${report.writer.group_max} in one`],
    ['Learned', many(report.episodes_learned, 'episode')],
  ])), card('Storage and replicas', null, list([
    ...(report.compression.length === 0 ? [['Compression', 'nothing packed or read by this process yet']] : report.compression.map((c) => [`Compression, ${c.kind}`, `${c.codec}${c.encoded > 0 ? `, ${c.ratio.toFixed(1)} times smaller; ${count(c.encoded)} packed` : ''}, ${count(c.decoded)} read`])),
    ...((report.replicas ?? []).length === 0 ? [['Replicas', 'none']] : report.replicas.map((r) => [r.server, r.answers ? `${count(r.behind)} entries behind` : 'does not answer'])),
    ['Network', report.network === null ? 'none: the memory is a file' : `${bytes(report.network.bytes_sent)} sent, ${bytes(report.network.bytes_received)} received, ${many(report.network.retries + report.network.busy_retries, 'retry')}`],
  ])));
  if (report.errors.length > 0) yield card('Errors', 'Since the start.', table('Errors', [['Operation'], ['Kind'], ['Count', 'n']], report.errors.map((e) => [e.operation, e.type, count(e.count)])));
  if ((report.tuning?.decisions ?? []).length > 0) {
    yield card('Sizing decisions', 'What the memory changed about itself, and why.', table('Sizing decisions', [['At'], ['What'], ['From'], ['To'], ['Outcome'], ['Why']],
      report.tuning.decisions.slice(0, 8).map((d) => [clock(d.at), d.knob, d.from, d.to, badge(d.outcome.toLowerCase(), d.outcome === 'Kept' ? 'good' : ''), d.reason])));
  }
}

const card = (title, text, ...content) => h('section', { class: 'card' }, h('h2', null, title), text && h('p', { class: 'note' }, text), content);
const list = (pairs) => h('dl', { class: 'list' }, pairs.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
