import type { register as contract, InputOf, ReplyOf } from '@openward/contracts';
import { violatedUnique } from '#platform/database/connect.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findAddressKeeper, issueLink } from '../links/email-link.ts';
import { linkMail } from '../mails/link-mails.ts';
import { refuseWeakPassword } from '../passwords/refuse-weak-password.ts';
import { findAccountByEmail, normalEmail } from './account.ts';
import { checkRoleFields, createAccount } from './create-account.ts';
import { tellKept, tellOwner } from './tell-owner.ts';

/**
 * Registers a patient, or a doctor who then awaits approval. A known address, and one that is kept for whom it was taken from,
 * gets the same answer after the same work, and its owner a mail that says so (ASVS 6.3.8).
 * @throws Problem 400 `weak-password`, 400 for a doctor without specialty or licence.
 */
export async function registerAccount(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { password, ...fields } = input;
  checkRoleFields(fields);
  await refuseWeakPassword(ctx, 'password', password, { fullName: fields.fullName, email: fields.email });
  const passwordHash = await ctx.passwords.hash(password);
  const email = normalEmail(fields.email);
  noteRegistration(ctx, email);
  try {
    await ctx.tx(async (ctx) => {
      const known = await findAccountByEmail(ctx, email);
      if (known !== null) return tellOwner(ctx, known.account.id, email);
      const keeper = await findAddressKeeper(ctx, email);
      if (keeper !== null) return tellKept(ctx, keeper, email);
      const id = await createAccount(ctx, { ...fields, passwordHash, emailVerified: false, approved: false });
      await audit(ctx, {
        action: 'account.registered',
        subjectType: 'account',
        subjectId: id,
        details: { role: fields.role },
      });
      await ctx.limits.allows('mail.recipient', `verify-email:${email}`);
      const linkId = await issueLink(ctx, { accountId: id, purpose: 'verify-email', email });
      await sendMail(ctx, linkMail, { linkId });
    });
  } catch (error) {
    // Two registered the same address at once: the later one is answered like anyone with a known address.
    if (violatedUnique(error) !== 'accounts_email_key') throw error;
    const known = await findAccountByEmail(ctx, email);
    if (known !== null) await tellOwner(ctx, known.account.id, email);
  }
  return { status: 'check-your-email' };
}

/** Whether the address is known or not, so that the guard tells nobody either. */
function noteRegistration(ctx: Ctx, email: string): void {
  ctx.guard.note(ctx, { kind: 'registered' });
  const [mailbox = '', domain = ''] = email.split('@');
  if (mailbox.includes('+')) ctx.guard.note(ctx, { kind: 'registered-tagged', what: domain });
}
