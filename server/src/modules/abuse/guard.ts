import type { AbuseStep } from '@openward/contracts';
import type { Entry, Guard, Signal, SignalKind } from '#platform/guard.ts';
import { addressKey } from '#platform/limits/address-key.ts';
import { Problem } from '#platform/problem.ts';
import type { Redis } from '#platform/redis/connect.ts';
import type { Ctx } from '#server/context.ts';
import { casesChanged, effectOf, keyOf, phaseAt, type Subject, stepAbove } from './cases.ts';
import { type Count, Counters } from './counters.ts';
import { Delays } from './delays.ts';
import { KnownCases } from './known-cases.ts';
import { challengeFor, takeProof } from './proof.ts';
import { raiseCase } from './raise-case.ts';
import { type Rule, rules } from './rules.ts';
import { Standing, weigh } from './standing.ts';

/** How often a node reads the cases again, whatever the bus says. */
const readEveryMs = 2000;
/** Between two frames of an account that is slowed down. */
const frameEveryMs = 500;
/** A refresh token speaks for itself: who could not renew a session behind a blocked address would be logged out. */
const neverHeld = ['POST /auth/refresh', 'POST /auth/logout', 'POST /auth/logout-all'];

/** What is held against a subject on a route: the hardest effect of its cases there. */
type Hold = { rule: Rule; step: AbuseStep; effect: 'slow' | 'proof' | 'block'; untilMs: number };

/** A decision under way, and the highest score since it began. */
type Pending = { counted: number; ended: Promise<void> };

const byKind = new Map<SignalKind, Rule[]>();
for (const rule of rules) {
  const kinds = [...(Object.keys(rule.feeds) as SignalKind[]), ...(rule.forgives === undefined ? [] : [rule.forgives])];
  for (const kind of kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), rule]);
}

/** The rules, at work on one node. Until it is started, as in a command, it does nothing. */
export function createGuard(redis: Redis | null): Guard {
  return new RuleGuard(redis);
}

class RuleGuard implements Guard {
  readonly #counters: Counters;
  readonly #standing: Standing;
  readonly #known = new KnownCases();
  readonly #delays = new Delays();
  /** When the last frame of an account that is slowed down was let in. */
  readonly #framesAtMs = new Map<string, number>();
  /** What is being decided, so that many signals at once ask the database once. */
  readonly #raising = new Map<string, Pending>();
  #root: Ctx | null = null;
  #reading: Promise<void> | null = null;

  constructor(redis: Redis | null) {
    this.#counters = new Counters(redis);
    this.#standing = new Standing(redis);
  }

  async start(root: Ctx): Promise<() => Promise<void>> {
    if (root.config.abuseDetection === 'off') return async () => {};
    this.#root = root;
    await this.#read(root);
    const timer = setInterval(() => {
      for (const id of this.#framesAtMs.keys())
        if (this.#known.of(`account:${id}`) === undefined) this.#framesAtMs.delete(id);
      void this.#read(root);
    }, readEveryMs);
    timer.unref();
    const stopListening = root.bus.subscribe(casesChanged, ({ lifted }) => {
      if (lifted !== undefined) this.#known.drop(lifted);
      void this.#readAgain(root);
    });
    return async () => {
      this.#root = null;
      clearInterval(timer);
      stopListening();
      await Promise.all([this.#reading, ...[...this.#raising.values()].map(({ ended }) => ended)]);
    };
  }

  note(ctx: Ctx, signal: Signal): void {
    if (this.#root === null) return;
    if (signal.kind === 'read') this.#noteStanding(ctx);
    for (const rule of byKind.get(signal.kind) ?? []) {
      if (rule.routes !== undefined && !rule.routes.includes(signal.route ?? '')) continue;
      const subject = subjectFor(rule, ctx, signal);
      if (subject !== null && !this.#isCounted(this.#root, rule, subject, signal))
        void this.#count(this.#root, rule, subject, signal, ctx.origin.requestId);
    }
  }

  suspects(ctx: Ctx): boolean {
    const address = addressOf(ctx);
    return address !== null && this.#known.of(keyOf(address)) !== undefined && this.#holdsUp(ctx);
  }

  async admit(ctx: Ctx, entry: Entry): Promise<void> {
    const subject = subjectOf(ctx);
    const hold = subject === null ? null : this.#holdOn(ctx, subject, entry.route);
    if (subject === null || hold === null) return;
    // A socket cannot carry a proof: its frames are slowed down instead.
    const effect = hold.effect === 'proof' && entry.proof === null ? 'slow' : hold.effect;
    ctx.metrics.guard.held(hold.rule.name, hold.step);
    if (effect === 'slow') return this.#delays.wait(keyOf(subject));
    if (effect === 'block') return this.#refuse(ctx, hold, subject);
    return this.#askForProof(ctx, hold, subject, entry.proof ?? undefined);
  }

  frameWaitMs(ctx: Ctx, accountId: string): number {
    if (this.#known.of(`account:${accountId}`) === undefined) return 0;
    const hold = this.#holdOn(ctx, { type: 'account', id: accountId }, 'GET /chat/socket');
    if (hold === null) return 0;
    const nowMs = ctx.clock.now().getTime();
    const waitMs =
      hold.effect === 'block' ? hold.untilMs - nowMs : (this.#framesAtMs.get(accountId) ?? 0) + frameEveryMs - nowMs;
    if (waitMs <= 0) this.#framesAtMs.set(accountId, nowMs);
    else ctx.metrics.guard.held(hold.rule.name, hold.step);
    return Math.max(0, waitMs);
  }

  #holdsUp(ctx: Ctx): boolean {
    return ctx.config.abuseDetection === 'on';
  }

  #holdOn(ctx: Ctx, subject: Subject, route: string): Hold | null {
    const cases = this.#known.of(keyOf(subject));
    if (cases === undefined || !this.#holdsUp(ctx) || neverHeld.includes(route)) return null;
    const nowMs = ctx.clock.now().getTime();
    let hardest: Hold | null = null;
    for (const { rule, phase } of cases) {
      const now = phase === null ? null : phaseAt(rule, phase, nowMs);
      const effect = now === null ? null : effectOf(rule, now.step);
      if (now === null || effect === null || !(rule.hits === 'all' || rule.hits.includes(route))) continue;
      if (hardest === null || hardness[effect] > hardness[hardest.effect])
        hardest = { rule, effect, step: now.step, untilMs: now.untilMs };
    }
    return hardest;
  }

  async #refuse(ctx: Ctx, { rule, untilMs }: Hold, subject: Subject): Promise<never> {
    this.#countRefusal(ctx, rule, subject);
    const retryAfterS = Math.max(1, Math.ceil((untilMs - ctx.clock.now().getTime()) / 1000));
    throw new Problem('temporarily-blocked', {
      detail: `Too much looked like an attack. Try again in ${retryAfterS} s, or write to the clinic.`,
      retryAfterS,
      internal: `blocked by ${rule.name}`,
    });
  }

  /** Who is asked and does not answer counts on; whoever solves it has what the asking counted taken back. */
  async #askForProof(ctx: Ctx, { rule }: Hold, subject: Subject, proof: string | undefined): Promise<void> {
    const taken = proof === undefined ? null : await takeProof(ctx, keyOf(subject), proof);
    if (taken !== null) return this.#counters.forgive(rule, subject, taken, ctx.clock.now().getTime());
    const challenge = await challengeFor(ctx, keyOf(subject));
    this.#countRefusal(ctx, rule, subject, challenge.parameters.nonce);
    throw new Problem('proof-required', {
      detail: 'Solve the challenge and send the call again, with the solution in the header openward-proof.',
      members: { challenge },
      internal: `asked for a proof by ${rule.name}`,
    });
  }

  #countRefusal(ctx: Ctx, rule: Rule, subject: Subject, what?: string): void {
    if (this.#root === null) return;
    const count: Count = { points: 1, kind: 'refused', what };
    void this.#add(this.#root, rule, subject, count, ctx.origin.requestId);
  }

  /** Most calls are for what their caller has asked for before: that is found out with as little as can be. */
  #isCounted(root: Ctx, rule: Rule, subject: Subject, { kind, what }: Signal): boolean {
    if (!rule.distinct || what === undefined || kind === rule.forgives) return false;
    const score = this.#counters.scoreWith(rule, subject, what, root.clock.now().getTime());
    return score !== null && this.#known.find(rule, subject) === undefined && score < this.#nextAt(rule, subject);
  }

  async #count(root: Ctx, rule: Rule, subject: Subject, signal: Signal, requestId: string | null): Promise<void> {
    const { kind, what, route } = signal;
    if (kind === rule.forgives) {
      if (what !== undefined) await this.#counters.forgive(rule, subject, what, root.clock.now().getTime());
      return;
    }
    const points = rule.feeds[kind] ?? 0;
    await this.#add(root, rule, subject, { points, kind, what: rule.distinct ? what : undefined, route }, requestId);
  }

  async #add(root: Ctx, rule: Rule, subject: Subject, count: Count, requestId: string | null): Promise<void> {
    const nowMs = root.clock.now().getTime();
    const known = this.#known.find(rule, subject);
    if (known !== undefined && this.#known.advance(known, nowMs)) await this.#counters.forget(rule, subject);
    const counted = await this.#counters.add(rule, subject, count, nowMs);
    if (known !== undefined && known.trustedUntilMs > nowMs) return;
    if (counted < this.#nextAt(rule, subject)) return;
    const name = `${rule.name}:${keyOf(subject)}`;
    const pending = this.#raising.get(name);
    if (pending !== undefined) {
      pending.counted = Math.max(pending.counted, counted);
      return;
    }
    const ctx = root.as(null, { requestId, ip: null, userAgent: null });
    await this.#raise(ctx, rule, subject, name, counted);
  }

  /** The score from which on the next step is taken. */
  #nextAt(rule: Rule, subject: Subject): number {
    const step = stepAbove(rule, this.#known.find(rule, subject)?.phase?.step ?? null);
    return (step === null ? undefined : rule.steps[step]?.at) ?? Number.POSITIVE_INFINITY;
  }

  /** Until the score that was reached meanwhile has been looked at as well. */
  async #raise(ctx: Ctx, rule: Rule, subject: Subject, name: string, counted: number): Promise<void> {
    const pending: Pending = { counted, ended: Promise.resolve() };
    const work = async () => {
      try {
        for (let seen = 0; pending.counted > seen; ) {
          seen = pending.counted;
          await this.#raiseOnce(ctx, rule, subject, seen);
        }
      } catch (error) {
        ctx.log.warn({ rule: rule.name, err: error }, 'a case of abuse could not be raised');
      } finally {
        this.#raising.delete(name);
      }
    };
    this.#raising.set(name, pending);
    pending.ended = work();
    await pending.ended;
  }

  /** The database is asked only once the score is high enough as it weighs. */
  async #raiseOnce(ctx: Ctx, rule: Rule, subject: Subject, counted: number): Promise<void> {
    const nowMs = ctx.clock.now().getTime();
    const goodAccounts = subject.type === 'address' ? await this.#standing.count(subject.id, nowMs) : 0;
    const score = weigh(counted, goodAccounts);
    if (score < this.#nextAt(rule, subject)) return;
    const evidence = { windowS: rule.windowS, ...this.#counters.evidenceOf(rule, subject), goodAccounts };
    const row = await raiseCase(ctx, rule, subject, { score, evidence });
    if (row !== null) this.#known.put(row, nowMs);
  }

  /** An account that nothing is held against speaks for its address. */
  #noteStanding(ctx: Ctx): void {
    const address = addressOf(ctx);
    if (ctx.actor === null || address === null || this.#known.of(`account:${ctx.actor.accountId}`) !== undefined)
      return;
    this.#standing.seen(address.id, ctx.actor.accountId, ctx.clock.now().getTime());
  }

  /** A reading that was under way may be too old for the change that was just told. */
  async #readAgain(root: Ctx): Promise<void> {
    await this.#reading;
    await this.#read(root);
  }

  /** While the database is away, all goes on with what is known: steps end by themselves. */
  #read(root: Ctx): Promise<void> {
    this.#reading ??= this.#known
      .read(root)
      .then((fallen) => Promise.all(fallen.map(({ rule, subject }) => this.#counters.forget(rule, subject))))
      .then(
        () => undefined,
        (error: unknown) => root.log.debug({ err: error }, 'cases of abuse could not be read'),
      )
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }
}

const hardness = { slow: 0, proof: 1, block: 2 } as const;

function subjectOf(ctx: Ctx): Subject | null {
  return ctx.actor === null ? addressOf(ctx) : { type: 'account', id: ctx.actor.accountId };
}

/** Null for what has none: jobs, and what a proxy passes on that is no address. */
function addressOf({ origin: { ip } }: Ctx): Subject | null {
  const id = ip === null ? unknown : addressKey(ip);
  return id === unknown ? null : { type: 'address', id };
}

const unknown = addressKey('');

/** Whom a rule counts a signal for; null: nobody it could be held against. */
function subjectFor(rule: Rule, ctx: Ctx, { kind, what }: Signal): Subject | null {
  const caller = subjectOf(ctx);
  switch (rule.counts) {
    case 'caller':
      return caller;
    case 'account':
      return caller?.type === 'account' ? caller : null;
    case 'mail-domain':
      return what === undefined ? null : { type: 'mail-domain', id: what };
    case 'address': {
      // A login is the account's already, and takes back what its address is suspected of.
      const isAnonymous = ctx.actor === null || kind === rule.forgives;
      return isAnonymous ? addressOf(ctx) : null;
    }
  }
}
