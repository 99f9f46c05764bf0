import { getHeapStatistics } from 'node:v8';
import type { LoadLimits } from '#server/limits.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { EventLoopDelays } from './event-loop-delays.ts';
import { Line } from './line.ts';
import { Pressure } from './pressure.ts';

/** Classes of calls, the first to be sent away first. Health and what comes over open sockets is in none: it always goes on. */
export const priorities = ['bulk', 'list', 'usual', 'care'] as const;
export type Priority = (typeof priorities)[number];

/** What a call stands on beside this process: a database, or for large documents their readers. One that is overwhelmed is nothing to the calls on another. */
export type Part = Database | 'documents';
export type Database = 'main' | 'chat';

export type Call = { readonly priority: Priority; readonly part: Part };

/** Something that may be too much. `part` null: for every call. */
export type Gauge = {
  readonly name: string;
  readonly part: Part | null;
  /** 1: as much as is good. */
  read(): number;
};

/** What is too much at this moment, and how hard: from above 0 to 5. */
type Strain = { pressure: Pressure; reason: string };

/** While calls are sent away: since when, and how many of each class so far. */
type Episode = { readonly atMs: number; readonly refused: Record<string, number> };

/** So many looks without a refusal end what the log calls one overload: 10 s. */
const quietLooks = 40;
/** A class more than there are: who is known goes as the class after theirs. */
const most = priorities.length + 1;
/** How much of `underWay` a class may see and still be let in; the last is that of care of somebody known. */
const shares = [0.5, 1, 4, 8, 8];

/**
 * Whether this process has more to do than it does well, and which calls are then sent away. It looks at the event loop, the heap and the queues
 * a few times a second; a call costs one comparison while all is well. Not `@fastify/under-pressure`: that refuses all or
 * nothing, and only once a call has become a request of Fastify's, which is most of what refusing one would cost.
 */
export class Load {
  readonly #limits: LoadLimits;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #gauges: Gauge[] = [];
  readonly #strains: Record<Part | 'node', Strain> = {
    node: unstrained(),
    main: unstrained(),
    chat: unstrained(),
    documents: unstrained(),
  };
  /** Refused in this window, by class and reason; and since it began. */
  readonly #fresh = new Map<Priority, Map<string, number>>();
  #since: Episode | null = null;
  readonly #underWay: Record<Part, number> = { main: 0, chat: 0, documents: 0 };
  readonly #lines: Record<Part, Line>;
  #pressed = false;
  #window = 0;
  #refusedIn = 0;

  constructor(options: { limits: LoadLimits; log: Logger; metrics: Metrics }) {
    this.#limits = options.limits;
    this.#log = options.log;
    this.#metrics = options.metrics;
    const { heapPercent, aside } = options.limits;
    this.#lines = { main: new Line(aside), chat: new Line(aside), documents: new Line(aside) };
    this.watch({ name: 'memory', part: null, read: () => usedHeap() / (heapPercent / 100) });
  }

  watch(gauge: Gauge): void {
    this.#gauges.push(gauge);
  }

  /** False: every call may come, nothing needs to be found out about it. */
  get isBusy(): boolean {
    const { main, chat, documents } = this.#underWay;
    return this.#pressed || Math.max(main, chat, documents) >= this.#limits.underWay / 2;
  }

  /** Counts the looks: those of one window have the same. */
  get window(): number {
    return this.#window;
  }

  /** Counts a call as being under way. Not for what waits for the caller: a slow line is no load. */
  async during<T>(part: Part, work: () => Promise<T>): Promise<T> {
    this.#underWay[part] += 1;
    try {
      return await work();
    } finally {
      this.#underWay[part] -= 1;
    }
  }

  /** The same, until what it returns is called. For what is large: those who read it slowly stand in each other's way alone. */
  begin(part: Part): () => void {
    this.#underWay[part] += 1;
    return () => {
      this.#underWay[part] -= 1;
    };
  }

  /**
   * Works on a call that was let in. Lists and searches of strangers stand in a line of their own for it: nobody else waits for a
   * connection of the database behind a crowd of them.
   */
  serve<T>({ priority, part }: Call, isKnown: boolean, work: () => Promise<T>): Promise<T> {
    const isAside = !isKnown && (priority === 'bulk' || priority === 'list');
    return this.during(part, isAside ? () => this.#lines[part].through(work) : work);
  }

  /**
   * Whether a call is to be sent away: null, or the seconds after which it may come again, which differ so that not all come at once.
   * Whoever `isKnown`, as one who had a good session a moment ago, goes as the class after theirs: a flood of strangers is the first to go.
   */
  refusal({ priority, part }: Call, isKnown: () => boolean): number | null {
    const [node, own] = [this.#strains.node, this.#strains[part]];
    const worst = own.pressure.value > node.pressure.value ? own : node;
    const pressure = worst.pressure.value;
    let place = priorities.indexOf(priority);
    if ((pressure > place || this.#isCrowded(part, place)) && isKnown()) place += 1;
    const isCrowded = this.#isCrowded(part, place);
    // Of a class that is let in by shares it is chance whom it hits.
    if (!isCrowded && Math.random() >= pressure - place) return null;
    const counts = this.#fresh.get(priority) ?? new Map<string, number>();
    const reason = isCrowded ? 'calls' : worst.reason;
    this.#fresh.set(priority, counts.set(reason, (counts.get(reason) ?? 0) + 1));
    if (this.#since === null) this.#begin(reason);
    return Math.ceil((1 + pressure) * (0.5 + Math.random()));
  }

  /** Begins to look. @returns what ends it. */
  start(): () => void {
    const delays = new EventLoopDelays();
    this.watch({ name: 'event-loop', part: null, read: () => delays.takeMean() / this.#limits.delayMs });
    const timer = setInterval(() => this.#look(), this.#limits.windowMs).unref();
    return () => {
      clearInterval(timer);
      delays.stop();
      this.#gauges.length = 0;
    };
  }

  #isCrowded(part: Part, place: number): boolean {
    return this.#underWay[part] >= this.#limits.underWay * (shares[place] ?? 8);
  }

  #look(): void {
    this.#window += 1;
    for (const [part, strain] of Object.entries(this.#strains)) {
      let worst = 0;
      for (const gauge of this.#gauges) {
        if ((gauge.part ?? 'node') !== part) continue;
        const ratio = gauge.read();
        if (ratio > worst) worst = ratio;
        if (ratio > 1 && ratio === worst) strain.reason = gauge.name;
      }
      strain.pressure.take(worst);
      this.#metrics.load.pressure(part, strain.pressure.value);
    }
    this.#pressed = Object.values(this.#strains).some(({ pressure }) => pressure.value > 0);
    this.#count();
    if (this.#since !== null && this.#window - this.#refusedIn > quietLooks) this.#end(this.#since);
  }

  #count(): void {
    if (this.#fresh.size > 0) this.#refusedIn = this.#window;
    for (const [priority, counts] of this.#fresh) {
      for (const [reason, count] of counts) {
        this.#metrics.load.shed(priority, reason, count);
        if (this.#since !== null) this.#since.refused[priority] = (this.#since.refused[priority] ?? 0) + count;
      }
    }
    this.#fresh.clear();
  }

  #begin(reason: string): void {
    this.#since = { atMs: performance.now(), refused: {} };
    this.#log.warn({ reason }, 'overloaded: the least pressing calls are sent away');
  }

  #end({ atMs, refused }: Episode): void {
    this.#since = null;
    const durationMs = Math.round(performance.now() - atMs);
    this.#log.warn({ durationMs, refused }, 'no longer overloaded: every call is taken');
  }
}

function unstrained(): Strain {
  return { pressure: new Pressure(most), reason: 'none' };
}

function usedHeap(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
}
