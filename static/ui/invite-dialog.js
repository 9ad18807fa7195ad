// @ts-check
/** Invitations: the address, a form for a new one, and the list of those that exist. */
import { moment, t } from '../base/texts.js';
import { parseExpiry } from '../model/durations.js';
import { usable } from '../model/invitations.js';
import { asName } from '../model/names.js';
import { openDialog } from './dialog.js';
import { copy, el, uniqueId } from '../base/dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../model/invitations.js').Token} Token */

const LENGTHS = /** @type {const} */ (['1h', '1d', '7d', '1mon', '1yr']);
/** What guests may do, from most to least; only what the inviter may do is offered. */
const ROLES = /** @type {const} */ ({
  present: ['present', 'message'],
  message: ['message'],
  observe: [],
  op: ['op', 'present', 'message', 'caption', 'token'],
});

/** @param {App} app */
export function openInvitations(app) {
  const { room } = app;
  const list = el('ul', { class: 'invitations' });
  const listed = el('section', { class: 'stack', hidden: true }, el('h3', {}, t('invite.list')), list);
  const body = el(
    'div',
    { class: 'stack' },
    room.status.locked && el('p', { class: 'notice-box' }, t('invite.locked')),
    el(
      'section',
      { class: 'stack' },
      linkRow(app, t('invite.address'), room.status.location ?? app.config.location),
      el('p', { class: 'hint' }, t('invite.address.hint')),
    ),
  );
  if (room.invitations.allowed)
    body.append(
      form(app, () => void refresh()),
      listed,
    );
  else body.append(el('p', { class: 'hint' }, t('invite.notAllowed')));
  openDialog(t('invite.title'), [body], { id: 'invite-dialog' });
  void refresh();

  async function refresh() {
    if (!room.invitations.manageable) return;
    try {
      const tokens = await room.invitations.list();
      listed.hidden = false;
      const focused = list.contains(document.activeElement);
      list.replaceChildren(
        ...(tokens.length
          ? tokens.map((token) => row(app, token, () => void refresh()))
          : [el('li', { class: 'hint' }, t('invite.none'))]),
      );
      if (focused) list.closest('dialog')?.focus(); // what had it is gone
    } catch (error) {
      failed(app, error);
    }
  }
}

/** A link that can be seen, selected and copied. @param {App} app @param {string} label @param {string} link */
function linkRow(app, label, link) {
  const id = uniqueId('link');
  const input = el('input', { id, type: 'text', readonly: true, value: link, onfocus: () => input.select() });
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    el(
      'div',
      { class: 'copy-row' },
      input,
      el(
        'button',
        { type: 'button', class: 'button', onclick: () => void copyLink(app, link) },
        icon('copy'),
        t('invite.copy'),
      ),
    ),
  );
}

/** @param {App} app @param {() => void} made */
function form(app, made) {
  const { room } = app;
  const who = el('input', { id: uniqueId('who'), type: 'text', dir: 'auto', maxlength: '100', autocomplete: 'off' });
  const long = el(
    'select',
    { id: uniqueId('long') },
    ...LENGTHS.map((value) => el('option', { value, selected: value === '1d' }, t(`invite.long.${value}`))),
  );
  const roles = /** @type {(keyof typeof ROLES)[]} */ (Object.keys(ROLES)).filter((role) =>
    ROLES[role].every((permission) => room.can(permission)),
  );
  const may = el(
    'select',
    { id: uniqueId('may') },
    ...roles.map((role) => el('option', { value: role }, t(`invite.may.${role}`))),
  );
  const result = el('div', { role: 'status', class: 'stack' });
  const submit = el(
    'button',
    { type: 'submit', class: 'button primary' },
    icon('invite'),
    t('invite.create'),
  );
  return el(
    'form',
    {
      class: 'stack',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        submit.disabled = true;
        try {
          const role = /** @type {keyof typeof ROLES} */ (may.value);
          const expires = parseExpiry(long.value, new Date()) ?? new Date();
          const token = await room.invitations.make({
            username: asName(who.value),
            expires,
            permissions: [...ROLES[role]],
          });
          const link = room.invitations.link(token.token);
          result.replaceChildren(linkRow(app, asName(who.value) || t('invite.anybody'), link));
          await copyLink(app, link);
          who.value = '';
          made();
        } catch (error) {
          failed(app, error);
        } finally {
          submit.disabled = false;
        }
      },
    },
    el('h3', {}, t('invite.new')),
    el('p', { class: 'hint' }, t('invite.intro')),
    submit,
    el(
      'details',
      { class: 'options' },
      el('summary', {}, t('invite.options')),
      el(
        'div',
        { class: 'stack' },
        el(
          'div',
          { class: 'two-fields' },
          el('div', { class: 'field' }, el('label', { for: long.id }, t('invite.long')), long),
          el('div', { class: 'field' }, el('label', { for: may.id }, t('invite.may')), may),
        ),
        el(
          'div',
          { class: 'field' },
          el('label', { for: who.id }, t('invite.who')),
          who,
          el('p', { class: 'hint' }, t('invite.who.hint')),
        ),
      ),
    ),
    result,
  );
}

/** @param {App} app @param {Token} token @param {() => void} changed */
function row(app, token, changed) {
  const { room, toasts } = app;
  const good = usable(token, new Date());
  const time = token.expires ? when(token.expires) : '';
  const details = [
    time && t(good ? 'invite.until' : 'invite.expired', { time }),
    token.issuedBy && t('invite.by', { name: token.issuedBy }),
  ]
    .filter(Boolean)
    .join(' · ');
  const revoke = async () => {
    try {
      await room.invitations.revoke(token.token);
      toasts.show('good', t('invite.revoked'));
      changed();
    } catch (error) {
      failed(app, error);
    }
  };
  /** @param {string} length */
  const prolong = async (length) => {
    const now = new Date();
    // By so much longer, not shorter than it is anyway.
    const expires = parseExpiry(length, good && token.expires ? new Date(token.expires) : now) ?? now;
    try {
      await room.invitations.prolong(token.token, expires);
      toasts.show('good', t('invite.prolonged', { time: when(expires.toISOString()) }));
      changed();
    } catch (error) {
      failed(app, error);
    }
  };
  const longer = el(
    'button',
    {
      type: 'button',
      class: 'button small',
      'aria-haspopup': 'menu',
      onclick: () =>
        openMenu(
          longer,
          t('invite.prolong'),
          LENGTHS.map((length) => ({ label: t(`invite.long.${length}`), run: () => void prolong(length) })),
        ),
    },
    t('invite.prolong'),
  );
  return el(
    'li',
    { class: good ? 'invitation' : 'invitation over' },
    el(
      'div',
      { class: 'invitation-text' },
      el('span', { class: 'person-title', dir: 'auto' }, token.username || t('invite.anybody')),
      el('span', { class: 'hint' }, details),
    ),
    el(
      'div',
      { class: 'invitation-actions' },
      good &&
        el(
          'button',
          {
            type: 'button',
            class: 'button small',
            onclick: () => void copyLink(app, room.invitations.link(token.token)),
          },
          t('invite.copy'),
        ),
      longer,
      good &&
        el(
          'button',
          { type: 'button', class: 'button small', onclick: () => void revoke() },
          t('invite.revoke'),
        ),
    ),
  );
}

/** @param {string} time */
function when(time) {
  return moment(time);
}

/** @param {App} app @param {string} link */
async function copyLink({ toasts }, link) {
  if (await copy(link)) toasts.show('good', t('invite.copied'), { key: 'copied' });
  else toasts.show('warning', t('toast.copyFailed'), { key: 'copied' });
}

/** @param {App} app @param {unknown} error */
function failed({ toasts }, error) {
  toasts.show('error', t('invite.failed', { text: error instanceof Error ? error.message : String(error) }));
}
