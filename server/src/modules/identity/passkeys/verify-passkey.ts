import type { PasskeyAssertion, PasskeyRegistration } from '@openward/contracts';
import type { Ctx } from '#server/context.ts';
import { findByCredential, type PasskeyRow, relyingParty } from './passkey.ts';
import { type ChallengeUse, takeChallenge } from './passkey-challenges.ts';
import { algorithms, type CoseKey, isUsableKey } from './passkey-key.ts';

/** 0.15 s to load, most of it for certificates that we never look at: only where somebody comes with a passkey. */
async function loadLibrary() {
  const [verifiers, helpers] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ]);
  return { ...verifiers, ...helpers };
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;

const knownTransports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'];

/** An assertion whose signature is good. Its passkey is not used yet: see `usePasskey`. */
export type GoodAssertion = { readonly passkey: PasskeyRow; readonly signCount: number; readonly backedUp: boolean };

export type NewPasskey = Pick<
  PasskeyRow,
  'credentialId' | 'publicKey' | 'signCount' | 'backupEligible' | 'backedUp' | 'transports'
>;

/**
 * Verifies what an authenticator signed (WebAuthn Level 3, section 7.2): our challenge for this use, taken; our origin and RP
 * ID; the user present and verified; the key of a known passkey, whose owner the user handle names; its signature. The
 * counter is compared by `usePasskey`: only a good signature can say anything of a copy.
 * @returns null for whatever is wrong: who asks learns no more.
 */
export async function verifyAssertion(
  ctx: Ctx,
  assertion: PasskeyAssertion,
  use: ChallengeUse,
): Promise<GoodAssertion | null> {
  const challenge = await takeChallengeOf(ctx, assertion.response.clientDataJSON, use);
  if (challenge === null) return null;
  const found = await findByCredential(ctx, Buffer.from(assertion.id, 'base64url'));
  if (found === null) return null;
  const { passkey, handle } = found;
  if (use.purpose !== 'login' && passkey.accountId !== use.accountId) return null;
  const { userHandle, ...signed } = assertion.response;
  // Where nobody said who they are the handle has to; elsewhere it may be missing, but not another's.
  const named = userHandle === undefined || userHandle === null ? null : Buffer.from(userHandle, 'base64url');
  if (named === null ? use.purpose === 'login' : handle?.equals(named) !== true) return null;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(ctx);
  const library = await loadLibrary();
  return orNull(async () => {
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: forLibrary(assertion, signed),
      expectedChallenge: challenge,
      expectedOrigin,
      expectedRPID,
      credential: { id: assertion.id, publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
      requireUserVerification: true,
    });
    const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    const backupEligible = credentialDeviceType === 'multiDevice';
    // A passkey is made syncable or not, once (section 7.2).
    if (!verified || backupEligible !== passkey.backupEligible) return null;
    return { passkey, signCount: newCounter, backedUp: credentialBackedUp };
  });
}

/**
 * Verifies what an authenticator made (WebAuthn Level 3, section 7.1), with the user verified and no attestation.
 * @returns null for whatever is wrong.
 */
export async function verifyRegistration(
  ctx: Ctx,
  registration: PasskeyRegistration,
  use: ChallengeUse,
): Promise<NewPasskey | null> {
  const challenge = await takeChallengeOf(ctx, registration.response.clientDataJSON, use);
  if (challenge === null) return null;
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(ctx);
  const library = await loadLibrary();
  return orNull(async () => {
    if (!isUnattested(library, registration)) return null;
    const { verified, registrationInfo } = await library.verifyRegistrationResponse({
      response: forLibrary(registration, registration.response),
      expectedChallenge: challenge,
      expectedOrigin,
      expectedRPID,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified || registrationInfo.credential.id !== registration.id) return null;
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
    const key = library.decodeCredentialPublicKey(credential.publicKey);
    if (!isUsableKey(key as unknown as CoseKey)) return null;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
      transports: knownTransports.filter((transport) => registration.response.transports?.includes(transport)),
    };
  });
}

/**
 * The challenge in what the browser signed, used up; null for one that is not ours, and for what was made in a frame inside
 * of another site's page.
 */
async function takeChallengeOf(ctx: Ctx, clientDataJSON: string, use: ChallengeUse): Promise<string | null> {
  const challenge = await orNull(async () => {
    const clientData: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
    if (typeof clientData !== 'object' || clientData === null || !('challenge' in clientData)) return null;
    if ('crossOrigin' in clientData && clientData.crossOrigin !== false) return null;
    return typeof clientData.challenge === 'string' ? clientData.challenge : null;
  });
  return challenge !== null && (await takeChallenge(ctx, challenge, use)) ? challenge : null;
}

/**
 * Whether there is no certificate in it: we ask for none, browsers then send none, and whoever sends one nevertheless is not
 * given the library's parsers of certificates to play with.
 */
function isUnattested(library: Library, { response }: PasskeyRegistration): boolean {
  const bytes = new Uint8Array(Buffer.from(response.attestationObject, 'base64url'));
  const attestation = library.decodeAttestationObject(bytes);
  const format = attestation.get('fmt');
  return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
}

/** The library types members that it does not read. */
function forLibrary<R>({ id, rawId }: { id: string; rawId: string }, response: R) {
  return { id, rawId, response, type: 'public-key' as const, clientExtensionResults: {} };
}

/** The library throws for all that is wrong; nothing that it is handed can be wrong but what the caller sent. */
async function orNull<T>(verify: () => Promise<T | null>): Promise<T | null> {
  try {
    return await verify();
  } catch {
    return null;
  }
}
