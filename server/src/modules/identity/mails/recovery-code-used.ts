import { defineMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount, nameOf } from '../accounts/account.ts';

/** Tells somebody that one of their recovery codes was used, and how many were left then. */
export const recoveryCodeMail = defineMail<{ accountId: string; left: number }>(
  'recovery-code-used',
  async (ctx: Ctx, { accountId, left }) => {
    const found = await findAccount(ctx, accountId);
    if (found === null || found.account.email === null) return null;
    const few = left > 3 ? '' : ' Turn every second factor off and one on again to get new ones.';
    return {
      to: found.account.email,
      subject: 'A recovery code was used',
      paragraphs: [
        `Hello ${nameOf(found.account)},`,
        `one of your recovery codes was used as your second factor. Unused codes left: ${left}.${few} If it was not you, choose a new password at once under “Forgot password” and write to the clinic.`,
      ],
      action: { label: 'It was not me', url: new URL('/forgot-password', ctx.config.http.publicUrl).href },
    };
  },
);
