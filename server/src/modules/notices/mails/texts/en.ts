import type { NoticeKind } from '@openward/contracts';
import type { MailText } from '#platform/mail/mail-texts.ts';

/** What is mailed of each kind of notice. Mails and screens are read by others: never a name, never what is the matter. */
export const english = {
  kinds: {
    'request-accepted': {
      subject: 'A doctor has taken your request',
      text: 'a doctor has taken your request and can talk to you now.',
    },
    'request-declined': {
      subject: 'Your request was declined',
      text: 'the doctor you asked cannot take your request. Please ask another one.',
    },
    'request-handed-back': {
      subject: 'Your request waits for another doctor',
      text: 'the doctor who had your request can no longer treat it. It is open to the other doctors of the specialty now; you need not do anything.',
    },
    'request-diagnosed': {
      subject: 'There is news on your request',
      text: 'your doctor has written something for you. Log in to read it.',
    },
    'request-corrected': {
      subject: 'Something in your record was corrected',
      text: 'your doctor has corrected something that was written for you. Log in to read what holds now, and why. A summary that you printed before is no longer the newest.',
    },
    'request-lease-ended': {
      subject: 'Your request waits for another doctor',
      text: 'the doctor who took your request has not begun in time. It is open to all doctors of the specialty again, at the place that it had; you need not do anything.',
    },
    'waiting-long': {
      subject: 'Patients wait in your specialty',
      text: 'a patient who may need you has waited longer than they should. If you can, look into your box and take the request. You are told so at most once in a quarter of an hour.',
    },
    'lease-ended': {
      subject: 'A request you took waits again',
      text: 'you took a request and wrote nothing in time. So that the patient does not wait in vain, it is open to all doctors of your specialty again. You can take it once more, if nobody else has: a first message to the patient keeps it yours.',
    },
    'request-received': {
      subject: { one: 'A request waits for you', other: '{count} requests wait for you' },
      text: {
        one: 'a patient has asked for you. Log in to take the request or to decline it.',
        other: '{count} patients have asked for you. Log in to take the requests or to decline them.',
      },
    },
    'urgent-request-received': {
      subject: 'A pressing request waits for you',
      text: 'a patient has asked for you, and it cannot wait long. Log in now to take the request, or decline it so that the patient asks somebody else.',
    },
    'doctor-left': {
      subject: 'Your doctor is no longer here',
      text: 'the doctor who treated you has left, so your request is closed. Everything that was written stays readable to you. If you still need care, please send a new request.',
    },
    'transfer-offered': {
      subject: 'Your doctor asks for your consent',
      text: 'your doctor would like to hand your request over to a colleague. Nothing happens without your consent: log in to see to whom, and decide.',
    },
    'transfer-waiting': {
      subject: 'A colleague would like to hand a patient over to you',
      text: 'a colleague would like to hand a patient over to you, and the patient has consented. Log in to look at it, and take it or decline.',
    },
    'transfer-done': {
      subject: 'The handover is done',
      text: 'the handover that was agreed on is done: the request is with the other doctor now.',
    },
    'transfer-over': {
      subject: 'The handover does not take place',
      text: 'the handover that was proposed does not take place. Log in to see how the request stands.',
    },
    'new-message': {
      subject: 'You have a new message',
      text: 'somebody has written to you. Log in to read it. You get no more mails about this conversation until you have been here.',
    },
    'appointment-changed': {
      subject: 'There is news of an appointment',
      text: 'an appointment of yours was booked, moved, cancelled or missed. Log in to see it.',
    },
    'appointment-reminder': {
      subject: 'Your appointment is near',
      text: 'this is a reminder of an appointment.',
    },
    'appeal-received': {
      subject: {
        one: 'An appeal against a ban waits for an answer',
        other: '{count} appeals against bans wait for an answer',
      },
      text: {
        one: 'somebody who is banned asks for the ban to be looked at again. Log in to answer.',
        other: '{count} people who are banned ask for it to be looked at again. Log in to answer.',
      },
    },
    'nobody-takes': {
      subject: 'A request waits, and nobody takes it',
      text: 'a request has waited longer than it should, and the doctors of its specialty, who were told, have not taken it. See to it that somebody is there.',
    },
  } as const satisfies Record<NoticeKind, { subject: MailText; text: MailText }>,
  choose: 'Which mails you get you choose under “Notifications”.',
  label: 'Open Openward',
};
