// What the memory learned: by domain against its base rate, and every lesson with its bounds.
import { get } from '../api.js';
import { difference, interval, uplift } from '../interval.js';
import { badge, empty, h, heading, said, visible } from '../dom.js';
import { count, many, percent, points } from '../format.js';

const kinds = { '': 'every kind', 'tool-sequence': 'tool sequences', 'decision-point': 'decision points', 'error-recovery': 'recoveries from errors', context: 'settings' };

export async function show({ query, signal }) {
  const [kind, domain, more] = [query.get('kind') ?? '', query.get('domain') ?? '', query.has('more')];
  const [insights, all] = await Promise.all([get('insights', { domain }, signal), get('patterns', { kind, domain, limit: 100, ...(more ? { min_support: 1, retired: true } : {}) }, signal)]);
  const head = heading('Lessons', 'What went well and what went badly, learned by counting: after what, which action, how often it succeeded. The bar is the range in which the true rate lies with 95 % confidence. The mark on it is the rate of the runs that did otherwise, the points are the difference: what goes together, not what causes what.');
  if (all.patterns.length === 0 && insights.domains.length === 0 && kind === '' && domain === '') return [head, empty('Nothing learned yet', 'Lessons come from finished episodes; three runs that agree make one. See it happen on a made-up workbench:', 'afterwit demo')];
  const of = h('select', null, Object.entries(kinds).map(([value, name]) => h('option', { value, selected: value === kind }, name)));
  const where = h('input', { value: domain, placeholder: 'any', maxlength: 200 });
  const few = h('input', { type: 'checkbox', checked: more });
  const go = () => { location.hash = `/lessons?${new URLSearchParams(Object.entries({ kind: of.value, domain: where.value.trim(), more: few.checked ? 'yes' : '' }).filter(([, v]) => v))}`; };
  return [
    head,
    h('form', { class: 'bar', onsubmit: (event) => { event.preventDefault(); go(); } }, h('label', null, 'Kind', of), h('label', null, 'Domain', where), h('label', { class: 'check' }, few, 'Also from few runs, and withdrawn'), h('button', { type: 'submit', class: 'primary' }, 'Filter'), (kind || domain || more) && h('a', { href: '#/lessons' }, 'Show all')),
    kind === '' && insights.domains.slice(0, 20).map((d) => h('section', { class: 'card' },
      h('h2', null, d.domain === null ? 'No domain' : said(d.domain)), h('p', { class: 'note' }, `${many(d.runs, 'run')}, ${percent(d.base_rate)} succeeded: the base rate.`), worth(d.memory),
      group('Goes well', d.goes_well), group('Goes badly', d.goes_badly), group('After an error', d.after_errors))),
    h('section', { class: 'card' }, h('h2', null, `The best supported: ${kinds[kind]}`), all.patterns.length === 0 ? h('p', null, 'None passes this filter.') : h('ul', { class: 'lessons' }, all.patterns.map(row))),
  ].flat().filter(Boolean);
}

const group = (title, patterns) => patterns.length > 0 && h('div', null, h('h3', null, title), h('ul', { class: 'lessons' }, patterns.slice(0, 8).map(row)));

const worth = (m) => m && (m.uplift === null
  ? h('p', { class: 'note' }, 'What memory is worth here is not known: ', m.runs > 0 ? 'something was recalled for every run, so there is none to compare with.'
    : ['no run has a recall that names it. Recall with ', h('code', null, 'episode_id'), ' over MCP and HTTP, or ', h('code', null, 'afterwit recall TASK --episode ID'), '.'])
  : [h('p', null, `Something was recalled for ${many(m.runs, 'run')}, ${percent(m.successes / m.runs)} succeeded; of the other ${count(m.runs_without)}, ${percent(m.successes_without / m.runs_without)}.`),
    h('p', { class: 'numbers' }, difference(m.uplift_lower, m.uplift, m.uplift_upper), badge(points(m.uplift, m.uplift_lower, m.uplift_upper), m.uplift_lower > 0 ? 'good' : m.uplift_upper < 0 ? 'bad' : null),
      h('span', { class: 'dim' }, 'with 95 % confidence: a comparison of what happened, not an experiment'))]);

const row = (p) => h('li', null,
  h('a', { href: `#/lesson/${p.pattern_id}` }, said(visible(p.text).slice(0, 300))),
  h('div', { class: 'numbers' }, interval(p), h('span', { class: 'rate' }, percent(p.success_rate)), h('span', { class: 'dim' }, `of ${count(p.support)}`),
    uplift(p), p.state !== 'active' && badge(p.state)));
