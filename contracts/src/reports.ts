import Type, { type Static } from 'typebox';
import { urgencies } from './care.ts';
import { route } from './route.ts';
import { Id, Nullable, OneOf, Shape, Time } from './schema.ts';
import { SpecialtyCode } from './specialties.ts';

const span = { from: Type.Optional(Time), to: Type.Optional(Time) };

/** Of fewer than five requests or ratings no number is said that could be about somebody: null. */
const Amount = Nullable(Type.Integer());
const Measure = Nullable(Type.Number());
/** Null: all. */
const OfSpecialty = { specialty: Nullable(SpecialtyCode) };

export const WaitingRow = Shape({
  ...OfSpecialty,
  urgency: Nullable(OneOf(urgencies)),
  requests: Amount,
  p50S: Measure,
  p90S: Measure,
});
export type WaitingRow = Static<typeof WaitingRow>;

export const AcceptanceRow = Shape({
  ...OfSpecialty,
  submitted: Amount,
  taken: Amount,
  declined: Amount,
  cancelled: Amount,
  waiting: Amount,
  rate: Measure,
});
export type AcceptanceRow = Static<typeof AcceptanceRow>;

export const RatingsRow = Shape({ ...OfSpecialty, ratings: Amount, average: Measure });
export type RatingsRow = Static<typeof RatingsRow>;

export const LoadRow = Shape({
  doctorId: Id,
  fullName: Type.String(),
  specialty: SpecialtyCode,
  taken: Type.Integer(),
  open: Type.Integer(),
  closed: Type.Integer(),
  ratings: Amount,
  average: Measure,
});
export type LoadRow = Static<typeof LoadRow>;

export const getReports = route({
  method: 'GET',
  path: '/admin/stats/reports',
  area: 'Admin',
  summary:
    'How long requests submitted from `from` to before `to` waited until they were taken, how many were, how they were rated, and the hundred doctors who took most. Without a span: the last 30 days. No health text; groups of fewer than five are left out.',
  who: ['admin'],
  query: Shape(span),
  replies: {
    200: Shape({
      from: Time,
      to: Time,
      waiting: Type.Array(WaitingRow),
      acceptance: Type.Array(AcceptanceRow),
      ratings: Type.Array(RatingsRow),
      load: Type.Array(LoadRow),
    }),
  },
  errors: [],
});

export const reportNames = ['waiting', 'acceptance', 'ratings', 'load'] as const;
export type ReportName = (typeof reportNames)[number];

export const downloadReport = route({
  method: 'GET',
  path: '/admin/stats.csv',
  area: 'Admin',
  summary: 'One of the reports as a table (RFC 4180), `load` with every doctor. Default: `waiting`.',
  who: ['admin'],
  query: Shape({ report: Type.Optional(OneOf(reportNames)), ...span }),
  download: ['text/csv'],
  replies: { 200: null },
  errors: [],
});
