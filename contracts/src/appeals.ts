import Type, { type Static } from 'typebox';
import { Appeal, appealDecisions, Ban } from './accounts.ts';
import { roles } from './roles.ts';
import { route } from './route.ts';
import { Id, IdParams, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';

export const answerAppeal = route({
  method: 'POST',
  path: '/admin/users/{id}/ban/appeal',
  area: 'Admin',
  summary: 'Answer the appeal against the running ban, once: lift it or keep it. The text is mailed to the person.',
  who: ['admin'],
  params: IdParams,
  body: Shape({
    decision: OneOf(appealDecisions),
    text: Prose(2000, 'We have looked at it again, and you are right.'),
  }),
  replies: { 200: Ban },
  errors: ['not-found', 'not-banned', 'no-open-appeal'],
});

/** `open`: it waits for an answer. `over`: the ban ended before anybody answered. */
export const appealStates = ['open', 'answered', 'over'] as const;
export type AppealState = (typeof appealStates)[number];

export const ListedAppeal = Shape({
  state: OneOf(appealStates),
  account: Shape({ id: Id, email: Nullable(Type.String()), fullName: Nullable(Type.String()), role: OneOf(roles) }),
  ban: Shape({ id: Id, reason: Type.String(), startsAt: Time, until: Nullable(Time), liftedAt: Nullable(Time) }),
  appeal: Appeal,
});
export type ListedAppeal = Static<typeof ListedAppeal>;

export const listAppeals = route({
  method: 'GET',
  path: '/admin/appeals',
  area: 'Admin',
  summary: 'The appeals against bans, newest first; with `state=open` those that wait for an answer, longest first.',
  who: ['admin'],
  query: Shape({ state: Type.Optional(OneOf(appealStates)), ...PageQuery }),
  replies: { 200: Page(ListedAppeal) },
  errors: [],
});
