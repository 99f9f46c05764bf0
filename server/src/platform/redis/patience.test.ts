import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Patience, TooSlow } from './patience.ts';

const never = new Promise<never>(() => {});
const outcome = (waiting: Promise<unknown>) => waiting.then(String, (error: Error) => error.constructor.name);

describe('who waits for Redis', () => {
  it('is told at the end of their own time, whoever else waits longer or began before', async () => {
    const patience = new Patience();
    const [startedAt, left] = [performance.now(), new Map<number, number>()];
    const waiting = [400, 40, 400, 200, 20].map(async (limitMs) => {
      await expect(patience.wait(never, limitMs)).rejects.toThrow(TooSlow);
      left.set(limitMs, performance.now() - startedAt);
    });
    await Promise.all(waiting);
    expect([...left.keys()]).toEqual([20, 40, 200, 400]);
    for (const [limitMs, afterMs] of left) expect(afterMs).toBeGreaterThanOrEqual(limitMs);
    expect(left.get(20)).toBeLessThan(200);
  });

  it('gets the answer that came in time, and no other ends with it', async () => {
    const patience = new Patience();
    const [first, second] = [patience.wait(never, 60), patience.wait(sleep(10, 'answered'), 60)].map(outcome);
    expect(await second).toBe('answered');
    expect(await first).toBe('TooSlow');
  });

  it('is not told that Redis is slow where it was this process: what came meanwhile is the answer', async () => {
    const patience = new Patience();
    // It comes when this process has time again, in another turn than the look.
    const answer = patience.wait(sleep(84, 'answered'), 20);
    const untilMs = performance.now() + 80;
    while (performance.now() < untilMs);
    expect(await outcome(answer)).toBe('answered');
  });

  it('leaves at once when told to, all of them, and whoever comes later waits as ever', async () => {
    const patience = new Patience();
    const waiting = [50, 1000, 1000].map((limitMs) => outcome(patience.wait(never, limitMs)));
    patience.end(new RangeError('It is gone.'));
    expect(await Promise.all(waiting)).toEqual(['RangeError', 'RangeError', 'RangeError']);
    expect(await outcome(patience.wait(sleep(5, 'answered'), 100))).toBe('answered');
    expect(await outcome(patience.wait(never, 20))).toBe('TooSlow');
  });
});
