// One lesson: its numbers, who learned it, the episodes that show it; and a way to withdraw it.
import { get, post } from '../api.js';
import { confirmed } from '../dialog.js';
import { badge, facts, h, heading, said, table } from '../dom.js';
import { interval, uplift, without } from '../interval.js';
import { count, percent, when } from '../format.js';

export async function show({ id, signal }) {
  const p = await get(`patterns/${encodeURIComponent(id)}`, {}, signal);
  const isRetired = p.state === 'retired';
  const change = h('button', {
    type: 'button', class: isRetired ? 'primary' : 'danger',
    onclick: async () => {
      if (!isRetired && !await confirmed('Withdraw this lesson?', 'No advice is given from it any more. Its counts are kept, and it can be put back.', 'Withdraw it')) return;
      try {
        await post(`patterns/${p.pattern_id}/retire`, { retired: !isRetired });
        dispatchEvent(new Event('hashchange'));
      } catch (error) {
        change.before(h('p', { class: 'problem', role: 'alert' }, error.message));
      }
    },
  }, isRetired ? 'Put it back' : 'Withdraw this lesson \u2026');
  return [
    h('p', { class: 'eyebrow' }, 'Lesson'),
    heading(said(p.text), null, h('p', { class: 'tags' }, badge(p.kind.replaceAll('-', ' ')), badge(p.state, p.state === 'active' ? 'good' : 'warn'), p.domain && badge(p.domain))),
    h('section', { class: 'card' }, h('h2', null, 'How sure it is'), h('div', { class: 'large' }, interval(p)),
      h('p', null, `${percent(p.success_rate)} of ${count(p.support)} runs succeeded. The true rate lies between ${percent(p.lower_bound)} and ${percent(p.upper_bound)} with 95 % confidence.`),
      p.uplift === null ? h('p', null, 'There is nothing to compare it with: no run of this domain did otherwise.')
        : h('p', null, `Of ${without(p)}, ${percent(p.success_rate - p.uplift)} succeed: `, uplift(p), '. That is what goes together, not what causes what.')),
    facts([['Successes', count(p.successes)], ['Failures', count(p.failures)], ['Answered with an error', count(p.errors)], ['First seen', when(p.first_seen)], ['Last seen', when(p.last_seen)]]),
    (p.agents ?? []).length > 0 && h('section', { class: 'card' }, h('h2', null, 'By agent'), table('By agent', [['Agent'], ['Successes', 'n'], ['Failures', 'n']], p.agents.map((a) => [said(a.agent), count(a.successes), count(a.failures)]))),
    h('section', { class: 'card' }, h('h2', null, 'Evidence'), (p.evidence ?? []).length === 0 ? h('p', null, 'The episodes that showed it were forgotten.') : h('ul', { class: 'plain' }, p.evidence.map((e) => h('li', null, badge(e.success ? 'succeeded' : 'failed', e.success ? 'good' : 'bad'), ' ', h('a', { href: `#/episode/${e.episode_id}` }, e.episode_id), h('span', { class: 'dim' }, ` step ${e.step + 1}`))))),
    h('section', { class: 'card' }, h('h2', null, isRetired ? 'Withdrawn' : 'Withdraw it'), h('p', { class: 'note' }, isRetired ? 'No advice is given from it.' : 'When you know better: no advice is given from it any more.'), change),
  ].filter(Boolean);
}
