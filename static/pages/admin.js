/**
 * The administration page: signs in, then shows the view that the address's fragment names
 * (`#groups`, `#people`, `#group/NAME/settings|users|invitations`).
 * @module
 */

import { Api, ApiError } from './api.js';
import { el, fill } from '../base/dom.js';
import { signOut } from './session.js';
import { signIn } from './sign-in.js';
import { TEXT } from './texts.js';
import { groupsView } from './admin/groups.js';
import { groupView } from './admin/group.js';
import { peopleView } from './admin/people.js';

const app = /** @type {HTMLElement} */ (document.getElementById('app'));
const base = new URL(app.dataset.base ?? '../', location.href).href;
/** @type {Api | null} */
let api = null;

function signInView() {
  void signIn(app, TEXT.administration, {
    base,
    probe: '.groups/',
    then: (signedIn) => {
      api = signedIn;
      return draw();
    },
  });
}

/** @param {string} fragment @returns {(context: import('./admin/context.js').Context) => Promise<HTMLElement>} */
function viewOf(fragment) {
  const [kind, ...rest] = fragment.split('/').map(decodeURIComponent);
  if (kind === 'people') return peopleView;
  if (kind === 'group' && rest.length >= 2) {
    const tab = /** @type {string} */ (rest.pop());
    return (context) => groupView(context, rest.join('/'), tab);
  }
  return groupsView;
}

/** @param {string} fragment @param {string} text @returns {HTMLElement} */
function tab(fragment, text) {
  const shown = location.hash.slice(1).split('/')[0] || 'groups';
  const here = shown === fragment || (shown === 'group' && fragment === 'groups');
  return el('a', { href: `#${fragment}`, 'aria-current': here ? 'page' : undefined }, text);
}

/** @param {string} [text] what has just succeeded */
async function draw(text) {
  if (!api) return signInView();
  const message = el('p', { class: 'notice', role: 'status' });
  const view = el('div', {});
  const leave = async () => {
    const before = api;
    api = null;
    if (before) await signOut(before);
    signInView();
  };
  fill(app, el('div', { class: 'toolbar' }, el('h1', {}, TEXT.administration), el('span', { class: 'grow' }),
    el('a', { class: 'button quiet', href: base }, TEXT.home), el('button', { onclick: leave }, TEXT.signOut)),
  el('nav', { class: 'tabs', 'aria-label': TEXT.administration }, tab('groups', TEXT.groups), tab('people', TEXT.people)),
  message, view);
  /** @type {import('./admin/context.js').Context} */
  const context = {
    api,
    base,
    say: (text, good = true) => {
      message.className = `notice ${good ? 'good' : 'bad'}`;
      message.textContent = text;
    },
    reload: (done) => void draw(done),
  };
  if (text) context.say(text);
  try {
    view.replaceChildren(await viewOf(location.hash.slice(1))(context));
  } catch (reason) {
    context.say(reason instanceof ApiError ? reason.message : String(reason), false);
  }
}

addEventListener('hashchange', () => void draw());
void draw();
