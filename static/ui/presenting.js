// @ts-check
/** While a screen is shared: that it is, whether others get it, and one click to stop. Owns its element. */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { icon } from './icons.js';

export class Presenting {
  element = el('div', { class: 'presenting', hidden: true });
  #words = el('span', { role: 'status' });
  #stop = el('button', { type: 'button', class: 'button small', 'data-action': 'stop-presenting' });
  #publisher;

  /** @param {import('./context.js').App} app */
  constructor({ publisher }) {
    this.#publisher = publisher;
    this.#stop.addEventListener('click', () => {
      for (const id of [...publisher.screens.keys()]) publisher.stopScreen(id);
    });
    this.element.append(icon('screen'), this.#words, this.#stop);
    publisher.on('change', () => this.#update());
  }

  #update() {
    const screens = [...this.#publisher.screens.values()];
    const one = screens.length === 1;
    const failed = screens.some((screen) => this.#publisher.statusOf(screen) === 'failed');
    this.element.hidden = screens.length === 0;
    this.element.classList.toggle('failed', failed);
    const words = failed
      ? t('stage.failed.screen')
      : t('present.screens', { count: screens.length });
    if (!this.element.hidden && this.#words.textContent !== words) this.#words.textContent = words;
    this.#stop.textContent = t(one ? 'present.stop' : 'present.stop.all');
  }
}
