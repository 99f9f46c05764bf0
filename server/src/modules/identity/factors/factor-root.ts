import type { RootKey } from '#platform/crypto/seal.ts';
import type { Ctx } from '#server/context.ts';

/**
 * The pepper that a secret or code of a second factor was stored with: it is never rotated, while a retired encryption key is
 * dropped after 31 days, and with it every secret of those who had not logged in since.
 */
export function rootOf(ctx: Ctx, keyId: string): RootKey {
  const root = ctx.keys.pepper.find(keyId);
  if (root === undefined)
    throw new Error(`A second factor needs the pepper ${keyId}, which KEYS_DIR does not hold: restore it`);
  return root;
}
