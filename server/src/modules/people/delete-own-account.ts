import type {
  requestDeletion as askContract,
  confirmDeletion as confirmContract,
  InputOf,
  ReplyOf,
} from '@openward/contracts';
import { sendMail } from '#platform/mail/send-mail.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { countTreated } from '#server/modules/care/index.ts';
import {
  confirmPassword,
  issueLink,
  linkMail,
  lockConfirmed,
  openLink,
  takeLink,
} from '#server/modules/identity/index.ts';
import { lockToRemove, refuseLastAdmin, removeAccount } from './moderate-user.ts';

/** Mails a link that deletes the account. A doctor is told what they still treat. @throws Problem 403 `invalid-credentials`, 409 `last-admin`. */
export async function requestDeletion(
  ctx: Ctx,
  { password }: InputOf<typeof askContract>,
): Promise<ReplyOf<typeof askContract>> {
  const confirmed = await confirmPassword(ctx, password);
  const { id, email, role } = confirmed;
  await ctx.tx(async (ctx) => {
    await refuseLastAdmin(ctx, id);
    await lockConfirmed(ctx, confirmed);
    if (email === null || !(await ctx.limits.allows('mail.recipient', `confirm-deletion:${email}`))) return;
    const linkId = await issueLink(ctx, { accountId: id, purpose: 'confirm-deletion', email });
    await sendMail(ctx, linkMail, { linkId });
    await audit(ctx, { action: 'account.deletion-asked', subjectType: 'account', subjectId: id });
  });
  const open = role === 'doctor' ? { openRequests: await countTreated(ctx, id) } : {};
  return { status: 'check-your-email', ...open };
}

/** Deletes the account of a mailed link. @throws Problem 400 `invalid-token`, 409 `last-admin` (the link stays good). */
export async function confirmDeletion(
  ctx: Ctx,
  { token }: InputOf<typeof confirmContract>,
): Promise<ReplyOf<typeof confirmContract>> {
  const link = await openLink(ctx, token, ['confirm-deletion']);
  await ctx.tx(async (ctx) => {
    // The account before the link, as whoever voids its links takes them; a link that is used up meanwhile says so first.
    await lockToRemove(ctx, link.account.id);
    await takeLink(ctx, link);
    await removeAccount(ctx, await refuseLastAdmin(ctx, link.account.id), 'asked by its owner');
  });
}
