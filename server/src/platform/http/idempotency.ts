import { createHash } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { actorOf, type Ctx } from '../../context.ts';
import { seal, unseal } from '../crypto/seal.ts';
import { bytea, instant } from '../database/columns.ts';
import { invalidField, Problem } from '../problem.ts';

const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    accountId: uuid('account_id').notNull(),
    key: text('key').notNull(),
    call: bytea('call').notNull(),
    status: integer('status'),
    sealedBody: bytea('sealed_body'),
    keyId: text('key_id'),
    createdAt: instant('created_at').notNull().default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.key] })],
);

type Answer = { status: number; body: unknown };

/**
 * The same key and call give the same answer; the same key with another call is refused
 * (draft-ietf-httpapi-idempotency-key-header). Key, change and answer commit together, and a second call waits on the
 * first one's row, so a hundred at once make one thing. A call that fails leaves no key: it may be tried again.
 * Answers hold what their routes answer, health text too, so they are kept encrypted.
 * @throws Problem 409 `idempotency-key-reused`.
 */
export async function runOnce(
  ctx: Ctx,
  key: string,
  call: unknown[],
  run: (ctx: Ctx) => Promise<Answer>,
): Promise<Answer> {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField('Idempotency-Key', 'format', 'Idempotency-Key takes 1 to 255 visible ASCII characters.');
  }
  const { accountId } = actorOf(ctx);
  const fingerprint = createHash('sha256').update(JSON.stringify(call, inOrder)).digest();
  return ctx.tx(async (ctx) => {
    const [taken] = await ctx.db
      .insert(idempotencyKeys)
      .values({ accountId, key, call: fingerprint })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key });
    const mine = and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key));
    if (taken === undefined) {
      const [earlier] = await ctx.db.select().from(idempotencyKeys).where(mine);
      if (earlier === undefined || !earlier.call.equals(fingerprint)) {
        throw new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another call.' });
      }
      return {
        status: earlier.status ?? 200,
        body: openAnswer(ctx, earlier.keyId, earlier.sealedBody, `${accountId}:${key}`),
      };
    }
    const answer = await run(ctx);
    const { keyId, sealed } = sealAnswer(ctx, answer.body, `${accountId}:${key}`);
    await ctx.db.update(idempotencyKeys).set({ status: answer.status, sealedBody: sealed, keyId }).where(mine);
    return answer;
  });
}

/** The members of an object by name: their order says nothing in JSON. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Keys live a day. */
export async function dropOldIdempotencyKeys(ctx: Ctx): Promise<void> {
  await ctx.db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, sql`now() - interval '24 hours'`));
}

/** What calls of an account were answered with. */
export async function dropIdempotencyKeysOf(ctx: Ctx, accountId: string): Promise<void> {
  await ctx.db.delete(idempotencyKeys).where(eq(idempotencyKeys.accountId, accountId));
}

const purpose = 'openward idempotency answers';

function sealAnswer(ctx: Ctx, body: unknown, place: string): { keyId: string; sealed: Buffer } {
  const key = ctx.keys.encryption.current;
  return { keyId: key.kid, sealed: seal(key, { purpose, place }, Buffer.from(JSON.stringify(body ?? null))) };
}

function openAnswer(ctx: Ctx, keyId: string | null, sealed: Buffer | null, place: string): unknown {
  const key = keyId === null ? undefined : ctx.keys.encryption.find(keyId);
  if (key === undefined || sealed === null)
    throw new Problem('idempotency-key-reused', { detail: 'The answer is no longer kept. Use a new Idempotency-Key.' });
  return JSON.parse(unseal(key, { purpose, place }, sealed).toString('utf8'));
}
