// Every setting in effect, and who set it.
import { get } from '../api.js';
import { badge, empty, h, heading } from '../dom.js';
import { many } from '../format.js';

export async function show({ query, signal }) {
  const { settings } = await get('settings', {}, signal);
  const head = heading('Settings', 'What is in effect in this process and where it comes from. The command line goes before the environment, that before the file, that before the default.');
  if (settings.length === 0) return [head, empty('The program gave no settings', 'A program that hosts this page itself sets its options in code.', 'afterwit config show')];
  const words = h('input', { type: 'search', value: query.get('q') ?? '', placeholder: 'part of a name', maxlength: 100 });
  const changed = h('input', { type: 'checkbox' });
  const told = h('p', { class: 'note', role: 'status' });
  const list = h('div', { class: 'settings' });
  const draw = () => {
    const part = words.value.trim().toLowerCase();
    const shown = settings.filter((s) => (part === '' || `${s.name} ${s.description}`.toLowerCase().includes(part)) && (!changed.checked || isSet(s)));
    told.textContent = `${many(shown.length, 'setting')}, ${shown.filter(isSet).length} of them set.`;
    list.replaceChildren(...shown.map(card));
  };
  words.addEventListener('input', draw);
  changed.addEventListener('change', draw);
  draw();
  return [head, h('form', { class: 'bar', role: 'search', onsubmit: (event) => event.preventDefault() }, h('label', { class: 'wide' }, 'Find', words), h('label', { class: 'check' }, changed, 'Only what was set')), told, list];
}

const isSet = (s) => s.source !== 'default';

const card = (s) => h('article', { class: 'setting' },
  h('div', { class: 'row' }, h('h2', null, s.name), badge(s.source, isSet(s) ? 'accent' : '')),
  h('p', { class: 'effective' }, h('code', null, s.value === '' || s.value === null ? '(none)' : s.value)),
  h('p', null, s.description),
  h('p', { class: 'note' }, `Allowed: ${s.allowed}. Default: ${s.default === '' ? '(none)' : s.default}. `, h('code', null, s.environment), ' ', h('code', null, s.option)));
