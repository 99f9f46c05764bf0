import { type Challenge, createChallenge, type Payload, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { lt } from 'drizzle-orm';
import type { EncryptionKey } from '#platform/crypto/key-ring.ts';
import { fingerprint } from '#platform/crypto/seal.ts';
import type { Ctx } from '#server/context.ts';
import { abuseUsedProofs } from './tables.ts';

/**
 * How much work a proof is: one counter in 256 fits, each costs 2,000 rounds of HMAC-SHA-256: half a second of a laptop, a
 * few of an old phone. To check one costs a 256th of that.
 */
const work = { algorithm: 'PBKDF2/SHA-256', cost: 2000, keyLength: 32, keyPrefix: '00' } as const;
const lifeMs = 3 * 60_000;
/** About 800 are used. */
const maxChars = 4096;
const purpose = 'openward proofs of work';

/** A challenge for one subject, under a key that is derived from the current one of the ring. */
export async function challengeFor(ctx: Ctx, subjectKey: string): Promise<Challenge> {
  const key = ctx.keys.encryption.current;
  return createChallenge({
    ...work,
    deriveKey,
    expiresAt: new Date(ctx.clock.now().getTime() + lifeMs),
    data: { kid: key.kid, for: bindingOf(key, subjectKey) },
    hmacSignatureSecret: secretOf(key),
  });
}

/**
 * Takes a proof: solved, ours, for this subject, in time, and not taken before on any node. Where it is taken is a row, since a
 * memory or a Redis that forgets would let it in twice.
 * @returns the nonce of its challenge, or null.
 */
export async function takeProof(ctx: Ctx, subjectKey: string, header: string): Promise<string | null> {
  const payload = parsePayload(header);
  if (payload === null) return null;
  const { nonce, expiresAt, data } = payload.challenge.parameters;
  const key = ctx.keys.encryption.find(String(data?.['kid']));
  if (key === undefined || data?.['for'] !== bindingOf(key, subjectKey)) return null;
  if (expiresAt === undefined || expiresAt * 1000 <= ctx.clock.now().getTime()) return null;
  const { verified } = await verifySolution({ ...payload, deriveKey, hmacSignatureSecret: secretOf(key) }).catch(
    () => ({ verified: false }),
  );
  if (!verified) return null;
  const [taken] = await ctx.db
    .insert(abuseUsedProofs)
    .values({ nonce, expiresAt: new Date(expiresAt * 1000).toISOString() })
    .onConflictDoNothing()
    .returning({ nonce: abuseUsedProofs.nonce });
  return taken?.nonce ?? null;
}

/** Drops those whose challenges have run out: they are refused for that. */
export async function dropUsedProofs(ctx: Ctx): Promise<void> {
  await ctx.db.delete(abuseUsedProofs).where(lt(abuseUsedProofs.expiresAt, ctx.clock.now().toISOString()));
}

/** Base64 of JSON, as ALTCHA's own programs send it. Only the shape is looked at: the signature says whether it is ours. */
function parsePayload(header: string): Payload | null {
  if (header.length > maxChars) return null;
  try {
    const { challenge, solution } = JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as Payload;
    const { nonce, salt, expiresAt } = challenge.parameters;
    const isText = [nonce, salt, challenge.signature, solution.derivedKey].every((value) => typeof value === 'string');
    return isText && Number.isInteger(solution.counter) && Number.isInteger(expiresAt) ? { challenge, solution } : null;
  } catch {
    return null;
  }
}

function bindingOf(key: EncryptionKey, subjectKey: string): string {
  return fingerprint(key, { purpose, place: 'for' }, subjectKey).toString('base64url');
}

function secretOf(key: EncryptionKey): string {
  return fingerprint(key, { purpose, place: 'signature' }, '').toString('base64url');
}
