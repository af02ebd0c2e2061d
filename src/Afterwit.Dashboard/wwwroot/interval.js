// A rate with its bounds, and what it is compared to, on a line from 0 to 1.
import { svg } from './dom.js';
import { percent } from './format.js';

export function interval(low, rate, high, base) {
  const x = (share) => 4 + share * 112;
  return svg('svg', { viewBox: '0 0 120 16', class: 'interval', role: 'img', 'aria-label': `between ${percent(low)} and ${percent(high)}${base === null ? '' : `, base rate ${percent(base)}`}` },
    svg('line', { x1: 4, x2: 116, y1: 8, y2: 8, class: 'axis' }),
    svg('line', { x1: x(low), x2: x(high), y1: 8, y2: 8, class: 'range' }),
    base !== null && svg('line', { x1: x(base), x2: x(base), y1: 1, y2: 15, class: 'base' }),
    svg('circle', { cx: x(rate), cy: 8, r: 4, class: 'point' }));
}
