import type { Appointment } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { requestStates } from '#server/modules/care/index.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import type { AppointmentRow } from './access.ts';

const hourMs = 3_600_000;
const gone = 'Deleted account';

/** Appointments → what goes out, with the names and requests of all of them at once. Who may see them is the caller's to have checked. */
export async function viewAppointments(ctx: Ctx, rows: readonly AppointmentRow[]): Promise<Appointment[]> {
  if (rows.length === 0) return [];
  const names = await namesOf(ctx, [
    ...new Set(
      rows.flatMap(({ patientId, doctorId, handedTo }) => [
        patientId,
        doctorId,
        ...(handedTo === null ? [] : [handedTo]),
      ]),
    ),
  ]);
  const requests = await requestStates(
    ctx,
    rows.map(({ requestId }) => requestId),
  );
  const person = (id: string) => ({ id, fullName: names.get(id) ?? gone });
  return rows.map((row) => ({
    id: row.id,
    requestId: row.requestId,
    requestStatus: requests.get(row.requestId)?.status ?? 'cancelled',
    roomId: requests.get(row.requestId)?.roomId ?? null,
    status: row.status,
    patient: person(row.patientId),
    doctor: person(row.doctorId),
    startsAt: row.startsAt,
    endsAt: row.endsAt,
    changeableUntil: changeableUntil(ctx, row),
    movesLeft: Math.max(0, ctx.config.appointments.maxMoves - row.moves),
    changedBy: row.changedBy,
    reason: row.reason,
    handedTo: row.handedTo === null ? null : person(row.handedTo),
    createdAt: row.createdAt,
  }));
}

export async function viewAppointment(ctx: Ctx, row: AppointmentRow): Promise<Appointment> {
  const [view] = await viewAppointments(ctx, [row]);
  if (view === undefined) throw new Error(`Appointment ${row.id} is not there.`);
  return view;
}

/** Until when the patient may move or cancel it. */
export function changeableUntil(ctx: Ctx, { startsAt }: Pick<AppointmentRow, 'startsAt'>): string {
  return new Date(Date.parse(startsAt) - ctx.config.appointments.changeHours * hourMs).toISOString();
}
