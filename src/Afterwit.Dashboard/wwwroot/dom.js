// Elements are made by calls and text goes in as text, so nothing that is stored can become markup.

/** h('p', {class: 'note', onclick: f, 'aria-label': '...'}, 'text', element, null, [more]) */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for a drawing. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'selected') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Text of an agent, which may run from right to left, or hold nothing that can be seen. */
export const said = (text) => h('bdi', { class: 'said' }, visible(text));

/** Characters that would show nothing, or reorder what stands around, as what they are. */
export function visible(text) {
  const shown = String(text ?? '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (c) => `\u27e8U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`);
  return shown.trim() === '' ? '(blank)' : shown;
}

/** A long text: the first lines, and a button for the rest. */
export function long(text, limit = 600, kind = '') {
  const whole = visible(text);
  const block = h('pre', { class: `text ${kind}`, dir: 'auto', tabindex: '-1' }, whole.slice(0, limit));
  if (whole.length <= limit) return block;
  block.append('\u2026');
  const more = h('button', { type: 'button', class: 'quiet', onclick: () => { block.textContent = whole; more.remove(); block.focus(); } }, `Show all ${whole.length.toLocaleString('en')} characters`);
  return h('div', null, block, more);
}

/** A table: columns are [heading, class]; a row is a list of cells. It scrolls by itself on a narrow screen. */
export function table(caption, columns, rows) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', null,
      h('caption', { class: 'unseen' }, caption),
      h('thead', null, h('tr', null, columns.map(([name, kind]) => h('th', { scope: 'col', class: kind }, name)))),
      h('tbody', null, rows.map((cells) => h('tr', null, cells.map((cell, i) => h('td', { class: columns[i][1] }, cell)))))));
}

/** Names with their values. */
export const facts = (pairs) => h('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));

/** What stands where there is nothing yet: why, and the command that changes it. */
export const empty = (title, text, ...commands) => h('section', { class: 'empty' }, h('h2', null, title), h('p', null, text), commands.map((c) => h('pre', { class: 'command' }, h('code', null, c))));

/** The heading of a view, with a line that says what it is. */
export const heading = (title, text, ...rest) => h('div', { class: 'heading' }, h('h1', null, title), text && h('p', { class: 'lead' }, text), rest);

export const badge = (text, kind) => h('span', { class: `badge ${kind ?? ''}` }, text);

const statuses = { succeeded: 'good', failed: 'bad', partial: 'warn', running: 'accent', abstained: '' };
export const statusBadge = (status) => badge(status, statuses[status]);

export const pending = (text = 'Loading \u2026') => h('p', { class: 'pending', role: 'status' }, text);
