import Type, { type Static } from 'typebox';
import { Account, Address, CheckYourEmail, Device, MailLanguage } from './accounts.ts';
import { OneTimeCode } from './factors.ts';
import { PasskeyAssertion, PasskeyRequestOptions } from './passkeys.ts';
import { route } from './route.ts';
import { Email, Id, IdParams, Line, List, Nullable, OneOf, Password, Prose, Shape, Time, Token } from './schema.ts';
import { SpecialtyCode } from './specialties.ts';

export const Session = Shape({ id: Id, createdAt: Time, expiresAt: Time });

/** What a login answers. By cookie no token is in a body. */
export const LoggedIn = Shape({ account: Account, session: Session });

export const TokenPair = Shape({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  tokenType: OneOf(['Bearer']),
  expiresInS: Type.Integer({ description: 'Seconds that the access token lives.' }),
  account: Account,
  session: Session,
  deviceToken: Type.Optional(
    Type.String({
      description:
        'Of a login. Keep it, beyond the session, and send it as Openward-Device with the next login: who tries passwords from elsewhere then cannot hold this device up.',
    }),
  ),
});
export type TokenPair = Static<typeof TokenPair>;

/** By cookie: account and session only. By body: the new pair too. */
const Refreshed = Shape({
  ...Type.Partial(Type.Omit(TokenPair, ['deviceToken'])).properties,
  account: Account,
  session: Session,
});

const Credentials = Shape({
  email: Email,
  password: Password,
  totp: Type.Optional(OneTimeCode),
  passkey: Type.Optional(PasskeyAssertion),
});

const loginErrors = [
  'invalid-credentials',
  'email-not-verified',
  'account-banned',
  'mfa-required',
  'invalid-totp',
  'invalid-passkey',
] as const;

/** A passkey is both factors at once: it asks for no code. */
const passkeyLoginErrors = ['invalid-credentials', 'email-not-verified', 'account-banned'] as const;

export const register = route({
  method: 'POST',
  path: '/auth/register',
  area: 'Accounts',
  summary:
    'Register as a patient, or as a doctor who then awaits approval. The same answer for a known address. Without `language` mails are in that of Accept-Language.',
  who: 'anyone',
  body: Shape({
    email: Email,
    password: Password,
    fullName: Line(100, 'Ana Silva'),
    role: OneOf(['patient', 'doctor']),
    address: Type.Optional(Address),
    specialty: Type.Optional(SpecialtyCode),
    licenseNumber: Type.Optional(Line(50, 'OM-48213')),
    language: Type.Optional(MailLanguage),
  }),
  replies: { 202: CheckYourEmail },
  errors: ['weak-password'],
});

export const appealBan = route({
  method: 'POST',
  path: '/auth/ban-appeal',
  area: 'Accounts',
  summary:
    'Say, once for each ban, why it should be lifted. `token` is the `appealToken` that comes with `account-banned` at a login with the right password.',
  who: 'anyone',
  body: Shape({ token: Token, text: Prose(2000, 'I think that you mean somebody else: I have never written that.') }),
  replies: { 201: Shape({ madeAt: Time }) },
  errors: ['invalid-token', 'already-appealed', 'not-banned'],
});

export const verifyEmail = route({
  method: 'POST',
  path: '/auth/verify-email',
  area: 'Accounts',
  summary: 'Verify the address with the token of the mailed link. Used once.',
  who: 'anyone',
  body: Shape({ token: Token }),
  replies: { 200: Shape({ account: Account }) },
  errors: ['invalid-token'],
});

export const resendVerification = route({
  method: 'POST',
  path: '/auth/resend-verification',
  area: 'Accounts',
  summary: 'Mail a new verification link. The same answer whether or not the address is known.',
  who: 'anyone',
  body: Shape({ email: Email }),
  replies: { 202: CheckYourEmail },
  errors: [],
});

export const forgotPassword = route({
  method: 'POST',
  path: '/auth/forgot-password',
  area: 'Accounts',
  summary: 'Mail a link to choose a new password. The same answer whether or not the address is known.',
  who: 'anyone',
  body: Shape({ email: Email }),
  replies: { 202: CheckYourEmail },
  errors: [],
});

export const resetPassword = route({
  method: 'POST',
  path: '/auth/reset-password',
  area: 'Accounts',
  summary: 'Choose a new password with the token of the mailed link. Ends every session and verifies the address.',
  who: 'anyone',
  body: Shape({ token: Token, newPassword: Password }),
  replies: { 204: null },
  errors: ['invalid-token', 'weak-password'],
});

export const login = route({
  method: 'POST',
  path: '/auth/login',
  area: 'Accounts',
  summary: 'Log in by cookie (browsers).',
  who: 'anyone',
  body: Credentials,
  replies: { 200: LoggedIn },
  errors: [...loginErrors, 'cross-site'],
});

export const issueTokens = route({
  method: 'POST',
  path: '/auth/tokens',
  area: 'Accounts',
  summary: 'Log in by bearer token (other clients). Sets no cookie.',
  who: 'anyone',
  body: Credentials,
  device: true,
  replies: { 200: TokenPair },
  errors: loginErrors,
});

export const beginPasskeyLogin = route({
  method: 'POST',
  path: '/auth/login/passkey/options',
  area: 'Accounts',
  summary: 'The options for logging in by passkey, or for showing one beside the password. The same for everybody.',
  who: 'anyone',
  replies: { 200: PasskeyRequestOptions },
  errors: [],
});

export const loginByPasskey = route({
  method: 'POST',
  path: '/auth/login/passkey',
  area: 'Accounts',
  summary: 'Log in by passkey alone, by cookie (browsers). It is both factors at once.',
  who: 'anyone',
  body: Shape({ passkey: PasskeyAssertion }),
  replies: { 200: LoggedIn },
  errors: [...passkeyLoginErrors, 'cross-site'],
});

export const issueTokensByPasskey = route({
  method: 'POST',
  path: '/auth/tokens/passkey',
  area: 'Accounts',
  summary: 'Log in by passkey alone, by bearer token (other clients). Sets no cookie.',
  who: 'anyone',
  body: Shape({ passkey: PasskeyAssertion }),
  device: true,
  replies: { 200: TokenPair },
  errors: passkeyLoginErrors,
});

export const refresh = route({
  method: 'POST',
  path: '/auth/refresh',
  area: 'Accounts',
  summary:
    'Exchange the refresh token for a new pair, by cookie or in the body, answered the same way (RFC 9700, 4.14).',
  who: 'anyone',
  body: Shape({ refreshToken: Type.Optional(Token) }),
  replies: { 200: Refreshed },
  errors: ['unauthenticated', 'session-ended', 'account-banned', 'cross-site'],
});

export const logOut = route({
  method: 'POST',
  path: '/auth/logout',
  area: 'Accounts',
  summary: 'End this session.',
  who: 'logged-in',
  replies: { 204: null },
  errors: [],
});

export const logOutAll = route({
  method: 'POST',
  path: '/auth/logout-all',
  area: 'Accounts',
  summary: 'End every session of the account, this one too.',
  who: 'logged-in',
  replies: { 204: null },
  errors: [],
});

export const listSessions = route({
  method: 'GET',
  path: '/auth/sessions',
  area: 'Accounts',
  summary: 'The live sessions of the account.',
  who: 'logged-in',
  replies: {
    200: List(
      Shape({
        id: Id,
        createdAt: Time,
        lastSeenAt: Time,
        ip: Nullable(Type.String()),
        userAgent: Nullable(Type.String()),
        device: Device,
        expiresAt: Time,
        current: Type.Boolean(),
      }),
    ),
  },
  errors: [],
});

export const endSession = route({
  method: 'DELETE',
  path: '/auth/sessions/{id}',
  area: 'Accounts',
  summary: 'End one of the own sessions. Another than this takes a login or reauthentication of the last five minutes.',
  who: 'logged-in',
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found', 'reauthentication-required'],
});

export const changePassword = route({
  method: 'POST',
  path: '/auth/change-password',
  area: 'Accounts',
  summary: 'Change the password. Ends the other sessions and mails a notice.',
  who: 'logged-in',
  body: Shape({ currentPassword: Password, newPassword: Password }),
  replies: { 204: null },
  errors: ['invalid-credentials', 'weak-password'],
});

export const changeEmail = route({
  method: 'POST',
  path: '/auth/change-email',
  area: 'Accounts',
  summary: 'Ask to change the address: a link goes to the new one, a notice to the old one.',
  who: 'logged-in',
  body: Shape({ newEmail: Email, password: Password }),
  replies: { 202: CheckYourEmail },
  errors: ['invalid-credentials'],
});

export const confirmEmail = route({
  method: 'POST',
  path: '/auth/confirm-email',
  area: 'Accounts',
  summary: 'Confirm the new address with the token of the mailed link. Ends the other sessions.',
  who: 'anyone',
  body: Shape({ token: Token }),
  replies: { 204: null },
  errors: ['invalid-token'],
});

export const undoEmailChange = route({
  method: 'POST',
  path: '/auth/undo-email-change',
  area: 'Accounts',
  summary:
    'Take a change of address back with the token that was mailed to the old one, within seven days. Ends every session and the password; a link to choose a new one follows by mail.',
  who: 'anyone',
  body: Shape({ token: Token }),
  replies: { 204: null },
  errors: ['invalid-token', 'email-taken'],
});
