import Type, { type Static } from 'typebox';
import { Approval } from './approvals.ts';
import { Doctor, DoctorProfile } from './doctors.ts';
import { languages } from './languages.ts';
import { Passkey } from './passkeys.ts';
import { roles } from './roles.ts';
import { route } from './route.ts';
import { Day, Id, IdParams, Line, Nullable, OneOf, Password, Prose, Shape, Time, Token } from './schema.ts';

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

/** A number as people write it: digits with blanks, brackets and dashes, a plus in front. */
const Phone = Type.String({
  maxLength: 40,
  pattern: '^\\+?[ (]{0,2}[0-9][0-9 ()./-]{2,36}$',
  examples: ['+351 912 345 678'],
});

export const EmergencyContact = Shape({
  name: Line(100, 'Rui Silva'),
  relation: Type.Optional(Nullable(Line(50, 'Brother'))),
  phone: Phone,
});
export type EmergencyContact = Static<typeof EmergencyContact>;

/** What patients say of themselves: seen by them and the doctors who treat them. */
export const PatientProfile = Shape({
  birthDate: Nullable(Day),
  sex: Nullable(Type.String()),
  phone: Nullable(Type.String()),
  allergies: Nullable(Type.String()),
  medication: Nullable(Type.String()),
  conditions: Nullable(Type.String()),
  emergencyContact: Nullable(Shape({ name: Type.String(), relation: Nullable(Type.String()), phone: Type.String() })),
});
export type PatientProfile = Static<typeof PatientProfile>;

/** Of the profile what is no admin's business: health, and the name of somebody who never registered. */
const PatientHealth = Type.Pick(PatientProfile, ['allergies', 'medication', 'conditions', 'emergencyContact']);

export const MailLanguage = OneOf(languages, { description: 'Of the mails to this account.' });

/** The caller's account with the profile of its role; the other role's member is absent. */
export const Me = Shape({
  ...accountMembers,
  language: MailLanguage,
  address: Nullable(AddressView),
  patient: Type.Optional(PatientProfile),
  doctor: Type.Optional(Shape({ ...DoctorProfile.properties, approval: Type.Optional(Approval) })),
});
export type Me = Static<typeof Me>;

export const appealDecisions = ['lift', 'keep'] as const;

/** What was said against a ban, once, and what an admin answered, once. */
export const Appeal = Shape({
  text: Type.String(),
  madeAt: Time,
  decision: Nullable(OneOf(appealDecisions)),
  answer: Nullable(Type.String()),
  answeredBy: Nullable(Id),
  answeredAt: Nullable(Time),
});
export type Appeal = Static<typeof Appeal>;

export const Ban = Shape({
  id: Id,
  reason: Type.String(),
  bannedBy: Id,
  startsAt: Time,
  until: Nullable(Time),
  liftedAt: Nullable(Time),
  liftedBy: Nullable(Id),
  appeal: Type.Optional(Nullable(Appeal)),
});
export type Ban = Static<typeof Ban>;

/** What a session runs on, read out of its User-Agent: one of a closed set of names, never the header's own text. */
export const Device = Type.String({ maxLength: 100, examples: ['Firefox on Windows'] });

/** What is answered where a mail follows, to anybody alike. */
export const CheckYourEmail = Shape({ status: OneOf(['check-your-email']) });

export const requestDeletion = route({
  method: 'POST',
  path: '/me/deletion',
  area: 'Accounts',
  summary:
    'Ask to delete the own account: mails a link. A doctor is told how many requests they still treat: those go back, or end, when the link is opened.',
  who: 'logged-in',
  body: Shape({ password: Password }),
  replies: { 202: Shape({ ...CheckYourEmail.properties, openRequests: Type.Optional(Type.Integer()) }) },
  errors: ['invalid-credentials', 'last-admin'],
});

export const confirmDeletion = route({
  method: 'POST',
  path: '/me/deletion/confirm',
  area: 'Accounts',
  summary:
    'Delete the account with the token of the mailed link: personal data is erased and sessions end at once; a health record is locked, and removed when its time of keeping is over.',
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
        devices: Type.Array(Type.Unknown()),
        links: Type.Array(Type.Unknown()),
        passkeys: Type.Array(Passkey),
        bans: Type.Array(Ban),
        requests: Type.Array(Type.Unknown()),
        appointments: Type.Array(Type.Unknown()),
        hours: Type.Unknown(),
        ratings: Type.Array(Type.Unknown()),
        transfers: Type.Array(Type.Unknown()),
        approvals: Type.Array(Type.Unknown()),
        rooms: Type.Array(Type.Unknown()),
        notifications: Type.Array(Type.Unknown()),
        notificationPreferences: Type.Array(Type.Unknown()),
        pushSubscriptions: Type.Array(Type.Unknown()),
        securityEvents: Type.Array(Type.Unknown()),
        abuseCases: Type.Array(Type.Unknown()),
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
  summary:
    'Change the own profile. What is absent stays, null takes away; `patient` is for patients, `doctor` for doctors.',
  who: 'logged-in',
  body: Shape({
    fullName: Type.Optional(Line(100)),
    address: Type.Optional(Nullable(Address)),
    language: Type.Optional(MailLanguage),
    patient: Type.Optional(
      Shape({
        birthDate: Type.Optional(Nullable(Day)),
        sex: Type.Optional(Nullable(OneOf(['female', 'male', 'other']))),
        phone: Type.Optional(Nullable(Line(40, '+351 912 345 678'))),
        allergies: Type.Optional(Nullable(Prose(2000, 'Penicillin'))),
        medication: Type.Optional(Nullable(Prose(4000, 'Ramipril 5 mg in the morning'))),
        conditions: Type.Optional(Nullable(Prose(4000, 'High blood pressure since 2015'))),
        emergencyContact: Type.Optional(Nullable(EmergencyContact)),
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
      device: Device,
      expiresAt: Time,
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
  patient: Type.Optional(Shape({ ...PatientProfile.properties, ...Type.Partial(PatientHealth).properties })),
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
