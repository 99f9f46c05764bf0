import type { Ban } from '@openward/contracts';
import { and, desc, eq, isNull, lte, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { newId } from '#platform/id.ts';
import { job } from '#platform/jobs/jobs.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { voidAskedWithPassword } from '../links/email-link.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { banAppeals, bans } from '../tables.ts';
import { type BanRow, lockAccount } from './account.ts';
import { type AppealRow, appealView } from './appeals.ts';
import { syncListing } from './sync-listing.ts';

/** Runs when a ban's time is over. */
export const liftBanJob = job<{ banId: string }>('identity.lift-ban');

export function banView({ accountId: _, accountCreatedAt: __, ...ban }: BanRow): Ban {
  return ban;
}

/** With what was said against it; null: nothing. */
function banWithAppeal({ ban, appeal }: { ban: BanRow; appeal: AppealRow | null }): Ban {
  return { ...banView(ban), appeal: appeal === null ? null : appealView(appeal) };
}

/**
 * Bans an account from now on: its sessions end, its listing goes, and a job waits for the end. Within the caller's
 * transaction; whom one may ban is the caller's to check.
 * @param durationMinutes null: for good.
 * @throws Problem 404, 409 `already-banned`.
 */
export async function banAccount(
  ctx: Ctx,
  input: { accountId: string; reason: string; durationMinutes: number | null },
): Promise<Ban> {
  const { accountId, reason, durationMinutes } = input;
  const { ban: running } = await lockAccount(ctx, accountId);
  if (running !== null) throw new Problem('already-banned', { detail: 'Lift the running ban first.' });
  await liftDueBansOf(ctx, accountId);
  const [ban] = await ctx.db
    .insert(bans)
    .values({
      id: newId(),
      accountId,
      reason,
      bannedBy: actorOf(ctx).accountId,
      until: durationMinutes === null ? null : sql`now() + make_interval(mins => ${durationMinutes})`,
    })
    .returning();
  if (ban === undefined) throw new Error('The ban was not stored.');
  await endSessions(ctx, { accountId, because: 'banned' });
  // Or who is banned would delete the account by a link from before, and begin anew.
  await voidAskedWithPassword(ctx, accountId);
  await syncListing(ctx, accountId);
  await audit(ctx, {
    action: 'account.banned',
    subjectType: 'account',
    subjectId: accountId,
    details: { banId: ban.id, until: ban.until },
  });
  if (ban.until !== null) await ctx.jobs.send(liftBanJob, { banId: ban.id }, { startAfter: ban.until });
  return banView(ban);
}

/** Lifts the running ban by hand. Within the caller's transaction. @throws Problem 404, 409 `not-banned`. */
export async function liftBan(ctx: Ctx, accountId: string): Promise<void> {
  const { ban } = await lockAccount(ctx, accountId);
  if (ban === null) throw new Problem('not-banned', { detail: 'The account is not banned.' });
  await ctx.db
    .update(bans)
    .set({ liftedAt: sql`now()`, liftedBy: actorOf(ctx).accountId })
    .where(eq(bans.id, ban.id));
  await afterLifting(ctx, ban);
}

/** Ends the bans whose time is over, by the database's clock. However many workers run it, each ban is lifted, and written down, once. */
export async function liftDueBans(ctx: Ctx): Promise<number> {
  const due = await ctx.db.selectDistinct({ accountId: bans.accountId }).from(bans).where(isDue);
  let lifted = 0;
  for (const { accountId } of due) lifted += await ctx.tx((ctx) => liftDueBansOf(ctx, accountId));
  return lifted;
}

const isDue = and(isNull(bans.liftedAt), lte(bans.until, sql`now()`));

/** Under the account's lock: what else decides whether a doctor is listed comes wholly before or after. */
async function liftDueBansOf(ctx: Ctx, accountId: string): Promise<number> {
  await lockAccount(ctx, accountId);
  const due = await ctx.db
    .update(bans)
    .set({ liftedAt: sql`now()` })
    .where(and(isDue, eq(bans.accountId, accountId)))
    .returning();
  // Whoever is the reason that somebody looked: it is time that has lifted them.
  for (const ban of due) await afterLifting(ctx.as(null), ban);
  return due.length;
}

async function afterLifting(ctx: Ctx, ban: BanRow): Promise<void> {
  await syncListing(ctx, ban.accountId);
  await audit(ctx, {
    action: 'account.unbanned',
    subjectType: 'account',
    subjectId: ban.accountId,
    details: { banId: ban.id },
  });
}

/** The bans of an account, newest first. */
export async function bansOf(
  ctx: Ctx,
  accountId: string,
  page: { limit?: number | undefined; cursor?: string | undefined },
) {
  const { limit = 20 } = page;
  const after = decodeCursor(page.cursor, ['time', 'id']);
  const rows = await ctx.db
    .select({ ban: bans, appeal: banAppeals })
    .from(bans)
    .leftJoin(banAppeals, eq(banAppeals.banId, bans.id))
    .where(
      and(
        eq(bans.accountId, accountId),
        after === null
          ? undefined
          : sql`(${bans.startsAt}, ${bans.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(desc(bans.startsAt), desc(bans.id))
    .limit(limit + 1);
  return toPage(rows, limit, ({ ban }) => [ban.startsAt, ban.id], banWithAppeal);
}
