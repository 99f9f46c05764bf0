import { newId } from '#platform/id.ts';
import { createAccount, markVerified, type NewAccount } from '#server/modules/identity/index.ts';
import { updateMe } from '#server/modules/people/index.ts';
import type { Actor, Ctx } from '../context.ts';
import { demoDomain } from './logins.ts';
import type { Cast, PlannedDoctor, PlannedPatient } from './plan-people.ts';

/** Who can act, by address. */
export type Actors = { admin: Actor; of(person: { email: string }): Actor };

/** Makes everybody's account, with verified addresses and filled profiles. */
export async function makePeople(
  ctx: Ctx,
  { doctors, pendingDoctor, patients }: Cast,
  passwordHash: string,
  onProgress: (message: string) => void,
): Promise<Actors> {
  const actors = new Map<string, Actor>();
  const make = async (input: Omit<NewAccount, 'passwordHash' | 'emailVerified'>) => {
    const accountId = await createAccount(ctx, { ...input, passwordHash, emailVerified: false });
    // Nobody has logged in: the session is one that never was.
    const actor: Actor = {
      accountId,
      role: input.role,
      approved: input.approved,
      sessionId: newId(),
      factorMissing: false,
    };
    actors.set(input.email, actor);
    await markVerified(ctx.as(actor), accountId);
    return actor;
  };
  const admin = await make({ email: `admin@${demoDomain}`, fullName: 'Amara Okafor', role: 'admin', approved: true });
  for (const doctor of [...doctors, pendingDoctor])
    await introduceDoctor(ctx, await make({ ...doctor, role: 'doctor' }), doctor);
  onProgress(`  ${doctors.length + 1} doctors`);
  for (const patient of patients)
    await introducePatient(ctx, await make({ ...patient, role: 'patient', approved: true }), patient);
  onProgress(`  ${patients.length} patients`);
  return {
    admin,
    of: ({ email }) => {
      const actor = actors.get(email);
      if (actor === undefined) throw new Error(`Nobody in the demo has the address ${email}.`);
      return actor;
    },
  };
}

async function introduceDoctor(ctx: Ctx, actor: Actor, { profile }: PlannedDoctor): Promise<void> {
  await updateMe(ctx.as(actor), { doctor: profile });
}

async function introducePatient(ctx: Ctx, actor: Actor, { profile }: PlannedPatient): Promise<void> {
  await updateMe(ctx.as(actor), { patient: profile });
}
