import { defineMail } from '#platform/mail/send-mail.ts';
import { findAccount, nameOf } from '#server/modules/identity/index.ts';

const texts = {
  doctor: {
    subject: 'Patients wait in your specialty',
    text: 'a patient who may need you has waited longer than they should. If you can, look into your box and take the request.',
    label: 'Look who waits',
    path: '/inbox',
  },
  admin: {
    subject: 'A request waits, and nobody takes it',
    text: 'a request has waited longer than it should, and the doctors of its specialty, who were told, have not taken it. See to it that somebody is there.',
    label: 'Open the audit',
    path: '/admin/audit?action=request.escalated',
  },
} as const;

/** Tells that somebody waits for too long: not who, and not for what. */
export const waitingLongMail = defineMail<{ accountId: string; whom: keyof typeof texts }>(
  'waiting-long',
  async (ctx, { accountId, whom }) => {
    const found = await findAccount(ctx, accountId);
    if (found === null || found.account.email === null || found.account.deletedAt !== null || found.ban !== null)
      return null;
    const { subject, text, label, path } = texts[whom];
    return {
      to: found.account.email,
      subject,
      paragraphs: [`Hello ${nameOf(found.account)},`, text, 'You get this mail at most once in a quarter of an hour.'],
      action: { label, url: new URL(path, ctx.config.http.publicUrl).href },
    };
  },
);
