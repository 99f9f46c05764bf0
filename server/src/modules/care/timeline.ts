import type {
  InputOf,
  getOwnTimeline as ownContract,
  getPatientTimeline as patientContract,
  ReplyOf,
  TimelineItem,
  TimelineKind,
} from '@openward/contracts';
import { type SQL, sql } from 'drizzle-orm';
import { decodeCursor, toPage } from '#platform/database/cursor.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import { ratings, specialtyView } from '#server/modules/doctors/index.ts';
import { namesOf } from '#server/modules/identity/index.ts';
import { patientFor } from './access.ts';
import { careRequestEvents, careRequests, diagnoses, diagnosisCorrections } from './tables.ts';

type Page = ReplyOf<typeof ownContract>;
type Paging = { limit?: number | undefined; cursor?: string | undefined };

/** What happened in the caller's own record, newest first. */
export async function getOwnTimeline(ctx: Ctx, input: InputOf<typeof ownContract>): Promise<Page> {
  return readTimeline(ctx, { patientId: actorOf(ctx).accountId, treatedBy: null }, input);
}

/**
 * The same of a patient, for a doctor: of the requests that this doctor treats or treated, as `GET /patients/{id}` has them. What
 * patients think of their doctors is not in it. @throws Problem 404 for anyone else.
 */
export async function getPatientTimeline(ctx: Ctx, input: InputOf<typeof patientContract>): Promise<Page> {
  const { id } = input;
  await patientFor(ctx, id);
  await audit(ctx, {
    action: 'record.read',
    subjectType: 'patient',
    subjectId: id,
    ownerId: id,
    details: { part: 'timeline' },
  });
  return readTimeline(ctx, { patientId: id, treatedBy: actorOf(ctx).accountId }, input);
}

type Row = {
  at: string;
  rank: number;
  id: string;
  kind: TimelineKind;
  requestId: string;
  specialty: string;
  doctorId: string | null;
  diagnosisId: string | null;
  version: number | null;
  title: string | null;
  icd10: string | null;
  stars: number | null;
};

type Source = { from: SQL; request: SQL; at: SQL; rank: SQL; id: SQL; columns: SQL };

const noDiagnosis = sql`NULL::uuid AS diagnosis, NULL::integer AS version, NULL::text AS title, NULL::text AS icd10`;

/** Where each kind of item is from; `patient_id` leads an index of it that goes on by its time. Within one millisecond, the rank is the order. */
const sources = {
  submitted: {
    ...{ from: sql`${careRequests} AS s`, request: sql`s.id`, at: sql`s.submitted_at`, rank: sql`1`, id: sql`s.id` },
    columns: sql`'request-submitted' AS kind, NULL::uuid AS doctor, ${noDiagnosis}, NULL::integer AS stars`,
  },
  event: {
    ...{ from: sql`${careRequestEvents} AS s`, request: sql`s.request_id`, at: sql`s.at`, id: sql`s.id` },
    rank: sql`CASE s.kind WHEN 'accepted' THEN 2 WHEN 'declined' THEN 4 WHEN 'cancelled' THEN 4 ELSE 3 END`,
    columns: sql`'request-' || CASE s.kind WHEN 'lease-ended' THEN 'taken-back' ELSE s.kind END, s.doctor_id, ${noDiagnosis}, NULL::integer`,
  },
  written: {
    ...{ from: sql`${diagnoses} AS s`, request: sql`s.request_id`, at: sql`s.created_at`, rank: sql`5`, id: sql`s.id` },
    columns: sql`'diagnosis-written', s.doctor_id, s.id, 1, s.title, s.icd10, NULL::integer`,
  },
  // Two corrections of one diagnosis may be of one millisecond: the version is in the rank.
  corrected: {
    ...{ from: sql`${diagnosisCorrections} AS s`, request: sql`s.request_id`, at: sql`s.created_at` },
    ...{ rank: sql`10 + s.version`, id: sql`s.diagnosis_id` },
    columns: sql`'diagnosis-corrected', s.doctor_id, s.diagnosis_id, s.version, s.title, s.icd10, NULL::integer`,
  },
  rated: {
    ...{
      from: sql`${ratings} AS s`,
      request: sql`s.request_id`,
      at: sql`s.created_at`,
      rank: sql`6`,
      id: sql`s.request_id`,
    },
    columns: sql`'rating-given', s.doctor_id, ${noDiagnosis}, s.stars::integer`,
  },
  closed: {
    ...{ from: sql`(SELECT * FROM ${careRequests} WHERE status = 'closed') AS s`, request: sql`s.id` },
    ...{ at: sql`s.closed_at`, rank: sql`7`, id: sql`s.id` },
    columns: sql`'request-closed', s.doctor_id, ${noDiagnosis}, NULL::integer`,
  },
} satisfies Record<string, Source>;

/** `treatedBy`: of the requests that this doctor treats or treated, and without what the patient thinks of that. */
type Whose = { patientId: string; treatedBy: string | null };

/**
 * Each source gives its newest after the cursor, along an index, and the newest of these are the page: what it costs does not depend on how
 * much there is. For a doctor it does on how often they treated this patient.
 */
async function readTimeline(ctx: Ctx, { patientId, treatedBy }: Whose, paging: Paging): Promise<Page> {
  const { limit = 20 } = paging;
  const after = decodeCursor(paging.cursor, ['time', 'integer', 'id']);
  // The time by itself is what an index takes.
  const older = ({ at, rank, id }: Source) =>
    after === null
      ? sql``
      : sql`AND ${at} <= ${after[0]}::timestamptz AND (${at}, ${rank}, ${id}) < (${after[0]}::timestamptz, ${after[1]}::integer, ${after[2]}::uuid)`;
  const treated = ({ request }: Source) =>
    treatedBy === null
      ? sql``
      : sql`AND ${request} IN (SELECT t.id FROM ${careRequests} AS t
          WHERE t.patient_id = ${patientId} AND t.doctor_id = ${treatedBy} AND t.removed_at IS NULL AND t.status IN ('accepted', 'diagnosed', 'closed'))`;
  const shown = Object.values<Source>(sources).filter((source) => treatedBy === null || source !== sources.rated);
  const parts = shown.map(
    (
      source,
    ) => sql`(SELECT ${source.at} AS at, ${source.rank} AS rank, ${source.id} AS id, ${source.request} AS request, ${source.columns}
      FROM ${source.from} WHERE s.patient_id = ${patientId} ${treated(source)} ${older(source)}
      ORDER BY at DESC, rank DESC, id DESC LIMIT ${limit + 1})`,
  );
  const { rows } = await ctx.reading(({ db }) =>
    db.execute<Row>(sql`SELECT page.at, page.rank, page.id, page.kind, r.id AS "requestId", r.specialty, page.doctor AS "doctorId",
        page.diagnosis AS "diagnosisId", page.version, page.title, page.icd10, page.stars
      FROM (SELECT * FROM (${sql.join(parts, sql` UNION ALL `)}) AS happened ORDER BY at DESC, rank DESC, id DESC LIMIT ${limit + 1}) AS page
      JOIN ${careRequests} AS r ON r.id = page.request AND r.removed_at IS NULL
      ORDER BY page.at DESC, page.rank DESC, page.id DESC`),
  );
  const names = await namesOf(
    ctx,
    rows.flatMap(({ doctorId }) => (doctorId === null ? [] : [doctorId])),
  );
  const times = rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
  return toPage(
    times,
    limit,
    (row) => [row.at, row.rank, row.id],
    (row) => itemOf(row, names),
  );
}

function itemOf(row: Row, names: ReadonlyMap<string, string>): TimelineItem {
  const { at, kind, requestId, doctorId, diagnosisId, version, title, icd10, stars } = row;
  return {
    ...{ at, kind, requestId, specialty: specialtyView(row.specialty) },
    doctor: doctorId === null ? null : { id: doctorId, fullName: names.get(doctorId) ?? '' },
    ...(diagnosisId === null
      ? {}
      : { diagnosis: { id: diagnosisId, version: version ?? 1, title: title ?? '', icd10 } }),
    ...(stars === null ? {} : { stars }),
  };
}
