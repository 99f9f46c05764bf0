import Type from 'typebox';
import { PasskeyAssertion, PasskeyRequestOptions } from './passkeys.ts';
import { route } from './route.ts';
import { Password, Shape } from './schema.ts';

/** What an authenticator shows at this moment, or one of the recovery codes. */
export const OneTimeCode = Type.String({ minLength: 6, maxLength: 32 });

export const setUpTotp = route({
  method: 'POST',
  path: '/auth/mfa/totp',
  area: 'Accounts',
  summary:
    'Begin with a second factor (RFC 6238): the secret for an authenticator. Pending until confirmed, for an hour. After a login or reauthentication of the last five minutes.',
  who: 'logged-in',
  replies: { 200: Shape({ secret: Type.String({ description: 'Base32.' }), otpauthUri: Type.String() }) },
  errors: ['mfa-already-enabled', 'reauthentication-required'],
});

export const confirmTotp = route({
  method: 'POST',
  path: '/auth/mfa/totp/confirm',
  area: 'Accounts',
  summary:
    'Turn TOTP on with its first code. With the first factor of an account come its recovery codes, shown this once, each good once; else the list is empty.',
  who: 'logged-in',
  body: Shape({ code: OneTimeCode }),
  replies: { 200: Shape({ recoveryCodes: Type.Array(Type.String()) }) },
  errors: ['invalid-credentials', 'mfa-already-enabled', 'mfa-not-enabled'],
});

export const disableTotp = route({
  method: 'DELETE',
  path: '/auth/mfa/totp',
  area: 'Accounts',
  summary: 'Turn TOTP off, with the password and a code or recovery code.',
  who: 'logged-in',
  body: Shape({ password: Password, code: OneTimeCode }),
  replies: { 204: null },
  errors: ['invalid-credentials', 'mfa-not-enabled'],
});

export const reauthenticate = route({
  method: 'POST',
  path: '/auth/reauthenticate',
  area: 'Accounts',
  summary: 'Show again who one is, by password, code or passkey: for five minutes what asks for it is allowed.',
  who: 'logged-in',
  body: Shape({
    password: Type.Optional(Password),
    totp: Type.Optional(OneTimeCode),
    passkey: Type.Optional(PasskeyAssertion),
  }),
  replies: { 204: null },
  errors: ['invalid-credentials', 'mfa-not-enabled'],
});

export const beginReauthentication = route({
  method: 'POST',
  path: '/auth/reauthenticate/options',
  area: 'Accounts',
  summary: 'The options for showing again, by passkey, who one is.',
  who: 'logged-in',
  replies: { 200: PasskeyRequestOptions },
  errors: ['mfa-not-enabled'],
});
