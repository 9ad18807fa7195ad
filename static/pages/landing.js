/**
 * The start page: groups that this browser was in lately, and its language. Without storage, or scripts, the page does
 * without.
 * @module
 */

import { el } from '../base/dom.js';
import { languageChoice } from '../base/language.js';
import '../base/reword.js';
import { recent } from '../model/recent.js';
import { Settings } from '../model/settings.js';

const section = /** @type {HTMLElement} */ (document.getElementById('recent'));
const base = section.dataset.base ?? './';
const groups = recent(new Settings().read('recent'));
section.hidden = groups.length === 0;
section.querySelector('ul')?.replaceChildren(...groups.map(({ name, title }) => el('li', {},
  el('a', { href: `${base}group/${name.split('/').map(encodeURIComponent).join('/')}/` },
    el('span', { class: 'group-title', dir: 'auto' }, title || name)))));

const place = /** @type {HTMLElement} */ (document.getElementById('language'));
place.replaceChildren(languageChoice(place.textContent?.trim() ?? ''));
place.hidden = false;
