import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FaultName } from './faults/index.ts';
import type { RoundResult } from './round.ts';
import { writeSummary } from './summary.ts';

function result(more: Partial<RoundResult<FaultName>>): RoundResult<FaultName> {
  const round = {
    events: [],
    database: { rooms: [], members: [], messages: [], versions: [] },
    audit: [],
    withinMs: 10_000,
  };
  const counts = { sent: 10, acked: 9, repeated: 1, delivered: 40, healingMs: 1234, tookMs: 5000 };
  return { fault: 'node-killed', seed: 's', did: [], ...counts, error: null, broken: new Map(), round, ...more };
}

it('a run replaces the rows of its own faults, and the others stay', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openward summary '));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'faults.md');
  const table = async () => (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('| '));

  await writeSummary(file, [result({}), result({ healingMs: 2000 })], new Map([['redis-cut', 'no Redis']]));
  const [, , first = '', second = ''] = await table();
  expect(
    first
      .split(/ *\| */)
      .slice(1, -1)
      .slice(4),
  ).toEqual(['2', '20', '18', '2', '80', '2.0 s', 's', 'holds']);
  expect(second).toContain('left out: no Redis');

  const broken = result({ fault: 'redis-cut', broken: new Map([['dense', ['a hole']]]) });
  await writeSummary(file, [broken], new Map());
  const [, , kept = '', replaced = '', ...more] = await table();
  expect(kept.replace(/ +/g, ' ')).toBe(first.replace(/ +/g, ' '));
  expect(replaced).toContain('**broken in 1**: dense');
  expect(more).toEqual([]);
});
