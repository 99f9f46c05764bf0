import type { CareRequest } from '@openward/contracts';
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { readPages } from '#platform/database/read-pages.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { readVersions, type VersionRow } from './diagnosis/list-versions.ts';
import { careRequestEvents, careRequests, summaryChecks } from './tables.ts';
import { requestView, type SelectedRequest, selectRequests } from './view.ts';

type Event = { at: string; kind: string; reason: string | null };

/**
 * All requests of an account for its export. A patient: the whole of each, with what happened to it and why. A doctor: that and
 * when they treated; the patient's words and diagnoses are the patient's to export.
 */
export async function requestsAbout(
  ctx: Ctx,
  accountId: string,
): Promise<(Partial<CareRequest> & { events?: Event[]; versions?: VersionRow[]; summaries?: { madeAt: string }[] })[]> {
  const isDoctor = actorOf(ctx).role === 'doctor';
  const mine = eq(isDoctor ? careRequests.doctorId : careRequests.patientId, accountId);
  const rows = await readPages<SelectedRequest>((after, limit) =>
    selectRequests(ctx)
      .where(
        and(
          mine,
          after === null
            ? undefined
            : sql`(${careRequests.submittedAt}, ${careRequests.id}) > (${after.request.submittedAt}::timestamptz, ${after.request.id}::uuid)`,
        ),
      )
      .orderBy(asc(careRequests.submittedAt), asc(careRequests.id))
      .limit(limit),
  );
  const requests = rows.map(requestView);
  if (isDoctor) {
    return requests.map(({ id, status, specialty, acceptedAt, diagnosedAt, closedAt }) => ({
      id,
      status,
      specialty,
      acceptedAt,
      diagnosedAt,
      closedAt,
    }));
  }
  const events = await eventsOf(ctx, accountId);
  const exported = [];
  for (const request of requests) {
    exported.push({
      ...request,
      events: events.get(request.id) ?? [],
      ...(request.diagnoses.length === 0 ? {} : await writtenOf(ctx, request.id)),
    });
  }
  return exported;
}

/** Every version of the diagnoses of a request, and when it was printed. */
async function writtenOf(ctx: Ctx, requestId: string) {
  const versions = await readVersions(ctx, sql`v.request_id = ${requestId}`, sql`ORDER BY v.diagnosis_id, v.version`);
  const summaries = await ctx.db
    .select({ madeAt: summaryChecks.madeAt })
    .from(summaryChecks)
    .where(eq(summaryChecks.requestId, requestId));
  return { versions, summaries };
}

/** What happened to the requests of a patient beside their dates, by request, oldest first. */
async function eventsOf(ctx: Ctx, patientId: string): Promise<Map<string, Event[]>> {
  const own = ctx.db.select({ id: careRequests.id }).from(careRequests).where(eq(careRequests.patientId, patientId));
  const rows = await ctx.db
    .select()
    .from(careRequestEvents)
    .where(inArray(careRequestEvents.requestId, own))
    .orderBy(asc(careRequestEvents.at), asc(careRequestEvents.id));
  const byRequest = new Map<string, Event[]>();
  for (const { requestId, at, kind, reason } of rows) {
    const events = byRequest.get(requestId) ?? [];
    byRequest.set(requestId, events);
    events.push({ at, kind, reason });
  }
  return byRequest;
}
