import { and, eq, exists, inArray, isNull, or, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Db } from '#platform/database/connect.ts';
import { prepared } from '#platform/database/prepared.ts';
import { notFound } from '#platform/problem.ts';
import { type Actor, actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { doctors } from '#server/modules/doctors/index.ts';
import { accounts } from '#server/modules/identity/index.ts';
import { readableByItsDoctor, treatedStatuses } from './lock-record.ts';
import { notReserved } from './reservation.ts';
import { careRequests } from './tables.ts';
import { offeredTo } from './transfers/open-transfer.ts';

export type RequestRow = typeof careRequests.$inferSelect;

/** Who looks: somebody, or anybody of a role in a statement that is prepared once for all. */
type Viewer = { role: Actor['role']; accountId: string | Placeholder };

/**
 * Which requests somebody may see. Patients: their own. Doctors: those sent to them, that they treat or treated, and the
 * incoming ones of their specialty. Of a patient who has deleted the account: what they treated, until that is removed.
 */
export function visibleTo(actor: Viewer): SQL | undefined {
  if (actor.role === 'patient') return and(eq(careRequests.patientId, actor.accountId), isNull(careRequests.removedAt));
  if (actor.role !== 'doctor') return sql`false`;
  return or(
    and(eq(careRequests.doctorId, actor.accountId), readableByItsDoctor),
    and(eq(careRequests.status, 'submitted'), openToAll, ofOwnSpecialty(actor)),
  );
}

/** Those that a doctor might have taken: visible ones, and ones of the specialty that somebody else took or that ended. */
function takeableBy(actor: Viewer): SQL | undefined {
  return or(
    and(eq(careRequests.doctorId, actor.accountId), readableByItsDoctor),
    and(openToAll, ofOwnSpecialty(actor)),
  );
}

/** What waits for a doctor: what was sent to the doctor, and while the doctor accepts requests what is open to the specialty. */
export function incomingFor(actor: Actor): SQL | undefined {
  return and(
    eq(careRequests.status, 'submitted'),
    notReserved,
    or(and(eq(careRequests.doctorId, actor.accountId), readableByItsDoctor), and(openToAll, ofSpecialtyServed(actor))),
  );
}

/** Offered to the specialty; what is locked is offered to nobody. */
const openToAll = and(eq(careRequests.openToSpecialty, true), isNull(careRequests.lockedAt));

function ofOwnSpecialty(actor: Viewer): SQL {
  return sql`${careRequests.specialty} = (SELECT ${doctors.specialty} FROM ${doctors} WHERE ${doctors.accountId} = ${actor.accountId})`;
}

/** Null, and so none, while the doctor accepts no requests. */
function ofSpecialtyServed(actor: Actor): SQL {
  return sql`${careRequests.doctorId} IS NULL AND ${careRequests.specialty} = (SELECT ${doctors.specialty} FROM ${doctors} WHERE ${doctors.accountId} = ${actor.accountId} AND ${doctors.acceptingRequests})`;
}

/**
 * Statements about the one request that somebody may see, or take: one for each role, since each may see others, built and planned once.
 * @param build adds what it selects to what is asked; `name` is the statement's.
 */
export function preparedForRoles<S>(act: 'see' | 'take', build: (db: Db, which: SQL | undefined, name: string) => S) {
  const ofRole = (role: Viewer['role']) => {
    const viewer = { role, accountId: sql.placeholder('accountId') };
    return prepared((db) => {
      const may = act === 'take' ? takeableBy(viewer) : or(visibleTo(viewer), handedTo(viewer));
      return build(db, and(eq(careRequests.id, sql.placeholder('id')), may), `${act}_${role}`);
    });
  };
  const statements = { patient: ofRole('patient'), doctor: ofRole('doctor'), admin: ofRole('admin') };
  return ({ db }: Ctx, { role }: Actor): S => statements[role](db);
}

const buildRow = (db: Db, which: SQL | undefined, name: string) =>
  db.select().from(careRequests).where(which).prepare(`request_row_${name}`);
const rows = { see: preparedForRoles('see', buildRow), take: preparedForRoles('take', buildRow) };

/**
 * The row, if the caller may know of it. The first line of every use case on a request.
 * @param act `take` also finds what a doctor has lost to another, so that the race can be told from a missing request.
 * @throws Problem 404, the same for hidden and for missing; a refusal is written into the audit.
 */
export async function requestFor(ctx: Ctx, id: string, act: 'see' | 'take'): Promise<RequestRow> {
  const actor = actorOf(ctx);
  const [row] = await rows[act](ctx, actor).execute({ id, accountId: actor.accountId });
  if (row === undefined) return refuse(ctx, 'request', id);
  return row;
}

/** What the patient has consented to hand over to this doctor, until that is decided. */
function handedTo({ role, accountId }: Viewer): SQL | undefined {
  return role === 'doctor' ? and(offeredTo(accountId), isNull(careRequests.lockedAt)) : undefined;
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
