// @ts-check
/** Looks texts up. A translation is another table with the same keys; what it lacks is said in English. */
import { isolated } from './bidi.js';
import { en } from './en.js';
import { commands } from './en-commands.js';
import { dialogs } from './en-dialogs.js';

/** @typedef {keyof typeof en | keyof typeof dialogs | keyof typeof commands} Key */

/** @type {Record<string, string>} */
const table = { ...en, ...dialogs, ...commands };

/** Adds texts of a part that brings its own, or replaces some by a translation. @param {Record<string, string>} texts */
export function addTexts(texts) {
  Object.assign(table, texts);
}

/**
 * The text of a key with its values put in.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  return text(key, values);
}

/** The same for keys that are made while the page runs. @param {string} key @param {Record<string, string | number>} [values] */
export function text(key, values = {}) {
  const template = table[key];
  if (template === undefined) return key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(String(values[name])) : whole));
}

/** The form for a number: `key.one` or `key.other`. @param {string} key @param {number} count */
export function plural(key, count) {
  return text(`${key}.${new Intl.PluralRules('en').select(count) === 'one' ? 'one' : 'other'}`, { count });
}

/** Several names as one part of a sentence. @param {string[]} names @param {boolean} [open] more follow */
export function list(names, open = false) {
  const all = names.map(isolated);
  return open ? all.join(', ') : new Intl.ListFormat('en', { type: 'conjunction' }).format(all);
}

/** Whether there is a text for this key. @param {string} key */
export function has(key) {
  return key in table;
}
