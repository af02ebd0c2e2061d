// One episode: how it went step by step, what failed, what it is tied to, what it taught.
import { get, remove } from '../api.js';
import { confirmed } from '../dialog.js';
import { badge, facts, h, heading, long, said, statusBadge, visible } from '../dom.js';
import { signals } from './search.js';
import { clock, count, many, span, two, when } from '../format.js';

const SHOWN = 100;
const OPEN = 3;
const HITS = 5;
const TITLE = 160;

export async function show({ id, signal }) {
  const of = `episodes/${encodeURIComponent(id)}`;
  const [episode, taught, { recalls }] = await Promise.all([get(of, {}, signal), get(`${of}/lessons`, {}, signal), get(`${of}/recalls`, {}, signal)]);
  const errors = episode.steps.filter((s) => s.is_error);
  const recalled = episode.steps.filter((s) => s.from_memory);
  return [
    h('p', { class: 'eyebrow' }, 'Episode'),
    heading(said(episode.task.slice(0, TITLE)), null, episode.task.length > TITLE && long(episode.task, 600, 'prose'), h('p', { class: 'tags' }, statusBadge(episode.status), episode.context.domain && badge(visible(episode.context.domain).slice(0, 60)), (episode.context.tags ?? []).map((t) => badge(visible(t).slice(0, 60))))),
    episode.summary && h('section', { class: 'card' }, h('h2', null, 'How it ended'), long(episode.summary, 600, 'prose')),
    facts([
      ['Started', when(episode.started_at)], ['Took', episode.ended_at && span(Date.parse(episode.ended_at) - Date.parse(episode.started_at))], ['Steps', count(episode.steps.length)],
      ['Errors', count(errors.length)], ['Reward', episode.reward && two(episode.reward.value)], ['Score', episode.score !== null && episode.score !== undefined ? two(episode.score) : null],
      ['Project', episode.scope.project && said(episode.scope.project)], ['Agent', episode.scope.agent && said(episode.scope.agent)], ['Language', episode.context.language && said(episode.context.language)],
      ['Framework', episode.context.framework && said(episode.context.framework)], ['Complexity', episode.context.complexity && said(episode.context.complexity)],
    ]),
    reflection(episode.reflection),
    h('section', { class: 'card' }, h('h2', null, 'What was recalled for it'), recalls.length === 0 ? askedForNothing(episode.episode_id, recalled.length) : recalls.map(recall)),
    h('section', { class: 'card' }, h('h2', null, 'Steps'), h('p', { class: 'note' }, `${many(episode.steps.length, 'step')}, ${many(errors.length, 'error')}${recalled.length === 0 ? '' : `, ${count(recalled.length)} from memory`}.`),
      episode.steps.length === 0 ? h('p', null, 'No step was logged. ', h('code', null, `afterwit episode log ${episode.episode_id}`), ' adds one while it runs.') : timeline(episode.steps)),
    h('section', { class: 'card' }, h('h2', null, 'What it taught'), lessons(taught.lessons, episode.status)),
    related(episode),
    h('section', { class: 'card' }, h('h2', null, 'Forget it'), h('p', { class: 'note' }, 'Removes the episode and takes back what was learned from it. There is no way back.'),
      h('button', { type: 'button', class: 'danger', onclick: () => forget(episode) }, 'Forget this episode \u2026')),
  ].filter(Boolean);
}

function timeline(steps) {
  const list = h('ol', { class: 'timeline' }, steps.slice(0, SHOWN).map(step));
  if (steps.length <= SHOWN) return list;
  let next = SHOWN;
  const more = h('button', {
    type: 'button', class: 'quiet',
    onclick: () => { list.append(...steps.slice(next, next += SHOWN).map(step)); if (next >= steps.length) more.remove(); else more.textContent = `Show more (${count(steps.length - next)} left)`; },
  }, `Show more (${count(steps.length - next)} left)`);
  return h('div', null, list, more);
}

const step = (s) => h('li', { class: s.is_error ? 'failed' : s.from_memory ? 'recalled' : s.kind },
  h('div', { class: 'row' },
    h('h3', null, h('span', { class: 'ordinal' }, s.ordinal + 1), said((s.tool ?? s.speaker ?? s.kind).slice(0, 120))),
    h('p', { class: 'tags' }, s.is_error && badge(visible(s.error_class ?? 'error').slice(0, 80), 'bad'), s.from_memory && badge('from memory', 'accent'),
      h('span', { class: 'dim' }, [s.latency_ms !== null && span(s.latency_ms), s.tokens !== null && `${count(s.tokens)} tokens`, s.at && clock(s.at)].filter(Boolean).join(' \u00b7 ')))),
  s.text && long(s.text, 600, 'prose'),
  s.arguments && long(s.arguments, 300),
  s.observation && h('div', { class: 'observed' }, h('p', { class: 'unseen' }, 'Answer'), long(s.observation, 400)));

const askedForNothing = (id, steps) => h('p', null, steps === 0 ? 'No recall was asked for it. ' : `No recall was asked for it, yet ${many(steps, 'step')} came from memory. `, 'A recall belongs to an episode when it says so: ',
  h('code', null, `"episode_id": "${id}"`), ' over MCP and HTTP, ', h('code', null, `afterwit recall TASK --episode ${id}`), ' in a terminal.');

// Of many only the newest is open: what was done comes behind them.
const recall = (r, i, all) => h('details', { open: all.length <= OPEN || i === all.length - 1 },
  h('summary', null, h('strong', null, said(r.query.slice(0, TITLE))), ' ', r.success === true && badge('the task was done', 'good'), r.success === false && badge('the task was not done', 'bad'), ' ', h('span', { class: 'dim' }, `${when(r.at)}, ${many(r.hits.length, 'hit')}`)),
  r.query.length > TITLE && long(r.query, 300, 'prose'),
  r.hits.length === 0 ? h('p', { class: 'note' }, 'Nothing was found.') : h('ul', { class: 'plain' }, r.hits.filter((hit, i) => i < HITS || hit.used).map((hit) => h('li', null,
    h('div', { class: 'row' }, h('span', null, badge(hit.type === 'pattern' ? 'lesson' : hit.type, 'accent'), ' ', h('a', { href: place(hit, r.query) }, hit.title === null ? hit.id : said(hit.title.slice(0, TITLE)))), h('p', { class: 'tags' }, hit.used && badge('used', 'good'), h('span', { class: 'dim' }, `score ${two(hit.score)}`))),
    h('p', { class: 'note' }, Object.entries(hit.terms).filter(([, value]) => value !== 0).sort(([, a], [, b]) => b - a).map(([name, value]) => `${signals[name] ?? name.replaceAll('_', ' ')} ${two(value)}`).join(' \u00b7 '))))));

const place = (hit, task) => hit.type === 'pattern' ? `#/lesson/${hit.id}` : hit.type === 'playbook' ? `#/playbook?${new URLSearchParams({ task })}` : `#/episode/${hit.id.split('#')[0]}`;

const lessons = (taught, status) => taught.length === 0
  ? h('p', null, status === 'running' ? 'An episode teaches when it ends.' : status === 'abstained' ? 'Nothing: it was declined.' : 'Nothing yet.')
  : h('ul', { class: 'plain' }, taught.slice(0, 30).map(({ pattern: p, step: at }) => h('li', null, h('a', { href: `#/lesson/${p.pattern_id}` }, said(p.text.slice(0, 300))), ' ', h('span', { class: 'dim' }, `at step ${at + 1}`))));

const notes = { worked: 'What worked', failed: 'What failed', lessons: 'What to remember' };

const reflection = (r) => r && Object.keys(notes).some((name) => r[name].length > 0) && h('section', { class: 'card' }, h('h2', null, 'In hindsight'), h('div', { class: 'columns' },
  Object.entries(notes).filter(([name]) => r[name].length > 0).map(([name, title]) => h('div', null, h('h3', null, title), h('ul', null, r[name].map((note) => h('li', null, said(note.text))))))));

function related(episode) {
  const other = (r) => r.from === episode.episode_id ? [`${r.kind.replaceAll('-', ' ')} \u2192`, r.to] : [`\u2190 ${r.kind.replaceAll('-', ' ')}`, r.from];
  return h('section', { class: 'card' }, h('h2', null, 'Related episodes'), episode.relationships.length === 0
    ? h('p', null, 'None. ', h('code', null, `afterwit episode relate ${episode.episode_id} follows OTHER`), ' ties it to another.')
    : [h('ul', { class: 'plain' }, episode.relationships.slice(0, 50).map((r) => { const [kind, id] = other(r); return h('li', null, badge(kind), ' ', h('a', { href: `#/episode/${id}` }, id), r.note && [' ', said(r.note)]); })), h('p', null, h('a', { href: `#/graph/${episode.episode_id}` }, 'Show the graph'))]);
}

async function forget(episode) {
  if (!await confirmed('Forget this episode?', `"${visible(episode.task).slice(0, 200)}", its ${many(episode.steps.length, 'step')}, and what was learned from it. There is no way back.`, 'Forget it')) return;
  const done = document.getElementById('main');
  try {
    await remove(`episodes/${episode.episode_id}`, { confirm: 'true' });
    done.replaceChildren(heading('Forgotten', 'The episode is gone, and what it taught is taken back.'), h('p', null, h('a', { href: '#/episodes' }, 'To the episodes')));
  } catch (error) {
    done.prepend(h('p', { class: 'problem', role: 'alert' }, error.message));
  }
}
