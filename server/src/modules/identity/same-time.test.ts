import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goodPassword } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

/**
 * Whether an address is known cannot be told by the clock (ASVS 6.3.8): the medians of known and unknown addresses, called in
 * turn, are within 15 % of each other. At bcrypt's cost of 10, a quarter of the default's work, so that what else takes time weighs
 * four times as much as in operation. Every sample counts: while the samples of all rounds so far allow both answers, as on a
 * machine under load, a round is added, and after the last one their medians decide.
 */
const maxRounds = 8;
const pairs = 15;
const tolerance = 0.15;

let server: TestServer;
let known: string[];
beforeAll(async () => {
  server = await startTestServer({ environment: { BCRYPT_COST: '10' } });
  known = await Promise.all(Array.from({ length: pairs }, async () => (await server.people.patient()).email));
});
afterAll(() => server.stop());

const unknown = () => `nobody.${randomBytes(6).toString('hex')}@example.org`;

const calls: [name: string, path: string, status: number, body: (email: string) => object][] = [
  [
    'registration',
    '/auth/register',
    202,
    (email) => ({ email, password: goodPassword, fullName: 'Pat Example', role: 'patient' }),
  ],
  ['login', '/auth/tokens', 401, (email) => ({ email, password: 'eleven wrong words 11' })],
  ['forgot-password', '/auth/forgot-password', 202, (email) => ({ email })],
  ['resend-verification', '/auth/resend-verification', 202, (email) => ({ email })],
];

it.each(calls)('%s takes a known and an unknown address the same time', async (_name, path, status, body) => {
  const times: Times = { known: [], unknown: [] };
  let seen = compare(times);
  for (let round = 0; round < maxRounds && !seen.decided; round += 1) {
    for (const email of known) {
      const order = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const which of order) {
        const content = body(which === 'known' ? email : unknown());
        const startedMs = performance.now();
        const answer = await server.api('POST', path, content);
        times[which].push(performance.now() - startedMs);
        expect(answer.status).toBe(status);
      }
    }
    seen = compare(times);
  }
  const calls = times.known.length;
  expect(sideOf(seen.ratio), `Known addresses took ${seen.ratio.toFixed(2)} times as long in ${calls} calls.`).toBe(0);
});

type Times = Record<'known' | 'unknown', number[]>;

/**
 * How many times as long known addresses took, by the medians; and whether that is decided: the ratio's bounds, of 95 %
 * confidence, are on one side of the tolerance.
 */
function compare(times: Times): { ratio: number; decided: boolean } {
  const [known, unknown] = [medianOf(times.known), medianOf(times.unknown)];
  const ratio = known.median / unknown.median;
  const spread = Math.exp(Math.hypot(known.spread, unknown.spread));
  return { ratio, decided: sideOf(ratio / spread) === sideOf(ratio * spread) };
}

/** 0 for the same within the tolerance, otherwise -1 or 1; NaN for no samples, which is on no side. */
function sideOf(ratio: number): number {
  return Math.abs(ratio - 1) <= tolerance ? 0 : Math.sign(ratio - 1);
}

/**
 * With the logarithm of how far off it may be, up or down: half the way between the ranks n/2 ± √n, which have the true median
 * between them with 95 % confidence, whatever the distribution.
 */
function medianOf(samples: readonly number[]): { median: number; spread: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (rank: number) => sorted[Math.round(rank)] ?? Number.NaN;
  const [middle, margin] = [(sorted.length - 1) / 2, Math.sqrt(sorted.length)];
  return { median: at(middle), spread: Math.log(at(middle + margin) / at(middle - margin)) / 2 };
}
