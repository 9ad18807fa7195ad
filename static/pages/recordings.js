/**
 * The recordings of a group: signs in, then shows the list, or the player of the recording that the address's fragment
 * names.
 * @module
 */

import { ApiError, send } from '../base/api.js';
import { el, fill } from '../base/dom.js';
import { openPage } from '../base/page.js';
import { closeSession, recordingsPage } from '../base/recording-session.js';
import { signIn } from '../base/sign-in.js';
import { t } from '../base/texts.js';
import { Listing } from './recordings/list.js';
import { playerView } from './recordings/player.js';
import { recorders } from './recordings/session.js';

/** @typedef {import('./recordings/context.js').Context} Context */

const { app, base } = await openPage('recordings.title');
const group = decodeURIComponent(
  new URL('.', location.href).pathname.slice(`${new URL(base).pathname}recordings/`.length, -1),
);
/** @type {import('../base/api.js').Api | null} */
let api = null;
/** Ends what the shown view does. */
let leaveView = () => {};

function signInView() {
  leaveView();
  void signIn(app, t('recordings.of', { group }), recorders(base, group), (signedIn) => {
    api = signedIn;
    return draw();
  });
}

/** @param {string} [text] what has just succeeded */
async function draw(text) {
  if (!api) return signInView();
  leaveView();
  const message = el('p', { class: 'notice', role: 'status', tabindex: '-1' });
  const view = el('div', { class: 'recordings-view' });
  fill(app, header(), message, view);
  const ending = new AbortController();
  leaveView = () => ending.abort();
  /** @type {Context} */
  const context = {
    api,
    group,
    page: recordingsPage(base, group),
    over: ending.signal,
    say: (words, good = true) => {
      message.className = `notice ${good ? 'good' : 'bad'}`;
      message.textContent = words;
    },
    fail: (reason) => {
      if (reason instanceof ApiError && reason.status === 401) leave();
      else context.say(reason instanceof Error ? reason.message : String(reason), false);
    },
    deleted: () => {
      if (location.hash.length > 1) history.replaceState(null, '', location.pathname + location.search);
      void draw(t('recordings.deleted'));
    },
  };
  if (text) {
    context.say(text);
    message.focus();
  }
  try {
    const name = decodeURIComponent(location.hash.slice(1));
    await (name ? playerView(context, view, name) : new Listing(context, view).show());
  } catch (reason) {
    context.fail(reason);
  }
}

function header() {
  const inList = location.hash.length <= 1;
  return el('div', { class: 'toolbar' },
    el('h1', {}, t('recordings.title'), ' ', el('span', { class: 'of' }, el('bdi', {}, group))),
    el('span', { class: 'grow' }),
    inList ? el('a', { class: 'button quiet', href: `${base}group/${group.split('/').map(encodeURIComponent).join('/')}/` }, t('page.open'))
      : el('a', { class: 'button', href: '#' }, t('recordings.all')),
    el('button', { onclick: leave }, t('page.signOut')));
}

function leave() {
  const before = api;
  api = null;
  if (before) void closeSession(base, group, before.authorization, send);
  signInView();
}

document.title = t('page.name', { title: t('recordings.of', { group }) });
addEventListener('hashchange', () => void draw());
void draw();
