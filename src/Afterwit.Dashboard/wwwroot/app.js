// The address after # names the view, such as #/episodes?status=failed: every view has its own, and the server needs to know none of them.
import { h, pending } from './dom.js';
import * as live from './views/live.js';
import * as search from './views/search.js';
import * as episodes from './views/episodes.js';
import * as episode from './views/episode.js';
import * as graph from './views/graph.js';
import * as lessons from './views/lessons.js';
import * as lesson from './views/lesson.js';
import * as playbook from './views/playbook.js';
import * as storage from './views/storage.js';
import * as settings from './views/settings.js';

// name: [view, title, the entry of the navigation that it belongs to]
const views = {
  live: [live, 'Live', 'live'], search: [search, 'Search', 'search'], episodes: [episodes, 'Episodes', 'episodes'], episode: [episode, 'Episode', 'episodes'],
  graph: [graph, 'Relationships', 'episodes'], lessons: [lessons, 'Lessons', 'lessons'], lesson: [lesson, 'Lesson', 'lessons'], playbook: [playbook, 'Playbook', 'playbook'],
  storage: [storage, 'Storage', 'storage'], settings: [settings, 'Settings', 'settings'],
};

const main = document.getElementById('main');
const nav = document.getElementById('nav');
const links = Object.fromEntries(Object.entries(views).filter(([name, [, , entry]]) => name === entry).map(([name, [, title]]) => [name, h('a', { href: `#/${name}` }, title)]));
nav.append(...Object.values(links).map((link) => h('li', null, link)));
document.getElementById('skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });

let leaving = new AbortController();

async function show(isFirst) {
  leaving.abort();
  const { signal } = leaving = new AbortController();
  const [path, query] = location.hash.slice(2).split('?', 2);
  const [name, id] = path.split('/', 2);
  const [view, title, entry] = views[name] ?? views.live;
  document.title = `${title} \u00b7 Afterwit`;
  for (const [of, link] of Object.entries(links)) {
    if (of === entry) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  main.dataset.view = name in views ? name : 'live';
  main.removeAttribute('data-ready');
  main.replaceChildren(pending());
  try {
    // A view gives its content when it is there; until then the page says that it loads.
    const content = await view.show({ id: id === undefined ? null : decodeURIComponent(id), query: new URLSearchParams(query ?? ''), signal });
    if (signal.aborted) return;
    main.replaceChildren(...content);
  } catch (error) {
    if (signal.aborted) return;
    main.replaceChildren(h('section', { class: 'empty', role: 'alert' }, h('h1', null, error.status === 404 ? 'Not here' : 'That did not work'), h('p', null, error.message), h('p', null, h('a', { href: '#/live' }, 'To the overview'))));
  }
  if (!isFirst) { main.focus({ preventScroll: true }); scrollTo(0, 0); }
  main.dataset.ready = name;
}

addEventListener('hashchange', () => show(false));
if (location.hash === '') history.replaceState(null, '', '#/live');
show(true);
