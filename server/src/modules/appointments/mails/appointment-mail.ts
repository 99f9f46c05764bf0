import { eq, sql } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { defineMail, sendMail } from '#platform/mail/send-mail.ts';
import { addressOf } from '#platform/mail/sender.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount, nameOf } from '#server/modules/identity/index.ts';
import type { AppointmentRow } from '../access.ts';
import { calendarFile } from '../calendar.ts';
import { loadSchedule } from '../schedule.ts';
import { appointments } from '../tables.ts';

type Side = 'patient' | 'doctor';
type Notice = 'booked' | 'moved' | 'cancelled' | 'reminder' | 'no-show';

const notices: Record<Notice, { subject: string; patient: string; doctor: string }> = {
  booked: {
    subject: 'Your appointment is booked',
    patient: 'your appointment is booked. The room for it opens shortly before it begins; log in then.',
    doctor: 'a patient has booked an appointment with you. The room for it opens shortly before it begins.',
  },
  moved: {
    subject: 'Your appointment was moved',
    patient: 'your appointment is at another time now. If it does not suit you, log in to move or cancel it.',
    doctor: 'an appointment with you is at another time now.',
  },
  cancelled: {
    subject: 'Your appointment was cancelled',
    patient: 'your appointment was cancelled. Log in to see why, or to book another.',
    doctor: 'an appointment with you was cancelled. The time is free again.',
  },
  reminder: {
    subject: 'Your appointment is near',
    patient: 'this is a reminder of your appointment. The room for it opens shortly before it begins; log in then.',
    doctor: 'this is a reminder of an appointment with you.',
  },
  'no-show': {
    subject: 'You missed your appointment',
    patient: 'the doctor waited for you and has marked the appointment as missed. Log in to book another.',
    doctor: '',
  },
};

type Data = { appointmentId: string; to: Side; notice: Notice; sequence: number };

/** Tells one side what happened, within the transaction. */
export async function tell(ctx: Ctx, { id, sequence }: AppointmentRow, to: Side, notice: Notice): Promise<void> {
  await sendMail(ctx, appointmentMail, { appointmentId: id, to, notice, sequence });
}

export async function tellBoth(ctx: Ctx, row: AppointmentRow, notice: Notice): Promise<void> {
  await tell(ctx, row, 'patient', notice);
  await tell(ctx, row, 'doctor', notice);
}

/**
 * When an appointment is, and a file for the calendar; what it is about and with whom stays out of it. Void once it was moved or
 * cancelled since: a later mail tells that. A reminder is void too once it has begun.
 */
export const appointmentMail = defineMail<Data>('appointment', async (ctx, data): Promise<MailContent | null> => {
  const { appointmentId, to, notice, sequence } = data;
  const [found] = await ctx.db
    .select({ row: appointments, begun: sql<boolean>`${appointments.startsAt} <= now()` })
    .from(appointments)
    .where(eq(appointments.id, appointmentId));
  if (found === undefined || found.row.sequence !== sequence || (notice === 'reminder' && found.begun)) return null;
  const { row } = found;
  const account = (await findAccount(ctx, to === 'patient' ? row.patientId : row.doctorId))?.account;
  if (account === undefined || account.email === null) return null;
  const timeZone = to === 'patient' ? row.patientTimeZone : await zoneOfDoctor(ctx, row);
  const { publicUrl } = ctx.config.http;
  const mail = { to: account.email, from: addressOf(ctx.config.mail.from) };
  const file = calendarFile({ row, summary: 'Openward consultation', publicUrl, now: ctx.clock.now(), mail });
  return {
    to: account.email,
    subject: notices[notice].subject,
    paragraphs: [`Hello ${nameOf(account)},`, notices[notice][to], `When: ${whenIn(timeZone, row)}`],
    action: { label: 'See your appointments', url: new URL('/appointments', publicUrl).href },
    ...(notice === 'no-show' ? {} : { calendar: file }),
  };
});

async function zoneOfDoctor(ctx: Ctx, row: AppointmentRow): Promise<string> {
  const { schedule } = await loadSchedule(ctx, row.doctorId);
  return schedule?.timeZone ?? row.patientTimeZone;
}

/** „Monday, 30 November 2026 at 09:00 to 09:30 (Europe/Berlin)“. */
function whenIn(timeZone: string, { startsAt, endsAt }: AppointmentRow): string {
  const start = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
  const end = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone });
  return `${start.format(new Date(startsAt))} to ${end.format(new Date(endsAt))} (${timeZone})`;
}
