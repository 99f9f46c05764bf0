import type { Input } from '@openward/client';
import { api } from '#app/api.ts';

export type Assertion = Input<'loginByPasskey'>['passkey'];

/** Challenges live for five minutes; a page that stands open asks for another in time. */
const challengeLifeMs = 4 * 60_000;

export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Asks the device to sign. @throws what the browser says when the person declines; OpenwardError. */
export async function signWithPasskey(options: CredentialRequestOptions = {}): Promise<Assertion> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await api.beginPasskeyLogin());
  const credential = await navigator.credentials.get({ ...options, publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('No passkey was chosen.', 'NotAllowedError');
  return credential.toJSON() as Assertion;
}

/** Passkeys among what the browser suggests in the address field: resolves when one was chosen; null where there is no such thing. */
export async function passkeyFromSuggestions(signal: AbortSignal): Promise<Assertion | null> {
  if (!hasPasskeys() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return null;
  for (;;) {
    const stale = AbortSignal.timeout(challengeLifeMs);
    try {
      return await signWithPasskey({ mediation: 'conditional', signal: AbortSignal.any([signal, stale]) });
    } catch (error) {
      if (signal.aborted || !stale.aborted) throw error;
    }
  }
}
