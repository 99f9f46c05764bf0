import { defineMail } from '#platform/mail/send-mail.ts';
import { findApproval } from '#server/modules/doctors/index.ts';
import { findAccount, isApproved } from '../accounts/account.ts';

const texts = {
  approved: {
    subject: 'Your account is approved',
    text: 'an admin has approved your account. Patients can find you now, and you can take requests.',
  },
  'change-approved': {
    subject: 'Your change is approved',
    text: 'an admin has approved what you asked to change. Patients find you with it from now on.',
  },
  rejected: {
    subject: 'Your account is not approved',
    text: 'an admin has looked at your account and not approved it. You can correct what is missing and hand in again.',
  },
  'change-rejected': {
    subject: 'Your change is not approved',
    text: 'an admin has not approved what you asked to change. You stay approved as before, and can ask again.',
  },
} as const;

/** Tells a doctor what was decided, and why: the reason speaks of credentials, never of health. */
export const approvalMail = defineMail<{ approvalId: string }>('approval', async (ctx, { approvalId }) => {
  const approval = await findApproval(ctx, approvalId);
  const found = approval === null ? null : await findAccount(ctx, approval.doctorId);
  if (approval === null || found === null || found.account.email === null) return null;
  if (approval.state !== 'approved' && approval.state !== 'rejected') return null;
  const isChange = approval.kind === 'change' && isApproved(found.account);
  const { subject, text } = texts[isChange ? (`change-${approval.state}` as const) : approval.state];
  return {
    to: found.account.email,
    subject,
    paragraphs: [
      `Hello ${found.account.fullName ?? ''},`,
      text,
      ...(approval.reason === null ? [] : [`What the admin wrote: ${approval.reason}`]),
    ],
    action: { label: 'Open Openward', url: new URL('/approval', ctx.config.http.publicUrl).href },
  };
});
