import type { Readable } from 'node:stream';
import type { Contract, InputOf, ReplyOf } from '@openward/contracts';
import type { Ctx } from '../../context.ts';

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
  options: { weight?: Weight } = {},
): Route {
  return { contract, limit, run, ...options };
}

/** Of a list that can be searched: the points of a search, one without. */
export const ifSearched =
  (points: number): Weight =>
  ({ q }) =>
    q === undefined ? 1 : points;
