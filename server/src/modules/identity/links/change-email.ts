import type {
  changeEmail as askContract,
  confirmEmail as confirmContract,
  InputOf,
  ReplyOf,
} from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { violatedUnique } from '#platform/database/connect.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findAccountByEmail, lockAccount, normalEmail } from '../accounts/account.ts';
import { syncListing } from '../accounts/sync-listing.ts';
import { tellKept, tellOwner } from '../accounts/tell-owner.ts';
import { emailChangeMail } from '../mails/email-change.ts';
import { linkMail } from '../mails/link-mails.ts';
import { confirmPassword, lockConfirmed } from '../passwords/change-password.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { accounts } from '../tables.ts';
import { findAddressKeeper, invalidToken, issueLink, openLink, takeLink, voidMailed } from './email-link.ts';

/**
 * Mails a link to the new address and a notice to the old one. An address that is somebody else's, or kept for somebody, gets
 * the same answer, and a mail that says so. @throws Problem 403 `invalid-credentials`.
 */
export async function changeEmail(
  ctx: Ctx,
  { newEmail, password }: InputOf<typeof askContract>,
): Promise<ReplyOf<typeof askContract>> {
  const { sessionId } = actorOf(ctx);
  const confirmed = await confirmPassword(ctx, password);
  const { id, email: previousEmail } = confirmed;
  const email = normalEmail(newEmail);
  const answer = { status: 'check-your-email' } as const;
  if (previousEmail === null || !(await mayMail(ctx, { email, previousEmail }))) return answer;
  await ctx.tx(async (ctx) => {
    await lockConfirmed(ctx, confirmed);
    // Whoever has the address, the asker is told and finds the same, also in the export: only the mail to that address differs.
    const owner = await findAccountByEmail(ctx, email);
    const keeper = await findAddressKeeper(ctx, email, { notOf: id });
    const linkId = await issueLink(ctx, { accountId: id, purpose: 'confirm-email', email, previousEmail, sessionId });
    if (owner !== null) await tellOwner(ctx, owner.account.id, email);
    else if (keeper !== null) await tellKept(ctx, keeper, email);
    else await sendMail(ctx, linkMail, { linkId });
    await sendMail(ctx, emailChangeMail, { linkId, when: 'asked' });
    await audit(ctx, { action: 'account.email-change-asked', subjectType: 'account', subjectId: id });
  });
  return answer;
}

/** Both addresses get a mail: whoever asks for one new address after the other fills the old one's mailbox. */
async function mayMail(ctx: Ctx, { email, previousEmail }: { email: string; previousEmail: string }): Promise<boolean> {
  if (!(await ctx.limits.allows('mail.recipient', `email-change-asked:${previousEmail}`))) return false;
  return ctx.limits.allows('mail.recipient', `confirm-email:${email}`);
}

/**
 * The new address counts from now on; the old one gets a link that undoes it, what was mailed to it before is void, and every session ends but the
 * one that asked.
 * @throws Problem 400 `invalid-token`, also when somebody else has taken the address meanwhile.
 */
export async function confirmEmail(
  ctx: Ctx,
  { token }: InputOf<typeof confirmContract>,
): Promise<ReplyOf<typeof confirmContract>> {
  const link = await openLink(ctx, token, ['confirm-email']);
  const accountId = link.account.id;
  try {
    await ctx.tx(async (ctx) => {
      const { account } = await lockAccount(ctx, accountId);
      await takeLink(ctx, link);
      await voidMailed(ctx, accountId);
      await ctx.db
        .update(accounts)
        .set({ email: link.email, emailVerifiedAt: sql`now()` })
        .where(eq(accounts.id, accountId));
      if ((await findAddressKeeper(ctx, link.email, { notOf: accountId })) !== null) throw invalidToken();
      await syncListing(ctx, accountId);
      const asking = link.sessionId === null ? {} : { except: link.sessionId };
      await endSessions(ctx, { accountId, because: 'email-changed', ...asking });
      await audit(ctx, { action: 'account.email-changed', subjectType: 'account', subjectId: accountId });
      const undo = { accountId, purpose: 'undo-email-change', email: account.email ?? '' } as const;
      await sendMail(ctx, linkMail, { linkId: await issueLink(ctx, { ...undo, previousEmail: link.email }) });
    });
  } catch (error) {
    if (violatedUnique(error) === 'accounts_email_key') throw invalidToken();
    throw error;
  }
}
