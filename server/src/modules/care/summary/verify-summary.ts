import { timingSafeEqual } from 'node:crypto';
import type { verifySummary as contract, InputOf, ReplyOf } from '@openward/contracts';
import { eq, sql } from 'drizzle-orm';
import { addressKey } from '#platform/limits/address-key.ts';
import type { Ctx } from '#server/context.ts';
import { readVersions } from '../diagnosis/list-versions.ts';
import { summaryChecks } from '../tables.ts';
import { hashOf, makeCode, readCode } from './check-code.ts';

type Answer = ReplyOf<typeof contract>;
const unknown: Answer = { result: 'unknown', madeAt: null, replacedAt: null };

/** Whether a code is ours, and what it stands on is still the newest. For anybody: no name, no health text. */
export async function verifySummary(ctx: Ctx, { code: typed }: InputOf<typeof contract>): Promise<Answer> {
  await ctx.limits.take('summary-check.address', addressKey(ctx.origin.ip ?? ''));
  const code = readCode(typed);
  if (code === null) return unknown;
  const [row] = await ctx.db
    .select()
    .from(summaryChecks)
    .where(eq(summaryChecks.codeHash, hashOf(code)));
  if (row === undefined) return unknown;
  const { keyId, requestId, digest, madeAt, versions } = row;
  const root = ctx.keys.pepper.find(keyId);
  if (root === undefined)
    throw new Error(`A summary needs the pepper ${keyId}, which KEYS_DIR does not hold: restore it`);
  // Not the row is believed: what is in it has to give the code once more.
  if (!timingSafeEqual(Buffer.from(makeCode(root, requestId, digest)), Buffer.from(code))) return unknown;
  const [next] = await readVersions(
    ctx,
    sql`v.request_id = ${requestId}`,
    sql`ORDER BY v.created_at, v.diagnosis_id, v.version OFFSET ${versions} LIMIT 1`,
  );
  return { result: next === undefined ? 'current' : 'replaced', madeAt, replacedAt: next?.at ?? null };
}
