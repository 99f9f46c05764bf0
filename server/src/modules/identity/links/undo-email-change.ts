import type { undoEmailChange as contract, InputOf, ReplyOf } from '@openward/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { violatedUnique } from '#platform/database/connect.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { lockAccount } from '../accounts/account.ts';
import { syncListing } from '../accounts/sync-listing.ts';
import { recordSecurityEvent } from '../events/security-event.ts';
import { endFactorsIfNone } from '../factors/factors.ts';
import { emailChangeMail } from '../mails/email-change.ts';
import { linkMail } from '../mails/link-mails.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { accounts, emailLinks, passkeys } from '../tables.ts';
import { issueLink, type OpenLink, openLink, takeLink, voidLinks } from './email-link.ts';

/**
 * Gives an account back to the address that it was taken from, whatever was changed since: the old address counts again, the
 * password counts no more, every session and every younger link ends, and every passkey that a thief may have added. A link to
 * choose a password follows by mail. An older second factor stays: the mailbox alone is not to open what asks for both
 * (decision 0015).
 * @throws Problem 400 `invalid-token`, 409 `email-taken` when another account has the address (the link stays good).
 */
export async function undoEmailChange(
  ctx: Ctx,
  { token }: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const link = await openLink(ctx, token, ['undo-email-change']);
  try {
    await ctx.tx((ctx) => giveBack(ctx, link));
  } catch (error) {
    if (violatedUnique(error) !== 'accounts_email_key') throw error;
    throw new Problem('email-taken', {
      detail: 'Another account uses this address by now. Write to the clinic: they can sort it out.',
    });
  }
}

async function giveBack(ctx: Ctx, link: OpenLink): Promise<void> {
  const accountId = link.account.id;
  const { account } = await lockAccount(ctx, accountId);
  await takeLink(ctx, link);
  await ctx.db
    .update(accounts)
    .set({ email: link.email, emailVerifiedAt: sql`now()`, passwordHash: null })
    .where(eq(accounts.id, accountId));
  // Where the news goes: the address that the account had until now, which need not be the one it was first changed to.
  await ctx.db.update(emailLinks).set({ previousEmail: account.email }).where(eq(emailLinks.id, link.id));
  await syncListing(ctx, accountId);
  await endSessions(ctx, { accountId, because: 'email-change-undone' });
  await forgetYoungPasskeys(ctx, link);
  await voidLinks(ctx, accountId, { olderUndosThan: link });
  await audit(ctx, { action: 'account.email-change-undone', subjectType: 'account', subjectId: accountId });
  await recordSecurityEvent(ctx, { kind: 'email-change-undone', accountId });
  const linkId = await issueLink(ctx, { accountId, purpose: 'reset-password', email: link.email });
  await sendMail(ctx, linkMail, { linkId });
  await sendMail(ctx, emailChangeMail, { linkId: link.id, when: 'restored' });
  await sendMail(ctx, emailChangeMail, { linkId: link.id, when: 'undone' });
}

/** Since the change, or in the week before it: who takes an account over adds a way in of their own, perhaps as the first thing. */
async function forgetYoungPasskeys(ctx: Ctx, { account: { id }, createdAt }: OpenLink): Promise<void> {
  const isYoung = sql`${passkeys.createdAt} > ${createdAt}::timestamptz - interval '7 days'`;
  const gone = await ctx.db
    .delete(passkeys)
    .where(and(eq(passkeys.accountId, id), isYoung))
    .returning({ id: passkeys.id });
  if (gone.length > 0) await endFactorsIfNone(ctx, id);
}
