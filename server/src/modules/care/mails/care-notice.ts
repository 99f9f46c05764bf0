import { eq } from 'drizzle-orm';
import { defineMail } from '#platform/mail/send-mail.ts';
import { accounts, nameOf } from '#server/modules/identity/index.ts';
import { careRequests } from '../tables.ts';

const notices = {
  accepted: {
    subject: 'A doctor has taken your request',
    text: 'a doctor has taken your request and can talk to you now.',
  },
  declined: {
    subject: 'Your request was declined',
    text: 'the doctor you asked cannot take your request. Please ask another one.',
  },
  'handed-back': {
    subject: 'Your request waits for another doctor',
    text: 'the doctor who had your request can no longer treat it. It is open to the other doctors of the specialty now; you need not do anything.',
  },
  'lease-ended': {
    subject: 'Your request waits for another doctor',
    text: 'the doctor who took your request has not begun in time. It is open to all doctors of the specialty again, at the place that it had; you need not do anything.',
  },
  diagnosed: {
    subject: 'There is news on your request',
    text: 'your doctor has written something for you. Log in to read it.',
  },
  corrected: {
    subject: 'Something in your record was corrected',
    text: 'your doctor has corrected something that was written for you. Log in to read what holds now, and why. A summary that you printed before is no longer the newest.',
  },
} as const;

/**
 * Tells a patient that something happened to a request. Sent by the version before the notices (decision 0043) alone: its jobs may still
 * be in the queue, or its nodes beside ours.
 */
export const careNotice = defineMail<{ requestId: string; notice: keyof typeof notices }>(
  'care',
  async (ctx, { requestId, notice }) => {
    const [row] = await ctx.db
      .select({ account: accounts })
      .from(careRequests)
      .innerJoin(accounts, eq(accounts.id, careRequests.patientId))
      .where(eq(careRequests.id, requestId));
    if (row === undefined || row.account.email === null) return null;
    const { subject, text } = notices[notice];
    return {
      to: row.account.email,
      subject,
      paragraphs: [`Hello ${nameOf(row.account)},`, text],
      action: { label: 'Open Openward', url: new URL('/', ctx.config.http.publicUrl).href },
    };
  },
);
