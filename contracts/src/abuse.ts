import Type, { type Static } from 'typebox';
import { route } from './route.ts';
import { Id, IdParams, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';

/** How far a case has gone, the mildest first. */
export const abuseSteps = ['slow', 'proof', 'block', 'attention'] as const;
export type AbuseStep = (typeof abuseSteps)[number];

export const abuseSubjects = ['account', 'address', 'mail-domain'] as const;
export type AbuseSubject = (typeof abuseSubjects)[number];

export const AbuseCase = Shape({
  id: Id,
  rule: Type.String({ examples: ['id-walking'] }),
  means: Type.String({ description: 'What the rule looks for.', examples: ['Many different ids that are not there.'] }),
  subjectType: OneOf(abuseSubjects),
  subject: Nullable(
    Type.String({
      description: 'The id of the account; the address (IPv6 by /64) or mail domain, until 30 days after the end.',
      examples: ['198.51.100.7'],
    }),
  ),
  step: OneOf(abuseSteps, {
    description:
      'Slowed down, asked for a proof of work, blocked for a while, or for an admin to look at. Of a case that has ended, the last.',
  }),
  until: Time,
  score: Type.Integer({ description: 'Within the window of the rule, when the last step was taken.' }),
  evidence: Shape({
    windowS: Type.Integer({ description: 'Seconds in which was counted.', examples: [3600] }),
    signals: Type.Record(Type.String(), Type.Integer(), {
      description: 'What was counted by the node that took the step, by kind.',
      examples: [{ 'not-found': 31 }],
    }),
    routes: Type.Array(Type.String({ examples: ['/requests/{id}'] })),
    goodAccounts: Type.Integer({
      description: 'Accounts in good standing behind the same address: for each the score weighs less.',
      examples: [0],
    }),
  }),
  openedAt: Time,
  changedAt: Time,
  endedAt: Nullable(Time),
  liftedBy: Nullable(Id),
  liftReason: Nullable(Type.String({ examples: ['The practice next door, checked by phone'] })),
  trustedUntil: Nullable(Time),
});
export type AbuseCase = Static<typeof AbuseCase>;

export const listAbuse = route({
  method: 'GET',
  path: '/admin/abuse',
  area: 'Admin',
  summary: 'What looks like abuse, newest first: against whom, by which rule, why, and what is done until when.',
  who: ['admin'],
  query: Shape({
    state: Type.Optional(OneOf(['open', 'ended'], { description: 'Default: open.' })),
    ...PageQuery,
  }),
  replies: { 200: Page(AbuseCase) },
  errors: [],
});

export const liftAbuse = route({
  method: 'POST',
  path: '/admin/abuse/{id}/lift',
  area: 'Admin',
  summary: 'End a case. For a day the same rule does not open another against the same account or address.',
  who: ['admin'],
  params: IdParams,
  body: Shape({ reason: Prose(1000, 'The practice next door, checked by phone') }),
  replies: { 200: AbuseCase },
  errors: ['not-found', 'invalid-transition'],
});
