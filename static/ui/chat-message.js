// @ts-check
/** One message of the conversation: who, when, what it answers, what it says, how people reacted. */
import { moment, t } from '../base/texts.js';
import { append, el } from '../base/dom.js';
import { canReact } from '../model/chat-changes.js';
import { excerpt } from '../model/chat-text.js';
import { hue } from '../model/people.js';
import { icon, iconButton } from './icons.js';
import { markedUp, plainWithLinks } from './markup-nodes.js';

/** @typedef {import('../model/chat.js').Entry} Entry */

/**
 * @typedef {object} MessageActions
 * @property {(entry: Entry, anchor: HTMLElement) => void} menu
 * @property {(entry: Entry, reaction: string) => void} react
 * @property {(entry: Entry, anchor: HTMLElement) => void} pick   a reaction of one's choice
 * @property {(entry: Entry) => void} jump  shows what is answered
 */

/**
 * @param {import('./context.js').App} app @param {Entry} entry
 * @param {boolean} follows  name and time are those of the message before
 * @param {MessageActions} actions
 */
export function messageNode(app, entry, follows, actions) {
  const { room } = app;
  const people = { names: [...room.users.values()].map(({ username }) => username), self: room.username };
  if (entry.kind === 'note') return el('div', { class: 'message note', dir: 'auto' }, plainWithLinks(entry.value, people));
  const name = entry.username || t('people.anonymous');
  const classes = ['message', entry.own && 'own', follows && 'follows', entry.dest && 'private'];
  const node = el('div', { class: classes.filter(Boolean).join(' '), 'data-message': entry.id });
  if (!follows) node.append(head(entry, name));
  const bubble = el('div', { class: 'bubble' });
  append(bubble, [
    answered(app, entry, actions),
    ...(entry.kind === 'me'
      ? [el('p', { class: 'message-text me', dir: 'auto' }, el('strong', {}, el('bdi', {}, name)), ' ', plainWithLinks(entry.value, people))]
      : markedUp(entry.value, people)),
    entry.edited && el('span', { class: 'edited' }, t('chat.edited')),
  ]);
  node.append(bubble, tools(app, entry, actions));
  const given = reactions(app, entry, actions);
  if (given) node.append(given);
  return node;
}

/** @param {Entry} entry @param {string} name */
function head(entry, name) {
  const author = el('span', { class: 'author' }, el('bdi', {}, name), entry.privileged && icon('shield'));
  author.style.setProperty('--hue', String(hue(name)));
  return el('div', { class: 'message-head' }, author, time(entry.time));
}

/** @param {import('./context.js').App} app @param {Entry} entry @param {MessageActions} actions */
function answered({ room }, entry, actions) {
  const to = room.chat.answered(entry.replyTo);
  if (!to) return null;
  return el(
    'button',
    { type: 'button', class: 'answered', onclick: () => actions.jump(to) },
    el('bdi', { class: 'answered-name' }, to.username || t('people.anonymous')),
    el('span', { class: 'answered-text', dir: 'auto' }, excerpt(to.value)),
  );
}

/** @param {import('./context.js').App} app @param {Entry} entry @param {MessageActions} actions */
function tools({ room }, entry, actions) {
  const menu = iconButton('more', t('chat.menu'), {
    class: 'small',
    'aria-haspopup': 'menu',
    onclick: () => actions.menu(entry, menu),
  });
  const smile = iconButton('smile', t('chat.react'), { class: 'small', 'aria-haspopup': 'true', onclick: () => actions.pick(entry, smile) });
  return el('div', { class: 'message-tools' }, canReact(room, entry) && smile, menu);
}

/** @param {import('./context.js').App} app @param {Entry} entry @param {MessageActions} actions */
function reactions({ room }, entry, actions) {
  if (entry.reactions.size === 0) return null;
  const may = canReact(room, entry);
  return el(
    'div',
    { class: 'reactions' },
    [...entry.reactions].map(([reaction, names]) => {
      const who = names.map((name) => name || t('people.anonymous')).join(', ');
      return el(
        'button',
        {
          type: 'button',
          class: 'reaction',
          disabled: !may,
          'aria-pressed': String(names.includes(room.username)),
          title: t('chat.reaction', { reaction, count: names.length, names: who }),
          'data-reaction': reaction,
          onclick: () => actions.react(entry, reaction),
        },
        reaction,
        el('span', { class: 'reaction-count' }, String(names.length)),
      );
    }),
  );
}

/** @param {Date} date */
function time(date) {
  const today = date.toDateString() === new Date().toDateString();
  const text = moment(date, today ? { hour: '2-digit', minute: '2-digit' } : { dateStyle: 'short', timeStyle: 'short' });
  return el('time', { datetime: date.toISOString() }, text);
}
