import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Entry, GroupCommit, type GroupCommitOptions } from './group-commit.ts';

type Item = { key: string; n: number };

/** A database that answers when it is told to. */
function open(options: Partial<GroupCommitOptions<Item, number>> = {}) {
  const groups: { entries: readonly Entry<Item, number>[]; finish(error?: Error): void }[] = [];
  const commit = new GroupCommit<Item, number>({
    write: (entries) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const finish = (error?: Error) => {
        if (error !== undefined) return reject(error);
        for (const entry of entries) entry.resolve(entry.item.n);
        resolve();
      };
      groups.push({ entries, finish });
      return promise;
    },
    keyOf: ({ key }) => key,
    sizeOf: () => 1,
    lanes: 1,
    maxGroup: 100,
    maxWaiting: 1000,
    maxWaitingSize: 1000,
    maxWaitMs: 1000,
    ...options,
  });
  const add = (n: number, key = `${n}`) => commit.add({ key, n });
  const written = () => groups.map(({ entries }) => entries.map(({ item }) => item.n));
  return { add, groups, written };
}

/** Enough for what follows from what has happened. */
async function turns(): Promise<void> {
  for (let count = 0; count < 4; count += 1) await turn();
}

const unavailable = expect.objectContaining({ code: 'unavailable', retryAfterS: 1 });

describe('group commit', () => {
  it('writes what comes alone before anything else of the turn runs, and together what comes meanwhile, in its order', async () => {
    const { add, groups, written } = open();
    const first = add(1);
    await null;
    expect(written()).toEqual([[1]]);
    const others = [add(2), add(3), add(4)];
    await turn();
    expect(written()).toEqual([[1]]);
    groups[0]?.finish();
    expect(await first).toBe(1);
    await turn();
    expect(written()).toEqual([[1], [2, 3, 4]]);
    groups[1]?.finish();
    expect(await Promise.all(others)).toEqual([2, 3, 4]);
  });

  it('never has two groups with the same key under way, and keeps the order of each', async () => {
    const { add, groups, written } = open({ lanes: 2 });
    const all = [add(1, 'a')];
    await turn();
    all.push(add(2, 'a'), add(3, 'b'), add(4, 'a'));
    await turn();
    expect(written()).toEqual([[1], [3]]);
    groups[0]?.finish();
    await turn();
    await turn();
    expect(written()).toEqual([[1], [3], [2, 4]]);
    for (const { finish } of groups) finish();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  });

  it('of one key alone, where that is asked for: what is slow holds up nothing else', async () => {
    const { add, groups, written } = open({ lanes: 2, maxKeys: 1 });
    const all = [add(1, 'slow'), add(2, 'a'), add(3, 'slow'), add(4, 'a'), add(5, 'b')];
    await turns();
    expect(written()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    groups[1]?.finish();
    await turns();
    expect(written()[2]).toEqual([5]);
    groups[0]?.finish();
    groups[2]?.finish();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells a failure to each of its group and to nobody else', async () => {
    const { add, groups } = open();
    const failing = [add(1), add(2)].map((sent) => sent.catch((error: Error) => error.message));
    await turn();
    const later = add(3);
    groups[0]?.finish(new Error('The connection was lost.'));
    expect(await Promise.all(failing)).toEqual(['The connection was lost.', 'The connection was lost.']);
    await turn();
    groups[1]?.finish();
    expect(await later).toBe(3);
  });

  it.each([
    ['number', { maxWaiting: 3 }],
    ['size', { maxWaitingSize: 3 }],
  ])('refuses beyond its bound in %s, and takes more when there is room', async (_what, bound) => {
    const { add, groups, written } = open(bound);
    const taken = [add(0)];
    await turn();
    taken.push(add(1), add(2), add(3));
    await expect(add(4)).rejects.toEqual(unavailable);
    groups[0]?.finish();
    await turns();
    taken.push(add(5));
    groups[1]?.finish();
    await turns();
    groups[2]?.finish();
    expect(await Promise.all(taken)).toEqual([0, 1, 2, 3, 5]);
    expect(written().flat()).toEqual([0, 1, 2, 3, 5]);
  });

  it('refuses instead of writing late', async () => {
    const { add, groups, written } = open({ maxWaitMs: 20 });
    const first = add(1);
    await turn();
    const late = add(2).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 30));
    groups[0]?.finish();
    expect(await late).toEqual(unavailable);
    expect(await first).toBe(1);
    expect(written()).toEqual([[1]]);
  });

  it('splits what is more than a group holds', async () => {
    const { add, groups, written } = open({ maxGroup: 2, lanes: 3 });
    const all = [add(1), add(2), add(3), add(4), add(5)];
    for (let index = 0; index < 4; index += 1) await turn();
    expect(written()).toEqual([[1, 2], [3, 4], [5]]);
    for (const { finish } of groups) finish();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5]);
  });
});
