import type {
  Appointment,
  listAppointments as contract,
  getAppointment as getContract,
  InputOf,
  ReplyOf,
} from '@openward/contracts';
import { and, asc, desc, eq, lt, sql } from 'drizzle-orm';
import { decodeCursor, encodeCursor } from '#platform/database/cursor.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { appointmentFor, ownAppointments } from './access.ts';
import { instantOf } from './input.ts';
import { endsAfter } from './schedule.ts';
import { appointments } from './tables.ts';
import { viewAppointment, viewAppointments } from './view.ts';

/** The caller's own appointments, by their start. */
export async function listAppointments(ctx: Ctx, input: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  const { from, to, status, order = 'earliest', limit = 20, cursor } = input;
  const after = decodeCursor(cursor, ['time', 'id']);
  const iso = (path: string, text: string) => new Date(instantOf(path, text)).toISOString();
  const place = sql`(${appointments.startsAt}, ${appointments.id})`;
  const direction = order === 'latest' ? desc : asc;
  const rows = await ctx.reading((ctx) =>
    ctx.db
      .select()
      .from(appointments)
      .where(
        and(
          ownAppointments(ctx),
          status === undefined ? undefined : eq(appointments.status, status),
          from === undefined ? undefined : endsAfter(iso('from', from)),
          to === undefined ? undefined : lt(appointments.startsAt, iso('to', to)),
          after === null
            ? undefined
            : sql`${place} ${sql.raw(order === 'latest' ? '<' : '>')} (${after[0]}::timestamptz, ${after[1]}::uuid)`,
        ),
      )
      .orderBy(direction(appointments.startsAt), direction(appointments.id))
      .limit(limit + 1),
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  await audit(ctx, {
    action: 'appointments.listed',
    subjectType: 'appointment',
    subjectId: null,
    details: { count: shown.length },
  });
  return {
    items: await viewAppointments(ctx, shown),
    nextCursor: last === undefined ? null : encodeCursor([last.startsAt, last.id]),
  };
}

/** @throws Problem 404 for one that is not the caller's. */
export async function getAppointment(ctx: Ctx, { id }: InputOf<typeof getContract>): Promise<Appointment> {
  const row = await appointmentFor(ctx, id);
  await audit(ctx, { action: 'record.read', subjectType: 'appointment', subjectId: id, ownerId: row.patientId });
  return viewAppointment(ctx, row);
}
