import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

describe('what is asked for in one turn', () => {
  it('is asked for together, in groups of the most that go together, and each is told its own', async () => {
    const groups: number[][] = [];
    const double = gather(async (asked: readonly number[]) => {
      groups.push([...asked]);
      return asked.map((n) => 2 * n);
    }, 3);
    expect(await Promise.all([1, 2, 3, 4, 3].map(double))).toEqual([2, 4, 6, 8, 6]);
    expect(await double(5)).toBe(10);
    expect(groups).toEqual([[1, 2, 3], [4, 3], [5]]);
  });

  it('is on its way as soon as the most that go together are there', () => {
    const groups: number[][] = [];
    const ask = gather(async (asked: readonly number[]) => {
      groups.push([...asked]);
      return asked;
    }, 2);
    for (const n of [1, 2, 3]) void ask(n);
    expect(groups).toEqual([[1, 2]]);
  });

  it('waits for nothing that was asked for before', async () => {
    const asked: number[][] = [];
    const never = gather((group: readonly number[]) => {
      asked.push([...group]);
      return Promise.withResolvers<number[]>().promise;
    }, 10);
    void never(1);
    await turn();
    void never(2);
    await turn();
    expect(asked).toEqual([[1], [2]]);
  });

  it('fails for one where only that one is wrong, and for all where all is', async () => {
    const ask = gather(async (asked: readonly string[]) => {
      if (asked.includes('no answer')) throw new Error('It is away.');
      return asked.map((word) => (word === 'wrong' ? new Error('It is wrong.') : word));
    }, 10);
    const outcome = (words: string[]) =>
      Promise.all(words.map((word) => ask(word).catch((error: Error) => error.message)));
    expect(await outcome(['a', 'wrong', 'b'])).toEqual(['a', 'It is wrong.', 'b']);
    expect(await outcome(['a', 'no answer'])).toEqual(['It is away.', 'It is away.']);
    expect(await outcome(['a'])).toEqual(['a']);
  });
});
