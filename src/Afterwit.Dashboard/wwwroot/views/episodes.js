// The episodes, the newest first, a page at a time.
import { get } from '../api.js';
import { empty, h, heading, said, statusBadge, table, visible } from '../dom.js';
import { count, two, when } from '../format.js';

const PAGE = 50;
const statuses = ['', 'running', 'succeeded', 'partial', 'failed', 'abstained'];
const names = ['status', 'domain', 'tag', 'project', 'agent'];

export async function show({ query, signal }) {
  const filter = Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
  const page = await get('episodes', { ...filter, limit: PAGE, cursor: query.get('cursor') }, signal);
  const fields = Object.fromEntries(names.map((name) => [name, name === 'status'
    ? h('select', null, statuses.map((s) => h('option', { value: s, selected: s === filter.status }, s === '' ? 'any' : s)))
    : h('input', { value: filter[name], placeholder: 'any', maxlength: 200 })]));
  const go = (more) => { location.hash = `/episodes?${new URLSearchParams(Object.entries({ ...Object.fromEntries(names.map((name) => [name, fields[name].value.trim()])), ...more }).filter(([, v]) => v))}`; };
  const isFiltered = names.some((name) => filter[name] !== '') || query.has('cursor');
  return [
    heading('Episodes', 'Each is one thing an agent did: a task, its steps, how it ended. The newest first.'),
    h('form', { class: 'bar', onsubmit: (event) => { event.preventDefault(); go({}); } },
      names.map((name) => h('label', null, name[0].toUpperCase() + name.slice(1), fields[name])),
      h('button', { type: 'submit', class: 'primary' }, 'Filter'),
      isFiltered && h('a', { href: '#/episodes' }, 'Show all')),
    page.episodes.length === 0
      ? isFiltered ? empty('No episode passes this filter', 'Loosen it, or show all.') : empty('No episodes yet', 'An agent records what it does over MCP; what agents did before can be imported.', 'afterwit mcp install claude-code', 'afterwit import ~/.claude/projects')
      : table('Episodes', [['Task', 'main'], ['Status'], ['Domain'], ['Started'], ['Steps', 'n'], ['Reward', 'n']], page.episodes.map((e) => [
        h('a', { class: 'clamp', href: `#/episode/${e.episode_id}` }, said(e.task.slice(0, 300))), statusBadge(e.status), visible(e.context.domain ?? '\u2013').slice(0, 60), when(e.started_at), count(e.steps), e.reward === null ? '\u2013' : two(e.reward)])),
    h('nav', { class: 'pages', 'aria-label': 'Pages' },
      query.has('cursor') && h('button', { type: 'button', onclick: () => history.back() }, 'Newer'),
      page.next_cursor && h('button', { type: 'button', onclick: () => go({ cursor: page.next_cursor }) }, 'Older')),
  ];
}
