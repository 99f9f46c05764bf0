import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { diagnosed } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe('requests that many read at one moment', () => {
  it('are each shown to those alone who may see them, and each look is in the audit, a hundred times', async () => {
    const own = await Promise.all([diagnosed(server), diagnosed(server), diagnosed(server)]);
    const people = own.flatMap(({ patient, doctor }) => [patient, doctor]);
    const looks = people.flatMap((person) => own.map((one) => ({ person, one })));
    const mayLook = ({ person, one }: (typeof looks)[number]) =>
      person.id === one.patient.id || person.id === one.doctor.id;
    const look = async ({ person, one }: (typeof looks)[number]) => {
      const { status, body } = await person.api('GET', `/requests/${one.requestId}`);
      return status === 200 ? [body.id, body.patient.id, body.diagnoses[0].id] : status;
    };
    const before = await entriesOf(people);
    for (let trial = 0; trial < 100; trial += 1) {
      const seen = await Promise.all(looks.map(look));
      expect(seen).toEqual(
        looks.map(({ person, one }) =>
          mayLook({ person, one }) ? [one.requestId, one.patient.id, one.diagnosisId] : 404,
        ),
      );
    }
    const after = await entriesOf(people);
    expect(after.ok - before.ok).toBe(100 * looks.filter(mayLook).length);
    expect(after.denied - before.denied).toBe(100 * looks.filter((one) => !mayLook(one)).length);
  });

  it('take a statement for all of them and one for the audit, not two each', async () => {
    const { patient, requestId } = await diagnosed(server);
    const callers = Array.from({ length: 20 }, () => patient.api('GET', `/requests/${requestId}`));
    const { names, stop } = recordStatements(server.urls.main);
    expect((await Promise.all(callers)).map(({ status }) => status)).toEqual(callers.map(() => 200));
    stop();
    const sent = (name: string) => names().filter((one) => one === name).length;
    expect(sent('requests_seen_by_patient')).toBeLessThan(10);
    expect(sent('audit_entries')).toBeLessThan(10);
  });
});

async function entriesOf(people: readonly Person[]): Promise<{ ok: number; denied: number }> {
  const ids = people.map(({ id }) => id);
  const { rows } = await server.ctx.db.execute<{ ok: number; denied: number }>(sql`
    SELECT count(*) FILTER (WHERE outcome = 'ok')::int AS ok, count(*) FILTER (WHERE outcome = 'denied')::int AS denied
    FROM audit_log WHERE action = 'record.read' AND actor_id = ANY(${sql.param(ids)}::uuid[])`);
  return rows[0] ?? { ok: 0, denied: 0 };
}
