import type { confirmPasskey as contract, InputOf, ReplyOf } from '@openward/contracts';
import { violatedUnique } from '#platform/database/connect.ts';
import { newId } from '#platform/id.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { invalidField, type Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from '../accounts/account.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { beginFactors } from '../factors/factors.ts';
import { noticeMail } from '../mails/notices.ts';
import { holdSession } from '../sessions/hold-session.ts';
import { passkeys } from '../tables.ts';
import { maxPasskeys, passkeysOf, passkeyView } from './passkey.ts';
import { tooManyPasskeys } from './set-up-passkey.ts';
import { type NewPasskey, verifyRegistration } from './verify-passkey.ts';

/**
 * Adds the passkey that an authenticator made with the options of {@link setUpPasskey}: from now on it logs in.
 * @returns it, with the recovery codes where it is the first factor of the account.
 * @throws Problem 400 for one that is not good, or known already; 409 `too-many-passkeys`.
 */
export async function confirmPasskey(
  ctx: Ctx,
  { name, passkey: registration }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const made = await verifyRegistration(ctx, registration, { purpose: 'register', accountId, sessionId });
  if (made === null) throw notAccepted();
  try {
    return await ctx.tx((ctx) => addPasskey(ctx, { ...made, name: name.trim() }));
  } catch (error) {
    // Said no differently, for whose it is nobody need know.
    if (violatedUnique(error) === 'passkeys_credential_id_key') throw notAccepted();
    throw error;
  }
}

async function addPasskey(ctx: Ctx, made: NewPasskey & { name: string }): Promise<ReplyOf<typeof contract>> {
  const { accountId } = actorOf(ctx);
  const { account } = await lockAccount(ctx, accountId);
  // A reset of the factors ends the session: a passkey that was on its way must not come after it.
  await holdSession(ctx);
  if ((await passkeysOf(ctx, accountId)).length >= maxPasskeys) throw tooManyPasskeys();
  const [row] = await ctx.db
    .insert(passkeys)
    .values({ id: newId(), accountId, ...made })
    .returning();
  if (row === undefined) throw new Error('The passkey was not stored.');
  const recoveryCodes = await beginFactors(ctx, account);
  await audit(ctx, { action: 'passkey.added', subjectType: 'passkey', subjectId: row.id, ownerId: accountId });
  await recordSecurityEvent(ctx, { kind: 'passkey-added', accountId, details: { passkeyId: row.id } });
  await sendMail(ctx, noticeMail, { accountId, notice: 'passkey-added' });
  return { passkey: passkeyView(row), recoveryCodes };
}

function notAccepted(): Problem {
  return invalidField('passkey', 'not-accepted', 'passkey was not accepted. Begin again with POST /auth/mfa/passkeys.');
}
