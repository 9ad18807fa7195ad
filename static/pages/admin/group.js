/**
 * One group: its settings, and the frame with tabs around its users and invitations.
 * @module
 */

import { groupPath } from '../../base/api.js';
import { el } from '../../base/dom.js';
import { ask, field } from '../../base/forms.js';
import { t, text } from '../../base/texts.js';
import { groupFragment } from './groups.js';
import { DURATIONS, localTime, meantBy, zoneHint } from './times.js';
import { tokensView } from './tokens.js';
import { usersView } from './users.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('../../base/texts.js').Key} Key */
/**
 * @typedef {object} Setting how one field of a description is shown and edited
 * @property {string} key the field's name in the description
 * @property {Key} label
 * @property {'text' | 'url' | 'long' | 'number' | 'duration' | 'check' | 'time' | 'list'} kind
 * @property {Key} [hint]
 */

/** @type {{title: Key, settings: Setting[]}[]} */
const SECTIONS = [
  { title: 'page.about', settings: [
    { key: 'displayName', label: 'page.displayName', kind: 'text' },
    { key: 'contact', label: 'page.contact', kind: 'text' },
    { key: 'description', label: 'page.description', kind: 'long' },
    { key: 'comment', label: 'page.comment', kind: 'long' },
    { key: 'public', label: 'page.public', kind: 'check' },
  ] },
  { title: 'page.meetings', settings: [
    { key: 'autolock', label: 'page.autolock', kind: 'check' },
    { key: 'autokick', label: 'page.autokick', kind: 'check' },
    { key: 'unrestricted-tokens', label: 'page.unrestrictedTokens', kind: 'check' },
    { key: 'allow-recording', label: 'page.allowRecording', kind: 'check' },
    { key: 'not-before', label: 'page.notBefore', kind: 'time' },
    { key: 'expires', label: 'page.expires', kind: 'time' },
    { key: 'max-clients', label: 'page.maxClients', kind: 'number', hint: 'page.maxClientsHint' },
    { key: 'max-history-age', label: 'page.historyAge', kind: 'duration' },
  ] },
  { title: 'page.advanced', settings: [
    { key: 'codecs', label: 'page.codecs', kind: 'list', hint: 'page.codecsHint' },
    { key: 'redirect', label: 'page.redirect', kind: 'url' },
    { key: 'authServer', label: 'page.authServer', kind: 'url' },
    { key: 'authPortal', label: 'page.authPortal', kind: 'url' },
    { key: 'auto-subgroups', label: 'page.autoSubgroups', kind: 'check' },
  ] },
];

const INPUT_TYPES = { text: 'text', url: 'url', number: 'number', duration: '', check: 'checkbox', time: 'datetime-local', list: 'text' };

/** @param {Context} context @param {string} name @param {string} tab @returns {Promise<HTMLElement>} */
export async function groupView(context, name, tab) {
  const tabs = [['settings', t('page.settings')], ['users', t('page.users')], ['invitations', t('page.invitations')]];
  const views = { settings: settingsView, users: usersView, invitations: tokensView };
  const view = views[/** @type {keyof typeof views} */ (tab)] ?? settingsView;
  return el('section', { 'aria-label': name },
    el('div', { class: 'toolbar' }, el('h2', { dir: 'auto' }, name), el('span', { class: 'grow' }), el('a', { class: 'button', href: '#groups' }, t('page.back'))),
    el('nav', { class: 'tabs', 'aria-label': name }, ...tabs.map(([key, label]) => el('a', {
      href: groupFragment(name, key), 'aria-current': key === tab ? 'page' : undefined,
    }, label))),
    await view(context, name));
}

/** @param {Context} context @param {string} name @returns {Promise<HTMLElement>} */
async function settingsView(context, name) {
  const { value, etag } = await context.api.fetch(groupPath(name));
  /** @type {Map<Setting, HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>} */
  const inputs = new Map(SECTIONS.flatMap(({ settings }) => settings)
    .map((setting) => [setting, inputFor(setting, value[setting.key])]));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await context.api.put(groupPath(name), changed(value, inputs), etag);
      context.reload(t('page.saved'));
    } catch (reason) {
      context.say(/** @type {Error} */ (reason).message, false);
    }
  };
  return el('form', { onsubmit: save },
    ...SECTIONS.map(({ title, settings }) => el('fieldset', { class: 'card' }, el('legend', {}, t(title)),
      el('div', { class: 'two' }, ...settings.map((setting) => field(
        t(setting.label), /** @type {HTMLElement} */ (inputs.get(setting)), hint(setting, value, inputs)))))),
    el('div', { class: 'toolbar' }, el('button', { class: 'primary', type: 'submit' }, t('page.save')), el('span', { class: 'grow' }),
      el('button', { class: 'danger', type: 'button', onclick: () => remove(context, name, etag) }, t('page.deleteGroup'))));
}

/** @param {Setting} setting @param {any} value @returns {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} */
function inputFor(setting, value) {
  if (setting.kind === 'long') {
    const area = el('textarea', { dir: 'auto' });
    area.value = value ?? '';
    return area;
  }
  if (setting.kind === 'duration') return durationSelect(Number(value) || 0);
  const input = el('input', {
    type: INPUT_TYPES[setting.kind], dir: setting.kind === 'text' ? 'auto' : undefined, min: setting.kind === 'number' ? 0 : undefined,
    step: setting.kind === 'time' ? 1 : undefined,
  });
  if (setting.kind === 'check') input.checked = Boolean(value);
  else if (setting.kind === 'list') input.value = (value ?? []).join(', ');
  else if (setting.kind === 'time') input.value = value ? localTime(new Date(value)) : '';
  else input.value = value ?? '';
  return input;
}

/** Durations that people think of; another one that is in the file stays. @param {number} seconds 0: the usual one */
function durationSelect(seconds) {
  const known = DURATIONS.map((value) => [String(value), text(`page.duration.${value}`)]);
  const items = [['', t('page.usual')], ...known];
  if (seconds !== 0 && !DURATIONS.includes(seconds)) items.push([String(seconds), t('page.seconds', { count: seconds })]);
  const select = el('select', {}, ...items.map(([value, label]) => el('option', { value }, label)));
  select.value = seconds === 0 ? '' : String(seconds);
  return select;
}

/**
 * What stands below an input.
 * @param {Setting} setting
 * @param {Record<string, any>} value
 * @param {Map<Setting, HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>} inputs
 * @returns {import('../../base/dom.js').Child}
 */
function hint(setting, value, inputs) {
  const input = inputs.get(setting);
  if (setting.kind !== 'time' || !input) return setting.hint && t(setting.hint);
  const output = el('span', {});
  const show = () => { output.textContent = zoneHint(input.value, meantBy(input.value, value[setting.key])); };
  input.addEventListener('input', show);
  show();
  return output;
}

/**
 * The description with the form's changes; fields that the form does not know stay as they are.
 * @param {Record<string, any>} value
 * @param {Map<Setting, HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>} inputs
 * @returns {Record<string, unknown>}
 */
function changed(value, inputs) {
  const result = { ...value };
  for (const [setting, input] of inputs) {
    const entered = entry(setting, input, value[setting.key]);
    if (entered === undefined) delete result[setting.key];
    else result[setting.key] = entered;
  }
  return result;
}

/**
 * @param {Setting} setting
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} input
 * @param {any} before what the input was filled with
 * @returns {unknown} undefined: leave it out
 */
function entry(setting, input, before) {
  if (setting.kind === 'check') return /** @type {HTMLInputElement} */ (input).checked || undefined;
  const entered = input.value.trim();
  if (entered === '') return undefined;
  if (setting.kind === 'number' || setting.kind === 'duration') return Number(entered);
  if (setting.kind === 'time') {
    const meant = meantBy(entered, before);
    return meant.getTime() === new Date(before ?? NaN).getTime() ? before : meant.toISOString();
  }
  if (setting.kind === 'list') return entered.split(/[\s,]+/).filter(Boolean);
  return entered;
}

/** @param {Context} context @param {string} name @param {string} etag */
async function remove(context, name, etag) {
  const done = await ask({
    title: t('page.deleteOne', { name }),
    body: [el('p', {}, t('page.deleteGroupQuestion'))],
    confirm: t('page.remove'),
    cancel: t('page.cancel'),
    danger: true,
    submit: async () => {
      await context.api.remove(groupPath(name), etag);
      return true;
    },
  });
  if (done) location.hash = '#groups';
}
