import type { Availability, CareRequest, Queue } from '@openward/contracts';
import { and, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { acceptingAmong, countAccepting, specialtyView } from '#server/modules/doctors/index.ts';
import { findAccount } from '#server/modules/identity/index.ts';
import type { RequestRow } from './access.ts';
import { emergencyNumbers } from './emergency-numbers.ts';
import { inLine } from './request-news.ts';
import { careRequests } from './tables.ts';

/** Fewer waits are no ground for a promise, */
const minWaits = 8;
/** nor are fewer who waited as long as this one already. */
const minLonger = 3;
const maxWaits = 200;
/** A place is counted so far: behind a thousand it tells nobody anything. */
const maxAhead = 1_000;
/** Whom to ask where a specialty has nobody: they see everybody, and send on. */
const generalists = ['family_medicine', 'internal_medicine', 'emergency_medicine', 'pediatrics'];
const maxInstead = 3;

type ForPatient = Pick<CareRequest, 'queue' | 'availability' | 'emergency'>;

/** What a patient is told beside the request: while it waits, the place, an estimate and whether anybody is there; whom to call. */
export async function waitingView(ctx: Ctx, row: RequestRow): Promise<ForPatient> {
  if (row.status !== 'submitted' && row.status !== 'accepted') return {};
  const account = await findAccount(ctx, row.patientId);
  const emergency = emergencyNumbers(account?.account.country ?? null);
  // Who has an appointment waits for a time, not in a queue.
  if (row.status === 'accepted' || row.appointmentAt !== null) return { emergency };
  return { queue: await queueOf(ctx, row), availability: await availabilityFor(ctx, row), emergency };
}

async function queueOf(ctx: Ctx, row: RequestRow): Promise<Queue> {
  const { id, urgencyRank, submittedAt, doctorId, specialty } = row;
  const before = ctx.db
    .select({ one: sql`1` })
    .from(careRequests)
    .where(
      and(
        inLine(doctorId === null ? { specialty } : { doctorId }),
        sql`(${careRequests.urgencyRank}, ${careRequests.submittedAt}, ${careRequests.id}) < (${urgencyRank}::smallint, ${submittedAt}::timestamptz, ${id}::uuid)`,
      ),
    )
    .limit(maxAhead);
  const { rows } = await ctx.db.execute<{ ahead: number }>(sql`SELECT count(*)::int AS ahead FROM ${before} AS line`);
  const ahead = rows[0]?.ahead ?? 0;
  return { position: ahead + 1, ahead, ...(await estimateFor(ctx, row)) };
}

/** Out of what others really waited, of those only who had waited as long as this one: so that no promise is broken and made anew. */
async function estimateFor(ctx: Ctx, row: RequestRow): Promise<Pick<Queue, 'estimateMinutes' | 'basis' | 'basedOn'>> {
  const { specialty, urgency, openToSpecialty, submittedAt, returnedAt } = row;
  const { rows } = await ctx.db.execute<{ waits: number; longer: number; more_s: number | null }>(sql`
    WITH own AS (SELECT greatest(0, extract(epoch FROM now() - ${returnedAt ?? submittedAt}::timestamptz)) AS waited_s),
    waits AS (
      SELECT extract(epoch FROM accepted_at - submitted_at) AS s FROM ${careRequests}
      WHERE specialty = ${specialty} AND urgency = ${urgency} AND open_to_specialty = ${openToSpecialty}
        AND accepted_at > now() - interval '7 days' AND returned_at IS NULL AND appointment_at IS NULL
      ORDER BY accepted_at DESC LIMIT ${maxWaits})
    SELECT count(*)::int AS waits, count(*) FILTER (WHERE s > waited_s)::int AS longer,
      (percentile_cont(0.75) WITHIN GROUP (ORDER BY s - waited_s) FILTER (WHERE s > waited_s))::float AS more_s
    FROM own LEFT JOIN waits ON true WHERE s IS NOT NULL`);
  const { waits = 0, longer = 0, more_s = null } = rows[0] ?? {};
  if (waits < minWaits) return { estimateMinutes: null, basis: 'too-few-waits', basedOn: waits };
  if (longer < minLonger || more_s === null)
    return { estimateMinutes: null, basis: 'longer-than-usual', basedOn: waits };
  return { estimateMinutes: Math.max(1, Math.ceil(more_s / 60)), basis: 'recent-waits', basedOn: waits };
}

async function availabilityFor(ctx: Ctx, { specialty, doctorId }: RequestRow): Promise<Availability> {
  const doctors = await countAccepting(ctx, { specialty, doctorId });
  if (doctors > 0) return { state: 'available', doctors, askInstead: [] };
  // Of a doctor who is away the colleagues come first.
  const others = generalists.filter((code) => code !== specialty);
  const instead = await acceptingAmong(ctx, doctorId === null ? others : [specialty, ...others]);
  return {
    state: doctorId === null ? 'nobody-accepting' : 'doctor-away',
    doctors,
    askInstead: instead.slice(0, maxInstead).map(specialtyView),
  };
}
