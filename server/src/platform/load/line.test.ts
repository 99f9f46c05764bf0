import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Line } from './line.ts';

describe('a line', () => {
  it('lets so many in at once, the others in the order of coming, and each in a context of its own', async () => {
    const line = new Line(3);
    const names = new AsyncLocalStorage<number>();
    const [begun, seen]: [number[], (number | undefined)[]] = [[], []];
    let [inside, mostInside] = [0, 0];
    const call = (n: number) =>
      names.run(n, () =>
        line.through(async () => {
          begun.push(n);
          seen.push(names.getStore());
          inside += 1;
          mostInside = Math.max(mostInside, inside);
          await turn();
          inside -= 1;
          return 2 * n;
        }),
      );
    const all = Array.from({ length: 100 }, (_, n) => n);
    expect(await Promise.all(all.map(call))).toEqual(all.map((n) => 2 * n));
    // A second crowd finds as many places as the first.
    await Promise.all(all.map(call));
    expect(mostInside).toBe(3);
    expect(begun).toEqual([...all, ...all]);
    expect(seen).toEqual(begun);
  });

  it('goes on after work that failed, at once or later, and lets nobody past who waits', async () => {
    const line = new Line(1);
    const begun: string[] = [];
    const call = (name: string, work: () => Promise<unknown>) =>
      line.through(() => {
        begun.push(name);
        return work();
      });
    const first = call('first', () => turn().then(() => Promise.reject(new Error('late'))));
    const second = call('second', () => {
      throw new Error('at once');
    });
    const third = first.catch(() => call('third', turn));
    await expect(first).rejects.toThrow('late');
    await expect(second).rejects.toThrow('at once');
    await third;
    await call('fourth', turn);
    expect(begun).toEqual(['first', 'second', 'third', 'fourth']);
  });
});
