import pg from 'pg';

export type ChatCounts = { rooms: number; messages: number; patients: number; doctors: number };

/** As in `fillCare`, with whose people it goes: a tenth of the requests have rooms here, and as many messages as there are requests. */
export function usualChat(requests: number): ChatCounts {
  return {
    rooms: Math.ceil(requests / 10),
    messages: requests,
    patients: Math.ceil(requests / 5),
    doctors: Math.ceil(requests / 100),
  };
}

/** Fills an empty chat database by sets. Half of the messages are in few rooms, of which the first has most. */
export async function fillChat(
  url: string,
  { rooms, messages, patients, doctors }: ChatCounts,
  onProgress: (done: string) => void = () => {},
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'`);
    await client.query('BEGIN');
    await client.query(drawn, [rooms, messages, patients, doctors]);
    await client.query('ANALYZE drawn');
    for (const [table, statement] of Object.entries(steps)) {
      const { rowCount } = await client.query(statement);
      onProgress(`${rowCount} ${table}`);
    }
    await client.query('COMMIT');
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

const person = (kind: string, count: string, purpose: number) =>
  `md5('${kind} ' || (1 + floor(${count} * (((hashint8extended(n, ${purpose}) & 2147483647) / 2147483648.0)::float8) ^ 2))::bigint)::uuid`;

const drawn = `
  CREATE TEMP TABLE drawn ON COMMIT DROP AS
  SELECT n, uuidv7((n - $1::bigint) * interval '3 years' / $1::bigint) AS id, ${person('patient', '$3::bigint', 41)} AS patient_id, ${person('doctor', '$4::bigint', 42)} AS doctor_id,
    (greatest(1, $2::bigint / $1::bigint / 2) + floor($2::bigint / (2 * n * ln($1::bigint + 1))))::bigint AS messages
  FROM generate_series(1, $1::bigint) AS n`;

/** Every tenth patient and every seventh doctor has read nothing: of the first room the doctor. */
const steps = {
  rooms: `INSERT INTO rooms (room_id, status, last_seq, request_version) SELECT id, CASE n % 10 WHEN 0 THEN 'open' ELSE 'closed' END, messages, 2 FROM drawn`,
  members: `
    INSERT INTO room_members (room_id, account_id, role, read_seq)
    SELECT id, patient_id, 'patient', CASE n % 10 WHEN 3 THEN 0 ELSE messages END FROM drawn
    UNION ALL SELECT id, doctor_id, 'doctor', CASE n % 7 WHEN 1 THEN 0 ELSE messages END FROM drawn`,
  'rooms by account': `
    INSERT INTO account_rooms (account_id, room_id) SELECT patient_id, id FROM drawn UNION ALL SELECT doctor_id, id FROM drawn`,
  messages: `
    INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, sent_at)
    SELECT id, seq, gen_random_uuid(), CASE seq % 3 WHEN 0 THEN doctor_id ELSE patient_id END, 'c' || seq, 'It is better since yesterday, though not at night.',
      now() - (messages - seq) * interval '1 minute'
    FROM drawn, generate_series(1, messages) AS seq`,
};
