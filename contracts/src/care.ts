import Type, { type Static } from 'typebox';
import { PatientProfile } from './accounts.ts';
import { route } from './route.ts';
import { Id, IdParams, Line, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';
import { Specialty, SpecialtyCode } from './specialties.ts';
import { Availability, EmergencyNumbers, Queue } from './waiting.ts';

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
    'A patient: the own requests, newest first. A doctor: `mine` (default), or `incoming`: submitted, for me or, while I accept requests, my specialty, urgent first, then oldest. What an appointment was booked for is in neither before it is accepted: GET /appointments has it.',
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
  summary: 'Decline a request that was sent to oneself. Where an appointment was booked with it, cancel that instead.',
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
  summary:
    'Hand an accepted request back: it is open to its specialty again, the room closes. Not while an appointment for it is ahead: move or cancel that first.',
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
  summary:
    'Close a diagnosed request. The room becomes read-only. An appointment that is to come is moved or cancelled first.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...requestErrors, 'doctor-not-approved'],
});

export const cancelRequest = route({
  method: 'POST',
  path: '/requests/{id}/cancel',
  area: 'Care',
  summary: 'Cancel a request that nobody has taken yet. Where an appointment was booked with it, cancel that instead.',
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
