// What the memory would recall for a task, and why each hit is there.
import { post } from '../api.js';
import { badge, empty, h, heading, long, said, statusBadge } from '../dom.js';
import { count, two } from '../format.js';

export const signals = { text: 'words of the task', step: 'words of a step', meaning: 'meaning', context: 'same setting', outcome: 'how it ended', recency: 'how recent', feedback: 'helped before', lower_bound: 'sure of success', fit: 'fits the task' };

export async function show({ query, signal }) {
  const [task, failed, limit] = [query.get('q') ?? '', query.get('failed') !== 'no', Number(query.get('limit') ?? 10)];
  const text = h('input', { type: 'search', id: 'q', value: task, required: true, placeholder: 'such as: the migration fails with a lock timeout', maxlength: 2000 });
  const include = h('input', { type: 'checkbox', checked: failed });
  const size = h('select', null, [5, 10, 20, 50].map((n) => h('option', { value: String(n), selected: n === limit }, String(n))));
  const form = h('form', {
    class: 'bar', role: 'search',
    onsubmit: (event) => { event.preventDefault(); location.hash = `/search?${new URLSearchParams({ q: text.value, ...(include.checked ? {} : { failed: 'no' }), limit: size.value })}`; },
  }, h('label', { class: 'wide' }, 'Task', text), h('label', null, 'Hits', size), h('label', { class: 'check' }, include, 'Failed runs too'), h('button', { type: 'submit', class: 'primary' }, 'Search'));
  const head = [heading('Search', 'Describe a task. You see what an agent with this task would be reminded of, and what each hit scored for.'), form];
  if (task.trim() === '') return [...head, h('p', { class: 'note' }, 'The same in a terminal: ', h('code', null, 'afterwit recall "TASK" --explain'))];

  const found = await post('recall', { task, limit, include_failed: failed, types: ['episode', 'pattern', 'playbook'], keep_receipt: false }, signal);
  if (found.hits.length === 0) return [...head, empty('Nothing was found', found.empty_reason ?? 'Nothing in this memory is like that task. Only finished episodes are searched.', 'afterwit episode list')];
  // Scores of different kinds have nothing in common: a bar is a share of the best of its kind.
  const most = (type) => Math.max(...found.hits.filter((hit) => hit.type === type).map((hit) => hit.score), 0.0001);
  return [...head, h('p', { class: 'note', role: 'status' }, `${count(found.hits.length)} hits, ${count(found.tokens)} tokens for an agent. Episodes, lessons and playbooks are each scored among their own kind.`), h('ol', { class: 'hits' }, found.hits.map((hit) => card(hit, most(hit.type))))];
}

function card(hit, most) {
  const href = hit.type === 'pattern' ? `#/lesson/${hit.id}` : hit.type === 'playbook' ? `#/playbook?${new URLSearchParams({ task: hit.title })}` : `#/episode/${hit.id.split(/[#/]/)[0]}`;
  const step = hit.best_step;
  return h('li', { class: 'card hit' },
    h('div', { class: 'row' }, h('h2', null, h('a', { href }, said(hit.title))), h('p', { class: 'score' }, h('span', { class: 'unseen' }, 'score '), two(hit.score))),
    h('p', { class: 'tags' }, badge(hit.type === 'pattern' ? 'lesson' : hit.type, 'accent'), hit.status && statusBadge(hit.status)),
    h('dl', { class: 'terms' }, Object.entries(hit.terms).filter(([, value]) => value !== 0).sort(([, a], [, b]) => b - a).map(([name, value]) => h('div', null, h('dt', null, signals[name] ?? name.replaceAll('_', ' ')), h('dd', null, bar(value / most), h('span', null, two(value)))))),
    step && h('div', { class: 'best' }, h('p', { class: 'note' }, `The step that fits best: ${step.ordinal + 1}`), long(step.summary, 300)),
    (hit.related ?? []).length > 0 && h('p', { class: 'note' }, 'Tied to: ', hit.related.map((r, i) => [i > 0 && ', ', h('a', { href: `#/episode/${r.id}` }, r.meaning, ' ', said(r.title))])));
}

function bar(share) {
  const fill = h('span');
  fill.style.width = `${Math.max(1, Math.min(100, Math.abs(share) * 100))}%`;
  return h('span', { class: 'meter', 'aria-hidden': 'true' }, fill);
}
