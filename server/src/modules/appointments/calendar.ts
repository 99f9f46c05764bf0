import ical, { ICalAttendeeRole, ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { AppointmentRow } from './access.ts';

type Event = {
  row: Pick<AppointmentRow, 'id' | 'startsAt' | 'endsAt' | 'status' | 'sequence'>;
  /** No health text, and in a mail no names: it lies around in calendars. */
  summary: string;
  publicUrl: URL;
  now: Date;
  /** For a mail: whom it goes to, and from whom. Without: a file that somebody took for themselves. */
  mail?: { to: string; from: string };
};

/**
 * An appointment as a calendar file (RFC 5545, RFC 5546): one UID for its whole life, and a SEQUENCE that grows with each change, so
 * that a later file moves or cancels what an earlier one put into the calendar. Times are in UTC: no zone has to be explained.
 */
export function calendarFile({ row, summary, publicUrl, now, mail }: Event): { method: string; text: string } {
  const cancelled = row.status !== 'booked';
  const method = cancelled ? 'CANCEL' : mail === undefined ? 'PUBLISH' : 'REQUEST';
  const calendar = ical({ prodId: '//Openward//Appointments//EN', method: ICalCalendarMethod[method] });
  const event = calendar.createEvent({
    id: `${row.id}@${publicUrl.hostname}`,
    sequence: row.sequence,
    start: new Date(row.startsAt),
    end: new Date(row.endsAt),
    stamp: now,
    summary,
    url: new URL('/appointments', publicUrl).href,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  event.organizer({ name: 'Openward', email: mail === undefined ? `no-reply@${publicUrl.hostname}` : mail.from });
  if (mail !== undefined) {
    event.createAttendee({
      email: mail.to,
      role: ICalAttendeeRole.REQ,
      status: ICalAttendeeStatus.ACCEPTED,
      rsvp: false,
    });
  }
  return { method, text: calendar.toString() };
}
