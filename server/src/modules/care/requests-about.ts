import type { CareRequest } from '@openward/contracts';
import { asc, eq } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { careRequests } from './tables.ts';
import { requestView, selectRequests } from './view.ts';

/**
 * All requests of an account for its export. A patient: the whole of each. A doctor: that and when they treated; the
 * patient's words and diagnoses are the patient's to export.
 */
export async function requestsAbout(ctx: Ctx, accountId: string): Promise<Partial<CareRequest>[]> {
  const isDoctor = actorOf(ctx).role === 'doctor';
  const mine = eq(isDoctor ? careRequests.doctorId : careRequests.patientId, accountId);
  const rows = await selectRequests(ctx).where(mine).orderBy(asc(careRequests.submittedAt), asc(careRequests.id));
  const requests = rows.map(requestView);
  if (!isDoctor) return requests;
  return requests.map(({ id, status, specialty, acceptedAt, diagnosedAt, closedAt }) => ({
    id,
    status,
    specialty,
    acceptedAt,
    diagnosedAt,
    closedAt,
  }));
}
