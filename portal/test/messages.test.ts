import { readdirSync, readFileSync } from 'node:fs';
import { fieldCodes, problems, specialties } from '@openward/contracts';
import { describe, expect, test } from 'vitest';
import { rules } from '../../server/src/modules/care/red-flags/rules.ts';
import { type Language, languages, type Message, type Messages } from '../src/i18n/catalogue.ts';
import { formatMessage } from '../src/i18n/format-message.ts';

const source = new URL('../src/', import.meta.url);
const names = readdirSync(new URL('i18n/en/', source)).map((file) => file.replace('.ts', ''));

async function load(language: Language, name: string): Promise<Messages> {
  return (await import(`../src/i18n/${language}/${name}.ts`)).messages;
}

const code = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/i18n\/(en|es|de)\//.test(file))
  .map((file) => readFileSync(new URL(file, source), 'utf8'))
  .join('\n');

/** Keys that are put together, `t(`status.${status}`)`: what stands before the value. */
const prefixes = [...code.matchAll(/`([\w.-]+\.)\$\{\w+\}`/g)].map(([, prefix = '']) => prefix);

function textsOf(message: Message): string[] {
  return typeof message === 'string' ? [message] : Object.values(message).filter((text) => text !== undefined);
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe.each(names)('%s', (name) => {
  test('every language has every message, not empty, with the same values in it', async () => {
    const english = await load('en', name);
    for (const language of languages) {
      const messages = await load(language, name);
      expect(Object.keys(messages).sort(), language).toEqual(Object.keys(english).sort());
      for (const [key, message] of Object.entries(messages)) {
        const wanted = placeholders(textsOf(english[key] ?? '').at(-1) ?? '');
        for (const text of textsOf(message)) expect(text.trim(), `${language} ${key}`).not.toBe('');
        expect(placeholders(textsOf(message).at(-1) ?? ''), `${language} ${key}`).toEqual(wanted);
      }
    }
  });

  // Problems, specialties and red flags are looked up by what the server says.
  test.skipIf(['problems', 'specialties', 'flags'].includes(name))('every message is used', async () => {
    const unused = Object.keys(await load('en', name)).filter(
      (key) => !code.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });
});

test('every code of an error and of a field, every specialty of the contract and every red flag has its words', async () => {
  const said = Object.keys(await load('en', 'problems'));
  for (const code of [...Object.keys(problems), 'network', 'timeout', 'unexpected-reply']) expect(said).toContain(code);
  const ofFields = said.filter((key) => key.startsWith('field.'));
  expect(ofFields.toSorted()).toEqual(fieldCodes.map((code) => `field.${code}`).toSorted());
  expect(Object.keys(await load('en', 'specialties')).sort()).toEqual(specialties.map(([code]) => code).sort());
  expect(Object.keys(await load('en', 'flags')).sort()).toEqual(Object.keys(rules).sort());
});

test('values and plurals are put in as the language has them', () => {
  const days = { one: 'in {count} day', other: 'in {count} days' };
  expect(formatMessage(days, { count: 1 }, 'en')).toBe('in 1 day');
  expect(formatMessage(days, { count: 1234 }, 'en')).toBe('in 1,234 days');
  expect(formatMessage('{count} Euro', { count: 1234.5 }, 'de')).toBe('1.234,5 Euro');
  expect(formatMessage('Hello {name}', { name: '{count}' }, 'en')).toBe('Hello {count}');
});
