import { createServer } from 'node:http';
import pg from 'pg';

// What people write by hand: node:http, one prepared statement, JSON.stringify. `/` is a trivial route. It checks nothing, counts
// nothing and logs nothing.

const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE'], max: 16 });
const statement = {
  name: 'doctors',
  text: `SELECT account_id, specialty, full_name, country, city, bio, experience_years, languages, accepting_requests,
      created_at, rating_count, rating_sum, rating_sum_of_squares, score
    FROM doctors WHERE listed AND specialty = $1 ORDER BY score DESC, account_id DESC LIMIT 21`,
};

async function list(specialty: string): Promise<string> {
  const { rows } = await pool.query({ ...statement, values: [specialty] });
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

const server = createServer(async (request, response) => {
  const body = request.url === '/' ? '{"status":"ok"}' : await list('cardiology');
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
