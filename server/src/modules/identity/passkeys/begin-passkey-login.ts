import type {
  beginPasskeyLogin as loginContract,
  PasskeyRequestOptions,
  ReplyOf,
  beginReauthentication as reauthenticateContract,
} from '@openward/contracts';
import { addressKey } from '#platform/limits/address-key.ts';
import { Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { descriptorOf, type PasskeyRow, passkeysOf, relyingParty } from './passkey.ts';
import { challengeLifetimeMs, issueChallenge } from './passkey-challenges.ts';

/** What a browser asks for a passkey with, to log in. It names no account and no passkey, and so tells nothing of any. */
export async function beginPasskeyLogin(ctx: Ctx): Promise<ReplyOf<typeof loginContract>> {
  await ctx.limits.take('passkey-challenge.address', addressKey(ctx.origin.ip ?? ''));
  return optionsFor(ctx, await issueChallenge(ctx, { purpose: 'login' }), []);
}

/** The same for showing again who one is, in this session. @throws Problem 409 `mfa-not-enabled` without a passkey. */
export async function beginReauthentication(ctx: Ctx): Promise<ReplyOf<typeof reauthenticateContract>> {
  const { accountId, sessionId } = actorOf(ctx);
  const own = await passkeysOf(ctx, accountId);
  if (own.length === 0)
    throw new Problem('mfa-not-enabled', { detail: 'The account has no passkey. Use the password or a code.' });
  return optionsFor(ctx, await issueChallenge(ctx, { purpose: 'reauthenticate', accountId, sessionId }), own);
}

function optionsFor(ctx: Ctx, challenge: string, allowed: readonly PasskeyRow[]): PasskeyRequestOptions {
  return {
    rpId: relyingParty(ctx).id,
    challenge,
    timeout: challengeLifetimeMs,
    allowCredentials: allowed.map(descriptorOf),
    userVerification: 'required',
  };
}
