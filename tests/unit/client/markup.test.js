import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asText, excerpt, quoting } from '../../../static/model/chat-text.js';
import { blocks } from '../../../static/model/markup.js';
import { begun, isMentioned, mentions } from '../../../static/model/mentions.js';
import { Past } from '../../../static/model/past.js';

/** A tree as one line: `strong(…)`. */
const told = (node) => {
  if (Array.isArray(node)) return node.map(told).join('');
  switch (node.type) {
    case 'text':
      return node.text;
    case 'link':
      return `link(${node.url})`;
    case 'code':
    case 'code-block':
      return `${node.type}(${node.text})`;
    case 'list':
      return `${node.ordered ? `ol${node.start}` : 'ul'}(${node.items.map(told).join('|')})`;
    default:
      return `${node.type}(${told(node.children)})`;
  }
};

test('simple markup is read, and what is none is text', () => {
  for (const [text, wanted] of [
    ['hello', 'paragraph(hello)'],
    ['a **b** *c* _d_ `e*f`', 'paragraph(a strong(b) em(c) em(d) code(e*f))'],
    ['**a *b* c**', 'paragraph(strong(a em(b) c))'],
    ['2*3*4 snake_case_name * a * 5**', 'paragraph(2*3*4 snake_case_name * a * 5**)'],
    ['**never closed', 'paragraph(**never closed)'],
    ['`a **b` c**', 'paragraph(code(a **b) c**)'],
    ['see https://a.example/x_y_z*b* now', 'paragraph(see link(https://a.example/x_y_z*b*) now)'],
    ['- a\n- **b**\nc', 'ul(a|strong(b))paragraph(c)'],
    ['3. a\n4. b', 'ol3(a|b)'],
    ['> a\n> > b\nc', 'quote(paragraph(a)quote(paragraph(b)))paragraph(c)'],
    ['x\n```js\nif (a) **b**\n  c\n```\ny', 'paragraph(x)code-block(if (a) **b**\n  c)paragraph(y)'],
    ['```one line```', 'code-block(one line)'],
    ['```\nopen', 'paragraph(```\nopen)'],
    ['-5 degrees, 1.5 litres', 'paragraph(-5 degrees, 1.5 litres)'],
    ['<b>&amp;</b>', 'paragraph(<b>&amp;</b>)'],
  ])
    assert.equal(told(blocks(text)), wanted, text);
});

test('of whatever is written nothing is lost but marks, and it is read at once', () => {
  const pieces = ['a', 'b c', '*', '**', '_', '`', '```', '\n', '> ', '- ', '1. ', ' ', 'https://x.example/_a_', '\u{1f600}', '•', '\\'];
  let state = 5;
  const roll = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const bare = (text) => text.replace(/[*_`>•\-\s]|\d+\./gu, '');
  const text = (node) => (Array.isArray(node) ? node : [node]).map((each) => each.text ?? text(each.children ?? each.items.flat())).join('');
  for (let round = 0; round < 2000; round += 1) {
    const written = Array.from({ length: 1 + roll() * 30 }, () => pieces[Math.floor(roll() * pieces.length)]).join('');
    const found = blocks(written);
    const missing = bare(written).length - bare(text(found)).length;
    // The language beside a fence is the only text that is not shown.
    assert.ok(missing === 0 || written.includes('```'), JSON.stringify(written));
  }
  const began = performance.now();
  for (const piece of pieces) blocks(piece.repeat(Math.floor(20000 / piece.length)));
  blocks('```a\n'.repeat(4000));
  blocks('> '.repeat(10000));
  blocks('*a '.repeat(6000));
  assert.ok(performance.now() - began < 3000);
});

test('a mention is an @ before the longest name that somebody has', () => {
  const names = ['Ann', 'Ann Marie', 'Zoë', ''];
  const found = (text) => mentions(text, names).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(found('@Ann, @ann marie! @zoë'), ['@Ann', '@ann marie', '@zoë']);
  assert.deepEqual(found('mail@Ann @Anna @ @Bob'), []);
  assert.ok(isMentioned('hi @ZOË', 'Zoë') && !isMentioned('hi Zoë', 'Zoë') && !isMentioned('@', ''));
  assert.deepEqual(begun('hi @an', names), { start: 3, names: ['Ann', 'Ann Marie'] });
  assert.deepEqual(begun('hi @ann ', names), { start: 3, names: ['Ann Marie'] });
  assert.equal(begun('a@an', names), null);
  assert.equal(mentions('@Ann '.repeat(5000), names).length, 50);
});

test('what was said is kept as text: who, when, and every line of it', () => {
  const entry = { kind: '', time: new Date(0), username: 'Ann', value: 'one\n\ntwo', dest: '' };
  const text = asText([entry, { ...entry, kind: 'note' }, { ...entry, value: 'three' }], ({ username }) => username, (time) => String(+time));
  assert.equal(text, '[0] Ann\n    one\n    \n    two\n\n[0] Ann\n    three\n');
  assert.equal(excerpt('a\n b\t c'), 'a b c');
  assert.equal([...excerpt('😀'.repeat(500))].length, 121);
  assert.equal(quoting(entry, 'yes'), '> one two\nyes');
});

test('the arrow keys find lines again, and the draft after the last', () => {
  const past = new Past();
  assert.equal(past.go(-1, 'draft'), null);
  past.add('one');
  past.add('two');
  past.add('two');
  assert.equal(past.go(-1, 'draft'), 'two');
  assert.equal(past.go(-1, 'two'), 'one');
  assert.equal(past.go(-1, 'one'), null);
  assert.equal(past.go(1, 'one'), 'two');
  assert.equal(past.go(1, 'two'), 'draft');
  assert.equal(past.go(1, 'draft'), null);
});
