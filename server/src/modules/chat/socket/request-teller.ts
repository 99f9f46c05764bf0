import type { Ctx } from '#server/context.ts';
import { memoryLimits } from '#server/limits.ts';
import { headOfLine, type Line, type RequestNews, requestNews } from '#server/modules/care/index.ts';
import type { Connections } from './connections.ts';
import { encodeFrame } from './frames.ts';

/** What is heard in this time is looked up together. */
const gatherMs = 20;
/** A queue that moves all the time is told of so often at most, */
const lineEveryMs = 1000;
/** and to so many who wait in it: further back a place more or less means little, and they ask by themselves now and then. */
const toldPlaces = 50;

/**
 * Tells the sockets of this node that care requests have changed: who may hear of one says the database at that moment. Heard
 * over the bus, as hints; what is lost is found when the client asks again.
 */
export class RequestTeller {
  readonly #ctx: Ctx;
  readonly #connections: Connections;
  #heard = new Map<string, { queue: boolean }>();
  /** By what makes it this queue. */
  readonly #lines = new Map<string, Line>();
  #gathering: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #toldLinesAtMs = Number.NEGATIVE_INFINITY;

  constructor(ctx: Ctx, connections: Connections) {
    this.#ctx = ctx;
    this.#connections = connections;
  }

  /** A request has changed, on any node. */
  hear({ requestId, queue }: { requestId: string; queue: boolean }): void {
    if (this.#connections.size === 0 || this.#heard.size >= memoryLimits.changedRequests) return;
    this.#heard.set(requestId, { queue: queue || this.#heard.get(requestId)?.queue === true });
    this.#gathering ??= setTimeout(() => void this.#tell(), gatherMs).unref();
  }

  /** Somebody of a specialty may take requests again, or no more. */
  hearDoctor({ doctorId, specialty }: { doctorId: string; specialty: string }): void {
    if (this.#connections.size > 0) this.#tellLines([{ specialty }, { doctorId }]);
  }

  close(): void {
    clearTimeout(this.#gathering);
    clearTimeout(this.#telling);
  }

  async #tell(): Promise<void> {
    this.#gathering = undefined;
    const heard = this.#heard;
    this.#heard = new Map();
    try {
      const { news, lines } = await requestNews(this.#ctx, heard, this.#connections.doctorIds);
      for (const one of news) this.#send(one);
      this.#tellLines(lines);
    } catch (error) {
      this.#ctx.log.debug({ err: error }, 'changes of requests could not be looked up');
    }
  }

  #tellLines(lines: readonly Line[]): void {
    for (const line of lines) this.#lines.set(Object.values(line).join(), line);
    if (this.#lines.size === 0) return;
    const waitMs = Math.max(0, this.#toldLinesAtMs + lineEveryMs - performance.now());
    this.#telling ??= setTimeout(() => void this.#tellHeads(), waitMs).unref();
  }

  async #tellHeads(): Promise<void> {
    this.#telling = undefined;
    this.#toldLinesAtMs = performance.now();
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    try {
      for (const line of lines) {
        for (const one of await headOfLine(this.#ctx, line, toldPlaces)) this.#send(one);
      }
    } catch (error) {
      this.#ctx.log.debug({ err: error }, 'queues could not be looked up');
    }
  }

  #send({ requestId, status, version, accountIds }: RequestNews): void {
    const connections = accountIds
      .flatMap((accountId) => this.#connections.ofAccount(accountId))
      .filter(({ approved }) => approved);
    if (connections.length === 0) return;
    const frame = encodeFrame({ type: 'request', requestId, status, version });
    for (const connection of connections) connection.send(frame);
  }
}
