import { useSyncExternalStore } from 'react';
import { type Language, languages, type Messages, type Namespace } from './catalogue.ts';
import { readKept, writeKept } from './kept.ts';

const files = import.meta.glob<{ messages: Messages }>('./{en,es,de}/*.ts');
const asked = new Map<string, Promise<Messages>>();
const listeners = new Set<() => void>();

let current = detectLanguage();
document.documentElement.lang = current;

/** What was chosen here before, else the first of the browser's languages that there is. */
function detectLanguage(): Language {
  const wanted = [readKept('language'), ...navigator.languages.map((tag) => tag.split('-')[0] ?? '')];
  return (
    wanted.map((tag) => languages.find((language) => language === tag)).find((found) => found !== undefined) ?? 'en'
  );
}

export function currentLanguage(): Language {
  return current;
}

/** The person's own variety of the language where the browser names one, for dates and numbers: `en-GB`. */
export function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** Switches when all texts that the page has in use are there in the new language: nothing blinks. */
export async function setLanguage(language: Language): Promise<void> {
  const inUse = new Set([...asked.keys()].map((key) => key.split('/')[1] as Namespace));
  await Promise.all([...inUse].map((namespace) => loadMessages(namespace, language)));
  current = language;
  document.documentElement.lang = language;
  writeKept('language', language);
  for (const listener of listeners) listener();
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, currentLanguage);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Loads a file of messages once. What did not arrive is asked for again by the next caller. */
export function loadMessages(namespace: Namespace, language = current): Promise<Messages> {
  const key = `${language}/${namespace}`;
  const known = asked.get(key);
  if (known !== undefined) return known;
  const promise = read(key);
  asked.set(key, promise);
  promise.then(
    // These marks are how `use` knows what is there: it then reads without waiting a turn.
    (value) => Object.assign(promise, { status: 'fulfilled', value }),
    () => asked.delete(key),
  );
  return promise;
}

async function read(key: string): Promise<Messages> {
  const load = files[`./${key}.ts`];
  if (load === undefined) throw new Error(`There is no file of messages ${key}.ts.`);
  return (await load()).messages;
}
