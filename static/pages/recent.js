/**
 * The start page: groups that this browser was in lately. Without storage, or scripts, the page has none.
 * @module
 */

import { recent } from '../model/recent.js';
import { Settings } from '../model/settings.js';
import { el } from '../base/dom.js';

const section = /** @type {HTMLElement} */ (document.getElementById('recent'));
const base = section.dataset.base ?? './';
const groups = recent(new Settings().read('recent'));
section.hidden = groups.length === 0;
section.querySelector('ul')?.replaceChildren(...groups.map(({ name, title }) => el('li', {},
  el('a', { href: `${base}group/${name.split('/').map(encodeURIComponent).join('/')}/` },
    el('span', { class: 'group-title', dir: 'auto' }, title || name)))));
