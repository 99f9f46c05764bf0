import { Readable } from 'node:stream';
import type { downloadAppointment as contract, InputOf } from '@openward/contracts';
import type { Http } from '#platform/http/route.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import { appointmentFor } from './access.ts';
import { calendarFile } from './calendar.ts';

/** A calendar file for one's own device. @throws Problem 404 for an appointment that is not the caller's. */
export async function downloadAppointment(ctx: Ctx, { id }: InputOf<typeof contract>, http: Http): Promise<undefined> {
  const row = await appointmentFor(ctx, id);
  await audit(ctx, { action: 'record.read', subjectType: 'appointment', subjectId: id, ownerId: row.patientId });
  const otherId = actorOf(ctx).role === 'doctor' ? row.patientId : row.doctorId;
  const name = (await namesOf(ctx, [otherId])).get(otherId);
  const { text } = calendarFile({
    row,
    summary: name === undefined ? 'Openward' : `Openward: ${name}`,
    publicUrl: ctx.config.http.publicUrl,
    now: ctx.clock.now(),
  });
  http.header('content-type', 'text/calendar; charset=utf-8');
  http.header('content-disposition', 'attachment; filename="appointment.ics"');
  http.header('cache-control', 'no-store');
  http.stream(Readable.from([text]));
}
