import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { best } from '../../../static/base/language.js';
import { untranslated } from '../../../scripts/texts.js';
import { LANGUAGES, PARTS, source, table } from './tables.js';

const ROOT = new URL('../../../', import.meta.url);
const STATIC = new URL('static/', ROOT);
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
const files = (path, ending) =>
  readdirSync(new URL(path, ROOT), { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => path + name);

const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
const forms = (entry) => (typeof entry === 'string' ? { other: entry } : entry);

for (const tag of LANGUAGES) {
  test(`${tag}: its tag is one, and it says its name and its direction`, () => {
    assert.deepEqual(Intl.getCanonicalLocales(tag), [tag]);
    const { 'language.name': name, 'language.dir': dir } = table(tag, ['server']);
    assert.ok(name.trim());
    const { script } = new Intl.Locale(tag).maximize();
    assert.equal(dir, ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm'].includes(script) ? 'rtl' : 'ltr');
  });

  for (const part of PARTS) {
    const english = table('en', [part]);
    const texts = table(tag, [part]);

    test(`${tag}/${part}: no text is missing, none is left over, none is there twice`, () => {
      assert.deepEqual(Object.keys(english).filter((key) => !(key in texts)), []);
      assert.deepEqual(Object.keys(texts).filter((key) => !(key in english)), []);
      const keys = [...source(tag, part).matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
      assert.deepEqual(keys, Object.keys(texts));
    });

    test(`${tag}/${part}: each text has the places of the English one`, () => {
      for (const [key, entry] of Object.entries(texts))
        assert.equal(places(forms(entry).other), places(forms(english[key]).other), key);
    });

    test(`${tag}/${part}: a text with a number has each form of the language, and says the number where more than one has that form`, () => {
      const rules = new Intl.PluralRules(tag);
      const { pluralCategories } = rules.resolvedOptions();
      for (const [key, entry] of Object.entries(texts)) {
        assert.equal(typeof entry, typeof english[key], key);
        if (typeof entry === 'string') continue;
        assert.deepEqual(Object.keys(entry).sort(), [...pluralCategories].sort(), key);
        for (const [category, text] of Object.entries(entry)) {
          const numbers = Array.from({ length: 200 }, (_, count) => count).filter((count) => rules.select(count) === category);
          const wanted = places(entry.other).split(',').filter((name) => name !== 'count' || numbers.length !== 1);
          const said = places(text).split(',');
          assert.deepEqual(wanted.filter((name) => !said.includes(name)), [], `${key} ${category}`);
        }
      }
    });

    test(`${tag}/${part}: texts are plain and typeset`, () => {
      for (const [key, entry] of Object.entries(texts)) {
        for (const text of Object.values(forms(entry))) {
          assert.match(text, /^\S(.*\S)?$/s, `${key}: space at an end`);
          assert.doesNotMatch(text, /[<>]|&\w+;|\.\.\.|["']| {2}|\u2026\./, key);
          assert.doesNotMatch(text.replace(/\{\w+\}/g, ''), /[{}]/, `${key}: brace`);
        }
      }
    });

    test(`${tag}/${part}: every text is translated`, { skip: process.env.TRANSLATED ? false : 'before a release' }, () => {
      assert.deepEqual(tag === 'en' ? [] : untranslated(tag, `${part}.json`), []);
    });
  }
}

/** Strings in code, and the shapes of those that are made: `a.${b}` is any key that begins with "a.". */
function strings(code) {
  const literals = [...code.matchAll(/'([\w-]+(?:\.[\w-]+)*)'/g)].map(([, text]) => text);
  const shapes = [...code.matchAll(/`([\w-]+(?:\.[\w-]+)*\.\$\{[^`]*)`/g)].map(([, text]) =>
    new RegExp(`^${text.replaceAll('.', '\\.').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '[\\w.-]+?')}$`),
  );
  return { literals: new Set(literals), shapes };
}

const CODE = files('static/', '.js').map((path) => ({ path, ...strings(read(path)) }));
const TEMPLATES = files('server/galene_py/web/templates/', '.html').map(read).join('\n');
const SERVER = [...TEMPLATES.matchAll(/\bt\("([\w.-]+)"(?: ~ \w+(?: ~ "([\w.]+)")?)?/g)].map(([, head, tail]) => ({ head, tail }));

test('every text is used', () => {
  const inCode = (key) => CODE.some(({ literals, shapes }) => literals.has(key) || shapes.some((shape) => shape.test(key)));
  const inPages = (key) =>
    key.startsWith('language.') ||
    SERVER.some(({ head, tail }) => head === key || (head.endsWith('.') && key.startsWith(head) && key.endsWith(tail ?? '')));
  assert.deepEqual(Object.keys(table()).filter((key) => !inCode(key) && !inPages(key)), []);
});

test('every text that is asked for is there, also those whose keys are made', () => {
  const keys = Object.keys(table());
  for (const path of files('static/', '.js')) {
    for (const [, key] of read(path).matchAll(/(?<![\w.])t(?:ext)?\(\s*'([^']+)'/g)) assert.ok(keys.includes(key), `${path}: ${key}`);
    for (const [whole] of read(path).matchAll(/(?<![\w.])t(?:ext)?\(\s*`[^`]*`/g))
      for (const shape of strings(whole).shapes) assert.ok(keys.some((key) => shape.test(key)), `${path}: ${whole}`);
  }
  for (const { head } of SERVER) assert.ok(keys.some((key) => key.startsWith(head)), head);
});

/** All modules that a page may load, by and by. */
function modules(entry) {
  const found = [new URL(entry, STATIC)];
  for (const url of found)
    for (const [, address] of readFileSync(url, 'utf8').matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.[^']+\.js)'/g)) {
      const next = new URL(address, url);
      if (!found.some(({ href }) => href === next.href)) found.push(next);
    }
  return found;
}

const PAGES = ['main.js', 'base/reword.js', ...files('static/pages/', '.js').map((path) => path.replace('static/', ''))].filter(
  (path) => path.split('/').length < 3,
);

for (const page of PAGES) {
  test(`${page} loads the parts that its texts are in`, () => {
    const codes = modules(page).map((url) => readFileSync(url, 'utf8').replace(/\/\*.*?\*\//gs, ''));
    const loaded = codes.flatMap((code) => [...code.matchAll(/loadTexts\(([^)]*)\)/g)].flatMap(([, names]) => names.match(/\w+/g) ?? []));
    const keys = Object.keys(table('en', loaded.filter((name) => PARTS.includes(name))));
    for (const code of codes)
      for (const [, key] of code.matchAll(/(?<![\w.])t(?:ext)?\(\s*'([^']+)'/g)) assert.ok(keys.includes(key), key);
  });
}

test('everybody gets the first of their languages that there is, and English where none is', () => {
  const have = ['en', 'de', 'pt-BR', 'zh-Hans', 'zh-Hant-HK', 'ar'];
  const of = (...wanted) => best(wanted, have).tag;
  assert.equal(of('de-AT', 'en'), 'de');
  assert.equal(of('fr', 'pt-PT', 'de'), 'pt-BR');
  assert.equal(of('zh-CN'), 'zh-Hans');
  assert.equal(of('zh-TW'), 'zh-Hant-HK');
  assert.equal(of('ar-EG'), 'ar');
  assert.equal(of('', 'en-US@posix', 'fi'), 'en');
  assert.equal(of(), 'en');
  assert.deepEqual(best(['en-AU', 'de'], have), { tag: 'en', locale: 'en-AU' });
});
