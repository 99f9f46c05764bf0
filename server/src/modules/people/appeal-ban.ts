import type {
  answerAppeal as answerContract,
  appealBan as appealContract,
  Ban,
  InputOf,
  ReplyOf,
} from '@openward/contracts';
import { and, eq, isNull } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import {
  accounts,
  appealMail,
  bansOf,
  liftBan as endBan,
  holdActorBefore,
  noticeMail,
  recordAnswer,
  recordAppeal,
} from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';

/**
 * Somebody who is banned asks for it to be looked at again, once. The admins are told, and so is the account's owner: should it
 * have been somebody else with the password, they know.
 * @throws Problem 400 `invalid-token`, 409 `not-banned`, 409 `already-appealed`.
 */
export async function appealBan(
  ctx: Ctx,
  input: InputOf<typeof appealContract>,
): Promise<ReplyOf<typeof appealContract>> {
  return ctx.tx(async (ctx) => {
    const { accountId, madeAt } = await recordAppeal(ctx, input);
    await sendMail(ctx, noticeMail, { accountId, notice: 'appeal-received' });
    const admins = await ctx.db
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.role, 'admin'), isNull(accounts.deletedAt)));
    for (const { id } of admins) await notify(ctx, { accountId: id, kind: 'appeal-received', userId: accountId });
    return { madeAt };
  });
}

/** An admin answers, once: the ban is lifted or stays, and the person gets the text. @throws Problem 404, 409 `not-banned`, `no-open-appeal`. */
export async function answerAppeal(ctx: Ctx, input: InputOf<typeof answerContract>): Promise<Ban> {
  return ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, input.id);
    const banId = await recordAnswer(ctx, input);
    if (input.decision === 'lift') await endBan(ctx, input.id);
    await sendMail(ctx, appealMail, { banId });
    const { items } = await bansOf(ctx, input.id, { limit: 100 });
    const ban = items.find(({ id }) => id === banId);
    if (ban === undefined) throw new Error('The ban is not there.');
    return ban;
  });
}
