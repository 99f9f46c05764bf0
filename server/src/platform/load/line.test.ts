import { expect, it } from 'vitest';
import { Line } from './line.ts';

it('lets no more than its places work at one time, in the order in which they came, and goes on after those that fail', async () => {
  const line = new Line(3);
  const begun: number[] = [];
  let working = 0;
  let most = 0;
  const work = (n: number) => async () => {
    begun.push(n);
    working += 1;
    most = Math.max(most, working);
    await null;
    await null;
    working -= 1;
    if (n % 2 === 1) throw new Error(`${n}`);
    return n;
  };
  const asked = Array.from({ length: 100 }, (_, n) => line.run(work(n)));
  // Whoever comes while places change hands is behind those who wait.
  const late = Promise.allSettled(asked.slice(0, 1)).then(() => line.run(work(100)));
  const settled = await Promise.allSettled([...asked, late]);
  expect(settled.map(({ status }) => status)).toEqual(
    Array.from({ length: 101 }, (_, n) => (n % 2 === 1 ? 'rejected' : 'fulfilled')),
  );
  expect(most).toBe(3);
  expect(begun).toEqual(Array.from({ length: 101 }, (_, n) => n));
});
