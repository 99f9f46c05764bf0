import type { CareRequest, Diagnosis, RedFlag, Transfer } from '@openward/contracts';
import { eq, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { prepared } from '#platform/database/prepared.ts';
import type { Ctx } from '#server/context.ts';
import { doctors, ratings, specialtyView } from '#server/modules/doctors/index.ts';
import { accounts, nameOf } from '#server/modules/identity/index.ts';
import { careRedFlags, careRequests, careTransfers, diagnoses, diagnosisCorrections } from './tables.ts';
import { waitingView } from './waiting-view.ts';

const patient = alias(accounts, 'patient');
const doctor = alias(accounts, 'doctor');

/** Each as its newest version has it. */
const diagnosesOfRequest = sql<Diagnosis[]>`(
  SELECT coalesce(json_agg(json_build_object(
    'id', d.id, 'requestId', d.request_id, 'doctorId', coalesce(c.doctor_id, d.doctor_id), 'title', coalesce(c.title, d.title),
    'icd10', CASE WHEN c.version IS NULL THEN d.icd10 ELSE c.icd10 END,
    'description', coalesce(c.description, d.description), 'recommendations', coalesce(c.recommendations, d.recommendations),
    'createdAt', d.created_at, 'version', coalesce(c.version, 1), 'correctedAt', c.created_at
  ) ORDER BY d.created_at, d.id), '[]')
  FROM ${diagnoses} d LEFT JOIN LATERAL (
    SELECT * FROM ${diagnosisCorrections} WHERE diagnosis_id = d.id ORDER BY version DESC LIMIT 1
  ) c ON true WHERE d.request_id = ${careRequests.id})`;

const flagsOfRequest = sql<RedFlag[]>`(
  SELECT coalesce(json_agg(json_build_object('rule', f.rule, 'version', f.version, 'source', f.source, 'at', f.at)
    ORDER BY f.at, f.rule), '[]')
  FROM ${careRedFlags} f WHERE f.request_id = ${careRequests.id})`;

type OpenTransfer = Omit<Transfer, 'to'> & { to: { id: string; fullName: string | null; specialty: string } };

const transferOfRequest = sql<OpenTransfer | null>`(
  SELECT json_build_object(
    'id', t.id, 'status', t.status, 'note', t.note, 'offeredAt', t.offered_at, 'consentedAt', t.consented_at,
    'from', json_build_object('id', giver.id, 'fullName', giver.full_name),
    'to', json_build_object('id', taker.id, 'fullName', taker.full_name, 'specialty', taking.specialty)
  )
  FROM ${careTransfers} t
  JOIN ${accounts} giver ON giver.id = t.from_doctor_id
  JOIN ${accounts} taker ON taker.id = t.to_doctor_id
  JOIN ${doctors} taking ON taking.account_id = t.to_doctor_id
  WHERE t.request_id = ${careRequests.id} AND t.status IN ('offered', 'consented'))`;

/** Requests with all that goes out with them, in one statement however many: the caller adds which, in what order, how many, and what `also`. */
export function selectRequests<F extends Record<string, SQL>>({ db }: Pick<Ctx, 'db'>, also?: F) {
  return db
    .select({
      ...(also ?? ({} as F)),
      request: careRequests,
      patientName: patient.fullName,
      doctorName: doctor.fullName,
      rating: { stars: ratings.stars, comment: ratings.comment, createdAt: ratings.createdAt },
      diagnoses: diagnosesOfRequest,
      transfer: transferOfRequest,
      redFlags: flagsOfRequest,
    })
    .from(careRequests)
    .innerJoin(patient, eq(patient.id, careRequests.patientId))
    .leftJoin(doctor, eq(doctor.id, careRequests.doctorId))
    .leftJoin(ratings, eq(ratings.requestId, careRequests.id));
}

export type SelectedRequest = Awaited<ReturnType<typeof selectRequests<Record<never, SQL>>>>[number];

// Planning so many joins takes longer than they do.
const requestsByIds = prepared((db) =>
  selectRequests({ db })
    .where(sql`${careRequests.id} = ANY(${sql.placeholder('ids')}::uuid[])`)
    .prepare('care_requests_by_ids'),
);

/** Those that are there of some requests, in the order of their ids. */
export async function findRequests({ db }: Pick<Ctx, 'db'>, ids: readonly string[]): Promise<SelectedRequest[]> {
  if (ids.length === 0) return [];
  const rows = await requestsByIds(db).execute({ ids });
  const byId = new Map(rows.map((row) => [row.request.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A selected request → what goes out. */
export function requestView(selected: SelectedRequest): CareRequest {
  const { request, patientName, doctorName, rating, diagnoses, redFlags, transfer } = selected;
  const { status, returnedAt, returnedBecause } = request;
  return {
    id: request.id,
    status,
    patient: { id: request.patientId, fullName: nameOf({ fullName: patientName }) },
    doctor: request.doctorId === null ? null : { id: request.doctorId, fullName: nameOf({ fullName: doctorName }) },
    specialty: specialtyView(request.specialty),
    complaint: request.complaint,
    urgency: request.urgency,
    // json_build_object writes times in its own way; everything else of the contract is RFC 3339 with milliseconds.
    diagnoses: diagnoses.map(({ createdAt, correctedAt, ...diagnosis }) => ({
      ...diagnosis,
      createdAt: new Date(createdAt).toISOString(),
      correctedAt: correctedAt === null ? null : new Date(correctedAt).toISOString(),
    })),
    rating: rating?.stars == null ? null : rating,
    roomId: request.roomId,
    submittedAt: request.submittedAt,
    acceptedAt: request.acceptedAt,
    diagnosedAt: request.diagnosedAt,
    closedAt: request.closedAt,
    appointmentAt: request.appointmentAt,
    appointmentUntil: request.reservedUntil,
    redFlags: redFlags.map((flag) => ({ ...flag, at: new Date(flag.at).toISOString() })),
    ...(status === 'submitted' && returnedAt !== null && returnedBecause !== null
      ? { returned: { at: returnedAt, because: returnedBecause } }
      : {}),
    ...(transfer === null ? {} : { transfer: transferView(transfer) }),
  };
}

function transferView({ from, to, offeredAt, consentedAt, ...transfer }: OpenTransfer): Transfer {
  return {
    ...transfer,
    from: { id: from.id, fullName: nameOf(from) },
    to: { id: to.id, fullName: nameOf(to), specialty: specialtyView(to.specialty) },
    offeredAt: new Date(offeredAt).toISOString(),
    consentedAt: consentedAt === null ? null : new Date(consentedAt).toISOString(),
  };
}

/** The request as it is now, with what is for the caller alone. Who may see it is the caller's to have checked. */
export async function loadRequest(ctx: Ctx, id: string): Promise<CareRequest> {
  const [found] = await findRequests(ctx, [id]);
  if (found === undefined) throw new Error(`Request ${id} is not there.`);
  return viewForActor(ctx, found);
}

/** A selected request with what is for the caller alone. */
export async function viewForActor(ctx: Ctx, found: SelectedRequest): Promise<CareRequest> {
  const { request } = found;
  const view = requestView(found);
  if (ctx.actor?.role === 'patient') return { ...view, ...(await waitingView(ctx, request)) };
  if (request.status !== 'accepted' || request.doctorId !== ctx.actor?.accountId) return view;
  return { ...view, acceptedUntil: request.acceptedUntil };
}
