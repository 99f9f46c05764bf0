import type {
  Account,
  approveDoctor as approveContract,
  Ban,
  banUser as banContract,
  listBans as bansContract,
  deleteUser as deleteContract,
  InputOf,
  liftBan as liftContract,
  ReplyOf,
} from '@openward/contracts';
import { and, eq, isNull, ne, notExists, sql } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { cancelAppointmentsOf, eraseHours } from '#server/modules/appointments/index.ts';
import {
  closeLeftRequests,
  dropReservations,
  lockRecord,
  raiseRoomsOf,
  takeRequestsBack,
} from '#server/modules/care/index.ts';
import { syncRoomsNow } from '#server/modules/chat/index.ts';
import {
  type AccountWithBan,
  accounts,
  accountView,
  banAccount,
  banIsRunning,
  bans,
  bansOf,
  liftBan as endBan,
  eraseAccount,
  findAccount,
  holdActorBefore,
  lockAccount,
  noticeMail,
  removeUnusedProfile,
  setApproval,
  takeTurn,
} from '#server/modules/identity/index.ts';
import { forgetNotices } from '#server/modules/notices/index.ts';

/**
 * Bans for a while or for good. Sessions end with it, and from the answer on nothing that is said in their rooms is heard; a doctor's
 * accepted requests go back.
 * @throws Problem 404, 409 `own-account`, `last-admin`, `already-banned`.
 */
export async function banUser(ctx: Ctx, { id, reason, durationMinutes }: InputOf<typeof banContract>): Promise<Ban> {
  return ctx.tx(async (ctx) => {
    const { account } = await removable(ctx, id);
    const ban = await banAccount(ctx, { accountId: id, reason, durationMinutes });
    const { until: before } = ban;
    if (account.role === 'patient') await cancelAppointmentsOf(ctx, id, { before, requests: 'end' });
    const handedBack = account.role === 'doctor' ? await leaveRequests(ctx, id) : [];
    await closeRooms(ctx, [...handedBack, ...(await raiseRoomsOf(ctx, id))]);
    await sendMail(ctx, noticeMail, { accountId: id, notice: 'banned' });
    return ban;
  });
}

/** @throws Problem 404, 409 `not-banned`. */
export async function liftBan(ctx: Ctx, { id }: InputOf<typeof liftContract>): Promise<undefined> {
  await ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, id);
    await endBan(ctx, id);
  });
}

/** @throws Problem 404. */
export async function listBans(
  ctx: Ctx,
  { id, ...page }: InputOf<typeof bansContract>,
): Promise<ReplyOf<typeof bansContract>> {
  if ((await findAccount(ctx, id)) === null) throw notFound();
  return bansOf(ctx, id, page);
}

/**
 * Deletes an account: what is personal is erased, a patient's record locked, what waits for the person handed back or cancelled.
 * @throws Problem 404, 409 `own-account`, `last-admin`.
 */
export async function deleteUser(ctx: Ctx, { id, reason }: InputOf<typeof deleteContract>): Promise<undefined> {
  await ctx.tx(async (ctx) => removeAccount(ctx, await removable(ctx, id), reason));
}

/** Deletes an account that may be deleted, with all that hangs on it. Within the caller's transaction. */
export async function removeAccount(ctx: Ctx, { account }: AccountWithBan, reason: string): Promise<void> {
  const freed = await cancelAppointmentsOf(ctx, account.id, { requests: 'leave' });
  const isDoctor = account.role === 'doctor';
  if (isDoctor) await eraseHours(ctx, account.id);
  const left = isDoctor
    ? [...(await takeRequestsBack(ctx, account.id)), ...(await closeLeftRequests(ctx, account.id))]
    : [];
  const locked = account.role === 'patient' ? await lockRecord(ctx, account.id) : null;
  await dropReservations(ctx, freed);
  await eraseAccount(ctx, account.id, reason);
  await forgetNotices(ctx, account.id);
  if (locked === null) await removeUnusedProfile(ctx, account.id);
  await closeRooms(ctx, locked ?? left);
}

/** A doctor treats nobody any more: their appointments are cancelled, and what they have not diagnosed goes back. @returns the requests whose rooms close. */
async function leaveRequests(ctx: Ctx, doctorId: string): Promise<string[]> {
  const freed = await cancelAppointmentsOf(ctx, doctorId, { requests: 'leave' });
  const handedBack = await takeRequestsBack(ctx, doctorId);
  await dropReservations(ctx, freed);
  return handedBack;
}

/** From the answer on these rooms are as their requests say, closed or without somebody: not only once the jobs have run. */
async function closeRooms(ctx: Ctx, requestIds: readonly string[]): Promise<void> {
  await ctx.afterTx((ctx) => syncRoomsNow(ctx, requestIds));
}

/** @throws Problem 404 for anyone but a doctor, 409 `already-decided`. */
export async function approveDoctor(ctx: Ctx, input: InputOf<typeof approveContract>): Promise<Account> {
  const { id, reason = null, approvalId } = input;
  return ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, id);
    const { found } = await setApproval(ctx, id, { approved: true, reason, approvalId });
    return accountView(found);
  });
}

/** Refuses a doctor, or withdraws the approval: then the requests go back as with a ban. @throws Problem 404, 409 `already-decided`. */
export async function rejectDoctor(ctx: Ctx, input: InputOf<typeof approveContract>): Promise<Account> {
  const { id, reason = null, approvalId } = input;
  return ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, id);
    const { found, withdrawn } = await setApproval(ctx, id, { approved: false, reason, approvalId });
    if (withdrawn) {
      await closeRooms(ctx, [...(await leaveRequests(ctx, id)), ...(await raiseRoomsOf(ctx, id))]);
    }
    return accountView(found);
  });
}

/** The account, locked, if it may be banned or deleted by an admin. @throws Problem 404, 409 `own-account`, 409 `last-admin`. */
async function removable(ctx: Ctx, id: string): Promise<AccountWithBan> {
  if (actorOf(ctx).accountId === id) throw new Problem('own-account', { detail: 'Ask another admin.' });
  await holdActorBefore(ctx, id);
  return lockRemovable(ctx, id);
}

/** The account, locked, if somebody can still administer without it. @throws Problem 404, 409 `last-admin`. */
export async function refuseLastAdmin(ctx: Ctx, id: string): Promise<AccountWithBan> {
  await takeTurn(ctx, id);
  return lockRemovable(ctx, id);
}

/** The account, locked, by whoever is about to remove it. @throws Problem 404. */
export async function lockToRemove(ctx: Ctx, id: string): Promise<AccountWithBan> {
  await takeTurn(ctx, id);
  return lockAccount(ctx, id);
}

async function lockRemovable(ctx: Ctx, id: string): Promise<AccountWithBan> {
  const found = await lockAccount(ctx, id);
  if (found.account.deletedAt !== null) throw notFound();
  if (found.account.role === 'admin' && !(await anotherAdmin(ctx, id))) {
    throw new Problem('last-admin', { detail: 'Make another admin first.' });
  }
  return found;
}

async function anotherAdmin(ctx: Ctx, id: string): Promise<boolean> {
  const [other] = await ctx.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      and(
        eq(accounts.role, 'admin'),
        ne(accounts.id, id),
        isNull(accounts.deletedAt),
        notExists(
          ctx.db
            .select({ one: sql`1` })
            .from(bans)
            .where(and(eq(bans.accountId, accounts.id), banIsRunning)),
        ),
      ),
    )
    .limit(1);
  return other !== undefined;
}
