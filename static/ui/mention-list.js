// @ts-check
/** While somebody writes `@`: the names that it may become, chosen with the arrow keys and Enter (ARIA combobox). */
import { t } from '../base/texts.js';
import { el, uniqueId } from '../base/dom.js';
import { begun } from '../model/mentions.js';

/** Offered at most. */
const MOST = 6;

export class MentionList {
  element = el('ul', { class: 'mention-list', role: 'listbox', id: uniqueId('mentions'), 'aria-label': t('chat.mention'), hidden: true });
  #input;
  #names;
  #start = 0;
  #chosen = 0;

  /** @param {HTMLTextAreaElement} input @param {() => string[]} names  of people who can be mentioned */
  constructor(input, names) {
    this.#input = input;
    this.#names = names;
    input.setAttribute('aria-controls', this.element.id);
    input.setAttribute('aria-autocomplete', 'list');
    input.addEventListener('input', () => this.#update());
    input.addEventListener('blur', () => this.#close());
    input.addEventListener('click', () => this.#update());
  }

  get open() {
    return !this.element.hidden;
  }

  /** Whether a key was for the list. @param {KeyboardEvent} event */
  takes(event) {
    if (!this.open || event.isComposing) return false;
    const { length } = this.element.children;
    if (event.key === 'ArrowDown') this.#choose((this.#chosen + 1) % length);
    else if (event.key === 'ArrowUp') this.#choose((this.#chosen + length - 1) % length);
    else if (event.key === 'Enter' || event.key === 'Tab') this.#insert(this.element.children[this.#chosen]);
    else if (event.key === 'Escape') this.#close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #update() {
    const { selectionStart, value } = this.#input;
    const found = begun(value.slice(0, selectionStart), this.#names());
    if (!found) {
      this.#close();
      return;
    }
    this.#start = found.start;
    this.element.replaceChildren(
      ...found.names.slice(0, MOST).map((name) => {
        const option = el('li', { role: 'option', id: uniqueId('mention'), dir: 'auto' }, name);
        // Before the field loses the focus.
        option.addEventListener('pointerdown', (event) => {
          event.preventDefault();
          this.#insert(option);
        });
        return option;
      }),
    );
    this.element.hidden = false;
    this.#choose(0);
  }

  /** @param {number} at */
  #choose(at) {
    this.#chosen = at;
    [...this.element.children].forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
    this.#input.setAttribute('aria-activedescendant', this.element.children[at]?.id ?? '');
  }

  /** @param {Element} option */
  #insert(option) {
    this.#input.setRangeText(`@${option.textContent} `, this.#start, this.#input.selectionStart, 'end');
    this.#close();
  }

  #close() {
    this.element.hidden = true;
    this.#input.removeAttribute('aria-activedescendant');
  }
}
