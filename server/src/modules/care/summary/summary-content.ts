import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Ctx } from '#server/context.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import type { RequestRow } from '../access.ts';
import { readVersions, type VersionRow } from '../diagnosis/list-versions.ts';
import { patientProfile } from '../get-patient.ts';

/** A diagnosis in its newest version, and why and when it was corrected. */
export type Finding = Pick<VersionRow, 'title' | 'icd10' | 'description' | 'recommendations' | 'version'> & {
  writtenAt: string;
  doctor: string;
  corrections: { at: string; reason: string }[];
};

/** What a summary says, and `versions`: how many versions of diagnoses it knows of. */
export type SummaryContent = {
  requestId: string;
  patient: { fullName: string; birthDate: string | null };
  doctor: { fullName: string; specialty: string };
  submittedAt: string;
  findings: Finding[];
  versions: number;
};

/** Everything that is printed, read at one moment: all versions come by one statement. */
export async function readContent(ctx: Ctx, request: RequestRow): Promise<SummaryContent> {
  const { id, patientId, doctorId, specialty, submittedAt } = request;
  const versions = await readVersions(
    ctx,
    sql`v.request_id = ${id}`,
    sql`ORDER BY v.created_at, v.diagnosis_id, v.version`,
  );
  const ids = [patientId, ...versions.map((row) => row.doctorId), ...(doctorId === null ? [] : [doctorId])];
  const [names, { birthDate }] = await Promise.all([namesOf(ctx, ids), patientProfile(ctx, patientId)]);
  const nameOf = (accountId: string | null) => (accountId === null ? '' : (names.get(accountId) ?? ''));
  return {
    requestId: id,
    patient: { fullName: nameOf(patientId), birthDate },
    doctor: { fullName: nameOf(doctorId), specialty },
    submittedAt,
    findings: findingsOf(versions, nameOf),
    versions: versions.length,
  };
}

function findingsOf(versions: readonly VersionRow[], nameOf: (id: string) => string): Finding[] {
  const byDiagnosis = Map.groupBy(versions, ({ diagnosisId }) => diagnosisId);
  return [...byDiagnosis.values()].flatMap((all) => {
    const [first, newest] = [all[0], all.at(-1)];
    if (first === undefined || newest === undefined) return [];
    const { title, icd10, description, recommendations, version, doctorId } = newest;
    const corrections = all.flatMap(({ at, reason }) => (reason === null ? [] : [{ at, reason }]));
    return [
      {
        title,
        icd10,
        description,
        recommendations,
        version,
        doctor: nameOf(doctorId),
        writtenAt: first.at,
        corrections,
      },
    ];
  });
}

/** Of all that is said, in whatever language and zone it is printed. */
export function digestOf(content: SummaryContent): Buffer {
  return createHash('sha256').update(JSON.stringify(content)).digest();
}
