import Type, { type Static } from 'typebox';
import { Account, Address, accountStatuses, Ban, MailLanguage, UserForAdmin } from './accounts.ts';
import { roles } from './roles.ts';
import { route } from './route.ts';
import { Email, Id, IdParams, Line, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';
import { SpecialtyCode } from './specialties.ts';

const Reason = Prose(1000, 'Insulted a patient');

export const listUsers = route({
  method: 'GET',
  path: '/admin/users',
  area: 'Admin',
  summary: 'The accounts, newest first. A page may be short: `nextCursor` says whether there is more.',
  who: ['admin'],
  query: Shape({
    role: Type.Optional(OneOf(roles)),
    status: Type.Optional(OneOf(accountStatuses)),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'How words of the name, or of the address before its @, begin: all of these, in any order, without case, accents and punctuation. `@clinic.org`: where the address is.',
        examples: ['garcia maria', 'maria.g@clinic.org'],
      }),
    ),
    specialty: Type.Optional(SpecialtyCode),
    createdFrom: Type.Optional(Time),
    createdTo: Type.Optional(Time),
    appeal: Type.Optional(OneOf(['open'], { description: 'Banned, with an appeal that nobody has answered.' })),
    ...PageQuery,
  }),
  replies: { 200: Page(Account) },
  errors: [],
});

export const createUser = route({
  method: 'POST',
  path: '/admin/users',
  area: 'Admin',
  summary: 'Create an account of any role. The person gets a link to set a password.',
  who: ['admin'],
  body: Shape({
    email: Email,
    fullName: Line(100),
    role: OneOf(roles),
    specialty: Type.Optional(SpecialtyCode),
    licenseNumber: Type.Optional(Line(50)),
    address: Type.Optional(Address),
    language: Type.Optional(MailLanguage),
  }),
  replies: { 201: Account },
  errors: ['email-taken'],
});

export const getUserForAdmin = route({
  method: 'GET',
  path: '/admin/users/{id}',
  area: 'Admin',
  summary: 'All of an account: profile, address, bans, sessions, counts. No complaint, diagnosis or message text.',
  who: ['admin'],
  params: IdParams,
  replies: { 200: UserForAdmin },
  errors: ['not-found'],
});

export const deleteUser = route({
  method: 'DELETE',
  path: '/admin/users/{id}',
  area: 'Admin',
  summary: 'Delete an account: its personal data is erased, its sessions end.',
  who: ['admin'],
  params: IdParams,
  body: Shape({ reason: Reason }),
  replies: { 204: null },
  errors: ['not-found', 'own-account', 'last-admin', 'reauthentication-required'],
});

export const resetSecondFactor = route({
  method: 'POST',
  path: '/admin/users/{id}/mfa/reset',
  area: 'Admin',
  summary: 'Turn off the second factor of somebody who has lost it. Ends the sessions and mails a notice.',
  who: ['admin'],
  params: IdParams,
  body: Shape({ reason: Reason }),
  replies: { 204: null },
  errors: ['not-found', 'own-account', 'mfa-not-enabled', 'reauthentication-required'],
});

export const endUserSessions = route({
  method: 'DELETE',
  path: '/admin/users/{id}/sessions',
  area: 'Admin',
  summary: 'Log somebody out on every device, as when a phone was stolen. Mails a notice.',
  who: ['admin'],
  params: IdParams,
  body: Shape({ reason: Reason }),
  replies: { 204: null },
  errors: ['not-found', 'own-account', 'reauthentication-required'],
});

export const banUser = route({
  method: 'POST',
  path: '/admin/users/{id}/ban',
  area: 'Admin',
  summary: 'Ban for a while or for good. Ends the sessions; hands a doctor’s accepted requests back.',
  who: ['admin'],
  params: IdParams,
  body: Shape({
    reason: Reason,
    durationMinutes: Nullable(Type.Integer({ minimum: 1, maximum: 5_256_000, description: 'Null: for good.' })),
  }),
  replies: { 201: Ban },
  errors: ['not-found', 'already-banned', 'own-account', 'last-admin', 'reauthentication-required'],
});

export const liftBan = route({
  method: 'DELETE',
  path: '/admin/users/{id}/ban',
  area: 'Admin',
  summary: 'Lift the running ban.',
  who: ['admin'],
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found', 'not-banned'],
});

export const listBans = route({
  method: 'GET',
  path: '/admin/users/{id}/bans',
  area: 'Admin',
  summary: 'The bans of an account, newest first.',
  who: ['admin'],
  params: IdParams,
  query: Shape(PageQuery),
  replies: { 200: Page(Ban) },
  errors: ['not-found'],
});

const Decision = {
  reason: Type.Optional(Reason),
  approvalId: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'What is decided: an `id` of the queue.' })),
};

export const approveDoctor = route({
  method: 'POST',
  path: '/admin/doctors/{id}/approve',
  area: 'Admin',
  summary:
    'Approve a doctor, or what an approved one asks to change. Acts at once. With `approvalId` only if that is still what the doctor asks for.',
  who: ['admin'],
  params: IdParams,
  body: Shape(Decision),
  replies: { 200: Account },
  errors: ['not-found', 'invalid-transition', 'already-decided'],
});

export const rejectDoctor = route({
  method: 'POST',
  path: '/admin/doctors/{id}/reject',
  area: 'Admin',
  summary:
    'Refuse an approval or withdraw it. A withdrawn doctor’s requests go back, as with a ban. With `approvalId` only what is asked for is refused: an approved doctor who asked for a change stays approved. The doctor reads the reason.',
  who: ['admin'],
  params: IdParams,
  body: Shape(Decision),
  replies: { 200: Account },
  errors: ['not-found', 'invalid-transition', 'already-decided', 'reauthentication-required'],
});

export const AuditEntry = Shape({
  id: Id,
  at: Time,
  actorId: Nullable(Id),
  actorRole: Nullable(Type.String()),
  action: Type.String({ examples: ['request.accepted'] }),
  subjectType: Type.String(),
  subjectId: Nullable(Type.String()),
  ip: Nullable(Type.String()),
  requestId: Nullable(Type.String()),
  outcome: OneOf(['ok', 'denied']),
  details: Type.Record(Type.String(), Type.Unknown()),
});
export type AuditEntry = Static<typeof AuditEntry>;

const when = {
  from: Type.Optional(Time),
  to: Type.Optional(Time),
};

export const listAudit = route({
  method: 'GET',
  path: '/admin/audit',
  area: 'Admin',
  summary:
    'Who did what to whose record, newest first. With two filters a page may be short: `nextCursor` says whether there is more.',
  who: ['admin'],
  query: Shape({
    actorId: Type.Optional(Id),
    subjectId: Type.Optional(Id),
    action: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    ...when,
    ...PageQuery,
  }),
  replies: { 200: Page(AuditEntry) },
  errors: [],
});

export const SecurityEvent = Shape({
  id: Id,
  at: Time,
  kind: Type.String({ examples: ['refresh-token-reused'] }),
  accountId: Nullable(Id),
  ip: Nullable(Type.String()),
  requestId: Nullable(Type.String()),
  details: Type.Record(Type.String(), Type.Unknown()),
});
export type SecurityEvent = Static<typeof SecurityEvent>;

export const listSecurityEvents = route({
  method: 'GET',
  path: '/admin/security-events',
  area: 'Admin',
  summary: 'What looked like an attack, newest first.',
  who: ['admin'],
  query: Shape({
    actorId: Type.Optional(Id),
    subjectId: Type.Optional(Id),
    action: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'The kind of the event.' })),
    ...when,
    ...PageQuery,
  }),
  replies: { 200: Page(SecurityEvent) },
  errors: [],
});

const counts = Type.Record(Type.String(), Type.Integer());

export const getStats = route({
  method: 'GET',
  path: '/admin/stats',
  area: 'Admin',
  summary:
    'How many: accounts by role and status, requests by status, sessions, bans. Sessions are counted up to 10,000, bans up to 1,000.',
  who: ['admin'],
  replies: {
    200: Shape({
      accounts: Shape({ total: Type.Integer(), byRole: counts, byStatus: counts }),
      requests: Shape({ total: Type.Integer(), byStatus: counts }),
      sessions: Shape({ active: Type.Integer() }),
      bans: Shape({ active: Type.Integer() }),
      ratings: Shape({ total: Type.Integer() }),
    }),
  },
  errors: [],
});
