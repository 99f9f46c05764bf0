import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabases, silentLog } from '../../test/harness.ts';
import { type DatabasePool, openPool } from './database/connect.ts';
import { createLog } from './log.ts';

const complaint = 'Chest pain since Tuesday\nand it runs into the left arm';

describe('a log', () => {
  let pool: DatabasePool;
  beforeAll(async () => {
    pool = openPool({ url: (await cloneDatabases()).main, name: 'main', max: 1, log: silentLog });
    await pool.db.execute(sql`CREATE TABLE notes (text text CONSTRAINT short CHECK (length(text) < 9))`);
  });
  afterAll(() => pool.close());

  /** What is written of an error. */
  function lineOf(err: unknown): string {
    const lines: string[] = [];
    const log = createLog({ env: 'production', logLevel: 'info' }, { write: (line) => void lines.push(line) });
    log.error({ jobId: 'j1', err }, 'job failed');
    return lines.join('');
  }

  it('says which statement failed and why, and nothing of its parameters or of the row', async () => {
    const error = await pool.db.execute(sql`INSERT INTO notes VALUES (${complaint})`).catch((error: unknown) => error);
    expect(String((error as Error).message)).toContain('Chest pain');
    for (const thrown of [
      error,
      new Error('a frame failed', { cause: error }),
      new AggregateError([error], 'some failed'),
    ]) {
      const line = lineOf(thrown);
      expect(line).not.toMatch(/Chest pain|left arm|Failing row/);
      expect(line).toContain('violates check constraint');
      expect(JSON.parse(line)).toMatchObject({ level: 'error', jobId: 'j1', msg: 'job failed' });
    }
    expect(JSON.parse(lineOf(error)).err).toMatchObject({ code: '23514', constraint: 'short' });
  });

  it('says where an error comes from and what is behind it', () => {
    const { err } = JSON.parse(lineOf(new TypeError('no\nsuch thing', { cause: new Error('behind it') })));
    expect(err).toMatchObject({ type: 'TypeError', message: 'no', cause: { type: 'Error', message: 'behind it' } });
    expect(err.stack).toContain('log.test.ts');
  });
});
