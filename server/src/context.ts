import type { Role } from '@openward/contracts';
import type { Config } from './config.ts';
import type { Bus } from './platform/bus/bus.ts';
import { type Cache, uncached } from './platform/cache/cache.ts';
import type { Clock } from './platform/clock.ts';
import type { KeyRing } from './platform/crypto/key-ring.ts';
import type { PasswordHasher } from './platform/crypto/password-hash.ts';
import type { Tokens } from './platform/crypto/tokens.ts';
import { type DatabasePool, type Db, isRetryable } from './platform/database/connect.ts';
import type { Replica } from './platform/database/replica.ts';
import type { FileStore } from './platform/files/file-store.ts';
import type { Guard } from './platform/guard.ts';
import { type CallJobs, type Jobs, jobsOf } from './platform/jobs/jobs.ts';
import type { Limiter } from './platform/limits/limiter.ts';
import type { Load } from './platform/load/load.ts';
import type { Logger } from './platform/log.ts';
import type { MailTransport } from './platform/mail/mail.ts';
import type { Metrics } from './platform/metrics.ts';
import type { Push } from './platform/push/push.ts';
import type { Redis } from './platform/redis/connect.ts';
import type { Trace } from './platform/tracing/trace.ts';
import type { Tracing } from './platform/tracing/tracing.ts';

/** Who acts: an account with the live session that it came with. */
export type Actor = {
  accountId: string;
  role: Role;
  sessionId: string;
  /** False for a doctor who awaits approval: logged in, but the doctors' routes are closed. */
  approved: boolean;
  /** True for somebody whose role needs a second factor and who has none: only the way to one is open. */
  factorMissing: boolean;
};

/** A device that was logged in from before, by a credential of ours that it showed. */
export type Device = {
  readonly id: string;
  readonly knows: readonly { readonly accountId: string; readonly mark: string; readonly atMs: number }[];
};

/** Where a call came from, for logs, limits and the audit. All null for the system's own work. */
export type Origin = {
  /** That of the HTTP call; of a socket's frame that of the upgrade and the frame's number; of a job that of who sent it. */
  requestId: string | null;
  ip: string | null;
  userAgent: string | null;
  /** Where it stands in a trace. None: the system's own work. */
  trace?: Trace | undefined;
  /** Of a login: asked of no other call. */
  device?: Device | null;
};

/** What a process is made of, once. */
export type Platform = {
  config: Config;
  log: Logger;
  clock: Clock;
  main: DatabasePool;
  chat: DatabasePool;
  /** Null: everything is read from the main database itself. */
  replica: Replica | null;
  /** Null: there is none. */
  redis: Redis | null;
  bus: Bus;
  cache: Cache;
  jobs: Jobs;
  mail: MailTransport;
  /** Null: nothing is pushed. */
  push: Push | null;
  limits: Limiter;
  guard: Guard;
  load: Load;
  metrics: Metrics;
  files: FileStore;
  keys: KeyRing;
  tokens: Tokens;
  passwords: PasswordHasher;
  /** Null: no spans are recorded. */
  tracing: Tracing | null;
};

/**
 * What every use case is handed: the platform, and who acts from where. It never holds a module.
 */
export type Ctx = Readonly<{
  config: Config;
  log: Logger;
  clock: Clock;
  /** The main database; inside `tx` its transaction. */
  db: Db;
  /** The chat database; inside `chatTx` its transaction. */
  chatDb: Db;
  /** Null: there is none. What it keeps may be gone or old at any time. */
  redis: Redis | null;
  bus: Bus;
  /** Copies of what the database says, by server/src/cache-policies.ts; inside `tx` it is the transaction's own word. */
  cache: Cache;
  /** Enqueues in the main database; inside `tx`, but for what is sent soon, it commits or rolls back with the change. */
  jobs: CallJobs;
  mail: MailTransport;
  /** Null: nothing is pushed. */
  push: Push | null;
  limits: Limiter;
  guard: Guard;
  /** Whether there is too much to do, and who then goes first. */
  load: Load;
  metrics: Metrics;
  /** Bytes that people attached, by the ids of their rows. */
  files: FileStore;
  keys: KeyRing;
  tokens: Tokens;
  passwords: PasswordHasher;
  /** Null: no spans are recorded. */
  tracing: Tracing | null;
  /** Null: nobody is logged in, or the system acts by itself. */
  actor: Actor | null;
  origin: Origin;
  /**
   * For lists, which only read: `work` gets a ctx whose `db` may be a copy of the main database, which knows everything that was committed before, one's own
   * writes included. Without READ_DATABASE_URL, while the copy is late or away, and within a transaction it is the ordinary one.
   */
  reading<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one transaction on the main database with a new ctx, which shadows the old name. Within a
   * transaction it joins. Retried on a deadlock, so `work` does nothing outside the databases: no mail, no bus, no network.
   */
  tx<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>;
  /** The same on the chat database. What crosses both is a job. */
  chatTx<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>;
  /** Runs after the commit (at once outside a transaction): bus events and other hints. Never after a rollback. */
  afterCommit(hint: () => void): void;
  /**
   * Runs when the transaction is over, committed or not (at once outside one), with a ctx outside of it: for what must be
   * written down although the change was refused. Asked for several times by the same function, it runs once.
   */
  afterTx(work: (ctx: Ctx) => Promise<void>): Promise<void>;
  /** The same platform with another actor and origin, and for a call with limits that it shows. */
  as(actor: Actor | null, origin?: Origin, limits?: Limiter): Ctx;
}>;

const system: Origin = { requestId: null, ip: null, userAgent: null };
const maxTries = 3;

export function createContext(platform: Platform): Ctx {
  return new Context(platform, { actor: null, origin: system });
}

/** What waits for the end of a transaction: hints for its commit, the rest for either end. */
type Later = { hints: (() => void)[]; always: Map<AfterTx, () => Promise<void>> };
type AfterTx = (ctx: Ctx) => Promise<void>;

type State = {
  actor: Actor | null;
  origin: Origin;
  limits?: Limiter | undefined;
  db?: Db | undefined;
  chatDb?: Db | undefined;
  later?: Later | undefined;
};

/** Two are made for a call, so that making one must cost nothing: functions and the logger are of the class, and no copy by `...` has them. */
class Context implements Ctx {
  readonly config: Config;
  readonly clock: Clock;
  readonly db: Db;
  readonly chatDb: Db;
  readonly redis: Redis | null;
  readonly bus: Bus;
  readonly cache: Cache;
  readonly mail: MailTransport;
  readonly push: Push | null;
  readonly limits: Limiter;
  readonly guard: Guard;
  readonly load: Load;
  readonly metrics: Metrics;
  readonly files: FileStore;
  readonly keys: KeyRing;
  readonly tokens: Tokens;
  readonly passwords: PasswordHasher;
  readonly tracing: Tracing | null;
  readonly actor: Actor | null;
  readonly origin: Origin;
  private readonly platform: Platform;
  private readonly state: State;
  private ownLog: { log: Logger; requestId: string } | undefined = undefined;

  constructor(platform: Platform, state: State) {
    const { db = platform.main.db, origin } = state;
    this.config = platform.config;
    this.clock = platform.clock;
    this.db = db;
    this.chatDb = state.chatDb ?? platform.chat.db;
    this.redis = platform.redis;
    this.bus = platform.bus;
    this.cache = state.db === undefined ? platform.cache : uncached;
    this.mail = platform.mail;
    this.push = platform.push;
    this.limits = state.limits ?? platform.limits;
    this.guard = platform.guard;
    this.load = platform.load;
    this.metrics = platform.metrics;
    this.files = platform.files;
    this.keys = platform.keys;
    this.tokens = platform.tokens;
    this.passwords = platform.passwords;
    this.tracing = platform.tracing;
    this.actor = state.actor;
    this.origin = origin;
    this.platform = platform;
    this.state = state;
  }

  /** Made when it is asked for: most calls and frames log nothing of their own. */
  get log(): Logger {
    const { log } = this.platform;
    const { requestId } = this.origin;
    if (requestId === null) return log;
    // The frames of a socket share a ctx and have ids of their own.
    if (this.ownLog?.requestId !== requestId) this.ownLog = { log: log.child(idsOf(this.origin)), requestId };
    return this.ownLog.log;
  }

  /** Made when it is asked for, too. */
  get jobs(): CallJobs {
    return jobsOf(this.platform.jobs, this.db, this.origin);
  }

  reading<T>(work: (ctx: Ctx) => Promise<T>): Promise<T> {
    const { replica } = this.platform;
    if (this.state.db !== undefined || replica === null) return work(this);
    return replica.read((db) => work(this.with({ db })));
  }

  tx<T>(work: (ctx: Ctx) => Promise<T>): Promise<T> {
    if (this.state.db !== undefined) return work(this);
    return transact(this.platform.main.db, this.state.later, (db, later) => work(this.with({ db, later })));
  }

  chatTx<T>(work: (ctx: Ctx) => Promise<T>): Promise<T> {
    if (this.state.chatDb !== undefined) return work(this);
    return transact(this.platform.chat.db, this.state.later, (chatDb, later) => work(this.with({ chatDb, later })));
  }

  afterCommit(hint: () => void): void {
    if (this.state.later === undefined) hint();
    else this.state.later.hints.push(hint);
  }

  async afterTx(work: AfterTx): Promise<void> {
    const { actor, origin, later } = this.state;
    if (later === undefined) await work(this);
    else later.always.set(work, () => work(new Context(this.platform, { actor, origin })));
  }

  as(actor: Actor | null, origin = this.origin, limits = this.state.limits): Ctx {
    return this.with({ actor, origin, limits });
  }

  private with(changes: Partial<State>): Ctx {
    return new Context(this.platform, { ...this.state, ...changes });
  }
}

/** What a log line of this origin carries, so that it is found by either. */
export function idsOf({ requestId, trace }: Pick<Origin, 'requestId' | 'trace'>): {
  requestId: string | null;
  traceId?: string;
} {
  return trace === undefined ? { requestId } : { requestId, traceId: trace.traceId };
}

/** What waits gathers in the outermost transaction and runs once that is over. */
async function transact<T>(db: Db, outer: Later | undefined, work: (db: Db, later: Later) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const later: Later = { hints: [], always: new Map() };
    let result: T;
    try {
      result = await db.transaction((tx) => work(tx, later));
    } catch (error) {
      if (attempt < maxTries && isRetryable(error)) continue;
      await runAlways(outer, later);
      throw error;
    }
    if (outer !== undefined) outer.hints.push(...later.hints);
    else for (const hint of later.hints) hint();
    await runAlways(outer, later);
    return result;
  }
}

async function runAlways(outer: Later | undefined, { always }: Later): Promise<void> {
  if (outer === undefined) for (const work of always.values()) await work();
  else for (const [work, run] of always) outer.always.set(work, run);
}

/** The actor of a route that is not open to anyone: the route table has already refused the others. */
export function actorOf(ctx: Ctx): Actor {
  if (ctx.actor === null) throw new Error('This use case needs an actor: its route must not be open to anyone.');
  return ctx.actor;
}
