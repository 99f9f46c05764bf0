import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';

describe('changes that may take something from a session', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const changes: [name: string, change: (person: Person) => ReturnType<typeof sql>, recorded: boolean][] = [
    [
      'its end',
      ({ sessionId }) => sql`UPDATE sessions SET ended_at = now(), ended_because = 'x' WHERE id = ${sessionId}`,
      true,
    ],
    ['a nearer end', ({ sessionId }) => sql`UPDATE sessions SET expires_at = now() WHERE id = ${sessionId}`, true],
    ['its deletion', ({ sessionId }) => sql`DELETE FROM sessions WHERE id = ${sessionId}`, true],
    ['another role', ({ id }) => sql`UPDATE accounts SET role = 'patient', approved_at = NULL WHERE id = ${id}`, true],
    ['no approval', ({ id }) => sql`UPDATE accounts SET approved_at = NULL WHERE id = ${id}`, true],
    ['a second factor', ({ id }) => sql`UPDATE accounts SET mfa_enabled_at = now() WHERE id = ${id}`, true],
    [
      'a ban',
      ({ id }) =>
        sql`INSERT INTO bans (id, account_id, reason, banned_by) VALUES (gen_random_uuid(), ${id}, 'x', ${id})`,
      true,
    ],
    ['being seen', ({ sessionId }) => sql`UPDATE sessions SET last_seen_at = now() WHERE id = ${sessionId}`, false],
    [
      'a later end',
      ({ sessionId }) => sql`UPDATE sessions SET expires_at = expires_at + interval '1 day' WHERE id = ${sessionId}`,
      false,
    ],
    ['another name', ({ id }) => sql`UPDATE accounts SET full_name = 'Other' WHERE id = ${id}`, false],
  ];

  it.each(changes)('%s is written down, and nothing else', async (_name, change, recorded) => {
    const doctor = await server.people.doctor();
    await server.ctx.db.execute(change(doctor));
    const rows = sql`SELECT count(*) AS n FROM session_changes WHERE account_id = ${doctor.id}`;
    expect(await countOf(server.ctx, rows)).toBe(recorded ? 1 : 0);
  });
});
