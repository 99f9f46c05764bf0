import { and, asc, eq, isNotNull, or } from 'drizzle-orm';
import { actorOf, type Ctx } from '#server/context.ts';
import { careRequests, careTransfers } from '../tables.ts';

/**
 * All transfers that an account had to do with, for its export. The note is about the patient: it is the patient's to export. Who is
 * proposed learns of it by the consent, here as everywhere.
 */
export async function transfersAbout(ctx: Ctx, accountId: string) {
  const isPatient = actorOf(ctx).role === 'patient';
  const rows = await ctx.db
    .select({ transfer: careTransfers })
    .from(careTransfers)
    .innerJoin(careRequests, eq(careRequests.id, careTransfers.requestId))
    .where(
      isPatient
        ? eq(careRequests.patientId, accountId)
        : or(
            eq(careTransfers.fromDoctorId, accountId),
            and(eq(careTransfers.toDoctorId, accountId), isNotNull(careTransfers.consentedAt)),
          ),
    )
    .orderBy(asc(careTransfers.offeredAt), asc(careTransfers.id));
  return rows.map(({ transfer: { note, ...transfer } }) => (isPatient ? { ...transfer, note } : transfer));
}
