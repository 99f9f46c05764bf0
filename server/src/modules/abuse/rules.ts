import type { AbuseStep, AbuseSubject } from '@openward/contracts';
import type { SignalKind } from '#platform/guard.ts';

export type RuleName =
  | 'unauthenticated-series'
  | 'wrong-role-series'
  | 'role-probing'
  | 'not-found-series'
  | 'id-walking'
  | 'token-forgery'
  | 'login-guessing'
  | 'registration-burst'
  | 'tagged-registrations'
  | 'list-scraping'
  | 'frame-flood'
  | 'room-flood'
  | 'rating-ring';

/** The score from which on a step is taken, and for how long: then it goes down to the one before. */
export type StepAt = { readonly at: number; readonly lastsS: number };

export type Rule = {
  readonly name: RuleName;
  /** What it looks for, in words for an admin. */
  readonly means: string;
  /** Points for each signal. What is not named here counts nothing. */
  readonly feeds: Readonly<Partial<Record<SignalKind, number>>>;
  /** What takes back the points of a signal about the same thing. */
  readonly forgives?: SignalKind;
  /** Only signals of these routes. */
  readonly routes?: readonly string[];
  /** Whom it counts for; `caller`: the account of who is logged in, else the address. */
  readonly counts: AbuseSubject | 'caller';
  /** Whether a thing counts once in the window, however often it comes. */
  readonly distinct: boolean;
  readonly windowS: number;
  /** What it does, the mildest first. `attention` holds up as the one before it does; alone it holds up nobody. */
  readonly steps: Readonly<Partial<Record<AbuseStep, StepAt>>>;
  /** The routes that are held up, with their methods. */
  readonly hits: 'all' | readonly string[];
  /** What it must not hit, and does not: each is a test. */
  readonly spares: string;
};

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const directory = ['/doctors', '/doctors/{id}', '/doctors/{id}/ratings', '/users/{id}'];
const logins = ['POST /auth/login', 'POST /auth/tokens', 'POST /auth/login/passkey', 'POST /auth/tokens/passkey'];
/** Writing; what is there may be read. The route of the socket is that of its frames, too. */
const chat = ['GET /chat/socket', 'POST /chat/tickets', 'POST /rooms/{id}/messages'];

/**
 * All rules. Scores of addresses weigh less, down to a tenth, the more accounts in good standing are behind them (standing.ts).
 * A change here shows in docs/operations.md, which a test compares.
 */
export const rules: readonly Rule[] = [
  {
    name: 'unauthenticated-series',
    means: 'Calls without credentials, or with a token that never was one.',
    feeds: { 'no-credentials': 1, 'bad-token': 2 },
    counts: 'address',
    distinct: false,
    windowS: 10 * minute,
    steps: {
      slow: { at: 200, lastsS: 10 * minute },
      proof: { at: 400, lastsS: 10 * minute },
      block: { at: 800, lastsS: 15 * minute },
      attention: { at: 1600, lastsS: hour },
    },
    hits: 'all',
    spares: 'A phone that goes on with a token that has run out.',
  },
  {
    name: 'wrong-role-series',
    means: 'Calls of what is for another role, however often the same.',
    feeds: { 'wrong-role': 1 },
    counts: 'account',
    distinct: false,
    windowS: 10 * minute,
    steps: {
      slow: { at: 50, lastsS: 10 * minute },
      proof: { at: 100, lastsS: 10 * minute },
      block: { at: 200, lastsS: 15 * minute },
      attention: { at: 400, lastsS: hour },
    },
    hits: 'all',
    spares: 'A page that asks now and then for something of another role.',
  },
  {
    name: 'role-probing',
    means: 'Many different routes of another role, as somebody tries who looks for an open door.',
    feeds: { 'wrong-role': 1 },
    counts: 'account',
    distinct: true,
    windowS: 10 * minute,
    steps: {
      slow: { at: 6, lastsS: 10 * minute },
      proof: { at: 10, lastsS: 10 * minute },
      block: { at: 15, lastsS: 15 * minute },
      attention: { at: 20, lastsS: hour },
    },
    hits: 'all',
    spares: 'A page that asks for the same wrong route again and again; a doctor who awaits approval.',
  },
  {
    name: 'not-found-series',
    means: 'What is not there, however often the same: mostly a broken program.',
    feeds: { 'not-found': 1 },
    counts: 'caller',
    distinct: false,
    windowS: 10 * minute,
    steps: { slow: { at: 1000, lastsS: 10 * minute }, proof: { at: 3000, lastsS: 10 * minute } },
    hits: 'all',
    spares: 'A broken client that asks 500 times for one missing id.',
  },
  {
    name: 'id-walking',
    means: 'Many different ids, or paths, that are not there or not for the caller.',
    feeds: { 'not-found': 1 },
    counts: 'caller',
    distinct: true,
    windowS: hour,
    steps: {
      slow: { at: 30, lastsS: 10 * minute },
      proof: { at: 60, lastsS: 15 * minute },
      block: { at: 120, lastsS: 30 * minute },
      attention: { at: 240, lastsS: 2 * hour },
    },
    hits: 'all',
    spares: 'A broken client that asks 500 times for one missing id; somebody with twenty old bookmarks.',
  },
  {
    name: 'token-forgery',
    means: 'Tokens that somebody made who has not our keys.',
    feeds: { 'token-forged': 5, 'token-wrong-kind': 1 },
    counts: 'address',
    distinct: false,
    windowS: hour,
    steps: {
      slow: { at: 15, lastsS: 10 * minute },
      proof: { at: 30, lastsS: 15 * minute },
      block: { at: 60, lastsS: hour },
      attention: { at: 120, lastsS: 6 * hour },
    },
    hits: 'all',
    spares:
      'Tokens that have run out, or of sessions that have ended; a program that mistakes a refresh token for an access token.',
  },
  {
    name: 'login-guessing',
    means: 'Failed logins on many different accounts. Who then gets it right is taken out of the count.',
    feeds: { 'login-failed': 1 },
    forgives: 'logged-in',
    counts: 'address',
    distinct: true,
    windowS: 15 * minute,
    steps: {
      slow: { at: 15, lastsS: 10 * minute },
      proof: { at: 30, lastsS: 15 * minute },
      block: { at: 60, lastsS: 15 * minute },
      attention: { at: 80, lastsS: hour },
    },
    hits: logins,
    spares: 'A clinic of fifty behind one address who mistype on Monday morning and then get it right.',
  },
  {
    name: 'registration-burst',
    means: 'Many registrations from one address.',
    feeds: { registered: 1 },
    counts: 'address',
    distinct: false,
    windowS: day,
    steps: {
      // Not sooner than the limit `register.address` is used up: the contract gives everybody those ten.
      proof: { at: 10, lastsS: hour },
      block: { at: 30, lastsS: 2 * hour },
      attention: { at: 40, lastsS: 6 * hour },
    },
    hits: ['POST /auth/register'],
    spares: 'A practice that registers its patients at the desk, once it has been there for a day.',
  },
  {
    name: 'tagged-registrations',
    means: 'Many registrations with plus-tagged addresses (name+tag@…) at one mail domain. Holds up nobody.',
    feeds: { 'registered-tagged': 1 },
    counts: 'mail-domain',
    distinct: false,
    windowS: day,
    steps: { attention: { at: 20, lastsS: 7 * day } },
    hits: [],
    spares: 'Any number of people without tags at one large domain.',
  },
  {
    name: 'list-scraping',
    means: 'Many different pages of the directory, and profiles.',
    feeds: { read: 1 },
    routes: directory,
    counts: 'caller',
    distinct: true,
    windowS: 10 * minute,
    steps: {
      slow: { at: 150, lastsS: 10 * minute },
      proof: { at: 300, lastsS: 15 * minute },
      block: { at: 600, lastsS: 30 * minute },
      attention: { at: 1200, lastsS: 2 * hour },
    },
    hits: directory.map((path) => `GET ${path}`),
    spares: 'A patient who looks through ten pages and every profile on them; an admin who pages through all users.',
  },
  {
    name: 'frame-flood',
    means: 'Frames of chat sockets beyond their rate, in series.',
    feeds: { 'frame-refused': 1 },
    counts: 'account',
    distinct: false,
    windowS: 10 * minute,
    steps: {
      slow: { at: 300, lastsS: 10 * minute },
      block: { at: 1500, lastsS: 15 * minute },
      attention: { at: 5000, lastsS: hour },
    },
    hits: chat,
    spares: 'A client that sends its outbox too fast once, is refused, and waits.',
  },
  {
    name: 'room-flood',
    means: 'Messages into many different rooms within a minute.',
    feeds: { 'message-sent': 1 },
    counts: 'account',
    distinct: true,
    windowS: minute,
    steps: {
      slow: { at: 40, lastsS: 10 * minute },
      block: { at: 80, lastsS: 15 * minute },
      attention: { at: 160, lastsS: hour },
    },
    hits: chat,
    spares: 'A doctor who answers in thirty rooms, and two who write a hundred messages in one.',
  },
  {
    name: 'rating-ring',
    means:
      'New accounts from one device and network that rated the same doctor with five stars, or with one, within days. Holds up nobody.',
    feeds: {},
    counts: 'account',
    distinct: true,
    windowS: 14 * day,
    steps: { attention: { at: 5, lastsS: 30 * day } },
    hits: [],
    spares:
      'Patients who rate from the waiting room of one clinic with their own phones, or long after they registered.',
  },
];

export function findRule(name: string): Rule | undefined {
  return rules.find((rule) => rule.name === name);
}
