import type { Appeal, answerAppeal as answerContract, InputOf } from '@openward/contracts';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { TokenError } from '#platform/crypto/tokens.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { invalidToken } from '../links/email-link.ts';
import { banAppeals, bans } from '../tables.ts';
import { type AccountRow, type BanRow, lockAccount } from './account.ts';

export type AppealRow = typeof banAppeals.$inferSelect;

const purpose = 'appeal-ban';

export function appealView({ banId: _, ...appeal }: AppealRow): Appeal {
  return appeal;
}

/**
 * What a banned person is told who has just shown that it is they, beside why and until when: how the appeal stands, or a token to make one
 * with. The token is all that they get: it opens nothing else, for twenty minutes.
 */
export async function appealAtLogin(ctx: Ctx, account: AccountRow, ban: BanRow): Promise<Record<string, unknown>> {
  const [made] = await ctx.db.select().from(banAppeals).where(eq(banAppeals.banId, ban.id));
  if (made !== undefined) {
    const { madeAt, decision, answer } = made;
    return { appeal: { madeAt, decision, answer } };
  }
  const { token } = await ctx.tokens.mintEmail({ sub: account.id, role: account.role, purpose, jti: ban.id });
  return { appealToken: token };
}

/**
 * Keeps what somebody says against the ban that their token is for. Within the caller's transaction; of many at once one is kept.
 * @returns whose it is.
 * @throws Problem 400 `invalid-token`, 409 `not-banned`, 409 `already-appealed`.
 */
export async function recordAppeal(
  ctx: Ctx,
  { token, text }: { token: string; text: string },
): Promise<{ accountId: string; madeAt: string }> {
  const claims = await ctx.tokens.verifyEmail(token, purpose).catch((error: unknown) => {
    if (error instanceof TokenError) return null;
    throw error;
  });
  if (claims === null) throw invalidToken();
  const { account, ban } = await lockAccount(ctx, claims.sub);
  if (account.deletedAt !== null) throw invalidToken();
  if (ban?.id !== claims.jti) throw new Problem('not-banned', { detail: 'This ban is over. Log in.' });
  const [made] = await ctx.db
    .insert(banAppeals)
    .values({ banId: ban.id, text })
    .onConflictDoNothing()
    .returning({ madeAt: banAppeals.madeAt });
  if (made === undefined)
    throw new Problem('already-appealed', {
      detail: 'You have said what you had to say. You get a mail with the answer.',
    });
  const details = { banId: ban.id };
  await audit(ctx, { action: 'ban.appealed', subjectType: 'account', subjectId: account.id, details });
  return { accountId: account.id, madeAt: made.madeAt };
}

/**
 * Answers the appeal against the running ban. Within the caller's transaction, which lifts the ban where that is the answer.
 * @returns the ban's id.
 * @throws Problem 404, 409 `not-banned`, 409 `no-open-appeal`: none was made, or another admin has answered.
 */
export async function recordAnswer(ctx: Ctx, { id, decision, text }: InputOf<typeof answerContract>): Promise<string> {
  const { ban } = await lockAccount(ctx, id);
  if (ban === null)
    throw new Problem('not-banned', { detail: 'The ban is over: there is nothing to answer any more.' });
  const [answered] = await ctx.db
    .update(banAppeals)
    .set({ decision, answer: text, answeredBy: actorOf(ctx).accountId, answeredAt: sql`now()` })
    .where(and(eq(banAppeals.banId, ban.id), isNull(banAppeals.answeredAt)))
    .returning({ banId: banAppeals.banId });
  if (answered === undefined)
    throw new Problem('no-open-appeal', {
      detail: 'Nobody has appealed against this ban, or another admin has answered.',
    });
  const details = { banId: ban.id, decision };
  await audit(ctx, { action: 'ban.appeal-answered', subjectType: 'account', subjectId: id, details });
  return ban.id;
}

/** An account is deleted: its own words go with it. Within the caller's transaction. */
export async function forgetAppeals(ctx: Ctx, accountId: string): Promise<void> {
  const own = ctx.db.select({ id: bans.id }).from(bans).where(eq(bans.accountId, accountId));
  await ctx.db.delete(banAppeals).where(inArray(banAppeals.banId, own));
}
