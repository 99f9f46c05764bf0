import type { CareRequest, Doctor } from '@openward/contracts';
import { expectTypeOf, test } from 'vitest';
import type { Calls } from './client.ts';
import { each } from './each.ts';

/** Only the compiler runs this. */
async function typed(calls: Calls): Promise<void> {
  expectTypeOf(await calls.acceptRequest({ id: '1' })).toEqualTypeOf<CareRequest>();
  expectTypeOf(await calls.endSession({ id: '1' })).toEqualTypeOf<undefined>();
  expectTypeOf((await calls.listDoctors()).items).toEqualTypeOf<Doctor[]>();
  for await (const doctor of each(calls.listDoctors, { sort: 'name' })) expectTypeOf(doctor).toEqualTypeOf<Doctor>();
  await calls.getMe({}, { signal: AbortSignal.timeout(1) });
  await calls.listDoctors({ specialty: undefined });
  await calls.rateRequest({ id: '1', stars: 5 }, { idempotencyKey: 'k' });
  await calls.retractMessage({ id: '1', seq: 3 });
  await calls.deleteUser({ id: '1', reason: 'Asked for' });

  // @ts-expect-error the id is required
  await calls.acceptRequest();
  // @ts-expect-error there is no such sort
  await calls.listDoctors({ sort: 'height' });
  // @ts-expect-error there is no such member
  await calls.getMe({ id: '1' });
  // @ts-expect-error nothing is created by accepting
  await calls.acceptRequest({ id: '1' }, { idempotencyKey: 'k' });
  // @ts-expect-error only lists have pages
  void each(calls.getDoctor, { id: '1' });
}

test('inputs, options and replies have the types of the contract', () => {
  expectTypeOf(typed).toBeFunction();
});
