import { readdirSync, readFileSync } from 'node:fs';
import { addTexts } from '../../../static/base/texts.js';

const I18N = new URL('../../../static/i18n/', import.meta.url);
export const PARTS = readdirSync(new URL('en/', I18N)).map((name) => name.replace('.json', ''));
export const LANGUAGES = readdirSync(I18N);

/** The text of a table as it stands in its file. @param {string} tag @param {string} part */
export const source = (tag, part) => readFileSync(new URL(`${tag}/${part}.json`, I18N), 'utf8');

/** A table of texts by their keys; all parts in one by default. @param {string} [tag] @param {string[]} [parts] */
export const table = (tag = 'en', parts = PARTS) => Object.assign({}, ...parts.map((part) => JSON.parse(source(tag, part))));

/** What a page does that loads its texts. */
export const speakEnglish = () => addTexts(table());
