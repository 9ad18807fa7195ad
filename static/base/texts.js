// @ts-check
/**
 * The words of the pages, in the reader's language, with their numbers and dates. Each language is a directory of
 * tables in i18n/, one table for each part of the client; a page loads the parts that it uses, in one language.
 * Sentences are never put together here or elsewhere: a text has places for values, and forms for a number.
 * Owns the table.
 */
import { isolated } from './bidi.js';
import { ENGLISH, language } from './language.js';

/**
 * @typedef {keyof typeof import('../i18n/en/room.json') | keyof typeof import('../i18n/en/filters.json')
 *   | keyof typeof import('../i18n/en/pages.json') | keyof typeof import('../i18n/en/server.json')} Key
 * @typedef {'room' | 'filters' | 'pages' | 'server'} Part
 * @typedef {string | Record<string, string>} Text  `{name}` is a place; forms are named by CLDR's plural categories of
 *   `{count}`
 * @typedef {Record<string, string | number>} Values
 */

/** @type {Record<string, Text>} */
const table = {};
const plurals = new Intl.PluralRules(language.locale);
const numbers = new Intl.NumberFormat(language.locale);

/** Fetches texts, and tells the page its language. Rejects where they cannot be had. @param {...Part} parts */
export async function loadTexts(...parts) {
  const { lang, dir } = document.documentElement;
  if (lang !== language.tag) document.documentElement.lang = language.tag;
  if (dir !== language.dir) document.documentElement.dir = language.dir;
  try {
    for (const texts of await Promise.all(parts.map(fetched))) addTexts(texts);
  } catch (error) {
    // early.js says so, as of the modules.
    document.querySelector('script[type="module"]')?.dispatchEvent(new Event('error'));
    throw error;
  }
}

/** A table of the reader's language; in English where one is missing. @param {Part} part @returns {Promise<Record<string, Text>>} */
async function fetched(part) {
  for (const tag of [language.tag, ENGLISH]) {
    const response = await fetch(new URL(`../i18n/${tag}/${part}.json`, import.meta.url));
    if (response.ok) return response.json();
  }
  throw new Error(`no texts of ${part}`);
}

/** @param {Record<string, Text>} texts */
export function addTexts(texts) {
  Object.assign(table, texts);
}

/** The text of a key with its values put in; `count` chooses the form. @param {Key} key @param {Values} [values] */
export function t(key, values = {}) {
  return text(key, values);
}

/** The same for keys that are made while the page runs. @param {string} key @param {Values} [values] */
export function text(key, values = {}) {
  const entry = table[key];
  if (entry === undefined) return key;
  const form = typeof entry === 'string' ? entry : (entry[plurals.select(Number(values.count))] ?? entry.other);
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shown(values[name]) : whole));
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === 'number' ? numbers.format(value) : isolated(value, language.dir === 'rtl');
}

/** Whether there is a text for this key. @param {string} key */
export function has(key) {
  return key in table;
}

/** Several names as one part of a sentence. @param {string[]} names @param {boolean} [open] more follow */
export function list(names, open = false) {
  const type = open ? 'unit' : 'conjunction';
  return new Intl.ListFormat(language.locale, { type }).format(names.map((name) => isolated(name)));
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function number(value, options) {
  return new Intl.NumberFormat(language.locale, options).format(value);
}

/** A part of one as a percentage with one decimal. @param {number} ratio */
export function percent(ratio) {
  return number(ratio, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** Day and time. @param {Date | number | string} time @param {Intl.DateTimeFormatOptions} [options] */
export function moment(time, options = { dateStyle: 'medium', timeStyle: 'short' }) {
  return new Intl.DateTimeFormat(language.locale, options).format(new Date(time));
}
