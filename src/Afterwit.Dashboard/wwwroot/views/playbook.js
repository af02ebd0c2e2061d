// How a task like this is done, from the runs that succeeded.
import { post } from '../api.js';
import { badge, empty, h, heading, said } from '../dom.js';
import { count, many, percent } from '../format.js';

export async function show({ query, signal }) {
  const task = query.get('task') ?? '';
  const text = h('input', { type: 'search', value: task, required: true, placeholder: 'such as: deploy the service to staging', maxlength: 2000 });
  const head = [
    heading('Playbook', 'Name a task. You get the way that worked before, step by step, what goes wrong on it, and when not to go it.'),
    h('form', { class: 'bar', onsubmit: (event) => { event.preventDefault(); location.hash = `/playbook?${new URLSearchParams({ task: text.value })}`; } }, h('label', { class: 'wide' }, 'Task', text), h('button', { type: 'submit', class: 'primary' }, 'Show the way')),
  ];
  if (task.trim() === '') return [...head, h('p', { class: 'note' }, 'The same in a terminal: ', h('code', null, 'afterwit playbook "TASK"'))];
  const { playbook, empty_reason: reason } = await post('playbook', { task }, signal);
  if (playbook === null || playbook === undefined) return [...head, empty('No playbook for that', reason ?? 'No run like it has succeeded yet.', 'afterwit recall "TASK" --include-failed')];
  return [
    ...head,
    h('section', { class: 'card' }, h('h2', null, said(playbook.title)), h('p', { class: 'tags' }, playbook.domain && badge(playbook.domain), badge(`${count(playbook.successes)} of ${many(playbook.successes + playbook.failures, 'run')} succeeded`, 'good'), badge(`at least ${percent(playbook.lower_bound)}, with 95 % confidence`)),
      h('ol', { class: 'timeline' }, playbook.steps.map((s, i) => h('li', null, h('div', { class: 'row' }, h('h3', null, h('span', { class: 'ordinal' }, i + 1), said(s.tool)), h('p', { class: 'dim' }, `in ${percent(s.share)} of the runs`)), s.example && h('pre', { class: 'text' }, s.example), s.evidence && h('p', { class: 'note' }, h('a', { href: `#/episode/${s.evidence.episode_id}` }, 'an episode that did it')))))),
    playbook.pitfalls.length > 0 && h('section', { class: 'card' }, h('h2', null, 'What goes wrong'), h('ul', { class: 'plain' }, playbook.pitfalls.map((f) => h('li', null, said(f.text), ' ', f.patterns.slice(0, 3).map((id) => [h('a', { href: `#/lesson/${id}` }, 'why'), ' ']))))),
    playbook.avoid_when.length > 0 && h('section', { class: 'card' }, h('h2', null, 'When not'), h('ul', { class: 'plain' }, playbook.avoid_when.map((t) => h('li', null, said(t))))),
    h('section', { class: 'card' }, h('h2', null, 'From these runs'), h('ul', { class: 'plain' }, playbook.evidence.slice(0, 20).map((e) => h('li', null, badge(e.success ? 'succeeded' : 'failed', e.success ? 'good' : 'bad'), ' ', h('a', { href: `#/episode/${e.episode_id}` }, e.episode_id))))),
  ].filter(Boolean);
}
