// A rate with its bounds, and what it is compared to: on a line from 0 to 1, and in points.
import { badge, h, svg } from './dom.js';
import { percent, points } from './format.js';

export function interval(p) {
  const [low, rate, high, others] = [p.lower_bound, p.success_rate, p.upper_bound, p.uplift === null ? null : p.success_rate - p.uplift];
  const x = (share) => 4 + share * 112;
  return svg('svg', { viewBox: '0 0 120 16', class: 'interval', role: 'img', 'aria-label': `between ${percent(low)} and ${percent(high)}${others === null ? '' : `, ${without(p)} ${percent(others)}`}` },
    svg('line', { x1: 4, x2: 116, y1: 8, y2: 8, class: 'axis' }),
    svg('line', { x1: x(low), x2: x(high), y1: 8, y2: 8, class: 'range' }),
    others !== null && svg('line', { x1: x(others), x2: x(others), y1: 1, y2: 15, class: 'base' }),
    svg('circle', { cx: x(rate), cy: 8, r: 4, class: 'point' }));
}

/** A difference of rates with its bounds, on a line from -1 to 1 with a mark at 0. */
export function difference(low, value, high) {
  const x = (share) => 60 + share * 56;
  return svg('svg', { viewBox: '0 0 120 16', class: 'interval', role: 'img', 'aria-label': points(value, low, high) },
    svg('line', { x1: 4, x2: 116, y1: 8, y2: 8, class: 'axis' }),
    svg('line', { x1: x(low), x2: x(high), y1: 8, y2: 8, class: 'range' }),
    svg('line', { x1: 60, x2: 60, y1: 1, y2: 15, class: 'base' }),
    svg('circle', { cx: x(value), cy: 8, r: 4, class: 'point' }));
}

/** What the runs of a lesson are compared with. */
export const without = (p) => p.kind === 'error-recovery' ? 'runs that went on otherwise after an error' : 'the other runs of the domain';

/** The uplift of a lesson with its bounds, in colour only when they have one sign. Nothing when there is nothing to compare with. */
export const uplift = (p) => p.uplift !== null && h('span', { title: `How much more often its runs succeed than ${without(p)}, with bounds at 95 %` },
  badge(points(p.uplift, p.uplift_lower, p.uplift_upper), p.uplift_lower > 0 ? 'good' : p.uplift_upper < 0 ? 'bad' : null),
  h('span', { class: 'unseen' }, ` against ${without(p)}, with 95 % confidence`));
