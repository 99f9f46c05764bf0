import Type, { type Static } from 'typebox';
import { Diagnosis, findingMembers, Person } from './care.ts';
import { languages } from './languages.ts';
import { route } from './route.ts';
import { Id, IdParams, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';
import { Specialty } from './specialties.ts';

const DiagnosisParams = Shape({ id: Id, diagnosisId: Id });

export const correctDiagnosis = route({
  method: 'POST',
  path: '/requests/{id}/diagnoses/{diagnosisId}/corrections',
  area: 'Care',
  summary:
    'Correct a diagnosis, also of a closed request: a new version, with the older ones kept. Only the doctor who has the request; `version` is the one that was read.',
  who: ['doctor'],
  params: DiagnosisParams,
  body: Shape({
    ...findingMembers,
    reason: Prose(1000, 'The culture came back: it was bacterial.'),
    version: Type.Integer({ minimum: 1, maximum: 1_000_000, examples: [1] }),
  }),
  replies: { 201: Diagnosis },
  errors: ['not-found', 'diagnosis-changed', 'invalid-transition', 'doctor-not-approved'],
});

/** `reason` says why it was corrected; null for the first. */
export const DiagnosisVersion = Shape({
  version: Type.Integer(),
  title: Type.String(),
  icd10: Nullable(Type.String()),
  description: Type.String(),
  recommendations: Type.String(),
  reason: Nullable(Type.String()),
  writtenBy: Person,
  writtenAt: Time,
});
export type DiagnosisVersion = Static<typeof DiagnosisVersion>;

export const listDiagnosisVersions = route({
  method: 'GET',
  path: '/requests/{id}/diagnoses/{diagnosisId}/versions',
  area: 'Care',
  summary:
    'All versions of a diagnosis, newest first: who wrote each, when and why. For the patient and who treats or treated.',
  who: ['patient', 'doctor'],
  params: DiagnosisParams,
  query: Shape(PageQuery),
  replies: { 200: Page(DiagnosisVersion) },
  errors: ['not-found', 'doctor-not-approved'],
});

export const searchIcd10 = route({
  method: 'GET',
  path: '/icd10',
  area: 'Care',
  summary:
    'ICD-10 codes that begin with `q`, or whose titles have words that begin with its words; the first 20. `edition` is null where no table was imported.',
  who: ['doctor'],
  query: Shape({
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, examples: ['asthma'] })),
  }),
  replies: {
    200: Shape({
      edition: Nullable(Type.String({ examples: ['icd10cm-2026'] })),
      items: Type.Array(
        Shape({
          code: Type.String({ examples: ['J45.9'] }),
          title: Type.String({ examples: ['Asthma, unspecified'] }),
        }),
      ),
    }),
  },
  errors: ['doctor-not-approved'],
});

export const timelineKinds = [
  'request-submitted',
  'request-accepted',
  'request-released',
  'request-taken-back',
  'request-declined',
  'request-cancelled',
  'request-closed',
  'diagnosis-written',
  'diagnosis-corrected',
  'rating-given',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

/** `diagnosis`: as it was then. `stars`: of a rating, which the patient alone sees here. */
export const TimelineItem = Shape({
  at: Time,
  kind: OneOf(timelineKinds),
  requestId: Id,
  specialty: Specialty,
  doctor: Nullable(Person),
  diagnosis: Type.Optional(
    Shape({ id: Id, version: Type.Integer(), title: Type.String(), icd10: Nullable(Type.String()) }),
  ),
  stars: Type.Optional(Type.Integer()),
});
export type TimelineItem = Static<typeof TimelineItem>;

export const getPatientTimeline = route({
  method: 'GET',
  path: '/patients/{id}/timeline',
  area: 'Care',
  summary: 'What happened in the requests of a patient that one treats or treated, newest first.',
  who: ['doctor'],
  params: IdParams,
  query: Shape(PageQuery),
  replies: { 200: Page(TimelineItem) },
  errors: ['not-found', 'doctor-not-approved'],
});

export const getOwnTimeline = route({
  method: 'GET',
  path: '/me/timeline',
  area: 'Care',
  summary: 'What happened in the own record, newest first.',
  who: ['patient'],
  query: Shape(PageQuery),
  replies: { 200: Page(TimelineItem) },
  errors: [],
});

export const recordParts = [
  'profile',
  'request',
  'diagnosis',
  'timeline',
  'summary',
  'conversation',
  'file',
  'appointment',
] as const;

export const RecordRead = Shape({
  at: Time,
  reader: Person,
  what: OneOf(recordParts),
  requestId: Nullable(Id),
});
export type RecordRead = Static<typeof RecordRead>;

export const listRecordReads = route({
  method: 'GET',
  path: '/me/record-reads',
  area: 'Care',
  summary: 'Who looked at the own record, when, and at what, newest first.',
  who: ['patient'],
  query: Shape(PageQuery),
  replies: { 200: Page(RecordRead) },
  errors: [],
});

export const getSummary = route({
  method: 'GET',
  path: '/requests/{id}/summary.pdf',
  area: 'Care',
  summary:
    'A diagnosed request as a PDF (A4, tagged), with a code that anybody can check. In `language`, else by Accept-Language; times in `timeZone`, else UTC.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({
    language: Type.Optional(OneOf(languages)),
    timeZone: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Of the IANA list.', examples: ['Europe/Lisbon'] }),
    ),
  }),
  download: ['application/pdf'],
  replies: { 200: null },
  errors: ['not-found', 'not-diagnosed-yet', 'doctor-not-approved'],
});

export const verifySummary = route({
  method: 'POST',
  path: '/summaries/verify',
  area: 'Care',
  summary:
    'Whether the code on a summary is one of ours, of when, and whether that summary is still the newest. Says nothing of what is in it.',
  who: 'anyone',
  body: Shape({
    code: Type.String({
      minLength: 1,
      maxLength: 100,
      description: '28 characters; blanks, dashes and capitals do not count, nor whether O or 0, I, L or 1.',
      examples: ['7K3M-9QXD-2VTA-HW5E-B8RN-4CJP-6YZG'],
    }),
  }),
  replies: {
    200: Shape({
      result: OneOf(['current', 'replaced', 'unknown'], {
        description: '`replaced`: ours, but a diagnosis was added or corrected since.',
      }),
      madeAt: Nullable(Time),
      replacedAt: Nullable(Time),
    }),
  },
  errors: [],
});
