// Numbers and times as people read them.
const whole = new Intl.NumberFormat('en');
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const count = (n) => n === null || n === undefined ? '\u2013' : whole.format(n);
export const one = (n) => n === null || n === undefined ? '\u2013' : n >= 100 ? whole.format(Math.round(n)) : tenth.format(n);
export const two = (n) => n === null || n === undefined ? '\u2013' : n.toFixed(2);
export const percent = (share) => share === null || share === undefined ? '\u2013' : `${tenth.format(share * 100)} %`;
export const many = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

/** A difference of shares with its bounds, in hundredths. */
export function points(...shares) {
  const [difference, lower, upper] = shares.map((share) => String(Math.round(share * 100) || 0).replace('-', '\u2212'));
  return `${Math.round(shares[0] * 100) > 0 ? '+' : ''}${difference} points, ${lower} to ${upper}`;
}

/** Microseconds as [number, unit]. */
export function micro(us) {
  if (us === null || us === undefined) return ['\u2013', ''];
  if (us < 1000) return [us < 100 ? tenth.format(us) : whole.format(Math.round(us)), '\u00b5s'];
  if (us < 1e6) return [us < 1e5 ? tenth.format(us / 1e3) : whole.format(Math.round(us / 1e3)), 'ms'];
  return [tenth.format(us / 1e6), 's'];
}

export const microText = (us) => micro(us).join('\u00a0');

export function bytes(n) {
  if (n === null || n === undefined) return 'not told';
  for (const [unit, size] of [['GB', 2 ** 30], ['MB', 2 ** 20], ['KB', 2 ** 10]]) if (n >= size) return `${tenth.format(n / size)}\u00a0${unit}`;
  return `${n}\u00a0bytes`;
}

export function when(iso) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '\u2013' : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock(iso)}`;
}

export function clock(iso) {
  const at = new Date(iso);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60e3) return `${tenth.format(ms / 1e3)} s`;
  if (ms < 3600e3) return `${Math.floor(ms / 60e3)} min ${Math.round(ms % 60e3 / 1e3)} s`;
  return `${Math.floor(ms / 3600e3)} h ${Math.round(ms % 3600e3 / 60e3)} min`;
}

const pad = (n) => String(n).padStart(2, '0');
