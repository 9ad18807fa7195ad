// @ts-check
/** Makes nodes of messages with simple markup: never of strings of HTML. What is written is read in `model/markup.js`. */
import { el } from '../base/dom.js';
import { blocks } from '../model/markup.js';
import { mentions } from '../model/mentions.js';

/** @typedef {import('../model/markup.js').Inline} Inline */
/** @typedef {import('../model/markup.js').Block} Block */
/** @typedef {{names: string[], self: string}} People  whose names are mentions, and which is one's own */

/** @param {string} text @param {People} people @returns {Node[]} */
export function markedUp(text, people) {
  return blocks(text).map((block) => blockNode(block, people));
}

/** @param {string} text @param {People} people @returns {Node[]} */
export function plainWithLinks(text, people) {
  return blocks(text).flatMap((block) => (block.type === 'paragraph' ? inlineNodes(block.children, people) : [blockNode(block, people)]));
}

/** @param {Block} block @param {People} people @returns {HTMLElement} */
function blockNode(block, people) {
  switch (block.type) {
    case 'code-block':
      return el('pre', { dir: 'ltr', tabindex: '0' }, el('code', {}, block.text));
    case 'quote':
      return el('blockquote', { dir: 'auto' }, block.children.map((child) => blockNode(child, people)));
    case 'list': {
      const items = block.items.map((item) => el('li', {}, inlineNodes(item, people)));
      return block.ordered
        ? el('ol', { dir: 'auto', start: String(block.start) }, items)
        : el('ul', { dir: 'auto' }, items);
    }
    default:
      return el('p', { class: 'message-text', dir: 'auto' }, inlineNodes(block.children, people));
  }
}

/** @param {Inline[]} inlines @param {People} people @returns {Node[]} */
function inlineNodes(inlines, people) {
  return inlines.flatMap((inline) => {
    switch (inline.type) {
      case 'link':
        return [el('a', { href: inline.url, target: '_blank', rel: 'noopener noreferrer nofollow' }, inline.text)];
      case 'code':
        return [el('code', { dir: 'ltr' }, inline.text)];
      case 'strong':
      case 'em':
        return [el(inline.type, {}, inlineNodes(inline.children, people))];
      default:
        return mentioned(inline.text, people);
    }
  });
}

/** @param {string} text @param {People} people @returns {Node[]} */
function mentioned(text, { names, self }) {
  /** @type {Node[]} */
  const nodes = [];
  let done = 0;
  for (const { start, end, name } of mentions(text, names)) {
    if (start > done) nodes.push(document.createTextNode(text.slice(done, start)));
    nodes.push(el('span', { class: name === self ? 'mention me' : 'mention' }, text.slice(start, end)));
    done = end;
  }
  nodes.push(document.createTextNode(text.slice(done)));
  return nodes;
}
