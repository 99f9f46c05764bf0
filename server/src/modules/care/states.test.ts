import type { RequestStatus } from '@openward/contracts';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { transitions } from './states.ts';

let server: TestServer;
let patient: Person;
let doctors: [Person, Person];
beforeAll(async () => {
  server = await startTestServer();
  patient = await server.people.patient();
  doctors = [
    await server.people.doctor({ specialty: 'hepatology' }),
    await server.people.doctor({ specialty: 'hepatology' }),
  ];
});
afterAll(() => server.stop());

/** What the request should be, kept beside the real one. `holder`: which of the two doctors has it. */
type Model = { status: RequestStatus; holder: 0 | 1 | null; diagnoses: number; rated: boolean };
type Command = { act: 'accept' | 'decline' | 'release' | 'diagnose' | 'close' | 'cancel' | 'rate'; by: 0 | 1 };

const command = fc.record<Command>({
  act: fc.constantFrom('accept', 'decline', 'release', 'diagnose', 'close', 'cancel', 'rate'),
  by: fc.constantFrom(0, 1),
});

describe('the states of a request', () => {
  it('are never left but by the table of transitions, whatever is tried in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 14 }), async (commands) => {
        const { body } = await patient.api('POST', '/requests', {
          specialty: 'hepatology',
          complaint: 'Tired',
          urgency: 'routine',
        });
        let model: Model = { status: 'submitted', holder: null, diagnoses: 0, rated: false };
        for (const next of commands) {
          const { status, after } = expected(model, next);
          const answer = await perform(body.id, next);
          expect({ ...next, from: model.status, status: answer.status, code: answer.body.code }).toMatchObject({
            status,
          });
          model = after;
          const { body: now } = await patient.api('GET', `/requests/${body.id}`);
          expect(now.status).toBe(model.status);
          expect(now.doctor?.id ?? null).toBe(model.holder === null ? null : doctors[model.holder].id);
          expect(now.diagnoses).toHaveLength(model.diagnoses);
          expect(now.rating !== null).toBe(model.rated);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are guarded by Postgres too: an illegal jump is refused below the code', async () => {
    const statuses: RequestStatus[] = ['submitted', 'accepted', 'diagnosed', 'closed', 'cancelled', 'declined'];
    const legal = new Set(Object.values(transitions).flatMap(({ from, to }) => from.map((state) => `${state}>${to}`)));
    const { body } = await patient.api('POST', '/requests', {
      specialty: 'hepatology',
      complaint: 'Tired',
      urgency: 'routine',
    });
    for (const to of statuses.filter((status) => status !== 'submitted')) {
      const jump = server.ctx.db.execute(sql`
        UPDATE care_requests SET status = ${to}, doctor_id = ${doctors[0].id}, open_to_specialty = false, accepted_at = now(),
          diagnosed_at = ${to === 'diagnosed' || to === 'closed' ? sql`now()` : null},
          closed_at = ${['closed', 'cancelled', 'declined'].includes(to) ? sql`now()` : null}
        WHERE id = ${body.id}`);
      if (legal.has(`submitted>${to}`)) continue;
      await expect(jump, `submitted to ${to}`).rejects.toMatchObject({ cause: { code: '23514' } });
    }
    await expect(
      server.ctx.db.execute(sql`UPDATE care_requests SET complaint = 'changed' WHERE id = ${body.id}`),
    ).rejects.toMatchObject({ cause: { code: '23514' } });
  });
});

/** The contract, as a function: what a command answers, and what the request is after it. */
function expected(model: Model, { act, by }: Command): { status: number; after: Model } {
  const { status, holder } = model;
  const same = (code: number) => ({ status: code, after: model });
  const mine = holder === by;
  const open = status === 'submitted';
  const visible = mine || open;
  switch (act) {
    case 'accept':
      if (open) return { status: 200, after: { ...model, status: 'accepted', holder: by } };
      return same(mine && (status === 'accepted' || status === 'diagnosed') ? 200 : 409);
    case 'decline':
      return same(visible ? 409 : 404);
    case 'release':
      if (mine && status === 'accepted') return { status: 200, after: { ...model, status: 'submitted', holder: null } };
      return same(visible ? 409 : 404);
    case 'diagnose':
      if (mine && (status === 'accepted' || status === 'diagnosed')) {
        return { status: 201, after: { ...model, status: 'diagnosed', diagnoses: model.diagnoses + 1 } };
      }
      return same(visible ? 409 : 404);
    case 'close':
      if (mine && status === 'diagnosed') return { status: 200, after: { ...model, status: 'closed' } };
      return same(visible ? 409 : 404);
    case 'cancel':
      return open ? { status: 200, after: { ...model, status: 'cancelled' } } : same(409);
    case 'rate':
      if ((status === 'diagnosed' || status === 'closed') && !model.rated)
        return { status: 201, after: { ...model, rated: true } };
      return same(409);
  }
}

function perform(id: string, { act, by }: Command) {
  const doctor = doctors[by].api;
  switch (act) {
    case 'accept':
    case 'close':
      return doctor('POST', `/requests/${id}/${act}`);
    case 'decline':
    case 'release':
      return doctor('POST', `/requests/${id}/${act}`, { reason: 'Away' });
    case 'diagnose':
      return doctor('POST', `/requests/${id}/diagnoses`, {
        title: 'Hepatitis',
        description: 'Inflamed',
        recommendations: 'Rest',
      });
    case 'cancel':
      return patient.api('POST', `/requests/${id}/cancel`, {});
    case 'rate':
      return patient.api('POST', `/requests/${id}/rating`, { stars: 4 });
  }
}
