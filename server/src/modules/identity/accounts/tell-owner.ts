import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { addressKeptMail } from '../mails/email-change.ts';
import { noticeMail } from '../mails/notices.ts';

/** Tells the owner of an address that somebody wants to have it: what they asked for goes nowhere, and they are told nothing of that. */
export async function tellOwner(ctx: Ctx, accountId: string, email: string): Promise<void> {
  if (await ctx.limits.allows('mail.recipient', `already-registered:${email}`)) {
    await sendMail(ctx, noticeMail, { accountId, notice: 'already-registered' });
  }
}

/** The same for an address that is kept for who has just left it. */
export async function tellKept(ctx: Ctx, keeper: { linkId: string }, email: string): Promise<void> {
  if (await ctx.limits.allows('mail.recipient', `address-kept:${email}`)) await sendMail(ctx, addressKeptMail, keeper);
}
