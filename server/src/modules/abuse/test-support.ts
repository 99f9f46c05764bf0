import { randomBytes } from 'node:crypto';
import { basePath } from '@openward/contracts';
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { sql } from 'drizzle-orm';
import { TestClock } from '../../../test/authenticator.ts';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';
import type { Ctx } from '../../context.ts';
import type { Signal } from '../../platform/guard.ts';

export type Case = { id: string; rule: string; subject: string; step: string; score: number; ended_at: string | null };

/** A server with the rules on, and a clock of its own. */
export async function startGuarded(
  environment: Record<string, string> = {},
): Promise<TestServer & { clock: TestClock }> {
  const clock = new TestClock();
  const options = { overrides: { clock }, environment: { ABUSE_DETECTION: 'on', ...environment } };
  return { ...(await startTestServer(options)), clock };
}

let addresses = 0;
/** One that nobody has called from. */
export function newAddress(): string {
  addresses += 1;
  return `10.${Math.floor(addresses / 62_500) + 1}.${Math.floor(addresses / 250) % 250}.${(addresses % 250) + 1}`;
}

export const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The open cases against somebody, as the database has them. */
export function casesOf({ ctx }: { ctx: Ctx }, subject: string): Promise<Case[]> {
  return rowsOf<Case>(
    ctx,
    sql`SELECT * FROM abuse_cases WHERE subject = ${subject} AND ended_at IS NULL ORDER BY rule`,
  );
}

/** Waits until a rule has taken a step against somebody. */
export function untilStep(server: { ctx: Ctx }, rule: string, subject: string, step: string): Promise<Case> {
  return eventually(`${rule} is at ${step}`, async () =>
    (await casesOf(server, subject)).find((one) => one.rule === rule && one.step === step),
  );
}

/** Everything that was told so far has been counted: a signal that came later has led to a case. */
export async function allIsCounted(server: TestServer): Promise<void> {
  const ip = newAddress();
  const { accessToken } = await server.people.patient();
  for (const _ of times(3)) await call(server, ip, 'GET', '/me', { authorization: `Bearer ${forged(accessToken)}` });
  await untilStep(server, 'token-forgery', ip, 'slow');
}

/** A token of ours with another content: only somebody without our keys makes such. */
export function forged(token: string): string {
  const [header, key, iv, text = '', tag] = token.split('.');
  return [header, key, iv, `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`, tag].join('.');
}

/** A call from an address. */
export function call(
  server: Pick<TestServer, 'api'>,
  ip: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Answer> {
  return server.api(method, path, body, { headers: { 'x-forwarded-for': ip, ...headers } });
}

export function bearer({ accessToken }: Pick<Person, 'accessToken'>): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}

/** Tells the guard of a node what somebody did, so many times, without the calls around it. */
export function tell(
  { ctx }: { ctx: Ctx },
  who: { ip?: string; id?: string },
  count: number,
  signal: (index: number) => Signal,
): void {
  const actor =
    who.id === undefined
      ? null
      : { accountId: who.id, role: 'patient' as const, sessionId: who.id, approved: true, factorMissing: false };
  const own = ctx.as(actor, { requestId: null, ip: who.ip ?? null, userAgent: null });
  for (const index of times(count)) own.guard.note(own, signal(index));
}

/** The id of an account that was made so many days ago. */
export function idOfAge(days: number): string {
  const ms = (Date.now() - days * 86_400_000).toString(16).padStart(12, '0');
  const random = randomBytes(9).toString('hex');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6)}`;
}

let walked = 0;
/** As somebody does who tries one id after the other. */
export function walk(node: { ctx: Ctx }, who: { ip?: string; id?: string }, count: number): void {
  tell(node, who, count, () => ({ kind: 'not-found', what: `${basePath}/x/${++walked}`, route: '/requests/{id}' }));
}

/** Solves a challenge with ALTCHA's own program. @returns the header. */
export async function solve({ body }: Answer): Promise<Record<string, string>> {
  const { challenge } = body;
  const solution = await solveChallenge({ challenge, deriveKey });
  return { 'openward-proof': Buffer.from(JSON.stringify({ challenge, solution })).toString('base64') };
}
