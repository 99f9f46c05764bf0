import type {
  getUserForAdmin as adminContract,
  getUser as contract,
  InputOf,
  UserForAdmin,
  UserView,
} from '@openward/contracts';
import { notFound } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { countRecords, patientProfile, treats } from '#server/modules/care/index.ts';
import { doctorView, findDoctor } from '#server/modules/doctors/index.ts';
import {
  type AccountWithBan,
  accountView,
  addressView,
  bansOf,
  findAccount,
  liveSessions,
  nameOf,
} from '#server/modules/identity/index.ts';
import { profileOf } from './me.ts';

/**
 * The view of a user that fits the caller: oneself; a listed doctor's public profile to anyone; a patient's to the doctors
 * who treat them; all but health text to an admin.
 * @throws Problem 404 for everybody else, the same as for a missing id.
 */
export async function getUser(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<UserView> {
  const actor = actorOf(ctx);
  const found = await findAccount(ctx, id);
  if (found === null) throw notFound();
  const { account } = found;
  if (actor.role === 'admin') return viewForAdmin(ctx, found);
  if (actor.accountId === id) {
    return {
      ...accountView(found),
      address: addressView(account),
      ...(await profileOf(ctx, id, account.role)),
      ...(await publicProfile(ctx, found)),
    };
  }
  if (account.role === 'doctor') {
    const profile = await publicProfile(ctx, found);
    if (profile !== null) return { ...profile, id, role: 'doctor' };
  }
  if (
    account.role === 'patient' &&
    actor.role === 'doctor' &&
    actor.approved &&
    (await treats(ctx, actor.accountId, id))
  ) {
    await audit(ctx, { action: 'record.read', subjectType: 'patient', subjectId: id, ownerId: id });
    return { id, role: 'patient', fullName: nameOf(account), patient: await patientProfile(ctx, id) };
  }
  if (account.role === 'patient')
    await audit(ctx, { action: 'record.read', subjectType: 'patient', subjectId: id, outcome: 'denied' });
  throw notFound();
}

async function publicProfile(ctx: Ctx, { account }: AccountWithBan) {
  const doctor = account.role === 'doctor' ? await findDoctor(ctx, account.id) : null;
  return doctor?.listed === true ? doctorView(doctor, ctx.clock.now()) : null;
}

/** @throws Problem 404. */
export async function getUserForAdmin(ctx: Ctx, { id }: InputOf<typeof adminContract>): Promise<UserForAdmin> {
  const found = await findAccount(ctx, id);
  if (found === null) throw notFound();
  return viewForAdmin(ctx, found);
}

async function viewForAdmin(ctx: Ctx, found: AccountWithBan): Promise<UserForAdmin> {
  const { id } = found.account;
  await audit(ctx, { action: 'account.read', subjectType: 'account', subjectId: id });
  const { patient, doctor } = await profileOf(ctx, id, found.account.role);
  const isDeleted = found.account.deletedAt !== null;
  const [bans, sessions, counts] = await Promise.all([
    bansOf(ctx, id, { limit: 100 }),
    liveSessions(ctx, id),
    countRecords(ctx, id),
  ]);
  return {
    ...accountView(found),
    address: addressView(found.account),
    // Allergies are health text: not for admins. Of a deleted account nothing of the record is.
    ...(patient === undefined
      ? {}
      : {
          patient: isDeleted
            ? { birthDate: null, sex: null, phone: null }
            : { birthDate: patient.birthDate, sex: patient.sex, phone: patient.phone },
        }),
    ...(doctor === undefined ? {} : { doctor }),
    bans: bans.items,
    sessions,
    counts,
  };
}
