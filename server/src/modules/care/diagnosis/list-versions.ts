import type { listDiagnosisVersions as contract, DiagnosisVersion, InputOf, ReplyOf } from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { notFound } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import { requestFor } from '../access.ts';
import { diagnoses, diagnosisCorrections } from '../tables.ts';

/** Every version of a diagnosis, newest first. @throws Problem 404 for who may not see the request. */
export async function listDiagnosisVersions(
  ctx: Ctx,
  input: InputOf<typeof contract>,
): Promise<ReplyOf<typeof contract>> {
  const { id, diagnosisId, limit = 20 } = input;
  const [before = null] = decodeCursor(input.cursor, ['integer']) ?? [];
  const request = await requestFor(ctx, id, 'see');
  const rows = await readVersions(
    ctx,
    sql`v.request_id = ${id} AND v.diagnosis_id = ${diagnosisId} AND (${before}::integer IS NULL OR v.version < ${before}::integer)`,
    sql`ORDER BY v.version DESC LIMIT ${limit + 1}`,
  );
  if (rows.length === 0) throw notFound();
  await audit(ctx, {
    action: 'record.read',
    subjectType: 'request',
    subjectId: id,
    ownerId: request.patientId,
    details: { diagnosisId },
  });
  const names = await namesOf(
    ctx,
    rows.map(({ doctorId }) => doctorId),
  );
  return toPage(
    rows,
    limit,
    ({ version }) => [version],
    (row) => versionView(row, names.get(row.doctorId) ?? ''),
  );
}

/** A version as the database has it. */
export type VersionRow = {
  diagnosisId: string;
  version: number;
  doctorId: string;
  title: string;
  icd10: string | null;
  description: string;
  recommendations: string;
  reason: string | null;
  at: string;
};

/** Versions of diagnoses as one list, the first ones among them; `v` is what the condition speaks of. */
export async function readVersions(ctx: Ctx, where: SQL, rest: SQL): Promise<VersionRow[]> {
  const { rows } = await ctx.db.execute<VersionRow>(sql`
    SELECT v.diagnosis_id AS "diagnosisId", v.version, v.doctor_id AS "doctorId", v.title, v.icd10, v.description, v.recommendations,
      v.reason, v.created_at AS at
    FROM (
      SELECT id AS diagnosis_id, 1 AS version, request_id, doctor_id, title, icd10, description, recommendations, NULL AS reason, created_at
      FROM ${diagnoses}
      UNION ALL
      SELECT diagnosis_id, version, request_id, doctor_id, title, icd10, description, recommendations, reason, created_at
      FROM ${diagnosisCorrections}
    ) AS v
    WHERE ${where} ${rest}`);
  return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
}

function versionView({ doctorId, at, diagnosisId: _, ...version }: VersionRow, fullName: string): DiagnosisVersion {
  return { ...version, writtenBy: { id: doctorId, fullName }, writtenAt: at };
}
