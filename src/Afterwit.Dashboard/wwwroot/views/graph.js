// The episodes around one, drawn in rings: the nearer, the further in. A list says the same in words.
import { get } from '../api.js';
import { badge, empty, h, heading, said, statusBadge, svg, visible } from '../dom.js';
import { many } from '../format.js';

const [WIDTH, HEIGHT] = [960, 560];
const NAME = 30;

export async function show({ id, query, signal }) {
  const hops = Math.min(3, Math.max(1, Number(query.get('hops') ?? 2) || 2));
  const { nodes, edges } = await get(`episodes/${encodeURIComponent(id)}/graph`, { hops, limit: 40 }, signal);
  const title = (of) => visible(nodes.find((n) => n.id === of)?.title ?? of);
  const head = heading('Relationships', `Around "${title(id).slice(0, 120)}": ${many(nodes.length - 1, 'episode')} within ${many(hops, 'step')}.`,
    h('p', null, 'Steps: ', [1, 2, 3].map((n) => h('a', { class: 'choice', href: `#/graph/${id}?hops=${n}`, 'aria-current': n === hops ? 'true' : null }, n))), h('p', null, h('a', { href: `#/episode/${id}` }, 'To the episode')));
  if (edges.length === 0) return [head, empty('Tied to nothing', 'No relationship leads from or to this episode.', `afterwit episode relate ${id} follows OTHER`)];
  return [head, h('section', { class: 'card' }, draw(nodes, edges)), h('section', { class: 'card' }, h('h2', null, 'In words'),
    h('ul', { class: 'plain' }, edges.map((e) => h('li', null, h('a', { href: `#/episode/${e.from}` }, said(title(e.from).slice(0, 100))), ' ', badge(e.kind.replaceAll('-', ' ')), ' ', h('a', { href: `#/episode/${e.to}` }, said(title(e.to).slice(0, 100))), e.note && [' ', said(e.note)])))),
    h('section', { class: 'card' }, h('h2', null, 'Episodes'), h('ul', { class: 'plain' }, nodes.map((n) => h('li', null, statusBadge(n.status), ' ', h('a', { href: `#/episode/${n.id}` }, said(n.title))))))];
}

function draw(nodes, edges) {
  const rings = Math.max(1, ...nodes.map((n) => n.hops));
  const places = new Map();
  for (let ring = 0; ring <= rings; ring++) {
    const on = nodes.filter((n) => n.hops === ring);
    on.forEach((n, i) => {
      const angle = 2 * Math.PI * (i + ring / 3) / on.length - Math.PI / 2;
      places.set(n.id, [WIDTH / 2 + ring * (WIDTH / 2 - 120) / rings * Math.cos(angle), HEIGHT / 2 + ring * (HEIGHT / 2 - 50) / rings * Math.sin(angle)]);
    });
  }
  const lines = edges.filter((e) => places.has(e.from) && places.has(e.to)).map((e) => {
    const [[x1, y1], [x2, y2]] = [places.get(e.from), places.get(e.to)];
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
    return svg('g', null,
      svg('line', { x1: x1 + dx * 16, y1: y1 + dy * 16, x2: x2 - dx * 20, y2: y2 - dy * 20, class: 'edge', 'marker-end': 'url(#arrow)' }),
      svg('text', { x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4, class: 'kind' }, e.kind.replaceAll('-', ' ')));
  });
  const circles = nodes.map((n) => {
    const [x, y] = places.get(n.id);
    return svg('a', { href: `#/episode/${n.id}`, 'aria-label': `${visible(n.title)}, ${n.status}` }, svg('title', null, visible(n.title)),
      svg('circle', { cx: x, cy: y, r: n.hops === 0 ? 14 : 10, class: `node ${n.status}` }), svg('text', { x, y: y + 28, class: 'name' }, short(visible(n.title))));
  });
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'graph', role: 'group', 'aria-label': 'Graph of relationships' },
    svg('defs', null, svg('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' }, svg('path', { d: 'M0 0 8 4 0 8z', class: 'head' }))), lines, circles);
}

function short(text) {
  const letters = [...text];
  return letters.length <= NAME ? text : `${letters.slice(0, NAME - 1).join('').trimEnd()}\u2026`;
}
