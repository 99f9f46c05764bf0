import type {
  InputOf,
  listPasskeys as listContract,
  ReplyOf,
  removePasskey as removeContract,
  renamePasskey as renameContract,
} from '@openward/contracts';
import { eq } from 'drizzle-orm';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockActor } from '../accounts/hold-actor.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { endFactorsIfNone, factorsOf } from '../factors/factors.ts';
import { noticeMail } from '../mails/notices.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { passkeys } from '../tables.ts';
import { ownPasskey, passkeysOf, passkeyView } from './passkey.ts';

export async function listPasskeys(ctx: Ctx): Promise<ReplyOf<typeof listContract>> {
  return { items: (await passkeysOf(ctx, actorOf(ctx).accountId)).map(passkeyView) };
}

/** @throws Problem 404 for one that is not one's own. */
export async function renamePasskey(
  ctx: Ctx,
  { id, name }: InputOf<typeof renameContract>,
): Promise<ReplyOf<typeof renameContract>> {
  const { accountId } = actorOf(ctx);
  return ctx.tx(async (ctx) => {
    await lockActor(ctx);
    await holdSession(ctx);
    const renamed = { ...(await ownPasskey(ctx, accountId, id)), name: name.trim() };
    await ctx.db.update(passkeys).set({ name: renamed.name }).where(eq(passkeys.id, id));
    await audit(ctx, { action: 'passkey.renamed', subjectType: 'passkey', subjectId: id, ownerId: accountId });
    return passkeyView(renamed);
  });
}

/**
 * Removes a passkey, and with the last factor of the account the need for one.
 * @throws Problem 404 for one that is not one's own, 409 `last-factor` where the role needs one (REQUIRE_MFA).
 */
export async function removePasskey(ctx: Ctx, { id }: InputOf<typeof removeContract>): Promise<undefined> {
  const { accountId, role } = actorOf(ctx);
  await ctx.tx(async (ctx) => {
    await lockActor(ctx);
    await holdSession(ctx);
    await ownPasskey(ctx, accountId, id);
    await ctx.db.delete(passkeys).where(eq(passkeys.id, id));
    if (ctx.config.requireMfa.includes(role) && (await factorsOf(ctx, accountId)).length === 0) throw lastFactor();
    await audit(ctx, { action: 'passkey.removed', subjectType: 'passkey', subjectId: id, ownerId: accountId });
    await recordSecurityEvent(ctx, { kind: 'passkey-removed', accountId, details: { passkeyId: id } });
    await sendMail(ctx, noticeMail, { accountId, notice: 'passkey-removed' });
    await endFactorsIfNone(ctx, accountId);
  });
}

function lastFactor(): Problem {
  return new Problem('last-factor', {
    detail: 'Your role needs a second factor, and this is your only one. Add another first, then remove this one.',
  });
}
