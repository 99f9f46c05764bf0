import type { Readable } from 'node:stream';
import type { Contract, InputOf, ReplyOf } from '@openward/contracts';
import type { Ctx } from '../../context.ts';
import type { Priority } from '../load/load.ts';
import type { Shedding } from './shedder.ts';

/** Which limit a route counts against: by account when somebody is logged in, else by address. */
export const routeLimits = ['read', 'write', 'login', 'register'] as const;
export type RouteLimit = (typeof routeLimits)[number];

/** What a route may do to its reply beside the body: the few things that are of HTTP and not of the use case. */
export type Http = {
  headers: Record<string, string | string[] | undefined>;
  cookie(name: string): string | undefined;
  setCookie(name: string, value: string, options: { path: string; maxAgeS: number }): void;
  /** One of the other success statuses of the contract. */
  status(code: number): void;
  header(name: string, value: string): void;
  /** The body of an upload. @throws Problem 400 for one without a length, 413 for one that is too large. */
  upload(): Upload;
  /** What a download answers. */
  stream(content: Readable): void;
};

/** A file on its way in: its type is the caller's word. */
export type Upload = { type: string; sizeBytes: number; content: Readable };

/**
 * Points that a call takes of its limit, by what it costs beside one that finds a row by its key; where it is the query that makes
 * it dear, by that.
 */
export type Weight = number | ((query: Readonly<Record<string, unknown>>) => number);

/** One row of a module's route table. */
export type Route = {
  readonly contract: Contract;
  readonly limit: RouteLimit;
  /** Default: 1. */
  readonly weight?: Weight;
  /** When it is sent away under too much load. Default: by {@link sheddingOf}. */
  readonly priority?: Priority;
  /** It has a password hashed, for anybody: sent away while too many wait for that. */
  readonly hashes?: true;
  run(ctx: Ctx, input: never, http: Http): Promise<unknown>;
};

/**
 * Ties a contract to its use case: the input is parameters, query and body as one object, what is answered passes through
 * the contract's reply schema. Who may call stands in the contract; which limit counts, and how much, stands here.
 */
export function serve<C extends Contract>(
  contract: C,
  limit: RouteLimit,
  run: (ctx: Ctx, input: InputOf<C>, http: Http) => Promise<ReplyOf<C>>,
  options: Pick<Route, 'weight' | 'priority' | 'hashes'> = {},
): Route {
  return { contract, limit, run, ...options };
}

/** Of a list that can be searched: the points of a search, one without. */
export const ifSearched =
  (points: number): Weight =>
  ({ q }) =>
    q === undefined ? 1 : points;

/** What has pages is a list, a file on its way in and a search are bulk, the rest is usual. What an open consultation stands on says `care`. */
export function sheddingOf({ contract, weight, priority }: Route): NonNullable<Shedding> {
  const part = contract.area === 'Chat' ? 'chat' : 'main';
  if (priority !== undefined) return { priority, part };
  if (contract.upload !== undefined) return { priority: 'bulk', part };
  const hasPages = contract.method === 'GET' && contract.query?.properties['cursor'] !== undefined;
  return { priority: hasPages ? 'list' : 'usual', part, searched: typeof weight === 'function' ? 'bulk' : undefined };
}
