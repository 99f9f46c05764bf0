import { describe, expect, it } from 'vitest';
import { silentLog } from '../../test/harness.ts';
import { stopParts } from './stop-parts.ts';

describe('stopping the parts of a process', () => {
  it('goes in order, passes over what hangs or fails, and keeps to the time of all', async () => {
    const done: string[] = [];
    const warned: unknown[] = [];
    const log = Object.assign(Object.create(silentLog), { warn: ({ part }: { part: string }) => warned.push(part) });
    const hangs = () => new Promise(() => {});
    const part = (name: string, stop: () => Promise<unknown>, maxMs = 60) => ({ name, maxMs, stop });
    const startedAt = performance.now();
    await stopParts(
      [
        part('first', async () => done.push('first')),
        part('hangs', hangs),
        part('throws', () => {
          throw new Error('at once');
        }),
        part('fails', () => Promise.reject(new Error('later'))),
        part('hangs longer', hangs, 10_000),
        part('last', async () => done.push('last')),
      ],
      { log, withinMs: 200 },
    );
    expect(done).toEqual(['first', 'last']);
    expect(warned).toEqual(['hangs', 'throws', 'fails', 'hangs longer']);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
