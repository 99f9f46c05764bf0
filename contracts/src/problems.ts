import Type, { type Static } from 'typebox';
import { OneOf, Shape } from './schema.ts';

/**
 * Every code that an error may carry, with its HTTP status and title (RFC 9457). Codes are stable: clients branch on
 * them, never on titles.
 */
export const problems = {
  'invalid-request': [400, 'The request is not valid'],
  'invalid-token': [400, 'The link is not valid'],
  'weak-password': [400, 'The password is too weak'],
  'seq-out-of-range': [400, 'There is no such message yet'],
  unauthenticated: [401, 'Log in first'],
  'session-ended': [401, 'The session has ended'],
  'invalid-credentials': [401, 'Wrong address or password'],
  'invalid-totp': [401, 'Wrong code'],
  'invalid-passkey': [401, 'The passkey was not accepted'],
  'mfa-required': [401, 'A second factor is needed'],
  'reauthentication-required': [401, 'Enter the password or a code again'],
  'account-banned': [403, 'The account is banned'],
  'email-not-verified': [403, 'The address is not verified'],
  'cross-site': [403, 'Calls from another site are refused'],
  forbidden: [403, 'Not for this role'],
  'doctor-not-approved': [403, 'The doctor is not approved'],
  'mfa-setup-required': [403, 'Set up a second factor first'],
  'temporarily-blocked': [403, 'Blocked for a while'],
  'not-found': [404, 'Not found'],
  'invalid-transition': [409, 'Not possible in this state'],
  'request-already-taken': [409, 'Another doctor has taken the request'],
  'doctor-not-accepting': [409, 'The doctor takes no requests now'],
  'slot-taken': [409, 'The time is taken'],
  'slot-unavailable': [409, 'The doctor does not offer this time'],
  'change-window-closed': [409, 'It is too late to change it'],
  'too-many-moves': [409, 'It was moved too often'],
  'too-many-appointments': [409, 'Too many appointments'],
  'too-many-exceptions': [409, 'Too many exceptions'],
  'transfer-pending': [409, 'A handover is under way'],
  'not-diagnosed-yet': [409, 'There is no diagnosis yet'],
  'already-rated': [409, 'Already rated'],
  'diagnosis-changed': [409, 'The diagnosis was corrected meanwhile'],
  'already-decided': [409, 'It was decided already'],
  'too-many-documents': [409, 'No more documents'],
  'client-id-reused': [409, 'The clientId belongs to another message'],
  'room-closed': [409, 'The room is closed'],
  'edit-window-closed': [409, 'It can no longer be edited'],
  'message-retracted': [409, 'The message was taken back'],
  'idempotency-key-reused': [409, 'The key belongs to another call'],
  'already-banned': [409, 'Already banned'],
  'not-banned': [409, 'Not banned'],
  'already-appealed': [409, 'There is an appeal already'],
  'no-open-appeal': [409, 'There is no appeal to answer'],
  'own-account': [409, 'Not to your own account'],
  'last-admin': [409, 'The last admin stays'],
  'email-taken': [409, 'The address is in use'],
  'mfa-already-enabled': [409, 'The second factor is on'],
  'mfa-not-enabled': [409, 'The second factor is off'],
  'too-many-passkeys': [409, 'No more passkeys'],
  'last-factor': [409, 'The last second factor stays'],
  'push-unavailable': [409, 'No push here'],
  'payload-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'A body of this type is not taken here'],
  'proof-required': [428, 'A proof of work is needed'],
  'rate-limited': [429, 'Too many calls'],
  'internal-error': [500, 'Something went wrong on our side'],
  unavailable: [503, 'Not available for the moment'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problems;

/** Every code that a field in the `errors` of a problem may carry. */
export const fieldCodes = [
  'required',
  'format',
  'enum',
  'pattern',
  'type',
  'too-short',
  'too-long',
  'too-small',
  'too-large',
  'too-few',
  'too-many',
  'not-unique',
  'unknown-field',
  'order',
  'overlap',
  'out-of-range',
  'exclusive',
  'mismatch',
  'unknown',
  'unknown-code',
  'unknown-service',
  'duplicate',
  'malformed',
  'malformed-text',
  'nul-character',
  'too-deep',
  'not-accepted',
  'not-for-you',
  'own-account',
  'common',
  'personal',
  'repetitive',
  'sequence',
] as const;

export type FieldCode = (typeof fieldCodes)[number];

/**
 * What `proof-required` asks for: an ALTCHA challenge (version 2, `PBKDF2/SHA-256`). Whoever finds the counter sends
 * base64 of `{"challenge": …, "solution": {"counter", "derivedKey"}}` in this header, with the same call again.
 */
export const proofHeader = 'openward-proof';

/** `application/problem+json` (RFC 9457). `reason` and `until` come with `account-banned` only, `factors` with `mfa-required`, `challenge` with `proof-required`. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Unsafe<ProblemCode>(Type.String()),
  detail: Type.Optional(Type.String()),
  errors: Type.Optional(
    Type.Array(
      Shape({
        path: Type.String({ description: 'The field, with dots: `address.country`.' }),
        code: Type.Unsafe<FieldCode>(Type.String()),
        detail: Type.String(),
      }),
    ),
  ),
  appealToken: Type.Optional(
    Type.String({
      description:
        'With `account-banned` at a login that was otherwise right, once for a ban: for POST /auth/ban-appeal. Good for 20 minutes.',
    }),
  ),
  appeal: Type.Optional(
    Type.Object(
      {
        madeAt: Type.String(),
        decision: Type.Unsafe<'lift' | 'keep' | null>({}),
        answer: Type.Unsafe<string | null>({}),
      },
      { description: 'With `account-banned` at such a login: the appeal that was made, and what was answered.' },
    ),
  ),
  factors: Type.Optional(
    Type.Array(OneOf(['totp', 'passkey']), { description: 'Which the account has; a recovery code works with any.' }),
  ),
  challenge: Type.Optional(
    Type.Object(
      { parameters: Type.Record(Type.String(), Type.Unknown()), signature: Type.String() },
      {
        description: 'With `proof-required`: an ALTCHA challenge. Its solution goes into the header `openward-proof`.',
      },
    ),
  ),
  requestId: Type.String(),
});
export type Problem = Static<typeof Problem>;
