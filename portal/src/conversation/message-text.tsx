import { Fragment } from 'react';
import css from './message.module.css';

const links = /https?:\/\/[^\s<>"']+/g;
/** What ends a sentence is not part of the address in it. */
const trailing = /[.,;:!?)\]}'"]+$/;

type Part = { at: number; text: string; href?: string };

/** A message as it was written: addresses can be followed, words that were looked for are marked, nothing is markup. */
export function MessageText({ text, words }: { text: string; words: readonly string[] }) {
  return (
    <p className={css['text']} dir="auto">
      {partsOf(text).map(({ at, text, href }) =>
        href === undefined ? (
          <Marked key={at} text={text} words={words} />
        ) : (
          <a key={at} href={href} target="_blank" rel="noopener noreferrer nofollow">
            <Marked text={text} words={words} />
          </a>
        ),
      )}
    </p>
  );
}

/** The words of a search within a text. Accents and capitals do not count, as on the server. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  if (words.length === 0) return text;
  return rangesOf(text, words).map(({ from, to, isHit }) =>
    isHit ? <mark key={from}>{text.slice(from, to)}</mark> : <Fragment key={from}>{text.slice(from, to)}</Fragment>,
  );
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(links)) {
    const address = found.replace(trailing, '');
    if (!URL.canParse(address)) continue;
    if (index > at) parts.push({ at, text: text.slice(at, index) });
    parts.push({ at: index, text: address, href: address });
    at = index + address.length;
  }
  if (at < text.length) parts.push({ at, text: text.slice(at) });
  return parts;
}

function rangesOf(text: string, words: readonly string[]): { from: number; to: number; isHit: boolean }[] {
  const { folded, places } = fold(text);
  const hits = words
    .flatMap((word) => {
      const found: [number, number][] = [];
      for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
        found.push([places[at] ?? 0, places[at + word.length] ?? text.length]);
      }
      return found;
    })
    .sort(([one], [other]) => one - other);
  const ranges: { from: number; to: number; isHit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of hits) {
    if (from < at) continue;
    if (from > at) ranges.push({ from: at, to: from, isHit: false });
    ranges.push({ from, to, isHit: true });
    at = to;
  }
  if (at < text.length) ranges.push({ from: at, to: text.length, isHit: false });
  return ranges;
}

/** A text without accents and capitals, and where each of its letters stood. */
function fold(text: string): { folded: string; places: number[] } {
  let folded = '';
  const places: number[] = [];
  let at = 0;
  for (const letter of text) {
    const plain = letter.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
    for (let index = 0; index < plain.length; index++) places.push(at);
    folded += plain;
    at += letter.length;
  }
  places.push(text.length);
  return { folded, places };
}

/** What somebody entered → the words to look for. */
export function wordsOf(q: string): string[] {
  return fold(q)
    .folded.split(/\s+/)
    .filter((word) => word !== '');
}
