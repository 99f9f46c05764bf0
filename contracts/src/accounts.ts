import Type, { type Static } from 'typebox';
import { Doctor, DoctorProfile } from './doctors.ts';
import { roles } from './roles.ts';
import { route } from './route.ts';
import {
  Day,
  Email,
  Id,
  IdParams,
  Line,
  List,
  Nullable,
  OneOf,
  Password,
  Prose,
  Shape,
  Time,
  Token,
} from './schema.ts';
import { SpecialtyCode } from './specialties.ts';

export const accountStatuses = ['active', 'pending-approval', 'banned', 'deleted'] as const;

const accountMembers = {
  id: Id,
  email: Nullable(Type.String()),
  fullName: Nullable(Type.String()),
  role: OneOf(roles),
  status: OneOf(accountStatuses),
  emailVerified: Type.Boolean(),
  mfaEnabled: Type.Boolean(),
  createdAt: Time,
};

/** An account as its owner and admins see it. `email` and `fullName` are null once it is deleted. */
export const Account = Shape(accountMembers);
export type Account = Static<typeof Account>;

export const Address = Shape({
  country: Line(100, 'Portugal'),
  city: Line(100, 'Porto'),
  region: Type.Optional(Line(100)),
  addressLine: Type.Optional(Line(200)),
});
export type Address = Static<typeof Address>;

export const AddressView = Shape({
  country: Type.String(),
  city: Type.String(),
  region: Nullable(Type.String()),
  addressLine: Nullable(Type.String()),
});

export const PatientProfile = Shape({
  birthDate: Nullable(Day),
  sex: Nullable(Type.String()),
  phone: Nullable(Type.String()),
  allergies: Nullable(Type.String()),
});
export type PatientProfile = Static<typeof PatientProfile>;

/** The caller's account with the profile of its role; the other role's member is absent. */
export const Me = Shape({
  ...accountMembers,
  address: Nullable(AddressView),
  patient: Type.Optional(PatientProfile),
  doctor: Type.Optional(DoctorProfile),
});
export type Me = Static<typeof Me>;

export const Ban = Shape({
  id: Id,
  reason: Type.String(),
  bannedBy: Id,
  startsAt: Time,
  until: Nullable(Time),
  liftedAt: Nullable(Time),
  liftedBy: Nullable(Id),
});
export type Ban = Static<typeof Ban>;

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
});
export type TokenPair = Static<typeof TokenPair>;

/** By cookie: account and session only. By body: the new pair too. */
const Refreshed = Shape({ ...Type.Partial(TokenPair).properties, account: Account, session: Session });

const CheckYourEmail = Shape({ status: OneOf(['check-your-email']) });

/** What an authenticator shows at this moment, or one of the recovery codes. */
const Code = Type.String({ minLength: 6, maxLength: 32 });

const Credentials = Shape({ email: Email, password: Password, totp: Type.Optional(Code) });

const loginErrors = [
  'invalid-credentials',
  'email-not-verified',
  'account-banned',
  'mfa-required',
  'invalid-totp',
] as const;

export const register = route({
  method: 'POST',
  path: '/auth/register',
  area: 'Accounts',
  summary: 'Register as a patient, or as a doctor who then awaits approval. The same answer for a known address.',
  who: 'anyone',
  body: Shape({
    email: Email,
    password: Password,
    fullName: Line(100, 'Ana Silva'),
    role: OneOf(['patient', 'doctor']),
    address: Type.Optional(Address),
    specialty: Type.Optional(SpecialtyCode),
    licenseNumber: Type.Optional(Line(50, 'OM-48213')),
  }),
  replies: { 202: CheckYourEmail },
  errors: ['weak-password'],
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
  replies: { 200: TokenPair },
  errors: loginErrors,
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
  summary: 'End one of the own sessions.',
  who: 'logged-in',
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found'],
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

export const setUpTotp = route({
  method: 'POST',
  path: '/auth/mfa/totp',
  area: 'Accounts',
  summary:
    'Begin with a second factor (RFC 6238): the secret for an authenticator. Pending until confirmed, for an hour.',
  who: 'logged-in',
  replies: { 200: Shape({ secret: Type.String({ description: 'Base32.' }), otpauthUri: Type.String() }) },
  errors: ['mfa-already-enabled'],
});

export const confirmTotp = route({
  method: 'POST',
  path: '/auth/mfa/totp/confirm',
  area: 'Accounts',
  summary: 'Turn the second factor on with its first code. The recovery codes are shown this once; each works once.',
  who: 'logged-in',
  body: Shape({ code: Code }),
  replies: { 200: Shape({ recoveryCodes: Type.Array(Type.String()) }) },
  errors: ['invalid-credentials', 'mfa-already-enabled', 'mfa-not-enabled'],
});

export const disableTotp = route({
  method: 'DELETE',
  path: '/auth/mfa/totp',
  area: 'Accounts',
  summary: 'Turn the second factor off, with the password and a code or recovery code.',
  who: 'logged-in',
  body: Shape({ password: Password, code: Code }),
  replies: { 204: null },
  errors: ['invalid-credentials', 'mfa-not-enabled'],
});

export const reauthenticate = route({
  method: 'POST',
  path: '/auth/reauthenticate',
  area: 'Accounts',
  summary: 'Show again who one is, by password, code or both: for five minutes what asks for it is allowed.',
  who: 'logged-in',
  body: Shape({ password: Type.Optional(Password), totp: Type.Optional(Code) }),
  replies: { 204: null },
  errors: ['invalid-credentials', 'mfa-not-enabled'],
});

export const requestDeletion = route({
  method: 'POST',
  path: '/me/deletion',
  area: 'Accounts',
  summary: 'Ask to delete the own account: mails a link.',
  who: 'logged-in',
  body: Shape({ password: Password }),
  replies: { 202: CheckYourEmail },
  errors: ['invalid-credentials', 'last-admin'],
});

export const confirmDeletion = route({
  method: 'POST',
  path: '/me/deletion/confirm',
  area: 'Accounts',
  summary: 'Delete the account with the token of the mailed link: its personal data is erased, its sessions end.',
  who: 'anyone',
  body: Shape({ token: Token }),
  replies: { 204: null },
  errors: ['invalid-token', 'last-admin'],
});

export const exportMe = route({
  method: 'GET',
  path: '/me/export',
  area: 'Accounts',
  summary: 'Everything that the system holds about the caller, as one JSON document (GDPR, articles 15 and 20).',
  who: 'logged-in',
  replies: {
    200: Type.Object(
      {
        exportedAt: Time,
        account: Me,
        sessions: Type.Array(Type.Unknown()),
        bans: Type.Array(Ban),
        requests: Type.Array(Type.Unknown()),
        rooms: Type.Array(Type.Unknown()),
        securityEvents: Type.Array(Type.Unknown()),
        audit: Type.Array(Type.Unknown()),
      },
      { additionalProperties: false },
    ),
  },
  errors: [],
});

export const getMe = route({
  method: 'GET',
  path: '/me',
  area: 'Accounts',
  summary: 'The own account with the profile of its role.',
  who: 'logged-in',
  replies: { 200: Me },
  errors: [],
});

export const updateMe = route({
  method: 'PATCH',
  path: '/me',
  area: 'Accounts',
  summary: 'Change the own profile. What is absent stays; `patient` is for patients, `doctor` for doctors.',
  who: 'logged-in',
  body: Shape({
    fullName: Type.Optional(Line(100)),
    address: Type.Optional(Address),
    patient: Type.Optional(
      Shape({
        birthDate: Type.Optional(Nullable(Day)),
        sex: Type.Optional(Nullable(OneOf(['female', 'male', 'other']))),
        phone: Type.Optional(Nullable(Line(40, '+351 912 345 678'))),
        allergies: Type.Optional(Nullable(Prose(2000, 'Penicillin'))),
      }),
    ),
    doctor: Type.Optional(
      Shape({
        bio: Type.Optional(Nullable(Prose(4000))),
        experienceYears: Type.Optional(Type.Integer({ minimum: 0, maximum: 80 })),
        languages: Type.Optional(
          Type.Array(
            Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35, description: 'BCP 47' }),
            { maxItems: 20, uniqueItems: true },
          ),
        ),
        acceptingRequests: Type.Optional(Type.Boolean()),
      }),
    ),
  }),
  replies: { 200: Me },
  errors: [],
});

/** All of an account for an admin. No complaint, diagnosis or message text. */
export const UserForAdmin = Shape({
  ...accountMembers,
  address: Nullable(AddressView),
  patient: Type.Optional(
    Shape({ birthDate: Nullable(Day), sex: Nullable(Type.String()), phone: Nullable(Type.String()) }),
  ),
  doctor: Type.Optional(DoctorProfile),
  bans: Type.Array(Ban),
  sessions: Type.Array(
    Shape({
      id: Id,
      createdAt: Time,
      lastSeenAt: Time,
      ip: Nullable(Type.String()),
      userAgent: Nullable(Type.String()),
    }),
  ),
  counts: Shape({ requests: Type.Integer(), diagnoses: Type.Integer(), ratings: Type.Integer() }),
});
export type UserForAdmin = Static<typeof UserForAdmin>;

/** Which members are there depends on who asks: see GET /users/{id}. */
export const UserView = Shape({
  ...Type.Partial(Doctor).properties,
  ...Type.Partial(UserForAdmin).properties,
  id: Id,
  role: OneOf(roles),
  fullName: Nullable(Type.String()),
  patient: Type.Optional(
    Shape({ ...PatientProfile.properties, allergies: Type.Optional(PatientProfile.properties.allergies) }),
  ),
  address: Type.Optional(
    Nullable(
      Shape({
        country: Type.String(),
        city: Type.String(),
        region: Type.Optional(Nullable(Type.String())),
        addressLine: Type.Optional(Nullable(Type.String())),
      }),
    ),
  ),
});
export type UserView = Static<typeof UserView>;

export const getUser = route({
  method: 'GET',
  path: '/users/{id}',
  area: 'Accounts',
  summary:
    'The view of a user that fits the caller: a doctor’s public profile to anyone logged in, a patient’s to the doctors who treat them, all of it to an admin.',
  who: 'logged-in',
  params: IdParams,
  replies: { 200: UserView },
  errors: ['not-found'],
});
