import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { languages } from '@openward/contracts';
import { expect, test } from 'vitest';
import { fill, greetings, type MailText } from '../src/platform/mail/mail-texts.ts';

type Texts = string | { readonly [key: string]: Texts };

const modules = fileURLToPath(new URL('../src/modules/', import.meta.url));
const files = globSync('*/mails/texts/texts.ts', { cwd: modules });

/** Each text with where it stands: `links.verify-email.subject`. */
function textsIn(texts: Texts, path = ''): [path: string, text: string][] {
  if (typeof texts === 'string') return [[path, texts]];
  return Object.entries(texts).flatMap(([key, part]) => textsIn(part, `${path}.${key}`));
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w*)\}/g)].map(([, name]) => name).sort();

test.each([
  ['greetings', async () => greetings as Record<string, Texts>] as const,
  ...files.map(
    (file) => [file, async () => (await import(`${modules}${file}`)).texts as Record<string, Texts>] as const,
  ),
])('%s: no text is missing or empty in a language, and each has the values of the English one', async (_, load) => {
  const texts = await load();
  expect(Object.keys(texts).sort()).toEqual([...languages].sort());
  const english = new Map(textsIn(texts['en'] ?? ''));
  expect(english.size).toBeGreaterThan(1);
  for (const language of languages) {
    const own = textsIn(texts[language] ?? '');
    expect(own.map(([path]) => path).sort(), language).toEqual([...english.keys()].sort());
    for (const [path, text] of own) {
      expect(text.trim(), `${language} ${path}`).not.toBe('');
      expect(placeholders(text), `${language} ${path}`).toEqual(placeholders(english.get(path) ?? ''));
    }
  }
});

test('what writes mails holds no words of its own', () => {
  const sources = globSync('**/*.ts', { cwd: modules, exclude: ['**/*.test.ts'] });
  const writing = sources.filter((file) => /defineMail</.test(readFileSync(modules + file, 'utf8')));
  expect(writing.length).toBeGreaterThan(8);
  const words = /(subject|text): ['`]|paragraphs: \[\s*['`]/;
  expect(writing.filter((file) => words.test(readFileSync(modules + file, 'utf8')))).toEqual([]);
});

test('a text gets its values, numbers as the language writes them and in the form that it has for them', () => {
  const text: MailText = { one: '{count} code, {name}', other: '{count} codes, {name}' };
  expect(fill('en', text, { count: 1, name: '{count}' })).toBe('1 code, {count}');
  expect(fill('de', text, { count: 12_345, name: 'Ana' })).toBe('12.345 codes, Ana');
  expect(() => fill('es', 'Hola, {name}', {})).toThrow('{name}');
});
