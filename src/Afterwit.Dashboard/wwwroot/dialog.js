// Questions that have to be answered before something goes on.
import { h } from './dom.js';

/** Asks; true when the action was chosen. Escape and Cancel mean no. */
export function confirmed(title, text, action) {
  return open((close) => [
    h('h2', { id: 'dialog-title' }, title),
    h('p', null, text),
    h('div', { class: 'actions' },
      h('button', { type: 'button', autofocus: true, onclick: () => close(false) }, 'Cancel'),
      h('button', { type: 'button', class: 'danger', onclick: () => close(true) }, action)),
  ]);
}

let asking = null;

/** Asks for the token of the server, once however many calls want it; true when it was right. */
export function signIn() {
  return asking ??= open((close) => {
    const problem = h('p', { class: 'problem', role: 'alert' });
    const token = h('input', { type: 'password', autocomplete: 'current-password', required: true, autofocus: true });
    return [h('h2', { id: 'dialog-title' }, 'Token'), h('p', null, 'This server asks for its token: the one that `afterwit serve` was started with.'), h('form', {
      onsubmit: async (event) => {
        event.preventDefault();
        const answer = await fetch('/api/v1/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: token.value }) });
        if (answer.ok) close(true);
        else problem.textContent = answer.status === 401 ? 'That is not the token of this server.' : `The server answered ${answer.status}.`;
      },
    }, h('label', null, 'Token', token), problem, h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'primary' }, 'Sign in')))];
  }).finally(() => { asking = null; });
}

function open(build) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let result = false;
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' });
    dialog.append(...build((value) => { result = value; dialog.close(); }));
    dialog.addEventListener('close', () => { dialog.remove(); before?.focus?.(); resolve(result); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
