import { Readable } from 'node:stream';
import { openDocument } from '#platform/pdf/open-document.ts';
import { correctDiagnosis, offerTransfer, requestsAbout } from '#server/modules/care/index.ts';
import { uploadDocument } from '#server/modules/people/index.ts';
import type { Ctx } from '../context.ts';
import type { Actors } from './make-people.ts';
import type { PlannedDoctor } from './plan-people.ts';
import type { PlannedRequest } from './plan-requests.ts';

/** A diagnosis of the demo patient is corrected after it was closed, so that there are versions to look at. */
export async function correctOne(
  ctx: Ctx,
  actors: Actors,
  { patient, fate, complaint }: PlannedRequest,
): Promise<void> {
  if (fate.end !== 'closed') return;
  const asPatient = ctx.as(actors.of(patient));
  const own = await requestsAbout(asPatient, actors.of(patient).accountId);
  const request = own.find((one) => one.status === 'closed' && one.complaint === complaint);
  const [diagnosis] = request?.diagnoses ?? [];
  if (diagnosis === undefined) return;
  const { id: diagnosisId, requestId: id, title, description, recommendations, icd10 } = diagnosis;
  await correctDiagnosis(ctx.as(actors.of(fate.by)), {
    ...{ id, diagnosisId, title, description, version: 1 },
    ...(icd10 === null ? {} : { icd10 }),
    recommendations: `${recommendations} Come back after two weeks, also if it is better.`,
    reason: 'When to come back was missing.',
  });
}

/** A doctor would like to hand the patient over to a colleague; the patient has not decided yet. */
export async function offerOne(
  ctx: Ctx,
  actors: Actors,
  { patient, fate, complaint }: PlannedRequest,
  colleague: PlannedDoctor,
): Promise<void> {
  if (fate.end !== 'accepted' && fate.end !== 'diagnosed') return;
  const own = await requestsAbout(ctx.as(actors.of(patient)), actors.of(patient).accountId);
  const request = own.find((one) => one.status === fate.end && one.complaint === complaint);
  if (request?.id === undefined) return;
  await offerTransfer(ctx.as(actors.of(fate.by)), {
    id: request.id,
    doctorId: actors.of(colleague).accountId,
    note: 'I am away from Monday on. Knows the whole story from our conversation.',
  });
}

/** The doctor who waits has handed in a licence, for an admin to look at. */
export async function handInLicence(ctx: Ctx, { fullName, licenseNumber }: PlannedDoctor): Promise<void> {
  const title = 'Licence to practise medicine';
  const madeAt = new Date('2026-03-02T09:00:00Z');
  const document = openDocument({ title, language: 'en', author: 'Medical chamber', madeAt });
  document.heading(1, title);
  document.fact('Name', fullName);
  document.fact('Number', licenseNumber);
  document.paragraph('Made up for the demo.', { faint: true });
  const bytes = await document.end((page, pages) => `Page ${page} of ${pages}`);
  const file = { type: 'application/pdf', sizeBytes: bytes.length, content: Readable.from([bytes]) };
  await uploadDocument(ctx, { name: 'licence.pdf', file });
}
