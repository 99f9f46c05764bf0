import { join } from 'node:path';
import { readConfig } from '../server/src/config.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { createLog } from '../server/src/platform/log.ts';
import { createPeople, goodPassword } from '../server/test/factories.ts';
import { createApi } from '../server/test/http.ts';
import type { Ask } from './http-load.ts';
import { execute } from './world.ts';

/** Somebody who calls: a patient with a session, and the name and password behind it. */
export type Caller = { id: string; email: string; password: string; authorization: string };

type Place = { folder: string; urls: { main: string; chat: string }; environment: NodeJS.ProcessEnv };

/** Patients with sessions, and one doctor of cardiology, by the product's own use cases. */
export async function makeCallers(
  { folder, urls, environment }: Place,
  count: number,
): Promise<{ patients: Caller[]; doctor: Caller }> {
  const config = { ...readConfig({ ...environment, LOG_LEVEL: 'silent' }), keysDir: join(folder, 'keys') };
  const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
  const people = createPeople(ctx, 'http://localhost');
  const callerOf = ({ id, email, accessToken }: { id: string; email: string; accessToken: string }): Caller => ({
    ...{ id, email, password: goodPassword, authorization: `Bearer ${accessToken}` },
  });
  try {
    const patients: Caller[] = [];
    for (let n = 0; n < count; n += 1) patients.push(callerOf(await people.patient()));
    return { patients, doctor: callerOf(await people.doctor()) };
  } finally {
    await close();
  }
}

/** A request of each patient that the doctor took, diagnosed and was rated for, over HTTP as anybody does it. @returns their ids. */
export async function makeRequests(url: string, patients: readonly Caller[], doctor: Caller): Promise<string[]> {
  const apiOf = ({ authorization }: Caller) => createApi(url.replace('ws:', 'http:'), { authorization });
  const ids: string[] = [];
  for (const patient of patients) {
    const body = { doctorId: doctor.id, complaint: 'A dry cough for two weeks, worse at night.', urgency: 'routine' };
    const id = (await apiOf(patient)('POST', '/requests', body)).body.id;
    await apiOf(doctor)('POST', `/requests/${id}/accept`);
    await apiOf(doctor)('POST', `/requests/${id}/diagnoses`, {
      title: 'Acute bronchitis',
      icd10: 'J20.9',
      description: 'Inflamed airways after a viral infection.',
      recommendations: 'Rest, fluids, come back if there is fever after three days.',
    });
    const rating = { stars: 5, comment: 'Listened well and explained everything.' };
    const { status } = await apiOf(patient)('POST', `/requests/${id}/rating`, rating);
    if (status !== 201) throw new Error(`A request was not diagnosed and rated: ${status}`);
    ids.push(id);
  }
  return ids;
}

/** Each caller asks for something of their own. */
export function asksOf(callers: readonly Caller[], path: (index: number) => string): Ask[] {
  return callers.map(({ authorization }, index) => ({ path: path(index), headers: { authorization } }));
}

/** Requests of other patients, so that the tables are no toys. */
export async function fillRequests(url: string, requests: number): Promise<void> {
  await execute(
    url,
    `WITH patients AS (
       INSERT INTO accounts (id, role, email, full_name, email_verified_at, country, city)
       SELECT uuidv7(), 'patient', 'patient-' || n || '@example.org', 'Patient ' || n, now(), 'Portugal', 'Porto'
       FROM generate_series(1, ${requests}) AS n RETURNING id
     )
     INSERT INTO care_requests (id, patient_id, specialty, open_to_specialty, complaint, urgency)
     SELECT uuidv7(), id, 'cardiology', true, repeat('It hurts since Monday. ', 9), 'routine' FROM patients`,
  );
  await execute(url, 'VACUUM ANALYZE');
}
