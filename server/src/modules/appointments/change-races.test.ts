import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { codeOf, untilServed } from '../../../test/http.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { book, freeSlots, openDoctor } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  // Nobody works: what is raced is the calls.
  server = await startTestServer({ roles: ['api'] });
});
afterAll(() => server.stop());

describe('at the same moment, a hundred times,', () => {
  it('two moves to one slot let one in', async () => {
    const doctor = await openDoctor(server);
    // Ten pairs side by side, each after slots of its own.
    const racers = await inTwenties(Array(20).fill(doctor), () => [server.people.patient()]);
    const [first] = racers;
    if (first === undefined) throw new Error('Nobody is there to race.');
    const starts = await freeSlots(first, doctor);
    // One after the other, as a doctor's schedule takes them in any case.
    const ids: string[] = [];
    for (const [index, patient] of racers.entries()) {
      const { status, body } = await book(patient, doctor, starts[index] ?? '');
      expect([status, body.code]).toEqual([201, undefined]);
      ids.push(body.id);
    }
    await server.ctx.db.execute(sql`UPDATE appointments SET moves = -100 WHERE doctor_id = ${doctor.id}`);
    const slots = (await freeSlots(first, doctor, 10)).slice(0, 100);
    expect(slots).toHaveLength(100);
    const race = async (pair: number) => {
      for (const startsAt of slots.slice(pair * 10, pair * 10 + 10)) {
        const move = (patient: Person, one: number) =>
          untilServed(() => patient.api('POST', `/appointments/${ids[one]}/move`, { startsAt }));
        const two = [...racers.entries()].slice(pair * 2, pair * 2 + 2);
        const answers = await Promise.all(two.map(([one, patient]) => move(patient, one)));
        expect(answers.map(codeOf).toSorted()).toEqual([
          [200, undefined],
          [409, 'slot-taken'],
        ]);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, pair) => race(pair)));
  });

  it('a move and a cancel leave one appointment in one state that all agree on', async () => {
    /** Whether the move came first, in ten races one after the other. */
    const race = async (): Promise<boolean[]> => {
      const [patient, doctor] = await Promise.all([server.people.patient(), openDoctor(server)]);
      const [slot = '', startsAt = ''] = (await freeSlots(patient, doctor)).slice(1);
      const movesFirst: boolean[] = [];
      for (let trial = 0; trial < 10; trial += 1) {
        const { id, requestId } = (await book(patient, doctor, slot)).body;
        const move = () => patient.api('POST', `/appointments/${id}/move`, { startsAt });
        const cancel = () => patient.api('POST', `/appointments/${id}/cancel`, {});
        // Each is called first every other time.
        const [cancelled, moved] =
          trial % 2 === 0
            ? await Promise.all([cancel(), move()])
            : (await Promise.all([move(), cancel()])).toReversed();
        expect([cancelled?.status, [200, 409].includes(moved?.status ?? 0)]).toEqual([200, true]);
        const after = (await patient.api('GET', `/appointments/${id}`)).body;
        expect([after.status, after.startsAt]).toEqual(['cancelled', moved?.status === 200 ? startsAt : slot]);
        expect((await patient.api('GET', `/requests/${requestId}`)).body.status).toBe('cancelled');
        movesFirst.push(moved?.status === 200);
      }
      expect(await freeSlots(patient, doctor)).toEqual(expect.arrayContaining([slot, startsAt]));
      return movesFirst;
    };
    const moved = (await Promise.all(Array.from({ length: 10 }, race))).flat();
    expect(moved).toHaveLength(100);
    // Both orders came up, or the race was none.
    expect(new Set(moved)).toEqual(new Set([true, false]));
  });
});
