/**
 * The administration page: signs in, then shows the view that the address's fragment names
 * (`#groups`, `#people`, `#group/NAME/settings|users|invitations`).
 * @module
 */

import { Api, ApiError } from '../base/api.js';
import { el, fill } from '../base/dom.js';
import { administrators, signOut } from '../base/kept-token.js';
import { openPage } from '../base/page.js';
import { signIn } from '../base/sign-in.js';
import { t } from '../base/texts.js';
import { groupsView } from './admin/groups.js';
import { groupView } from './admin/group.js';
import { peopleView } from './admin/people.js';

const { app, base } = await openPage('page.administration');
/** @type {Api | null} */
let api = null;

function signInView() {
  void signIn(app, t('page.administration'), administrators(base, '.groups/'), (signedIn) => {
    api = signedIn;
    return draw();
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

/** @param {string} fragment @param {string} label @returns {HTMLElement} */
function tab(fragment, label) {
  const shown = location.hash.slice(1).split('/')[0] || 'groups';
  const here = shown === fragment || (['group', 'new'].includes(shown) && fragment === 'groups');
  return el('a', { href: `#${fragment}`, 'aria-current': here ? 'page' : undefined }, label);
}

/** @param {string} [done] what has just succeeded */
async function draw(done) {
  if (!api) return signInView();
  const message = el('p', { class: 'notice', role: 'status' });
  const view = el('div', {});
  const leave = async () => {
    const before = api;
    api = null;
    if (before) await signOut(before);
    signInView();
  };
  fill(app, el('div', { class: 'toolbar' }, el('h1', {}, t('page.administration')), el('span', { class: 'grow' }),
    el('a', { class: 'button quiet', href: base }, t('page.home')), el('button', { onclick: leave }, t('page.signOut'))),
  el('nav', { class: 'tabs', 'aria-label': t('page.administration') }, tab('groups', t('page.groups')), tab('people', t('page.people'))),
  message, view);
  /** @type {import('./admin/context.js').Context} */
  const context = {
    api,
    base,
    say: (words, good = true) => {
      message.className = `notice ${good ? 'good' : 'bad'}`;
      message.textContent = words;
    },
    reload: (success) => void draw(success),
  };
  if (done) context.say(done);
  try {
    view.replaceChildren(await viewOf(location.hash.slice(1))(context));
  } catch (reason) {
    context.say(reason instanceof ApiError ? reason.message : String(reason), false);
  }
}

addEventListener('hashchange', () => void draw());
void draw();
