import Type, { type Static, type TProperties } from 'typebox';
import { route } from './route.ts';
import { Id, IdParams, Line, List, Nullable, OneOf, Shape, Time } from './schema.ts';

/**
 * Passkeys speak the JSON of WebAuthn Level 3 (section 5.1), as browsers make and read it by themselves:
 * `PublicKeyCredential.parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON` and `credential.toJSON()`.
 */

/** Bytes as base64url without padding (RFC 4648, section 5). */
function Bytes(maxLength: number) {
  return Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+$' });
}

/** An object of the standard, which grows: members that it gains are ignored and not refused. */
function Open<P extends TProperties>(properties: P, description?: string) {
  return Type.Object(properties, description === undefined ? {} : { description });
}

/** At most 1023 bytes. */
const CredentialId = Bytes(1364);

export const PasskeyRegistration = Open(
  {
    id: CredentialId,
    rawId: CredentialId,
    type: OneOf(['public-key']),
    response: Open({
      clientDataJSON: Bytes(4096),
      attestationObject: Bytes(16_384),
      transports: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 })),
    }),
  },
  'What `navigator.credentials.create()` made: its `toJSON()`.',
);
export type PasskeyRegistration = Static<typeof PasskeyRegistration>;

export const PasskeyAssertion = Open(
  {
    id: CredentialId,
    rawId: CredentialId,
    type: OneOf(['public-key']),
    response: Open({
      clientDataJSON: Bytes(4096),
      authenticatorData: Bytes(4096),
      signature: Bytes(2048),
      userHandle: Type.Optional(Nullable(Bytes(88))),
    }),
  },
  'What `navigator.credentials.get()` signed: its `toJSON()`.',
);
export type PasskeyAssertion = Static<typeof PasskeyAssertion>;

const Descriptor = Shape({
  type: OneOf(['public-key']),
  id: Type.String(),
  transports: Type.Array(Type.String()),
});

const ceremonyMembers = {
  challenge: Type.String({ description: '32 random bytes, base64url; used once, within five minutes.' }),
  timeout: Type.Integer({ description: 'Milliseconds.' }),
};

export const PasskeyCreationOptions = Shape(
  {
    rp: Shape({ id: Type.String(), name: Type.String() }),
    user: Shape({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
    ...ceremonyMembers,
    pubKeyCredParams: Type.Array(Shape({ type: OneOf(['public-key']), alg: Type.Integer() })),
    excludeCredentials: Type.Array(Descriptor),
    authenticatorSelection: Shape({
      residentKey: OneOf(['required']),
      requireResidentKey: Type.Boolean(),
      userVerification: OneOf(['required']),
    }),
    attestation: OneOf(['none']),
  },
  { description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`.' },
);
export type PasskeyCreationOptions = Static<typeof PasskeyCreationOptions>;

export const PasskeyRequestOptions = Shape(
  {
    rpId: Type.String(),
    ...ceremonyMembers,
    allowCredentials: Type.Array(Descriptor, { description: 'Empty at login: the authenticator shows what it has.' }),
    userVerification: OneOf(['required']),
  },
  { description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`.' },
);
export type PasskeyRequestOptions = Static<typeof PasskeyRequestOptions>;

export const Passkey = Shape({
  id: Id,
  name: Type.String({ examples: ['Phone'] }),
  createdAt: Time,
  lastUsedAt: Nullable(Time),
  backedUp: Type.Boolean({ description: 'Synced by its provider, so that it outlives the device.' }),
  transports: Type.Array(Type.String(), { description: 'How browsers reach it: `internal`, `hybrid`, `usb`, …' }),
});
export type Passkey = Static<typeof Passkey>;

const PasskeyName = Line(60, 'Phone');

export const setUpPasskey = route({
  method: 'POST',
  path: '/auth/mfa/passkeys',
  area: 'Accounts',
  summary:
    'Begin with a passkey (WebAuthn Level 3): the options for an authenticator. After a login or reauthentication of the last five minutes.',
  who: 'logged-in',
  replies: { 200: PasskeyCreationOptions },
  errors: ['reauthentication-required', 'too-many-passkeys'],
});

export const confirmPasskey = route({
  method: 'POST',
  path: '/auth/mfa/passkeys/confirm',
  area: 'Accounts',
  summary:
    'Add the passkey that the authenticator made. With the first factor of an account come its recovery codes, shown this once; else the list is empty.',
  who: 'logged-in',
  body: Shape({ name: PasskeyName, passkey: PasskeyRegistration }),
  replies: { 200: Shape({ passkey: Passkey, recoveryCodes: Type.Array(Type.String()) }) },
  errors: ['too-many-passkeys'],
});

export const listPasskeys = route({
  method: 'GET',
  path: '/auth/mfa/passkeys',
  area: 'Accounts',
  summary: 'The own passkeys, the oldest first.',
  who: 'logged-in',
  replies: { 200: List(Passkey) },
  errors: [],
});

export const renamePasskey = route({
  method: 'PATCH',
  path: '/auth/mfa/passkeys/{id}',
  area: 'Accounts',
  summary: 'Call an own passkey something else.',
  who: 'logged-in',
  params: IdParams,
  body: Shape({ name: PasskeyName }),
  replies: { 200: Passkey },
  errors: ['not-found', 'reauthentication-required'],
});

export const removePasskey = route({
  method: 'DELETE',
  path: '/auth/mfa/passkeys/{id}',
  area: 'Accounts',
  summary:
    'Remove an own passkey. The last factor of an account turns the second factor off, and stays where the role needs one.',
  who: 'logged-in',
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found', 'reauthentication-required', 'last-factor'],
});
