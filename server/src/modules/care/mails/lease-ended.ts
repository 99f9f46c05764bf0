import { defineMail } from '#platform/mail/send-mail.ts';
import { findAccount, nameOf } from '#server/modules/identity/index.ts';

/** Tells a doctor that a request went back to the queue, since nothing was said in time. Not which: mails lie around unencrypted. */
export const leaseEndedMail = defineMail<{ doctorId: string }>('lease-ended', async (ctx, { doctorId }) => {
  const found = await findAccount(ctx, doctorId);
  if (found === null || found.account.email === null || found.account.deletedAt !== null) return null;
  const { leaseMinutes } = ctx.config.queue;
  return {
    to: found.account.email,
    subject: 'A request you took waits again',
    paragraphs: [
      `Hello ${nameOf(found.account)},`,
      `you took a request and wrote nothing within ${leaseMinutes} minutes. So that the patient does not wait in vain, it is open to all doctors of your specialty again.`,
      'You can take it once more, if nobody else has. A first message to the patient keeps it yours.',
    ],
    action: { label: 'Look who waits', url: new URL('/inbox', ctx.config.http.publicUrl).href },
  };
});
