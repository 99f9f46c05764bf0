import type { getPatient as contract, InputOf, PatientProfile, ReplyOf } from '@openward/contracts';
import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { gathered } from '#platform/database/gathered.ts';
import { prepared } from '#platform/database/prepared.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { namesOf, patients } from '#server/modules/identity/index.ts';
import { patientFor } from './access.ts';
import { treatedStatuses } from './lock-record.ts';
import { careRequests } from './tables.ts';
import { requestView, selectRequests } from './view.ts';

const maxRequests = 200;

/**
 * A patient for a doctor who treats them: the profile, and the record as treated doctors made it: requests that were taken,
 * the newest 200. @throws Problem 404 for anyone else.
 */
export async function getPatient(ctx: Ctx, { id }: InputOf<typeof contract>): Promise<ReplyOf<typeof contract>> {
  await patientFor(ctx, id);
  await audit(ctx, { action: 'record.read', subjectType: 'patient', subjectId: id, ownerId: id });
  const rows = await selectRequests(ctx)
    .where(
      and(
        eq(careRequests.patientId, id),
        eq(careRequests.doctorId, actorOf(ctx).accountId),
        inArray(careRequests.status, [...treatedStatuses]),
        isNull(careRequests.removedAt),
      ),
    )
    .orderBy(desc(careRequests.submittedAt), desc(careRequests.id))
    .limit(maxRequests);
  const requests = rows.map(requestView);
  const [names, profile] = await Promise.all([namesOf(ctx, [id]), patientProfile(ctx, id)]);
  return {
    id,
    fullName: names.get(id) ?? '',
    profile,
    requests,
    diagnoses: requests.flatMap((request) => request.diagnoses),
  };
}

const profilesOf = prepared((db) =>
  db
    .select()
    .from(patients)
    .where(sql`${patients.accountId} = ANY(${sql.placeholder('ids')}::uuid[])`)
    .prepare('patient_profiles'),
);

const profileOf = gathered(async (db, ids: readonly string[]) => {
  const rows = await profilesOf(db).execute({ ids });
  const byId = new Map(rows.map((row) => [row.accountId, row]));
  return ids.map((id) => byId.get(id.toLowerCase()));
});

/** What a patient has said of themselves. */
export async function patientProfile(ctx: Ctx, accountId: string): Promise<PatientProfile> {
  const row = await profileOf(ctx.db, accountId);
  const { birthDate = null, sex = null, phone = null, allergies = null } = row ?? {};
  const { medication = null, conditions = null, emergencyContact = null } = row ?? {};
  return { birthDate, sex, phone, allergies, medication, conditions, emergencyContact };
}
