import type { Language } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import type { MailContent } from '#platform/mail/mail.ts';
import { fill, writtenTime } from '#platform/mail/mail-texts.ts';
import { defineMail } from '#platform/mail/send-mail.ts';
import { addressOf } from '#platform/mail/sender.ts';
import type { Ctx } from '#server/context.ts';
import { findAccount, readerOf } from '#server/modules/identity/index.ts';
import { notify } from '#server/modules/notices/index.ts';
import type { AppointmentRow } from '../access.ts';
import { calendarFile } from '../calendar.ts';
import { loadSchedule } from '../schedule.ts';
import { appointments } from '../tables.ts';
import { texts } from './texts/texts.ts';

type Side = 'patient' | 'doctor';
type Notice = keyof typeof texts.en.subject;

/** `successorId`: the doctor who has the request now. */
type Data = { appointmentId: string; to: Side | 'successor'; notice: Notice; sequence: number; successorId?: string };

/** Tells one side what happened, within the transaction. */
export async function tell(ctx: Ctx, row: AppointmentRow, to: Side, notice: Notice): Promise<void> {
  const accountId = to === 'patient' ? row.patientId : row.doctorId;
  const kind = notice === 'reminder' ? 'appointment-reminder' : 'appointment-changed';
  const data = { appointmentId: row.id, to, notice, sequence: row.sequence };
  await notify(ctx, { accountId, kind }, { kind: appointmentMail, data });
}

export async function tellBoth(ctx: Ctx, row: AppointmentRow, notice: Notice): Promise<void> {
  await tell(ctx, row, 'patient', notice);
  await tell(ctx, row, 'doctor', notice);
}

/** Tells patient and both doctors that it was cancelled because its request is with another doctor now. */
export async function tellHandedOver(ctx: Ctx, row: AppointmentRow, successorId: string): Promise<void> {
  await tellBoth(ctx, row, 'handed-over');
  const { id: appointmentId, sequence, requestId } = row;
  const data: Data = { appointmentId, to: 'successor', notice: 'handed-over', sequence, successorId };
  const notice = { accountId: successorId, kind: 'appointment-changed', requestId } as const;
  await notify(ctx, notice, { kind: appointmentMail, data });
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
  const account = (await findAccount(ctx, to === 'successor' ? (data.successorId ?? row.doctorId) : row[`${to}Id`]))
    ?.account;
  const reader = account === undefined ? null : readerOf(account);
  const text = reader === null ? null : textFor(texts[reader.language], to, notice);
  if (reader === null || text === null) return null;
  const words = texts[reader.language];
  const timeZone = to === 'patient' ? row.patientTimeZone : await zoneOfDoctor(ctx, row, data.successorId);
  const { publicUrl } = ctx.config.http;
  const mail = { to: reader.to, from: addressOf(ctx.config.mail.from) };
  const file = calendarFile({ row, summary: words.event, publicUrl, now: ctx.clock.now(), mail });
  return {
    ...reader,
    subject: words.subject[notice],
    paragraphs: [text, fill(reader.language, words.when, timesIn(reader.language, timeZone, row))],
    action:
      to === 'successor'
        ? { label: words.toRequest, url: new URL(`/consultations/${row.requestId}`, publicUrl).href }
        : { label: words.label, url: new URL('/appointments', publicUrl).href },
    // It was never in the calendar of who takes over.
    ...(notice === 'no-show' || to === 'successor' ? {} : { calendar: file }),
  };
});

/** Null: of this nobody on that side is told. */
function textFor(words: (typeof texts)['en'], to: Data['to'], notice: Notice): string | null {
  if (to === 'patient') return words.patient[notice];
  if (to === 'successor') return notice === 'handed-over' ? words.successor : null;
  return notice === 'no-show' ? null : words.doctor[notice];
}

async function zoneOfDoctor(ctx: Ctx, row: AppointmentRow, doctorId = row.doctorId): Promise<string> {
  const { schedule } = await loadSchedule(ctx, doctorId);
  return schedule?.timeZone ?? row.patientTimeZone;
}

/** „Monday, 30 November 2026 at 09:00“, „09:30“ and „Europe/Berlin“. */
function timesIn(language: Language, zone: string, { startsAt, endsAt }: AppointmentRow) {
  return {
    start: writtenTime(language, startsAt, { dateStyle: 'full', timeStyle: 'short', timeZone: zone }),
    end: writtenTime(language, endsAt, { timeStyle: 'short', timeZone: zone }),
    zone,
  };
}
