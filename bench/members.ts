import pg from 'pg';
import type { Ctx } from '../server/src/context.ts';
import { newId } from '../server/src/platform/id.ts';

export type Member = { id: string; accessToken: string };
type Role = 'patient' | 'doctor';

const statements: readonly string[] = [
  `CREATE TEMPORARY TABLE people AS
   SELECT id, session_id, role FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS person (id, session_id, role)`,
  `INSERT INTO accounts (id, role, email, full_name, email_verified_at, approved_at, country, city)
   SELECT id, role, id || '@example.org', 'Somebody Usual', now(), CASE role WHEN 'doctor' THEN now() END, 'Portugal', 'Porto' FROM people`,
  `INSERT INTO patients (account_id) SELECT id FROM people WHERE role = 'patient'`,
  `INSERT INTO doctors (account_id, specialty, license_number, full_name, country, city, listed)
   SELECT id, 'cardiology', 'L-1', 'Somebody Usual', 'Portugal', 'Porto', true FROM people WHERE role = 'doctor'`,
  `INSERT INTO sessions (id, account_id, expires_at) SELECT session_id, id, now() + interval '14 days' FROM people`,
  'ANALYZE accounts, patients, doctors, sessions',
];

/**
 * Accounts with a live session each, in the order of the roles: by sets, since four thousand by the product's own use cases take longer than
 * what is then measured. Their tokens are minted as anybody's.
 */
export async function makeMembers(
  url: string,
  { mintAccess }: Ctx['tokens'],
  roles: readonly Role[],
): Promise<Member[]> {
  const people = roles.map((role) => ({ id: newId(), sessionId: newId(), role }));
  const columns = [people.map(({ id }) => id), people.map(({ sessionId }) => sessionId), roles];
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const [index, statement] of statements.entries()) await client.query(statement, index === 0 ? columns : []);
  await client.end();
  const members: Member[] = [];
  for (const { id, sessionId, role } of people) {
    const { token } = await mintAccess({ sub: id, sid: sessionId, role });
    members.push({ id, accessToken: token });
  }
  return members;
}
