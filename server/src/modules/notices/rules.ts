import type { NoticeKind, Role } from '@openward/contracts';

export type NoticeRule = {
  readonly roles: readonly Role[];
  /** The defaults; who gets it chooses. */
  readonly mail: boolean;
  readonly push: boolean;
  /** Those of so many minutes become one mail, of what has not been read by then. Absent: each is mailed at once. */
  readonly togetherMinutes?: number;
  /** What the mail says. Mails and screens are read by others: never a name, never what is the matter. */
  readonly subject: string;
  readonly text: string;
  /** For several in one mail. */
  readonly many?: (count: number) => { subject: string; text: string };
};

const patient = ['patient'] as const;
const doctor = ['doctor'] as const;

/** Every kind of notice: who gets it, how, and in what words. */
export const noticeRules: Readonly<Record<NoticeKind, NoticeRule>> = {
  'request-accepted': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'A doctor has taken your request',
    text: 'a doctor has taken your request and can talk to you now.',
  },
  'request-declined': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Your request was declined',
    text: 'the doctor you asked cannot take your request. Please ask another one.',
  },
  'request-handed-back': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Your request waits for another doctor',
    text: 'the doctor who had your request can no longer treat it. It is open to the other doctors of the specialty now; you need not do anything.',
  },
  'request-diagnosed': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'There is news on your request',
    text: 'your doctor has written something for you. Log in to read it.',
  },
  'request-corrected': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Something in your record was corrected',
    text: 'your doctor has corrected something that was written for you. Log in to read what holds now, and why. A summary that you printed before is no longer the newest.',
  },
  'request-lease-ended': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Your request waits for another doctor',
    text: 'the doctor who took your request has not begun in time. It is open to all doctors of the specialty again, at the place that it had; you need not do anything.',
  },
  'waiting-long': {
    roles: doctor,
    mail: true,
    push: true,
    subject: 'Patients wait in your specialty',
    text: 'a patient who may need you has waited longer than they should. If you can, look into your box and take the request. You are told so at most once in a quarter of an hour.',
  },
  'lease-ended': {
    roles: doctor,
    mail: true,
    push: true,
    subject: 'A request you took waits again',
    text: 'you took a request and wrote nothing in time. So that the patient does not wait in vain, it is open to all doctors of your specialty again. You can take it once more, if nobody else has: a first message to the patient keeps it yours.',
  },
  'request-received': {
    roles: doctor,
    mail: true,
    push: true,
    togetherMinutes: 10,
    subject: 'A request waits for you',
    text: 'a patient has asked for you. Log in to take the request or to decline it.',
    many: (count) => ({
      subject: `${count} requests wait for you`,
      text: `${count} patients have asked for you. Log in to take the requests or to decline them.`,
    }),
  },
  'urgent-request-received': {
    roles: doctor,
    mail: true,
    push: true,
    subject: 'A pressing request waits for you',
    text: 'a patient has asked for you, and it cannot wait long. Log in now to take the request, or decline it so that the patient asks somebody else.',
  },
  'doctor-left': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Your doctor is no longer here',
    text: 'the doctor who treated you has left, so your request is closed. Everything that was written stays readable to you. If you still need care, please send a new request.',
  },
  'transfer-offered': {
    roles: patient,
    mail: true,
    push: true,
    subject: 'Your doctor asks for your consent',
    text: 'your doctor would like to hand your request over to a colleague. Nothing happens without your consent: log in to see to whom, and decide.',
  },
  'transfer-waiting': {
    roles: doctor,
    mail: true,
    push: true,
    subject: 'A colleague would like to hand a patient over to you',
    text: 'a colleague would like to hand a patient over to you, and the patient has consented. Log in to look at it, and take it or decline.',
  },
  'transfer-done': {
    roles: ['patient', 'doctor'],
    mail: true,
    push: true,
    subject: 'The handover is done',
    text: 'the handover that was agreed on is done: the request is with the other doctor now.',
  },
  'transfer-over': {
    roles: ['patient', 'doctor'],
    mail: true,
    push: false,
    subject: 'The handover does not take place',
    text: 'the handover that was proposed does not take place. Log in to see how the request stands.',
  },
  'new-message': {
    roles: ['patient', 'doctor'],
    mail: true,
    push: true,
    subject: 'You have a new message',
    text: 'somebody has written to you. Log in to read it. You get no more mails about this conversation until you have been here.',
  },
  'appeal-received': {
    roles: ['admin'],
    mail: true,
    push: false,
    togetherMinutes: 10,
    subject: 'An appeal against a ban waits for an answer',
    text: 'somebody who is banned asks for the ban to be looked at again. Log in to answer.',
    many: (count) => ({
      subject: `${count} appeals against bans wait for an answer`,
      text: `${count} people who are banned ask for it to be looked at again. Log in to answer.`,
    }),
  },
  'nobody-takes': {
    roles: ['admin'],
    mail: true,
    push: true,
    subject: 'A request waits, and nobody takes it',
    text: 'a request has waited longer than it should, and the doctors of its specialty, who were told, have not taken it. See to it that somebody is there.',
  },
};

type Where = { kind: NoticeKind; requestId: string | null; roomId: string | null; userId: string | null };

/** The page of the portal that a notice leads to, for somebody of a role. */
export function pageOf({ kind, requestId, roomId, userId }: Where, role: Role): string {
  if (kind === 'transfer-waiting' && requestId !== null) return `/transfers/${requestId}`;
  if (roomId !== null) return `/chat/${roomId}`;
  if (userId !== null && role === 'admin') return `/admin/users/${userId}`;
  if (kind === 'nobody-takes') return '/admin/audit?action=request.escalated';
  if (kind === 'waiting-long' || kind === 'lease-ended') return '/inbox';
  if (requestId === null) return '/';
  if (role === 'patient') return `/requests/${requestId}`;
  return kind.endsWith('request-received') ? `/inbox/${requestId}` : `/consultations/${requestId}`;
}
