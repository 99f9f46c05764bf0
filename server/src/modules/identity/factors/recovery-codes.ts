import { randomBytes } from 'node:crypto';
import { and, count, eq, isNull, sql } from 'drizzle-orm';
import { fingerprint, type RootKey } from '#platform/crypto/seal.ts';
import type { Ctx } from '#server/context.ts';
import { recoveryCodes } from '../tables.ts';
import { rootOf } from './factor-root.ts';

/** Crockford's base 32: none of its characters is taken for another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codesAtOnce = 10;
const codeLength = 12;

/** Makes ten codes of 60 random bits, instead of all older ones. Within the caller's transaction. @returns them, this once. */
export async function replaceRecoveryCodes(ctx: Ctx, accountId: string): Promise<string[]> {
  const root = ctx.keys.pepper.current;
  const codes = Array.from({ length: codesAtOnce }, newCode);
  await ctx.db.delete(recoveryCodes).where(eq(recoveryCodes.accountId, accountId));
  await ctx.db
    .insert(recoveryCodes)
    .values(codes.map((code) => ({ accountId, hash: hashOf(accountId, code, root), keyId: root.kid })));
  return codes.map((code) => code.replace(/(.{4})(.{4})(.{4})/, '$1-$2-$3'));
}

/**
 * Uses a code up, in one atomic statement: of a hundred at once one wins.
 * @returns how many are left, or null for a code that is wrong or used.
 */
export async function takeRecoveryCode(ctx: Ctx, accountId: string, typed: string): Promise<number | null> {
  const code = readCode(typed);
  if (code === null) return null;
  // All codes of an account are made at once, with one key.
  const [made] = await ctx.db
    .select({ keyId: recoveryCodes.keyId })
    .from(recoveryCodes)
    .where(eq(recoveryCodes.accountId, accountId))
    .limit(1);
  if (made === undefined) return null;
  const root = rootOf(ctx, made.keyId ?? ctx.keys.pepper.current.kid);
  const unused = and(eq(recoveryCodes.accountId, accountId), isNull(recoveryCodes.usedAt));
  const [taken] = await ctx.db
    .update(recoveryCodes)
    .set({ usedAt: sql`now()` })
    .where(and(unused, eq(recoveryCodes.hash, hashOf(accountId, code, root))))
    .returning({ accountId: recoveryCodes.accountId });
  if (taken === undefined) return null;
  const [left] = await ctx.db.select({ n: count() }).from(recoveryCodes).where(unused);
  return left?.n ?? 0;
}

function newCode(): string {
  return Array.from(randomBytes(codeLength), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** As people type it off paper: capitals, blanks, an O for the zero. Null for what can be no code. */
function readCode(typed: string): string | null {
  const code = typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return new RegExp(`^[${alphabet}]{${codeLength}}$`).test(code) ? code : null;
}

/** Keyed, so that a stolen database does not even help to try codes out. */
function hashOf(accountId: string, code: string, root: RootKey): Buffer {
  return fingerprint(root, { purpose: 'openward recovery codes', place: accountId }, code);
}
