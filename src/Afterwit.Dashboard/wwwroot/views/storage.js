// The database: is it sound, what takes room, how its statements are run, which operations are slow.
import { get } from '../api.js';
import { badge, facts, h, heading, table } from '../dom.js';
import { listen } from '../feed.js';
import { bytes, count, many, microText } from '../format.js';

export async function show({ signal }) {
  const found = await get('doctor', { quick: true }, signal);
  const slow = h('div', null, h('p', { class: 'note' }, 'Waiting for the next sample \u2026'));
  const once = new AbortController();
  signal.addEventListener('abort', () => once.abort());
  listen(({ sample }) => {
    if (sample === null) return;
    const slowest = [...sample.report.operations].sort((a, b) => b.p99_us - a.p99_us).slice(0, 12);
    slow.replaceChildren(slowest.length === 0 ? h('p', { class: 'note' }, 'None yet.') : table('Slowest operations', [['Operation'], ['p50', 'n'], ['p99', 'n'], ['Slowest', 'n'], ['Count', 'n']],
      slowest.map((o) => [`${o.operation.replaceAll('_', ' ')}${o.query ? ` by ${o.query}` : ''}`, microText(o.p50_us), microText(o.p99_us), microText(o.max_us), count(o.count)])));
    once.abort(); // this view is a picture of a moment
  }, once.signal);
  const [check, advice, parts, plans] = [h('span', null, badge('checking \u2026')), h('div'), h('div'), h('div', { class: 'plain' }, h('p', { class: 'note' }, 'Asking the engine \u2026'))];
  // What reads the whole file, and runs every statement, comes when that is done: for a large memory it takes a while.
  const fill = (seen) => {
    const [isRead, isSound] = [seen.integrity !== 'not checked', seen.integrity === 'ok'];
    if (isRead) check.replaceChildren(badge(isSound ? 'sound' : seen.integrity, isSound ? 'good' : 'bad'));
    advice.replaceChildren(seen.advice.length > 0 ? h('ul', null, seen.advice.map((a) => h('li', null, a)))
      : isRead ? h('p', null, badge('nothing', 'good'), ' The file is sound, every statement finds its rows by an index, and nothing is left unpacked.') : h('p', { class: 'note' }, 'Nothing so far; the file is being read.'));
    const most = Math.max(1, ...seen.objects.map((o) => o.bytes ?? 0));
    parts.replaceChildren(table('Tables and indexes', [['Name'], ['Index of'], ['Size', 'n'], ['', 'bars'], ['Used by', 'n']],
      seen.objects.map((o) => [o.name, o.table ?? '\u2013', o.bytes === null ? isRead ? '\u2013' : '\u2026' : bytes(o.bytes), bar((o.bytes ?? 0) / most), o.used_by === null ? isRead || o.table === null ? '\u2013' : '\u2026' : many(o.used_by, 'statement')])));
    if (isRead) plans.replaceChildren(h('p', { class: 'note' }, `${seen.plans.filter((p) => p.problems.length === 0).length} of ${seen.plans.length} statements find their rows by an index alone; the others count everything, for the statistics.`), ...seen.plans.map(plan));
  };
  fill(found);
  get('doctor', {}, signal).then(fill, (error) => { if (error.name !== 'AbortError') check.replaceChildren(badge(error.message, 'bad')); });
  return [
    heading('Storage', 'The database under the memory, examined just now. Nothing is changed by looking.'),
    facts([['Database', found.database], ['Engine', found.engine], ['Schema', found.schema], ['Size', bytes(found.bytes)], ['Free pages', bytes(found.free_bytes)], ['Check', check]]),
    h('section', { class: 'card', 'aria-live': 'polite' }, h('h2', null, 'What to do'), advice),
    h('section', { class: 'card' }, h('h2', null, 'Tables and indexes'), h('p', { class: 'note' }, 'The largest first.'), parts),
    h('section', { class: 'card' }, h('h2', null, 'Slowest operations'), h('p', { class: 'note' }, 'Of this process, since it opened the memory.'), slow),
    h('section', { class: 'card' }, h('h2', null, 'Plans'), plans),
  ];
}

const plan = (p) => h('details', null, h('summary', null, p.operation, ' ', p.problems.map((problem) => badge(problem, 'warn')), h('span', { class: 'dim clip' }, ` ${p.sql.replaceAll(/\s+/g, ' ').slice(0, 110)}`)), h('pre', { class: 'text' }, p.sql.trim()), h('ul', null, p.steps.map((s) => h('li', null, h('code', null, s)))));

function bar(share) {
  const fill = h('span');
  fill.style.width = `${Math.max(0.5, share * 100)}%`;
  return h('span', { class: 'meter', 'aria-hidden': 'true' }, fill);
}
