import { fill } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import { findApproval } from '#server/modules/doctors/index.ts';
import { findAccount, isApproved, readerOf } from '../accounts/account.ts';
import { texts } from './texts/texts.ts';

/** Tells a doctor what was decided, and why: the reason speaks of credentials, never of health. */
export const approvalMail = defineMail<{ approvalId: string }>('approval', async (ctx, { approvalId }) => {
  const approval = await findApproval(ctx, approvalId);
  const found = approval === null ? null : await findAccount(ctx, approval.doctorId);
  const reader = found === null ? null : readerOf(found.account);
  if (approval === null || found === null || reader === null) return null;
  const { state, reason } = approval;
  if (state !== 'approved' && state !== 'rejected') return null;
  const isChange = approval.kind === 'change' && isApproved(found.account);
  const words = texts[reader.language].approval;
  const { subject, text } = words[isChange ? (`change-${state}` as const) : state];
  return {
    ...reader,
    subject,
    paragraphs: [text, ...(reason === null ? [] : [fill(reader.language, words.reason, { reason })])],
    action: { label: words.label, url: new URL('/approval', ctx.config.http.publicUrl).href },
  };
});
