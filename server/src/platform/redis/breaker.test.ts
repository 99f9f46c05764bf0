import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/harness.ts';
import { Breaker } from './breaker.ts';
import { RedisAway } from './connect.ts';

describe('those who wait for Redis', () => {
  it('leave when it is found to be away, all of them and nobody who has an answer, in whatever order those came', async () => {
    for (let trial = 0; trial < 100; trial += 1) {
      const breaker = new Breaker({ log: silentLog, probe: async () => {}, limitMs: 60_000, probeEveryMs: 60_000 });
      const questions = Array.from({ length: 20 }, () => Promise.withResolvers<number>());
      const outcomes = questions.map(({ promise }, n) =>
        breaker.run(() => promise).catch((error: Error) => [n, error]),
      );
      const order = questions.map((_, n) => [Math.random(), n] as const).sort(([one], [other]) => one - other);
      const answered = order.slice(0, 10).map(([, n]) => n);
      for (const n of answered) {
        questions[n]?.resolve(n);
        await outcomes[n];
      }
      breaker.open(new Error('It is gone.'));
      breaker.close();
      const away = expect.any(RedisAway);
      expect(await Promise.all(outcomes)).toEqual(questions.map((_, n) => (answered.includes(n) ? n : [n, away])));
    }
  }, 10_000);
});
