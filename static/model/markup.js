// @ts-check
/**
 * Reads the simple markup of messages: a tree of plain data, of which whoever shows it makes nodes. Whoever knows no
 * markup sees the text as it was written. Nothing is lost: what is no markup is text. Pure; the time is in proportion
 * to the length.
 *
 *     **bold**  *italic*  `code`  > quote  - list  1. list  ``` code block ```
 */
import { parts } from './links.js';

/**
 * @typedef {{type: 'text', text: string} | {type: 'link', text: string, url: string} | {type: 'code', text: string}
 *   | {type: 'strong' | 'em', children: Inline[]}} Inline
 * @typedef {{type: 'paragraph', children: Inline[]} | {type: 'code-block', text: string}
 *   | {type: 'quote', children: Block[]} | {type: 'list', ordered: boolean, start: number, items: Inline[][]}} Block
 */

const FENCE = /^\s{0,3}```/u;
const QUOTE = /^>\s?/u;
const BULLET = /^\s{0,3}[-*•]\s+(?=\S)/u;
const NUMBER = /^\s{0,3}(\d{1,9})[.)]\s+(?=\S)/u;
/** Quotes within quotes beyond this are text. */
const DEEPEST = 4;
/** What may be before and after emphasis, so that 2*3*4 and snake_case stay what they are. */
const WORD = /[\p{L}\p{N}]/u;

/** @param {string} text @returns {Block[]} */
export function blocks(text, depth = 0) {
  const lines = text.split('\n');
  /** @type {Block[]} */
  const found = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] =
      codeBlock(lines, at) ?? (depth < DEEPEST ? quote(lines, at, depth) : null) ?? list(lines, at) ?? paragraph(lines, at, depth);
    if (block) found.push(block);
    at = next;
  }
  return found;
}

/** @param {string[]} lines @param {number} at @returns {[Block, number] | null} */
function codeBlock(lines, at) {
  if (!FENCE.test(lines[at])) return null;
  const first = lines[at].trim();
  // On one line: ```like this```
  if (first.length > 6 && first.endsWith('```')) return [{ type: 'code-block', text: first.slice(3, -3) }, at + 1];
  if (lastFence(lines) <= at) return null; // before it is looked for: there may be thousands that are not closed
  const end = lines.findIndex((line, index) => index > at && line.trim() === '```');
  return [{ type: 'code-block', text: lines.slice(at + 1, end).join('\n') }, end + 1];
}

/** Where the last line is that closes code. @type {WeakMap<string[], number>} */
const lastFences = new WeakMap();

/** @param {string[]} lines */
function lastFence(lines) {
  let last = lastFences.get(lines);
  if (last === undefined) {
    last = lines.length - 1;
    while (last >= 0 && lines[last].trim() !== '```') last -= 1;
    lastFences.set(lines, last);
  }
  return last;
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {[Block, number] | null} */
function quote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  if (end === at) return null;
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
  return [{ type: 'quote', children: blocks(inside.join('\n'), depth + 1) }, end];
}

/** @param {string[]} lines @param {number} at @returns {[Block, number] | null} */
function list(lines, at) {
  const ordered = NUMBER.test(lines[at]);
  const mark = ordered ? NUMBER : BULLET;
  let end = at;
  while (end < lines.length && mark.test(lines[end])) end += 1;
  if (end === at) return null;
  const start = Number(NUMBER.exec(lines[at])?.[1] ?? 1);
  const items = lines.slice(at, end).map((line) => inline(line.replace(mark, '')));
  return [{ type: 'list', ordered, start, items }, end];
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {[Block | null, number]} */
function paragraph(lines, at, depth) {
  let end = at + 1;
  const begins = (/** @type {number} */ index) =>
    (FENCE.test(lines[index]) && codeBlock(lines, index)) || (depth < DEEPEST && QUOTE.test(lines[index])) || BULLET.test(lines[index]) || NUMBER.test(lines[index]);
  while (end < lines.length && !begins(end)) end += 1;
  const text = lines.slice(at, end).join('\n');
  return [text.trim() ? { type: 'paragraph', children: inline(text) } : null, end];
}

/** @param {string} text @returns {Inline[]} */
function inline(text) {
  /** @type {Inline[]} */
  const found = [];
  let plain = 0;
  const flush = (/** @type {number} */ end) => {
    if (end > plain) found.push(...linked(text.slice(plain, end)));
  };
  const closing = closings(text);
  for (let at = 0; at < text.length; ) {
    const end = closing.get(at);
    if (end === undefined) {
      at += 1;
      continue;
    }
    flush(at);
    const marks = text[at] === '*' && text[at + 1] === '*' ? 2 : 1;
    const inside = text.slice(at + marks, end);
    if (text[at] === '`') found.push({ type: 'code', text: inside });
    else found.push({ type: marks === 2 ? 'strong' : 'em', children: inline(inside) });
    at = plain = end + marks;
  }
  flush(text.length);
  return found;
}

/** Where each mark that is closed is closed; one look at each character. @param {string} text */
function closings(text) {
  /** @type {Map<number, number>} */
  const found = new Map();
  /** @type {Map<string, number>} */
  const open = new Map();
  const addresses = inAddress(text);
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith('```', at)) {
      at += 2; // a fence that closes nothing
      continue;
    }
    const mark = text[at] === '*' && text[at + 1] === '*' ? '**' : text[at];
    if ((mark !== '`' && mark !== '*' && mark !== '**' && mark !== '_') || addresses(at)) continue;
    const before = text[at - 1] ?? ' ';
    const after = text[at + mark.length] ?? ' ';
    const from = open.get(mark);
    if (from !== undefined && from + mark.length < at && closes(mark, before, after)) {
      found.set(from, at);
      // What was opened inside and is not closed is text.
      for (const [other, where] of open) if (where >= from) open.delete(other);
    } else if (from === undefined && opens(mark, before, after) && !open.has('`')) open.set(mark, at);
    at += mark.length - 1;
  }
  return found;
}

/** @param {string} mark @param {string} before @param {string} after */
function opens(mark, before, after) {
  return mark === '`' || (!/\s/u.test(after) && !WORD.test(before));
}

/** @param {string} mark @param {string} before @param {string} after */
function closes(mark, before, after) {
  return mark === '`' || (!/\s/u.test(before) && !WORD.test(after));
}

/** Web addresses keep their stars and underscores. @param {string} text */
function inAddress(text) {
  /** @type {[number, number][]} */
  const spans = [];
  let start = 0;
  for (const part of parts(text)) {
    if (part.url) spans.push([start, start + part.text.length]);
    start += part.text.length;
  }
  let next = 0;
  return (/** @type {number} */ at) => {
    while (next < spans.length && spans[next][1] <= at) next += 1;
    return next < spans.length && spans[next][0] <= at;
  };
}

/** @param {string} text @returns {Inline[]} */
function linked(text) {
  return parts(text).map((part) => (part.url ? { type: 'link', ...part } : { type: 'text', text: part.text }));
}
