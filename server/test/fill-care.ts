import pg from 'pg';

export type CareCounts = {
  requests: number;
  patients: number;
  doctors: number;
  waiting: number;
  auditEntries: number;
  notices: number;
};

/** What so many requests come with. Who waits does not grow with what is behind. */
export function usualCounts(requests: number): CareCounts {
  return {
    requests,
    patients: Math.ceil(requests / 5),
    doctors: Math.ceil(requests / 100),
    waiting: Math.min(Math.ceil(requests / 20), 5_000),
    auditEntries: Math.ceil(requests / 5),
    notices: Math.ceil(requests / 5),
  };
}

/**
 * Fills an empty main database with the requests of three years, everything by sets. They are spread as real ones are: few patients and doctors have
 * most of them, a few thousand wait, nearly all are closed. The ids of people are `careId`'s.
 */
export async function fillCare(
  url: string,
  counts: CareCounts,
  onProgress: (done: string) => void = () => {},
): Promise<void> {
  const clients = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  const [client] = clients;
  if (client === undefined) throw new Error('No client.');
  try {
    for (const one of clients) {
      await one.connect();
      // Neither triggers nor references are looked at: all of it is right as it is drawn.
      await one.query(
        `SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'`,
      );
    }
    const indexes = await dropIndexes(client);
    // What is written into a table that is new in its transaction needs no log, where the server keeps none for others (wal_level = minimal).
    await client.query('BEGIN');
    const { rows } = await client.query<{ some: boolean }>('SELECT EXISTS (SELECT FROM accounts) AS some');
    if (rows[0]?.some !== false) throw new Error('There is somebody in this database already.');
    await client.query('TRUNCATE accounts, audit_log, tallies, tally_changes CASCADE');
    const { requests, patients, doctors, waiting, auditEntries, notices } = counts;
    const steps: [string, string, number[]][] = [
      ['accounts', accountsOf, [patients, doctors]],
      ['doctors', doctorsOf, [doctors]],
      ['care_requests', requestsOf, [requests, patients, doctors, waiting]],
      ['care_request_events', eventsOf, []],
      ['diagnoses', diagnosesOf, []],
      ['diagnosis_corrections', correctionsOf, []],
      ['ratings', ratingsOf, []],
      ['schedules', schedulesOf, [doctors]],
      ['schedule_hours', hoursOf, [doctors]],
      ['appointments', appointmentsOf, []],
      ['audit_log', auditOf, [auditEntries, patients, doctors]],
      ['notifications', noticesOf, [notices, patients]],
      ['bans', bansOf, [patients]],
      ['ban_appeals', appealsOf, []],
      ['sessions', sessionsOf, [patients]],
      ['security_events', securityEventsOf, [auditEntries, patients]],
      ['tallies', 'SELECT count_anew()', []],
    ];
    for (const [table, statement, values] of steps) {
      const { rowCount } = await client.query(statement, values);
      onProgress(`${rowCount} ${table}`);
    }
    await client.query('COMMIT');
    await rebuild(clients, indexes);
    onProgress(`${indexes.length} indexes`);
    await client.query('VACUUM ANALYZE');
  } finally {
    for (const one of clients) await one.end();
  }
}

/** The id of the nth: n from 1. The first have most; what the second doctor has is all from the first half of the time. */
export async function careId(client: pg.Pool, kind: 'patient' | 'doctor', n: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(`SELECT ${idOf(kind, '$1::bigint')} AS id`, [n]);
  return rows[0]?.id ?? '';
}

/** Indexes are made faster than kept, those of keys apart. @returns the statements that make them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
       AND t.relname IN ('accounts', 'doctors', 'care_requests', 'care_request_events', 'diagnoses', 'diagnosis_corrections', 'ratings',
         'appointments', 'audit_log', 'notifications')
     ORDER BY t.relname, c.relname`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${client.escapeIdentifier(name)}`);
  return rows.map(({ definition }) => definition);
}

/** Side by side, as many at once as there are connections. */
async function rebuild(clients: pg.Client[], indexes: readonly string[]): Promise<void> {
  const waiting = [...indexes];
  await Promise.all(
    clients.map(async (client) => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await client.query(index);
    }),
  );
}

const idOf = (kind: 'patient' | 'doctor', n: string) => `md5('${kind} ' || ${n})::uuid`;
/** From 0 to 1, the same for the same number and purpose. */
const chance = (purpose: number, n = 'n') =>
  `((hashint8extended(${n}, ${purpose}) & 2147483647) / 2147483648.0)::float8`;
const oneOf = (count: string, purpose: number) => `(1 + floor(${count} * ${chance(purpose)} ^ 2))::bigint`;
const patient = (count: string, purpose: number) => idOf('patient', oneOf(count, purpose));
const working = (count: string, purpose: number, total: string) =>
  `CASE WHEN ${oneOf(count, purpose)} = 2 AND n > ${total} / 2 THEN 1 ELSE ${oneOf(count, purpose)} END`;
const pick = (list: string, share: string) => `(${list})[1 + floor(${share} * array_length(${list}, 1))::int]`;
const firsts = `'{Maria,José,Ana,Jürgen,Olga,Wei,Fatima,Søren,Łukasz,Chloé,Ahmed,Ingrid,Mateo,Zoë,Björn,Priya,Tomáš,Elif,Noah,Yuki}'::text[]`;
const heads = `'{Bal,Cor,Dam,Fer,Gol,Hal,Ker,Lan,Mar,Nor,Pel,Ros,Sal,Tor,Ven,Wal,Zim,Bro,Cla,Dre}'::text[]`;
const tails = `'{berg,mann,ski,son,ez,ini,ova,sen,ard,wick,stein,reira,dottir,nen,ou}'::text[]`;

/** One in a thousand is deleted, one doctor in fifty not approved. */
const accountsOf = `
  INSERT INTO accounts (id, role, email, full_name, email_verified_at, approved_at, created_at, deleted_at, search_key)
  SELECT id, role, email, name, made, CASE WHEN role = 'doctor' AND n % 50 <> 49 THEN made END, made, CASE WHEN name IS NULL THEN made END,
    ' ' || translate(lower(name), 'éüøłëöš', 'euoleos') || ' ' || replace(email, '@', ' @') || ' '
  FROM (
    SELECT n, role, made, CASE role WHEN 'doctor' THEN ${idOf('doctor', 'n')} ELSE ${idOf('patient', 'n')} END AS id,
      CASE WHEN role = 'doctor' OR n % 1000 <> 999 THEN role || n || '@' || ${pick(`'{example.org,example.com,mail.example}'::text[]`, chance(1))} END AS email,
      CASE WHEN role = 'doctor' OR n % 1000 <> 999 THEN ${pick(firsts, chance(2))} || ' ' || ${pick(heads, chance(3))} || ${pick(heads, chance(4))} || ${pick(tails, chance(5))} END AS name
    FROM (
      SELECT n, 'doctor' AS role, now() - interval '3 years' + n * interval '3 years' / $2::bigint AS made FROM generate_series(1, $2::bigint) AS n
      UNION ALL
      SELECT n, 'patient', now() - interval '3 years' + n * interval '3 years' / $1::bigint FROM generate_series(1, $1::bigint) AS n
    ) AS everybody
  ) AS named`;

const codes = `(SELECT array_agg(code ORDER BY md5(code)) AS codes FROM specialties) AS lists`;
const specialtyOf = (n: string) => `codes[1 + floor(${chance(14, n)} ^ 2 * array_length(codes, 1))::int]`;

const doctorsOf = `
  INSERT INTO doctors (account_id, specialty, license_number, full_name, listed, accepting_requests, name_key)
  SELECT ${idOf('doctor', 'n')}, ${specialtyOf('n')}, 'L', 'Doctor ' || n, n % 50 <> 49, n % 15 <> 14, ' doctor ' || n || ' '
  FROM generate_series(1, $1::bigint) AS n, ${codes}`;

/** In the order in which they came: the last ones wait. One in five of those waits for a doctor who was asked in person. */
const requestsOf = `
  INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, version, room_id,
    submitted_at, accepted_at, diagnosed_at, closed_at, escalation)
  SELECT id, patient_id, CASE WHEN status IN ('submitted', 'cancelled') AND NOT direct THEN NULL ELSE doctor_id END, specialty,
    status <> 'submitted' OR NOT direct, 'It hurts since Monday, more when I walk, and I sleep badly since then.', urgency, status, 2,
    CASE WHEN taken THEN id END, submitted_at, CASE WHEN taken THEN submitted_at + waited END,
    CASE WHEN status IN ('diagnosed', 'closed') THEN submitted_at + waited + interval '1 hour' END,
    CASE WHEN status IN ('closed', 'cancelled', 'declined') THEN submitted_at + waited + interval '1 day' END, CASE status WHEN 'submitted' THEN 2 ELSE 0 END
  FROM (
    SELECT *, uuidv7(submitted_at - now()) AS id, status IN ('accepted', 'diagnosed', 'closed') AS taken,
      ${specialtyOf('doctor_n')} AS specialty, ${idOf('doctor', 'doctor_n')} AS doctor_id
    FROM (
      SELECT n, ${patient('$2::bigint', 21)} AS patient_id, ${working('$3::bigint', 22, '$1::bigint')} AS doctor_n,
        ${chance(23)} < 0.2 AS direct, (5 + 90 * ${chance(24)}) * interval '1 minute' AS waited,
        CASE WHEN ${chance(25)} < 0.02 THEN 'emergency' WHEN ${chance(25)} < 0.2 THEN 'urgent' ELSE 'routine' END AS urgency,
        CASE WHEN n > $1::bigint - $4::bigint THEN 'submitted' WHEN ${chance(26)} < 0.86 THEN 'closed' WHEN ${chance(26)} < 0.89 THEN 'diagnosed'
          WHEN ${chance(26)} < 0.91 THEN 'accepted' WHEN ${chance(26)} < 0.97 THEN 'cancelled' ELSE 'declined' END AS status,
        CASE WHEN n > $1::bigint - $4::bigint THEN date_trunc('milliseconds', now() - ($1::bigint - n + 1) * interval '2 days' / $4::bigint)
          ELSE date_trunc('milliseconds', now() - interval '2 days' - ($1::bigint - n) * interval '3 years' / $1::bigint) END AS submitted_at
      FROM generate_series(1, $1::bigint) AS n
    ) AS drawn, ${codes}
  ) AS requests`;

const eventsOf = `
  INSERT INTO care_request_events (id, request_id, patient_id, at, kind, doctor_id)
  SELECT id, id, patient_id, coalesce(accepted_at, closed_at), CASE WHEN accepted_at IS NULL THEN status ELSE 'accepted' END, doctor_id
  FROM care_requests WHERE status <> 'submitted'`;

const diagnosesOf = `
  INSERT INTO diagnoses (id, request_id, patient_id, doctor_id, title, icd10, description, recommendations, created_at)
  SELECT id, id, patient_id, doctor_id, 'Strained muscle', 'S76.1', 'Tender above the knee; no swelling.', 'Rest for a week, then walk a little more each day.', diagnosed_at
  FROM care_requests WHERE diagnosed_at IS NOT NULL`;

const correctionsOf = `
  INSERT INTO diagnosis_corrections (diagnosis_id, version, request_id, patient_id, doctor_id, title, description, recommendations, reason, created_at)
  SELECT id, 2, request_id, patient_id, doctor_id, title, description, recommendations, 'The other leg.', created_at + interval '1 hour'
  FROM diagnoses WHERE uuid_hash(id) % 20 = 0`;

const ratingsOf = `
  INSERT INTO ratings (request_id, doctor_id, patient_id, stars, created_at)
  SELECT id, doctor_id, patient_id, 4, closed_at + interval '1 hour' FROM care_requests WHERE status = 'closed' AND uuid_hash(id) % 3 = 0`;

const schedulesOf = `
  INSERT INTO schedules (doctor_id, time_zone, slot_minutes, break_minutes, notice_minutes, ahead_days)
  SELECT ${idOf('doctor', 'n')}, 'Europe/Lisbon', 20, 10, 60, 60 FROM generate_series(1, $1::bigint) AS n`;

const hoursOf = `
  INSERT INTO schedule_hours (doctor_id, weekday, from_minute, to_minute)
  SELECT ${idOf('doctor', 'n')}, day, 540, 1020 FROM generate_series(1, $1::bigint) AS n, generate_series(1, 5) AS day`;

/** Of one in eight requests that were taken, on their doctor's next half hours: past ones, and of the last fifteen days' ones in the fortnight to come. */
const appointmentsOf = `
  INSERT INTO appointments (id, request_id, patient_id, doctor_id, starts_at, ends_at, patient_time_zone, opened_at)
  SELECT id, id, patient_id, doctor_id, starts_at, starts_at + interval '20 minutes', 'Europe/Lisbon', CASE WHEN starts_at < now() THEN starts_at END
  FROM (
    SELECT id, patient_id, doctor_id, date_trunc('hour', now()) + interval '15 days' - row_number() OVER (PARTITION BY doctor_id ORDER BY id DESC) * interval '90 minutes' AS starts_at
    FROM care_requests WHERE accepted_at IS NOT NULL AND uuid_hash(id) % 8 = 0
  ) AS drawn ON CONFLICT DO NOTHING`;

/** One entry in a thousand is a ban. */
const auditOf = `
  INSERT INTO audit_log (id, at, actor_id, actor_role, action, subject_type, subject_id, owner_id, ip)
  SELECT uuidv7(at - now()), at, ${idOf('doctor', `(${working('$3::bigint', 32, '$1::bigint')})`)}, 'doctor', CASE WHEN n % 1000 = 1 THEN 'ban.created' WHEN n % 3 = 0 THEN 'room.read' ELSE 'record.read' END,
    'patient', ${patient('$2::bigint', 31)}::text, ${patient('$2::bigint', 31)}, '198.51.100.7'
  FROM (SELECT n, date_trunc('milliseconds', now() - ($1::bigint - n) * interval '1 year' / $1::bigint) AS at FROM generate_series(1, $1::bigint) AS n) AS entries`;

const noticesOf = `
  INSERT INTO notifications (id, account_id, kind, created_at, read_at)
  SELECT uuidv7(at - now()), ${patient('$2::bigint', 33)}, 'request-accepted', at, CASE WHEN n % 40 > 0 THEN at END
  FROM (SELECT n, date_trunc('milliseconds', now() - ($1::bigint - n) * interval '90 days' / $1::bigint) AS at FROM generate_series(1, $1::bigint) AS n) AS entries`;

/** One patient in two hundred is banned, one of fifty of these has appealed. */
const bansOf = `
  INSERT INTO bans (id, account_id, reason, banned_by, account_created_at)
  SELECT id, id, 'x', ${idOf('doctor', '1')}, created_at FROM accounts JOIN generate_series(3, $1::bigint, 200) AS n ON id = ${idOf('patient', 'n')}`;

const appealsOf = `INSERT INTO ban_appeals (ban_id, text) SELECT id, 'I was not it.' FROM bans WHERE uuid_hash(id) % 50 = 0`;

/** One of each patient, one in three of them over already. */
const sessionsOf = `
  INSERT INTO sessions (id, account_id, created_at, last_seen_at, expires_at)
  SELECT md5('session ' || n)::uuid, ${idOf('patient', 'n')}, now() - interval '4 days', now() - interval '1 day', now() - interval '10 days' + n * interval '30 days' / $1::bigint
  FROM generate_series(1, $1::bigint) AS n`;

/** What is rare happened long ago, all to one account, too. */
const securityEventsOf = `
  INSERT INTO security_events (id, at, kind, account_id, ip)
  SELECT uuidv7(at - now()), at, CASE WHEN n < $1::bigint / 100 THEN 'passkey-cloned' ELSE 'login-failed' END,
    CASE WHEN n < $1::bigint / 100 THEN ${idOf('patient', '1::bigint')} ELSE ${patient('$2::bigint', 35)} END, '198.51.100.7'
  FROM (SELECT n, date_trunc('milliseconds', now() - ($1::bigint - n) * interval '1 year' / $1::bigint) AS at FROM generate_series(1, $1::bigint) AS n) AS entries`;
