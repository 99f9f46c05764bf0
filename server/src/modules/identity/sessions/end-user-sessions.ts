import type { endUserSessions as contract, InputOf } from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { notFound, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from '../accounts/account.ts';
import { holdActorBefore } from '../accounts/hold-actor.ts';
import { noticeMail } from '../mails/notices.ts';
import { endSessions } from './end-sessions.ts';

/**
 * An admin logs somebody out on every device (ASVS 7.4.5); they may log in again at once. Where there was no session, nothing
 * is mailed.
 * @throws Problem 404, 409 `own-account`.
 */
export async function endUserSessions(ctx: Ctx, { id, reason }: InputOf<typeof contract>): Promise<undefined> {
  if (actorOf(ctx).accountId === id)
    throw new Problem('own-account', { detail: 'Your own sessions end with POST /auth/logout-all.' });
  await ctx.tx(async (ctx) => {
    await holdActorBefore(ctx, id);
    const { account } = await lockAccount(ctx, id);
    if (account.deletedAt !== null) throw notFound();
    const count = await endSessions(ctx, { accountId: id, because: 'ended-by-admin' });
    const details = { because: 'ended-by-admin', reason, count };
    await audit(ctx, { action: 'session.ended', subjectType: 'account', subjectId: id, ownerId: id, details });
    if (count > 0) await sendMail(ctx, noticeMail, { accountId: id, notice: 'sessions-ended-by-admin' });
  });
}
