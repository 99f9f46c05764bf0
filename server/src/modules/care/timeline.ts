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
  const own = sql`r.patient_id = ${actorOf(ctx).accountId} AND r.removed_at IS NULL`;
  return readTimeline(ctx, own, input, { withRatings: true });
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
  const treated = sql`r.patient_id = ${id} AND r.doctor_id = ${actorOf(ctx).accountId} AND r.removed_at IS NULL
    AND r.status IN ('accepted', 'diagnosed', 'closed')`;
  return readTimeline(ctx, treated, input, { withRatings: false });
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

/** In the order in which they follow each other within one millisecond. */
const eventKinds = sql`(VALUES ('accepted', 'request-accepted', 2), ('released', 'request-released', 3), ('taken-back', 'request-taken-back', 3),
  ('lease-ended', 'request-taken-back', 3), ('declined', 'request-declined', 4), ('cancelled', 'request-cancelled', 4)) AS known (event, kind, rank)`;

const noDiagnosis = sql`NULL::uuid AS diagnosis, NULL::integer AS version, NULL::text AS title, NULL::text AS icd10`;

/**
 * Each source gives its newest after the cursor, and the newest of these are the page: what a page costs depends on how many requests
 * the patient has, by an index each, and on nothing else.
 */
async function readTimeline(
  ctx: Ctx,
  which: SQL,
  paging: Paging,
  { withRatings }: { withRatings: boolean },
): Promise<Page> {
  const { limit = 20 } = paging;
  const after = decodeCursor(paging.cursor, ['time', 'integer', 'id']);
  const [at, rank, id] = after ?? [];
  const bound = limit + 1;
  const older = (time: SQL, order: SQL, key: SQL) =>
    after === null ? sql`` : sql`AND (${time}, ${order}, ${key}) < (${at}::timestamptz, ${rank}::integer, ${id}::uuid)`;
  const newest = sql`ORDER BY at DESC, rank DESC, id DESC LIMIT ${bound}`;
  const requests = sql`(SELECT r.* FROM ${careRequests} r WHERE ${which}) AS r`;
  const sources = [
    sql`SELECT r.submitted_at AS at, 1 AS rank, r.id, 'request-submitted' AS kind, r.id AS request, r.specialty, NULL::uuid AS doctor,
      ${noDiagnosis}, NULL::integer AS stars FROM ${requests} WHERE true ${older(sql`r.submitted_at`, sql`1`, sql`r.id`)} ${newest}`,
    sql`SELECT e.at, known.rank, e.id, known.kind, r.id AS request, r.specialty, e.doctor_id, ${noDiagnosis}, NULL::integer
      FROM ${requests} JOIN ${careRequestEvents} e ON e.request_id = r.id JOIN ${eventKinds} ON known.event = e.kind
      WHERE true ${older(sql`e.at`, sql`known.rank`, sql`e.id`)} ${newest}`,
    sql`SELECT d.created_at AS at, 5 AS rank, d.id, 'diagnosis-written', r.id AS request, r.specialty, d.doctor_id, d.id AS diagnosis, 1, d.title, d.icd10, NULL::integer
      FROM ${requests} JOIN ${diagnoses} d ON d.request_id = r.id WHERE true ${older(sql`d.created_at`, sql`5`, sql`d.id`)} ${newest}`,
    // Two corrections of one diagnosis may be of one millisecond: the version is in the rank.
    sql`SELECT c.created_at AS at, 10 + c.version AS rank, c.diagnosis_id AS id, 'diagnosis-corrected', r.id AS request, r.specialty, c.doctor_id,
      c.diagnosis_id, c.version, c.title, c.icd10, NULL::integer
      FROM ${requests} JOIN ${diagnosisCorrections} c ON c.request_id = r.id
      WHERE true ${older(sql`c.created_at`, sql`10 + c.version`, sql`c.diagnosis_id`)} ${newest}`,
    sql`SELECT r.closed_at AS at, 7 AS rank, r.id, 'request-closed', r.id AS request, r.specialty, r.doctor_id, ${noDiagnosis}, NULL::integer
      FROM ${requests} WHERE r.status = 'closed' ${older(sql`r.closed_at`, sql`7`, sql`r.id`)} ${newest}`,
  ];
  if (withRatings) {
    sources.push(sql`SELECT g.created_at AS at, 6 AS rank, r.id, 'rating-given', r.id AS request, r.specialty, g.doctor_id, ${noDiagnosis}, g.stars::integer
      FROM ${requests} JOIN ${ratings} g ON g.request_id = r.id WHERE true ${older(sql`g.created_at`, sql`6`, sql`r.id`)} ${newest}`);
  }
  const all = sql.join(
    sources.map((source) => sql`(${source})`),
    sql` UNION ALL `,
  );
  const { rows } = await ctx.reading(({ db }) =>
    db.execute<Row>(sql`SELECT at, rank, id, kind, request AS "requestId", specialty, doctor AS "doctorId",
      diagnosis AS "diagnosisId", version, title, icd10, stars FROM (${all}) AS happened ${newest}`),
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
