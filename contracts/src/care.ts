import Type, { type Static } from 'typebox';
import { PatientProfile } from './accounts.ts';
import { route } from './route.ts';
import { Id, IdParams, Line, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';
import { Specialty, SpecialtyCode } from './specialties.ts';

export const requestStatuses = ['submitted', 'accepted', 'diagnosed', 'closed', 'cancelled', 'declined'] as const;
export type RequestStatus = (typeof requestStatuses)[number];

export const urgencies = ['routine', 'urgent', 'emergency'] as const;
export type Urgency = (typeof urgencies)[number];

export const Person = Shape({ id: Id, fullName: Type.String() });

/** As it is now: `version` is 1 as first written, `correctedAt` when its newest version was. */
export const Diagnosis = Shape({
  id: Id,
  requestId: Id,
  doctorId: Id,
  title: Type.String(),
  icd10: Nullable(Type.String()),
  description: Type.String(),
  recommendations: Type.String(),
  createdAt: Time,
  version: Type.Integer(),
  correctedAt: Nullable(Time),
});
export type Diagnosis = Static<typeof Diagnosis>;

export const Rating = Shape({ stars: Type.Integer(), comment: Nullable(Type.String()), createdAt: Time });
export type Rating = Static<typeof Rating>;

/**
 * A handover that is under way: `offered` until the patient has consented, then `consented` until the other doctor has taken it. `note`
 * is from doctor to doctor, and the patient reads it too.
 */
export const Transfer = Shape({
  id: Id,
  status: OneOf(['offered', 'consented']),
  from: Person,
  to: Shape({ ...Person.properties, specialty: Specialty }),
  note: Nullable(Type.String()),
  offeredAt: Time,
  consentedAt: Nullable(Time),
});
export type Transfer = Static<typeof Transfer>;

/** `doctor`: whom a submitted request was sent to (null: open to its specialty), later who took it. */
/** Why a request went back to the queue: handed back, its doctor is no longer there, or said nothing in time. */
export const returnReasons = ['released', 'taken-back', 'lease-ended'] as const;

/** Where the words were in which a rule found a red flag. */
export const flagSources = ['complaint', 'message'] as const;

/** A sign of an emergency, found by a rule in what the patient wrote. A reason to look, never a diagnosis. */
export const RedFlag = Shape({
  rule: Type.String({ description: 'Which rule, as `chest-pain`.', examples: ['chest-pain'] }),
  version: Type.Integer({ description: 'Of the rule, at that time.' }),
  source: OneOf(flagSources),
  at: Time,
});
export type RedFlag = Static<typeof RedFlag>;

/** How an estimate comes about. */
export const estimateBases = ['recent-waits', 'too-few-waits', 'longer-than-usual'] as const;

export const Queue = Shape({
  position: Type.Integer({ minimum: 1, description: '1: the next one.' }),
  ahead: Type.Integer({ minimum: 0 }),
  estimateMinutes: Nullable(
    Type.Integer({
      description:
        'Of those who waited lately in the same specialty with the same urgency, and as long as this one already, three of four were taken within so many more minutes.',
    }),
  ),
  basis: OneOf(estimateBases, {
    description:
      'Without an estimate: `too-few-waits`, fewer than eight to go by in seven days; `longer-than-usual`, hardly anybody waited as long.',
  }),
  basedOn: Type.Integer({ description: 'So many waits were looked at, at most the last 200 of seven days.' }),
});
export type Queue = Static<typeof Queue>;

export const Availability = Shape({
  state: OneOf(['available', 'nobody-accepting', 'doctor-away'], {
    description:
      '`nobody-accepting`: no doctor of the specialty takes requests now; it stays in the queue, and whoever comes sees it. `doctor-away`: the doctor who was asked takes none now. What to do meanwhile: `askInstead`, `emergency`.',
  }),
  doctors: Type.Integer({
    description: 'How many who could take it are approved and accept requests now, counted up to 100.',
  }),
  askInstead: Type.Array(Specialty, {
    description: 'Where nobody is available: specialties in which somebody accepts now, three at most.',
  }),
});
export type Availability = Static<typeof Availability>;

/** Whom to call where the patient lives; null where that is not known. */
export const EmergencyNumbers = Shape({
  number: Nullable(Type.String({ examples: ['112'] })),
  crisisLine: Nullable(Type.String({ description: 'For who thinks of suicide.', examples: ['988'] })),
});
export type EmergencyNumbers = Static<typeof EmergencyNumbers>;

/**
 * `doctor`: whom a submitted request was sent to (null: open to its specialty), later who took it. `urgency`: as the patient said, or what a
 * red flag made of it. Where one request is answered, `queue`, `availability` and `emergency` come with one's own that waits (and `emergency` for as
 * long as it goes on), `acceptedUntil` with one that a doctor took and has not written to. `appointmentAt`: when its appointment begins; until
 * it is over, `appointmentUntil`, the request is kept for its doctor.
 */
export const CareRequest = Shape({
  id: Id,
  status: OneOf(requestStatuses),
  patient: Person,
  doctor: Nullable(Person),
  specialty: Specialty,
  complaint: Type.String(),
  urgency: OneOf(urgencies),
  diagnoses: Type.Array(Diagnosis),
  rating: Nullable(Rating),
  roomId: Nullable(Id),
  submittedAt: Time,
  acceptedAt: Nullable(Time),
  diagnosedAt: Nullable(Time),
  closedAt: Nullable(Time),
  appointmentAt: Type.Optional(Nullable(Time)),
  appointmentUntil: Type.Optional(Nullable(Time)),
  transfer: Type.Optional(Transfer),
  redFlags: Type.Optional(Type.Array(RedFlag)),
  returned: Type.Optional(
    Shape({ at: Time, because: OneOf(returnReasons) }, { description: 'Once it waits again: since when, and why.' }),
  ),
  queue: Type.Optional(Queue),
  availability: Type.Optional(Availability),
  emergency: Type.Optional(EmergencyNumbers),
  acceptedUntil: Type.Optional(
    Nullable(
      Type.String({
        format: 'date-time',
        description:
          'Without a message or a diagnosis of the doctor by then it goes back to the queue. Null: said already.',
      }),
    ),
  ),
});
export type CareRequest = Static<typeof CareRequest>;

const Reason = Prose(1000, 'Away this week');

export const submitRequest = route({
  method: 'POST',
  path: '/requests',
  area: 'Care',
  summary:
    'Ask for care, of one doctor or of a specialty. What in the complaint sounds like an emergency raises the urgency; whether anybody is there says `availability`.',
  who: ['patient'],
  body: Shape({
    doctorId: Type.Optional(Id),
    specialty: Type.Optional(SpecialtyCode),
    complaint: Prose(4000, 'A dry cough for two weeks, worse at night.'),
    urgency: OneOf(urgencies),
  }),
  replies: { 201: CareRequest },
  errors: ['not-found', 'doctor-not-accepting'],
});

export const listRequests = route({
  method: 'GET',
  path: '/requests',
  area: 'Care',
  summary:
    'A patient: the own requests, newest first. A doctor: `mine` (default), or `incoming`: submitted, for me or, while I accept requests, my specialty, urgent first, then oldest.',
  who: ['patient', 'doctor'],
  query: Shape({
    box: Type.Optional(OneOf(['incoming', 'mine'])),
    status: Type.Optional(OneOf(requestStatuses)),
    ...PageQuery,
  }),
  replies: { 200: Page(CareRequest) },
  errors: ['doctor-not-approved'],
});

const requestErrors = ['not-found', 'invalid-transition'] as const;

export const getRequest = route({
  method: 'GET',
  path: '/requests/{id}',
  area: 'Care',
  summary: 'A request: one’s own, one that one treats or treated, or an incoming one.',
  who: ['patient', 'doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: ['not-found', 'doctor-not-approved'],
});

export const acceptRequest = route({
  method: 'POST',
  path: '/requests/{id}/accept',
  area: 'Care',
  summary:
    'Take a request. Exactly one doctor wins; accepting again what one has is 200. Without a message or diagnosis until `acceptedUntil` it goes back.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'request-already-taken', 'doctor-not-approved'],
});

export const declineRequest = route({
  method: 'POST',
  path: '/requests/{id}/decline',
  area: 'Care',
  summary: 'Decline a request that was sent to oneself.',
  who: ['doctor'],
  params: IdParams,
  body: Shape({ reason: Reason }),
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const releaseRequest = route({
  method: 'POST',
  path: '/requests/{id}/release',
  area: 'Care',
  summary: 'Hand an accepted request back: it is open to its specialty again, the room closes.',
  who: ['doctor'],
  params: IdParams,
  body: Shape({ reason: Reason }),
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const closeRequest = route({
  method: 'POST',
  path: '/requests/{id}/close',
  area: 'Care',
  summary: 'Close a diagnosed request. The room becomes read-only.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const cancelRequest = route({
  method: 'POST',
  path: '/requests/{id}/cancel',
  area: 'Care',
  summary: 'Cancel a request that nobody has taken yet.',
  who: ['patient'],
  params: IdParams,
  body: Shape({ reason: Type.Optional(Reason) }),
  replies: { 200: CareRequest },
  errors: requestErrors,
});

/** What a diagnosis says. */
export const findingMembers = {
  title: Line(200, 'Acute bronchitis'),
  icd10: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][0-9][0-9A-Za-z](\\.[0-9A-Za-z]{1,4})?$',
      description:
        'An ICD-10 code, as `J45.9` or `S72.001A`; kept in capitals. Where a table of codes was imported, one of that table.',
      examples: ['J20.9'],
    }),
  ),
  description: Prose(8000, 'Inflamed airways after a viral infection.'),
  recommendations: Prose(8000, 'Rest, fluids, come back if there is fever after three days.'),
};

export const addDiagnosis = route({
  method: 'POST',
  path: '/requests/{id}/diagnoses',
  area: 'Care',
  summary: 'Diagnose. Only the doctor who took the request; further diagnoses may follow the first.',
  who: ['doctor'],
  params: IdParams,
  body: Shape(findingMembers),
  replies: { 201: Diagnosis },
  errors: [...requestErrors, 'doctor-not-approved'],
});

const Note = Prose(2000, 'Needs somebody with an eye for the heart as well.');

export const offerTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer',
  area: 'Care',
  summary:
    'Propose to hand a request that one treats over to another doctor, of whatever specialty. Nothing changes before the patient has consented and the other doctor has taken it.',
  who: ['doctor'],
  params: IdParams,
  body: Shape({ doctorId: Id, note: Type.Optional(Note) }),
  replies: { 201: CareRequest },
  errors: [...requestErrors, 'transfer-pending', 'doctor-not-approved'],
});

export const withdrawTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/withdraw',
  area: 'Care',
  summary: 'Take the proposal back, as long as the other doctor has not taken the request.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const consentTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/consent',
  area: 'Care',
  summary:
    'Consent: the other doctor may look at the request and take it. Whoever takes it reads the whole conversation; the doctor before no longer does.',
  who: ['patient'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: requestErrors,
});

export const refuseTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/refuse',
  area: 'Care',
  summary: 'Refuse, or take the consent back as long as the other doctor has not taken the request. The doctor stays.',
  who: ['patient'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: requestErrors,
});

export const acceptTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/accept',
  area: 'Care',
  summary:
    'Take over what the patient has consented to. An appointment for it with the doctor before, if it is not over, is cancelled. Taking again what one has is 200.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const declineTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/decline',
  area: 'Care',
  summary: 'Do not take it over. The doctor stays, and one sees the request no more.',
  who: ['doctor'],
  params: IdParams,
  replies: { 204: null },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const listTransfers = route({
  method: 'GET',
  path: '/transfers',
  area: 'Care',
  summary: 'What colleagues would like to hand over to the caller and the patients have consented to, newest first.',
  who: ['doctor'],
  query: Shape(PageQuery),
  replies: { 200: Page(CareRequest) },
  errors: ['doctor-not-approved'],
});

export const handOver = route({
  method: 'POST',
  path: '/me/handover',
  area: 'Care',
  summary:
    'Before leaving: propose one doctor for all requests that one treats and has not proposed anybody for. Each patient is asked.',
  who: ['doctor'],
  body: Shape({ doctorId: Id, note: Type.Optional(Note) }),
  replies: { 200: Shape({ offered: Type.Integer(), pending: Type.Integer() }) },
  errors: ['not-found', 'doctor-not-approved'],
});

export const rateRequest = route({
  method: 'POST',
  path: '/requests/{id}/rating',
  area: 'Care',
  summary: 'Rate, once, the doctor who diagnosed: of several the last, whoever has the request since.',
  who: ['patient'],
  params: IdParams,
  body: Shape({
    stars: Type.Integer({ minimum: 1, maximum: 5 }),
    comment: Type.Optional(Prose(2000, 'Listened well and explained everything.')),
  }),
  replies: { 201: Rating },
  errors: ['not-found', 'not-diagnosed-yet', 'already-rated'],
});

export const getPatient = route({
  method: 'GET',
  path: '/patients/{id}',
  area: 'Care',
  summary: 'Profile, requests and diagnoses of a patient whom one treats or treated.',
  who: ['doctor'],
  params: IdParams,
  replies: {
    200: Shape({
      id: Id,
      fullName: Type.String(),
      profile: PatientProfile,
      requests: Type.Array(CareRequest),
      diagnoses: Type.Array(Diagnosis),
    }),
  },
  errors: ['not-found', 'doctor-not-approved'],
});
