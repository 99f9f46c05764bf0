import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../src/context.ts';

/** `patient`: any name, the same for several ratings by one. */
export type GivenRating = { doctorId: string; patient?: string; stars: number; daysAgo?: number };

/** So many at a time: a slow machine as well is through with each statement before its time is up. */
const batch = 500;

/** Ratings as they would stand after so many consultations, by sets: what takes minutes call by call. */
export async function rateDoctors(ctx: Ctx, given: GivenRating[]): Promise<void> {
  const patients = new Map<string, string>();
  const rows = given.map(({ doctorId, patient = randomUUID(), stars, daysAgo = 0 }) => {
    const patientId = patients.get(patient) ?? randomUUID();
    patients.set(patient, patientId);
    return { id: randomUUID(), doctorId, patientId, stars, daysAgo };
  });
  await ctx.tx(async ({ db }) => {
    for (let from = 0; from < rows.length; from += batch) {
      const some = JSON.stringify(rows.slice(from, from + batch));
      const data = sql`jsonb_to_recordset(${some}::jsonb) AS given (id uuid, "doctorId" uuid, "patientId" uuid, stars int, "daysAgo" float8)`;
      await db.execute(sql`
        INSERT INTO accounts (id, role, email, full_name)
        SELECT DISTINCT "patientId", 'patient', "patientId" || '@example.org', 'Pat Example' FROM ${data}
        ON CONFLICT (id) DO NOTHING`);
      await db.execute(sql`
        INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, accepted_at, diagnosed_at)
        SELECT id, "patientId", "doctorId", specialty, false, 'Cough', 'routine', 'diagnosed', now(), now()
        FROM ${data} JOIN doctors ON account_id = "doctorId"`);
      await db.execute(sql`
        INSERT INTO ratings (request_id, doctor_id, patient_id, stars, created_at)
        SELECT id, "doctorId", "patientId", stars, now() - "daysAgo" * interval '1 day' FROM ${data}`);
      await db.execute(sql`
        UPDATE doctors SET rating_count = n, rating_sum = sum FROM (
          SELECT doctor_id, count(*)::int AS n, sum(stars)::int AS sum FROM ratings
          WHERE doctor_id IN (SELECT "doctorId" FROM ${data}) GROUP BY doctor_id) AS counted
        WHERE account_id = doctor_id`);
    }
  });
}
