import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { inTwenties } from '../../../test/in-twenties.ts';
import { type GivenRating, rateDoctors } from '../../../test/rate-doctors.ts';
import { recordRating } from './record-rating.ts';
import { averageOf, scoreAt, whyOf } from './score.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const day = 86_400_000;
const year = 365.25 * day;

/** Doctors who can be rated, without the way through their registration. */
async function addDoctors(ids: readonly string[], specialty = 'cardiology'): Promise<void> {
  const all = sql`unnest(${sql.param([...ids])}::uuid[]) AS id`;
  await server.ctx.db.execute(
    sql`INSERT INTO accounts (id, role, email, full_name) SELECT id, 'doctor', id || '@example.org', 'Doc' FROM ${all}`,
  );
  await server.ctx.db.execute(
    sql`INSERT INTO doctors (account_id, specialty, license_number, full_name, listed) SELECT id, ${specialty}, 'L', 'Doc', true FROM ${all}`,
  );
}

type Stored = { id: string; score: number; patients: number };

async function storedOf(ids: readonly string[]): Promise<Map<string, Stored>> {
  const { rows } = await server.ctx.db.execute<Stored>(
    sql`SELECT account_id AS id, score, rating_patients AS patients FROM doctors WHERE account_id = ANY (${sql.param([...ids])}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The mathematics of decision 0041, once more: the score of today. */
function expectedScore(given: GivenRating[], nowMs: number): number {
  const newest = Math.min(...given.map(({ daysAgo = 0 }) => daysAgo));
  const voters = [...Map.groupBy(given, ({ patient }) => patient).values()].map((ratings) => {
    const weights = ratings.map(({ daysAgo = 0 }) => 2 ** (-(daysAgo - newest) / 365.25));
    const last = nowMs - Math.min(...ratings.map(({ daysAgo = 0 }) => daysAgo)) * day;
    return {
      month: Math.floor(last / (30 * day)),
      weight: Math.max(...weights),
      stars: sumOf(ratings.map(({ stars }, index) => stars * (weights[index] ?? 0))) / sumOf(weights),
    };
  });
  const inMonth = (month: number) => voters.filter((voter) => voter.month === month).length;
  const votes = voters.map(({ month, weight, stars }) => ({ weight: weight / Math.sqrt(inMonth(month)), stars }));
  const n = 5 + sumOf(votes.map(({ weight }) => weight));
  const mean = (15 + sumOf(votes.map(({ weight, stars }) => weight * stars))) / n;
  const squares = (55 + sumOf(votes.map(({ weight, stars }) => weight * stars ** 2))) / n;
  return mean - 1.65 * Math.sqrt((squares - mean ** 2) / (n + 1)) - (0.25 * newest) / 365.25;
}

function sumOf(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

describe('the score', () => {
  it('is what the mathematics of it say, for any ratings by anybody at any time', async () => {
    const rating = fc.record({
      patient: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      stars: fc.integer({ min: 1, max: 5 }),
      daysAgo: fc.integer({ min: 0, max: 4000 }),
    });
    const drawn = fc.sample(fc.array(rating, { minLength: 1, maxLength: 25 }), { numRuns: 60, seed: 41 });
    const cases = drawn.map((ratings, index) => {
      const doctorId = randomUUID();
      return ratings.map((one) => ({ ...one, doctorId, patient: `${index} ${one.patient}` }));
    });
    await addDoctors(cases.map(([first]) => first?.doctorId ?? ''));
    await rateDoctors(server.ctx, cases.flat());
    const stored = await storedOf(cases.map(([first]) => first?.doctorId ?? ''));
    for (const given of cases) {
      const found = stored.get(given[0]?.doctorId ?? '');
      expect(scoreAt(found?.score ?? 0, new Date())).toBeCloseTo(Math.max(0, expectedScore(given, Date.now())), 5);
      expect(found?.patients).toBe(new Set(given.map(({ patient }) => patient)).size);
    }
  });

  it('of ratings at the same moment is that of all of them, in a hundred trials', async () => {
    const ids = Array.from({ length: 100 }, () => randomUUID());
    await addDoctors(ids);
    await rateDoctors(
      server.ctx,
      ids.map((doctorId) => ({ doctorId, stars: 3 })),
    );
    // Requests that were rated, and now are not: four for each doctor, to be rated at once.
    const { rows: requests } = await server.ctx.db.execute<{ id: string; doctorId: string; patientId: string }>(sql`
      INSERT INTO care_requests (id, patient_id, doctor_id, specialty, open_to_specialty, complaint, urgency, status, accepted_at, diagnosed_at)
      SELECT gen_random_uuid(), patient_id, doctor_id, specialty, false, 'Cough', 'routine', 'diagnosed', now(), now()
      FROM (SELECT * FROM care_requests WHERE doctor_id = ANY (${sql.param(ids)}::uuid[])) AS rated, generate_series(1, 4)
      RETURNING id, doctor_id AS "doctorId", patient_id AS "patientId"`);
    // Those of a doctor stand together: five doctors in each twenty, four ratings of each at once.
    const inOrder = requests.toSorted((one, other) => one.doctorId.localeCompare(other.doctorId));
    await inTwenties(inOrder, ({ id, doctorId, patientId }, index) => [
      server.ctx.tx((ctx) =>
        recordRating(ctx, { requestId: id, doctorId, patientId, stars: 2 + (index % 4), comment: null }),
      ),
    ]);
    const { rows: wrong } = await server.ctx.db.execute(sql`
      SELECT account_id FROM doctors, weigh_ratings(account_id, created_at) AS anew
      WHERE account_id = ANY (${sql.param(ids)}::uuid[])
        AND (abs(doctors.score - anew.score) > 1e-9 OR rating_count <> 5 OR rating_sum <> 17 OR rating_patients <> 1)`);
    expect(wrong).toEqual([]);
  });

  it('cannot be set, only computed anew: that is how one is mended', async () => {
    const doctorId = randomUUID();
    await addDoctors([doctorId]);
    await rateDoctors(server.ctx, [{ doctorId, stars: 4 }]);
    const before = (await storedOf([doctorId])).get(doctorId)?.score;
    await server.ctx.db.execute(sql`UPDATE doctors SET score = 5 WHERE account_id = ${doctorId}`);
    expect((await storedOf([doctorId])).get(doctorId)?.score).toBe(before);
  });

  it('counts a patient with many ratings as one, by their mean', async () => {
    const [often, once] = [randomUUID(), randomUUID()];
    await addDoctors([often, once]);
    await rateDoctors(server.ctx, [
      ...[5, 5, 5, 5, 1, 3].map((stars) => ({ doctorId: often, patient: 'often', stars })),
      { doctorId: once, patient: 'once', stars: 4 },
    ]);
    const stored = await storedOf([often, once]);
    expect(stored.get(often)?.score).toBeCloseTo(stored.get(once)?.score ?? 0, 6);
    expect(stored.get(often)?.patients).toBe(1);
  });

  it('keeps its order while time passes, and falls by a quarter of a star a year', () => {
    expect(scoreAt(4, new Date(Date.UTC(2026, 0, 1)))).toBe(4);
    expect(scoreAt(4, new Date(Date.UTC(2026, 0, 1) + 4 * year))).toBeCloseTo(3, 9);
    expect(scoreAt(1, new Date(Date.UTC(2026, 0, 1) + 50 * year))).toBe(0);
  });

  it('of no ratings is the same for all who join now, and says what it rests on', async () => {
    const doctor = await server.people.doctor();
    const { body } = await server.api('GET', `/doctors/${doctor.id}`);
    expect(body.rating).toMatchObject({ average: null, count: 0, score: 2.047 });
    expect(body.rating.why).toMatchObject({ code: 'not-rated', ratings: 0, patients: 0, latestAt: null });
    expect(averageOf({ ratingCount: 3, ratingSum: 13 })).toBe(4.33);
  });

  it('says why, from what it rests on', () => {
    const now = new Date('2026-11-28T12:00:00.000Z');
    const why = (ratingPatients: number, daysAgo: number) =>
      whyOf({ ratingCount: 12, ratingPatients, ratedAt: new Date(now.getTime() - daysAgo * day).toISOString() }, now);
    expect(why(9, 1)).toMatchObject({ code: 'few-patients', ratings: 12, patients: 9 });
    expect(why(10, 1)).toMatchObject({ code: 'many-patients', patients: 10 });
    expect(why(10, 366)).toMatchObject({ code: 'long-ago', latestAt: '2025-11-27T12:00:00.000Z' });
    expect(why(10, 366).text).toContain('2025-11-27');
  });
});

/** Numbers that look drawn and are the same each time (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Spearman's: 1 if two orders are one, 0 if they have nothing to do with each other. */
function rankCorrelation(values: readonly (readonly [number, number])[]): number {
  const ranksOf = (numbers: number[]) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    return numbers.map((number) => (sorted.indexOf(number) + sorted.lastIndexOf(number)) / 2);
  };
  const [x, y] = [ranksOf(values.map(([a]) => a)), ranksOf(values.map(([, b]) => b))];
  const middle = (values.length - 1) / 2;
  const of = (a: number[], b: number[]) =>
    a.reduce((sum, one, index) => sum + (one - middle) * ((b[index] ?? 0) - middle), 0);
  return of(x, y) / Math.sqrt(of(x, x) * of(y, y));
}

type Kind = 'honest' | 'declined' | 'gone' | 'ring' | 'fan' | 'single';
type Simulated = { id: string; kind: Kind; quality: number };

/** A directory with a past, drawn from a seed: what patients of each kind of doctor would have said. */
function simulate(seed: number): { doctors: Simulated[]; given: GivenRating[] } {
  const random = drawing(seed);
  const given: GivenRating[] = [];
  const bell = () => random() + random() + random() + random() - 2;
  const rate = (
    doctorId: string,
    quality: number,
    count: number,
    fromDays: number,
    toDays: number,
    patient?: string,
  ) => {
    for (let n = 0; n < count; n += 1) {
      const stars = Math.min(5, Math.max(1, Math.round(quality + 1.4 * bell())));
      const daysAgo = toDays + (fromDays - toDays) * random();
      given.push({ doctorId, stars, daysAgo, ...(patient === undefined ? {} : { patient }) });
    }
  };
  const make = (kind: Kind, count: number, draw: (id: string) => number): Simulated[] =>
    Array.from({ length: count }, () => {
      const id = randomUUID();
      return { id, kind, quality: draw(id) };
    });
  const doctors = [
    ...make('honest', 100, (id) => {
      const quality = 2 + 2.8 * random();
      rate(id, quality, 15 + Math.floor(50 * random()), 1000, 0);
      return quality;
    }),
    // Excellent once, and now not good.
    ...make('declined', 10, (id) => {
      rate(id, 5, 60, 2200, 1100);
      rate(id, 2.6, 20, 500, 0);
      return 2.6;
    }),
    // Excellent, and away for five years.
    ...make('gone', 5, (id) => {
      rate(id, 5, 60, 2800, 1800);
      return 4.8;
    }),
    // Not good, with a dozen friends.
    ...make('ring', 10, (id) => {
      rate(id, 2.4, 15, 800, 0);
      rate(id, 9, 12, 20, 10);
      return 2.4;
    }),
    // Not good, with one friend who comes again and again.
    ...make('fan', 10, (id) => {
      rate(id, 2.4, 15, 800, 0);
      rate(id, 9, 60, 300, 0, `fan of ${id}`);
      return 2.4;
    }),
    ...make('single', 30, (id) => {
      rate(id, 9, 1, 200, 0);
      return 3.5;
    }),
  ];
  return { doctors, given };
}

describe.each([1, 2])('a simulated directory, drawn from seed %i', (seed) => {
  const specialty = seed === 1 ? 'neurology' : 'nephrology';
  const { doctors, given } = simulate(seed);
  let places: Map<string, number>;
  beforeAll(async () => {
    await addDoctors(
      doctors.map(({ id }) => id),
      specialty,
    );
    await rateDoctors(server.ctx, given);
    const { rows } = await server.ctx.db.execute<{ id: string }>(
      sql`SELECT account_id AS id FROM doctors WHERE specialty = ${specialty} ORDER BY score DESC, account_id DESC`,
    );
    places = new Map(rows.map(({ id }, place) => [id, place]));
  });
  const placesOf = (kind: Kind) => doctors.filter((one) => one.kind === kind).map(({ id }) => places.get(id) ?? -1);
  const good = () =>
    doctors.filter(({ kind, quality }) => kind === 'honest' && quality >= 4.2).map(({ id }) => places.get(id) ?? -1);
  const averages = () =>
    new Map(
      [...Map.groupBy(given, ({ doctorId }) => doctorId)].map(([id, ratings]) => [
        id,
        ratings.reduce((sum, { stars }) => sum + stars, 0) / ratings.length,
      ]),
    );

  it('is ordered by how good the doctors are: 0.9 and more of Spearman’s correlation, where the plain average comes to less', () => {
    const active = doctors.filter(({ kind }) => kind !== 'single' && kind !== 'gone');
    const byScore = rankCorrelation(active.map(({ id, quality }) => [-(places.get(id) ?? 0), quality]));
    const byAverage = rankCorrelation(active.map(({ id, quality }) => [averages().get(id) ?? 0, quality]));
    expect(byScore).toBeGreaterThan(0.9);
    expect(byAverage).toBeLessThan(byScore - 0.1);
  });

  it('has no ring, no faithful friend, no single review and no lost glory before a good doctor', () => {
    const last = Math.max(...good());
    for (const kind of ['ring', 'fan', 'single', 'declined', 'gone'] as const) {
      expect(Math.min(...placesOf(kind)), kind).toBeGreaterThan(last);
    }
  });
});
