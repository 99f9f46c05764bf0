import { describe, expect, it } from 'vitest';
import { searchName } from './name-search.ts';

const letters = [...'abxyz'];

/** Every word that differs from it in one slip. */
function misspelt(word: string): string[] {
  const all = [...word];
  return all
    .flatMap((_, at) => [
      ...letters.flatMap((letter) => [all.with(at, letter), all.toSpliced(at, 0, letter), [...all, letter]]),
      all.toSpliced(at, 1),
      ...(at === 0 ? [] : [all.with(at - 1, all[at] ?? '').with(at, all[at - 1] ?? '')]),
    ])
    .map((one) => one.join(''));
}

/** LIKE, of patterns that have % at both ends. */
const has = (name: string, parts: readonly string[]) => parts.some((part) => name.includes(part.slice(1, -1)));

describe('what is there of a name with a slip', () => {
  it.each(['noel', 'maria', 'garcia', 'wallander'])('is there of all that %s is found for', (word) => {
    const [{ pattern, parts } = { pattern: '', parts: [] }] = searchName(word).forgiving ?? [];
    const names = [word, `${word}nna`, ...misspelt(word)].map((one) => ` ana ${one} bo `);
    expect(names.filter((name) => !new RegExp(pattern, 'u').test(name))).toEqual([]);
    expect(names.filter((name) => !has(name, parts))).toEqual([]);
    expect(has(` ana ${[...word].toReversed().join('')} bo `, parts)).toBe(false);
  });
});
