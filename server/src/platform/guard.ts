import type { Ctx } from '../context.ts';

/** Something that happened which, in series, may be an abuse. The first six are told by HTTP itself, the rest by who knows. */
export type SignalKind =
  | 'no-credentials'
  | 'bad-token'
  /** One that was good once: run out, or of a session that has ended. */
  | 'stale-token'
  | 'wrong-role'
  | 'not-found'
  | 'read'
  | 'token-forged'
  | 'token-wrong-kind'
  | 'login-failed'
  | 'logged-in'
  | 'registered'
  | 'registered-tagged'
  | 'frame-refused'
  | 'message-sent';

export type Signal = {
  readonly kind: SignalKind;
  /** Which thing it was about, where it matters how many different ones there are: it is kept as a digest only. */
  readonly what?: string;
  /** The path of the route, as the contract has it. */
  readonly route?: string;
};

/** A call that asks to be let in. */
export type Entry = {
  /** With its method: `GET /doctors`. */
  readonly route: string;
  /** What the caller brought as proof of work; null where a call cannot carry one, as the opening of a socket cannot. */
  readonly proof: string | undefined | null;
};

/** Who counts what looks like abuse, and holds up whom it has counted. A module fills it in; the platform only asks. */
export type Guard = {
  /** Tells what the ctx's actor, or address, did. Nobody waits for it, and it never fails. */
  note(ctx: Ctx, signal: Signal): void;
  /** Whether anything is held against the ctx's address: only then it is worth finding out who calls. */
  suspects(ctx: Ctx): boolean;
  /**
   * Lets a call in: of an actor by what is held against the account, of nobody by what is held against the address. May hold
   * it up for at most two seconds.
   * @throws Problem 403 `temporarily-blocked`, 428 `proof-required`, 429 `rate-limited`.
   */
  admit(ctx: Ctx, entry: Entry): Promise<void>;
  /** Milliseconds that the next frame of an account's sockets has to wait; 0: it may come. */
  frameWaitMs(ctx: Ctx, accountId: string): number;
  /** Begins to follow what other nodes decide. @returns what ends it. */
  start(root: Ctx): Promise<() => Promise<void>>;
};
