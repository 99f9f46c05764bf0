import type { RequestStatus } from '@openward/contracts';
import { and, asc, eq, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { doctors } from '#server/modules/doctors/index.ts';
import { returningKinds } from './record-event.ts';
import { forOthers, treated } from './request-states.ts';
import { notReserved } from './reservation.ts';
import { careRequestEvents, careRequests } from './tables.ts';

/** How a request stands, and to whom that may be told. Nothing of what it is about. */
export type RequestNews = { requestId: string; status: RequestStatus; version: number; accountIds: string[] };

/** Those who wait for the same: a specialty, or one doctor. */
export type Line = { specialty: string } | { doctorId: string };

/**
 * To whom the newest state of these requests may be told: to the patient and the doctor who has it. And to whom that it left them, or came back: to the
 * doctor who just lost it, and where `heard` says that a queue has changed to those of `doctorIds` who are of its specialty and accept requests.
 * @returns the news, and the queues in which others may have another place.
 */
export async function requestNews(
  ctx: Ctx,
  heard: ReadonlyMap<string, { queue: boolean }>,
  doctorIds: readonly string[],
): Promise<{ news: RequestNews[]; lines: Line[] }> {
  const ids = [...heard.keys()];
  const rows = await ctx.db
    .select()
    .from(careRequests)
    .where(and(inArray(careRequests.id, ids), isNull(careRequests.removedAt)));
  const offered = rows.filter(
    ({ id, openToSpecialty, lockedAt }) => openToSpecialty && lockedAt === null && heard.get(id)?.queue === true,
  );
  const [former, accepting] = await Promise.all([
    formerDoctors(ctx, ids),
    acceptingOf(ctx, [...new Set(offered.map(({ specialty }) => specialty))], doctorIds),
  ]);
  const news = rows.flatMap(({ id, status, version, patientId, doctorId, specialty, lockedAt }) => {
    // Of a locked one only what was treated stays readable; the doctor who has it hears of that, too.
    const ofDoctor = doctorId === null || (lockedAt !== null && !treated.has(status)) ? [] : [doctorId];
    const open = offered.some((request) => request.id === id) ? (accepting.get(specialty) ?? []) : [];
    const whose = new Set([patientId, ...ofDoctor]);
    const others = new Set([...(former.get(id) ?? []), ...open].filter((one) => !whose.has(one)));
    return [
      { requestId: id, status, version, accountIds: [...whose] },
      { requestId: id, status: forOthers(status), version, accountIds: [...others] },
    ];
  });
  const lines = rows
    .filter(({ id }) => heard.get(id)?.queue === true)
    .map(({ doctorId, specialty, openToSpecialty }) =>
      openToSpecialty || doctorId === null ? { specialty } : { doctorId },
    );
  return { news, lines };
}

/** Who lost which of these within the last minute: that they did is the last that they hear. */
async function formerDoctors(ctx: Ctx, ids: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await ctx.db
    .select({ id: careRequestEvents.requestId, doctorId: careRequestEvents.doctorId })
    .from(careRequestEvents)
    .where(
      and(
        inArray(careRequestEvents.requestId, [...ids]),
        inArray(careRequestEvents.kind, [...returningKinds]),
        gt(careRequestEvents.at, sql`now() - interval '1 minute'`),
      ),
    );
  return groupIds(rows.flatMap(({ id, doctorId }) => (doctorId === null ? [] : [{ key: id, id: doctorId }])));
}

/** Of some doctors those who are approved, of these specialties, and accept requests. */
async function acceptingOf(
  ctx: Ctx,
  specialties: readonly string[],
  doctorIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (specialties.length === 0 || doctorIds.length === 0) return new Map();
  const rows = await ctx.db
    .select({ key: doctors.specialty, id: doctors.accountId })
    .from(doctors)
    .where(
      and(
        inArray(doctors.specialty, [...specialties]),
        sql`${doctors.accountId} = ANY(${sql.param([...doctorIds])}::uuid[])`,
        eq(doctors.listed, true),
        eq(doctors.acceptingRequests, true),
      ),
    );
  return groupIds(rows);
}

function groupIds(rows: readonly { key: string; id: string }[]): Map<string, string[]> {
  const groups = Map.groupBy(rows, ({ key }) => key);
  return new Map([...groups].map(([key, members]) => [key, members.map(({ id }) => id)]));
}

/** The requests at the head of a queue, each with its patient: who hears at once that their place has changed. */
export async function headOfLine(ctx: Ctx, line: Line, limit: number): Promise<RequestNews[]> {
  const rows = await ctx.db
    .select({
      requestId: careRequests.id,
      status: careRequests.status,
      version: careRequests.version,
      patientId: careRequests.patientId,
    })
    .from(careRequests)
    .where(inLine(line))
    .orderBy(asc(careRequests.urgencyRank), asc(careRequests.submittedAt), asc(careRequests.id))
    .limit(limit);
  return rows.map(({ patientId, ...row }) => ({ ...row, accountIds: [patientId] }));
}

/** All who wait for the same. By the indexes of the incoming box. */
export function inLine(line: Line): SQL | undefined {
  return and(
    eq(careRequests.status, 'submitted'),
    notReserved,
    'specialty' in line
      ? and(eq(careRequests.specialty, line.specialty), isNull(careRequests.doctorId))
      : eq(careRequests.doctorId, line.doctorId),
  );
}
