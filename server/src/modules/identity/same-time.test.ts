import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goodPassword } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

/**
 * Whether an address is known cannot be told by the clock (ASVS 6.3.8): medians of known and unknown addresses, called in turn,
 * are within 15 % of each other. At bcrypt's cost of 10, a quarter of the default's work, so that what else takes time weighs four times
 * as much as in operation. A machine under load can blur one round; a real difference shows in each of them.
 */
const rounds = 12;
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
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
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
    const ratio = median(times.known) / median(times.unknown);
    if (Math.abs(ratio - 1) <= tolerance) return;
    ratios.push(ratio);
  }
  expect.fail(
    `Known addresses took ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times as long in ${rounds} rounds.`,
  );
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
