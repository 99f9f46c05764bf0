import type { Person } from '../../../test/factories.ts';
import type { TestServer } from '../../../test/harness.ts';

export const finding = {
  title: 'Acute bronchitis',
  icd10: 'J20.9',
  description: 'Inflamed airways.',
  recommendations: 'Rest and fluids.',
};

type Diagnosed = { patient: Person; doctor: Person; requestId: string; diagnosisId: string };

/** A request that a doctor took and diagnosed. */
export async function diagnosed(
  server: TestServer,
  people: { patient?: Person; doctor?: Person } = {},
): Promise<Diagnosed> {
  const patient = people.patient ?? (await server.people.patient());
  const doctor = people.doctor ?? (await server.people.doctor());
  const body = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
  const { id: requestId } = (await patient.api('POST', '/requests', body)).body;
  await doctor.api('POST', `/requests/${requestId}/accept`);
  const made = await doctor.api('POST', `/requests/${requestId}/diagnoses`, finding);
  if (made.status !== 201) throw new Error(`It was not diagnosed: ${JSON.stringify(made.body)}`);
  return { patient, doctor, requestId, diagnosisId: made.body.id };
}
