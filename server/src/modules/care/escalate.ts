import type { Urgency } from '@openward/contracts';
import { and, asc, eq, isNull, lt, sql } from 'drizzle-orm';
import { job } from '#platform/jobs/jobs.ts';
import type { Ctx } from '#server/context.ts';
import { noticeLimits } from '#server/limits.ts';
import { audit } from '#server/modules/audit/index.ts';
import { findAccepting } from '#server/modules/doctors/index.ts';
import { accounts } from '#server/modules/identity/index.ts';
import { notify, toldOfLate } from '#server/modules/notices/index.ts';
import type { Escalation } from '#server/settings-reader.ts';
import { escalations } from './counters.ts';
import { notReserved } from './reservation.ts';
import { careRequests } from './tables.ts';

/** Run by the clock, so that nothing that is due can be lost. */
export const escalateJob = job<Record<string, never>>('care.escalate');

const batchSize = 50;
/** Of a specialty so many doctors hear of one request at most, and each of any at most once in a quarter of an hour (`alertEveryMinutes`). */
const maxDoctors = 10;
const maxAsked = 50;
const maxAdmins = 20;

type Step = { name: 'doctors' | 'admins'; level: 1 | 2; afterMinutes: number };

/**
 * Tells doctors, and later admins, of requests that nobody took in time: how long that is says the setting of their urgency. However many
 * workers run it, each step of each request is taken, and written down, once, by the database's clock.
 */
export async function escalateWaiting(ctx: Ctx): Promise<void> {
  for (const [urgency, escalation] of Object.entries(ctx.config.queue.escalation) as [Urgency, Escalation | null][]) {
    if (escalation === null) continue;
    // Doctors first: what both steps are due for, since no worker ran, takes both in this order.
    await escalateAll(ctx, urgency, { name: 'doctors', level: 1, afterMinutes: escalation.doctors });
    await escalateAll(ctx, urgency, { name: 'admins', level: 2, afterMinutes: escalation.admins });
  }
}

async function escalateAll(ctx: Ctx, urgency: Urgency, step: Step): Promise<void> {
  for (;;) if ((await ctx.tx((ctx) => escalateSome(ctx, urgency, step))) < batchSize) return;
}

async function escalateSome(ctx: Ctx, urgency: Urgency, { name, level, afterMinutes }: Step): Promise<number> {
  // One worker at a time, so that it sees whom it has told. Who comes meanwhile leaves it to that one, or to the next minute.
  const { rows: turn } = await ctx.db.execute<{ mine: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtext('openward.escalate')) AS mine`,
  );
  if (turn[0]?.mine !== true) return 0;
  const waitingSince = sql`coalesce(${careRequests.returnedAt}, ${careRequests.submittedAt})`;
  const due = await ctx.db
    .select()
    .from(careRequests)
    .where(
      and(
        eq(careRequests.status, 'submitted'),
        eq(careRequests.urgencyRank, ranks[urgency]),
        lt(careRequests.escalation, 2),
        eq(careRequests.escalation, level - 1),
        isNull(careRequests.lockedAt),
        notReserved,
        sql`${waitingSince} <= now() - make_interval(mins => ${afterMinutes})`,
      ),
    )
    .orderBy(asc(waitingSince))
    .limit(batchSize)
    .for('no key update', { skipLocked: true });
  for (const request of due) {
    await ctx.db.update(careRequests).set({ escalation: level }).where(eq(careRequests.id, request.id));
    const told = name === 'doctors' ? await tellDoctors(ctx, request) : await tellAdmins(ctx);
    await audit(ctx, {
      action: 'request.escalated',
      subjectType: 'request',
      subjectId: request.id,
      ownerId: request.patientId,
      details: { step: name, urgency, specialty: request.specialty, told },
    });
    ctx.afterCommit(() => ctx.metrics.count(escalations, { step: name }));
  }
  return due.length;
}

const ranks: Record<Urgency, number> = { emergency: 0, urgent: 1, routine: 2 };

type Waiting = Pick<typeof careRequests.$inferSelect, 'specialty' | 'doctorId'>;

/** @returns how many are told: not who was told of another of late. */
async function tellDoctors(ctx: Ctx, { specialty, doctorId }: Waiting): Promise<number> {
  const candidates = doctorId === null ? await findAccepting(ctx, specialty, maxAsked) : [doctorId];
  return alertSome(ctx, candidates, { kind: 'waiting-long', most: maxDoctors });
}

async function tellAdmins(ctx: Ctx): Promise<number> {
  const admins = await ctx.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.role, 'admin'), isNull(accounts.deletedAt)))
    .limit(maxAdmins);
  const ids = admins.map(({ id }) => id);
  return alertSome(ctx, ids, { kind: 'nobody-takes', most: maxAdmins });
}

/** Whom it tells, and whom it does not, commits with the step: the next try of one that broke off tells all of them. */
async function alertSome(
  ctx: Ctx,
  accountIds: readonly string[],
  { kind, most }: { kind: 'waiting-long' | 'nobody-takes'; most: number },
): Promise<number> {
  const told = await toldOfLate(ctx, { accountIds, kind, withinMinutes: noticeLimits.alertEveryMinutes });
  const chosen = accountIds.filter((accountId) => !told.has(accountId)).slice(0, most);
  for (const accountId of chosen) await notify(ctx, { accountId, kind });
  return chosen.length;
}
