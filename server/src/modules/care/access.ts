import { and, eq, exists, inArray, isNull, or, type Placeholder, type SQL, sql } from 'drizzle-orm';
import { prepared } from '#platform/database/prepared.ts';
import { notFound } from '#platform/problem.ts';
import { type Actor, actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { doctors, findDoctor } from '#server/modules/doctors/index.ts';
import { accounts } from '#server/modules/identity/index.ts';
import { readableByItsDoctor, treatedStatuses } from './lock-record.ts';
import { notReserved } from './reservation.ts';
import { careRequests } from './tables.ts';
import { offeredTo } from './transfers/open-transfer.ts';

export type RequestRow = typeof careRequests.$inferSelect;

/** Who looks: somebody, or anybody of a role in a statement that is prepared once for all. */
type Viewer = { role: Actor['role']; accountId: string | Placeholder | SQL };

/**
 * Which requests somebody may see. Patients: their own. Doctors: those sent to them, that they treat or treated, and the
 * incoming ones of their specialty. Of a patient who has deleted the account: what they treated, until that is removed.
 */
export function visibleTo(actor: Viewer): SQL | undefined {
  if (actor.role === 'patient') return and(eq(careRequests.patientId, actor.accountId), isNull(careRequests.removedAt));
  if (actor.role !== 'doctor') return sql`false`;
  return or(ownOfDoctor(actor), and(eq(careRequests.status, 'submitted'), openToAll, ofOwnSpecialty(actor)));
}

/** Those that a doctor might have taken: visible ones, and ones of the specialty that somebody else took or that ended. */
function takeableBy(actor: Viewer): SQL | undefined {
  return or(ownOfDoctor(actor), and(openToAll, ofOwnSpecialty(actor)));
}

/**
 * What waits for a doctor, in parts with an index each: what was sent to the doctor, and while the doctor accepts requests what is open to
 * the specialty.
 */
export async function incomingFor(ctx: Ctx): Promise<(SQL | undefined)[]> {
  const actor = actorOf(ctx);
  // Known beforehand: then PostgreSQL knows how many wait for it.
  const doctor = await findDoctor(ctx, actor.accountId);
  const waits = and(eq(careRequests.status, 'submitted'), notReserved);
  const own = and(waits, ownOfDoctor(actor));
  if (doctor?.acceptingRequests !== true) return [own];
  return [own, and(waits, openToAll, isNull(careRequests.doctorId), eq(careRequests.specialty, doctor.specialty))];
}

/** Sent to a doctor or taken by them. */
export function ownOfDoctor({ accountId }: Pick<Viewer, 'accountId'>): SQL | undefined {
  return and(eq(careRequests.doctorId, accountId), readableByItsDoctor);
}

/** Offered to the specialty; what is locked is offered to nobody. */
const openToAll = and(eq(careRequests.openToSpecialty, true), isNull(careRequests.lockedAt));

function ofOwnSpecialty(actor: Viewer): SQL {
  return sql`${careRequests.specialty} = (SELECT ${doctors.specialty} FROM ${doctors} WHERE ${doctors.accountId} = ${actor.accountId})`;
}

/** What a caller may see: the visible, and what is being handed to a doctor. */
export function seenBy(viewer: Viewer): SQL | undefined {
  return or(visibleTo(viewer), handedTo(viewer));
}

/** One for each role, since each may see others: built and planned once. */
const rowOf = (act: 'see' | 'take', role: Viewer['role']) => {
  const viewer = { role, accountId: sql.placeholder('accountId') };
  const may = act === 'take' ? takeableBy(viewer) : seenBy(viewer);
  return prepared((db) =>
    db
      .select()
      .from(careRequests)
      .where(and(eq(careRequests.id, sql.placeholder('id')), may))
      .prepare(`request_row_${act}_${role}`),
  );
};
const forRoles = (act: 'see' | 'take') => ({
  patient: rowOf(act, 'patient'),
  doctor: rowOf(act, 'doctor'),
  admin: rowOf(act, 'admin'),
});
const rows = { see: forRoles('see'), take: forRoles('take') };

/**
 * The row, if the caller may know of it. The first line of every use case on a request.
 * @param act `take` also finds what a doctor has lost to another, so that the race can be told from a missing request.
 * @throws Problem 404, the same for hidden and for missing; a refusal is written into the audit.
 */
export async function requestFor(ctx: Ctx, id: string, act: 'see' | 'take'): Promise<RequestRow> {
  const actor = actorOf(ctx);
  const [row] = await rows[act][actor.role](ctx.db).execute({ id, accountId: actor.accountId });
  if (row === undefined) return refuse(ctx, 'request', id);
  return row;
}

/** What the patient has consented to hand over to this doctor, until that is decided, or ended by the lock of the record. */
function handedTo({ role, accountId }: Viewer): SQL | undefined {
  return role === 'doctor' ? offeredTo(accountId) : undefined;
}

/** Whether a doctor treats or treated a patient: took one of the patient's requests and kept it. */
export async function treats(ctx: Ctx, doctorId: string, patientId: string): Promise<boolean> {
  const taken = ctx.db
    .select({ one: sql`1` })
    .from(careRequests)
    .where(
      and(
        eq(careRequests.doctorId, doctorId),
        eq(careRequests.patientId, patientId),
        inArray(careRequests.status, [...treatedStatuses]),
        isNull(careRequests.removedAt),
      ),
    );
  const [row] = await ctx.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.id, patientId), eq(accounts.role, 'patient'), exists(taken)));
  return row !== undefined;
}

/** @throws Problem 404 for a patient whom the caller does not treat; the refusal is written into the audit. */
export async function patientFor(ctx: Ctx, patientId: string): Promise<void> {
  if (!(await treats(ctx, actorOf(ctx).accountId, patientId))) await refuse(ctx, 'patient', patientId);
}

/** @throws Problem 404, always; that somebody asked is written into the audit. */
export async function refuse(ctx: Ctx, subjectType: 'request' | 'patient', subjectId: string): Promise<never> {
  await audit(ctx, { action: 'record.read', subjectType, subjectId, outcome: 'denied' });
  throw notFound();
}
