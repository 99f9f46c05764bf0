import { createServer } from 'node:http';
import pg from 'pg';

// What people write by hand: node:http, prepared statements, JSON.stringify. `/` is a trivial route, `/list` the doctors of a specialty,
// `/requests/{id}` a request with all that belongs to it, in one statement. It asks nobody who they are, checks, counts, logs and audits nothing.

const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE'], max: 16 });
const doctors = {
  name: 'doctors',
  text: `SELECT account_id, specialty, full_name, country, city, bio, experience_years, languages, accepting_requests,
      created_at, rating_count, rating_sum, rating_sum_of_squares, score
    FROM doctors WHERE listed AND specialty = $1 ORDER BY score DESC, account_id DESC LIMIT 21`,
};
const request = {
  name: 'request',
  text: `SELECT r.*, patient.full_name AS patient_name, doctor.full_name AS doctor_name, stars, comment, rating.created_at AS rated_at,
      (SELECT coalesce(json_agg(d ORDER BY d.created_at), '[]') FROM diagnoses d WHERE d.request_id = r.id) AS diagnoses
    FROM care_requests r
      JOIN accounts patient ON patient.id = r.patient_id
      LEFT JOIN accounts doctor ON doctor.id = r.doctor_id
      LEFT JOIN ratings rating ON rating.request_id = r.id
    WHERE r.id = $1`,
};

async function list(specialty: string): Promise<string> {
  const { rows } = await pool.query({ ...doctors, values: [specialty] });
  const items = rows.slice(0, 20).map((row) => ({
    id: row.account_id,
    fullName: row.full_name,
    specialty: { code: row.specialty, name: row.specialty },
    experienceYears: row.experience_years,
    languages: row.languages,
    bio: row.bio,
    acceptingRequests: row.accepting_requests,
    address: { country: row.country, city: row.city },
    rating: {
      average: row.rating_count === 0 ? null : Math.round((row.rating_sum / row.rating_count) * 100) / 100,
      count: row.rating_count,
      score: row.score,
    },
  }));
  const last = rows[19];
  return JSON.stringify({ items, nextCursor: last === undefined ? null : `${last.score},${last.account_id}` });
}

async function find(id: string): Promise<string> {
  const { rows } = await pool.query({ ...request, values: [id] });
  const [row] = rows;
  return JSON.stringify({
    id: row.id,
    status: row.status,
    patient: { id: row.patient_id, fullName: row.patient_name },
    doctor: row.doctor_id === null ? null : { id: row.doctor_id, fullName: row.doctor_name },
    specialty: { code: row.specialty, name: row.specialty },
    complaint: row.complaint,
    urgency: row.urgency,
    diagnoses: row.diagnoses.map((diagnosis: Record<string, string>) => ({
      id: diagnosis['id'],
      requestId: row.id,
      doctorId: diagnosis['doctor_id'],
      title: diagnosis['title'],
      icd10: diagnosis['icd10'],
      description: diagnosis['description'],
      recommendations: diagnosis['recommendations'],
      createdAt: diagnosis['created_at'],
    })),
    rating: row.stars === null ? null : { stars: row.stars, comment: row.comment, createdAt: row.rated_at },
    submittedAt: row.submitted_at,
    acceptedAt: row.accepted_at,
    diagnosedAt: row.diagnosed_at,
    closedAt: row.closed_at,
  });
}

const answer = async (path: string): Promise<string> => {
  if (path === '/list') return list('cardiology');
  return path === '/' ? '{"status":"ok"}' : find(path.slice('/requests/'.length));
};

const server = createServer(async ({ url = '/' }, response) => {
  const body = await answer(url);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ url: `ws://127.0.0.1:${port}` })}\n`);
});
