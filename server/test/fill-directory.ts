import pg from 'pg';
import { eventually } from './eventually.ts';

/**
 * Fills an empty directory with so many doctors, always the same, in seconds: everything by sets. They are spread as real ones are: a few specialties,
 * countries, towns and names have most of them, who joined lately has no ratings, who has five stars throughout has few.
 * Rare things are there as well: one doctor in 2,000 speaks Icelandic, whom `rareName` names there is one of.
 * @param options `searched` false: nobody will be looked for by name, language or place, and the index for that, a third of the work, is left out.
 */
export async function fillDirectory(url: string, doctors: number, { searched = true } = {}): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const rebuild = await withoutIndexes(client);
    // Neither what keeps a doctor's row nor the references are looked at: all of it is right as it is drawn.
    await client.query('SET session_replication_role = replica');
    await client.query(accountsOf, [doctors]);
    await client.query(doctorsOf, [doctors, rareName]);
    await client.query(`SET maintenance_work_mem = '512MB'`);
    for (const index of rebuild) if (searched || !index.includes('doctors_by_terms')) await client.query(index);
    await client.query('SELECT count_anew()');
    for (const table of ['doctors', 'accounts']) await settle(client, table);
  } finally {
    await client.end();
  }
}

/**
 * Until indexes alone answer: while autovacuum reads another table, as it does after such an insert, rows that are newer than its snapshot are not yet
 * known to be seen by all.
 */
async function settle(client: pg.Client, table: string): Promise<void> {
  const isSettled = async () => {
    await client.query(`VACUUM ANALYZE ${table}`);
    const { rows } = await client.query<{ isSeen: boolean }>(
      `SELECT relallvisible = relpages AS "isSeen" FROM pg_class WHERE oid = $1::regclass`,
      [table],
    );
    return rows[0]?.isSeen;
  };
  await eventually(`all see what is in ${table}`, isSettled, 60_000);
}

export const rareName = 'Quirina Žižkovská';

/** Indexes are made faster than kept; those of keys stay. @returns the statements that make them again. */
async function withoutIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid IN ('accounts'::regclass, 'doctors'::regclass)
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

const idOf = (n: string) => `md5('doctor ' || ${n})::uuid`;
/** From 0 to 1, the same for the same number and purpose. */
const chance = (purpose: number) => `((hashint8extended(n, ${purpose}) & 2147483647) / 2147483648::float8)`;
const oneOf = (list: string, share: string) => `${list}[1 + floor(${share} * array_length(${list}, 1))::int]`;

const accountsOf = `
  INSERT INTO accounts (id, role, email, full_name, email_verified_at, approved_at, created_at)
  SELECT ${idOf('n')}, 'doctor', 'd' || n || '@example.org', 'Doctor ' || n, now(), now(), now() - ${chance(1)} * interval '5 years'
  FROM generate_series(1, $1::bigint) AS n`;

/** OFFSET 0: what is drawn is drawn once. Merged into one, PostgreSQL computes it anew wherever it is named, some ten times. */
const doctorsOf = `
  WITH lists AS (
    SELECT (SELECT array_agg(code ORDER BY md5(code)) FROM specialties) AS codes,
      '{Maria,José,Ana,Jürgen,Olga,Wei,Fatima,Søren,Łukasz,Chloé,Ahmed,Ingrid,Mateo,Zoë,Björn,Priya,Tomáš,Elif,Noah,Yuki}'::text[] AS firsts,
      '{García,Müller,Silva,Nguyễn,Smith,Kowalski,Rossi,Dubois,Yılmaz,Novák,Svensson,Okafor}'::text[] AS families,
      '{a,o,ina,ito,ela,ius,een,ka,dra,mir}'::text[] AS endings,
      '{Bal,Cor,Dam,Fer,Gol,Hal,Ker,Lan,Mar,Nor,Pel,Ros,Sal,Tor,Ven,Wal,Zim,Bro,Cla,Dre}'::text[] AS heads,
      '{a,e,i,o,ade,eri,ima,olo,uni,ette,anda,issi}'::text[] AS middles,
      '{berg,mann,ski,son,ez,ini,ova,sen,ard,wick,stein,reira,dottir,nen,ou}'::text[] AS tails,
      '{es,pt,de,fr,it,pl,tr,cs,sv,ar,hi,ja,zh,uk,nl,fi,ro,hu,el,da}'::text[] AS tongues
  ), drawn AS (
    SELECT n, lists.*, floor(60 * ${chance(2)} ^ 2.5)::int AS land, floor(200 * ${chance(3)} ^ 2)::int AS town,
      CASE WHEN ${chance(1)} < 0.02 OR ${chance(4)} < 0.4 THEN 0 ELSE 1 + floor(300 * ${chance(5)} ^ 4)::int END AS votes,
      3 + 2 * sqrt(${chance(6)}) AS quality
    FROM generate_series(1, $1::bigint) AS n, lists OFFSET 0
  ), named AS (
    SELECT *, CASE WHEN n = 7 THEN $2 ELSE CASE WHEN ${chance(20)} < 0.15 THEN ${oneOf('firsts', `${chance(7)} ^ 1.5`)}
        ELSE ${oneOf('heads', chance(21))} || ${oneOf('endings', chance(7))} END || ' ' || CASE WHEN ${chance(8)} < 0.04 THEN ${oneOf('families', `${chance(9)} ^ 2`)}
        ELSE ${oneOf('heads', chance(10))} || ${oneOf('middles', chance(11))} || ${oneOf('tails', chance(12))} END END AS name,
      CASE WHEN votes BETWEEN 1 AND 12 AND ${chance(13)} < 0.2 THEN 5 * votes ELSE round(quality * votes)::int END AS stars
    FROM drawn OFFSET 0
  )
  INSERT INTO doctors (account_id, specialty, license_number, full_name, country, city, listed, bio, experience_years, languages, accepting_requests,
    created_at, rating_count, rating_sum, rating_sum_of_squares, name_key, country_key, city_key, rating_average, rating_patients, rated_at, score)
  SELECT ${idOf('n')}, ${oneOf('codes', `${chance(14)} ^ 2`)}, 'L', name, 'Land ' || land, 'Town ' || land || '-' || town, ${chance(15)} < 0.97,
    'Trained in three places. I take my time, and I explain what I do.', floor(41 * ${chance(16)}),
    ARRAY[tongues[1 + land % 20]] || CASE WHEN ${chance(17)} < 0.6 THEN '{en}'::text[] ELSE '{}' END || CASE WHEN n % 2000 = 7 THEN '{is}'::text[] ELSE '{}' END,
    ${chance(18)} < 0.8, now() - ${chance(1)} * interval '5 years', votes, stars, stars * 5,
    ' ' || plain_text(name) || ' ', 'land ' || land, 'town ' || land || ' ' || town, round(stars::numeric / nullif(votes, 0), 2), votes,
    CASE WHEN votes > 0 THEN now() - ${chance(1)} * ${chance(19)} * interval '1 year' END,
    (15 + stars) / (votes + 5.0) - 1.65 * sqrt(1.2 / (votes + 6)) - 0.25 * ${chance(1)} * ${chance(19)} + 0.22
  FROM named`;
