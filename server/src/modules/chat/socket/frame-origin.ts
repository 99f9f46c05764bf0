import { Trace } from '#platform/tracing/trace.ts';
import type { Ctx, Origin } from '#server/context.ts';

/**
 * Where the frames of one socket come from: always that of the frame being handled, of which there is one at a time. Its request id
 * is that of the upgrade and its number. A socket lives for hours, so that each frame begins a trace, linked to that of the
 * upgrade; whoever brought a `traceparent` with the upgrade wants them all in it, and gets that. Ids are made when they are
 * asked for: most frames log nothing, and then nothing is made at all.
 */
export class FrameOrigin implements Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly #upgradeId: string | null;
  /** Of the upgrade, where frames point back to it: not where nothing is recorded and nobody asked for it. */
  readonly #upgradeTrace: Trace | null;
  readonly #continued: boolean;
  #count = 0;
  #trace: Trace | undefined;

  constructor({ tracing }: Ctx, { requestId, ip, userAgent, trace }: Origin, continued: boolean) {
    this.ip = ip;
    this.userAgent = userAgent;
    this.#upgradeId = requestId;
    this.#upgradeTrace = tracing === null && !continued ? null : (trace ?? null);
    this.#continued = continued;
  }

  get requestId(): string {
    return `${this.#upgradeId}/${this.#count}`;
  }

  get trace(): Trace {
    this.#trace ??= (this.#continued ? this.#upgradeTrace?.child() : undefined) ?? new Trace();
    return this.#trace;
  }

  /** Handles the next frame. */
  handle({ tracing }: Ctx, type: string, work: () => Promise<void>): Promise<void> {
    this.#count += 1;
    this.#trace = undefined;
    if (tracing === null) return work();
    const trace = this.#upgradeTrace;
    const attributes = {
      'network.protocol.name': 'websocket',
      'openward.frame.type': type,
      'openward.request.id': this.requestId,
    };
    const place = this.#continued || trace === null ? { parent: trace } : { parent: null, links: [trace] };
    return tracing.span({ name: `socket ${type}`, kind: 'server', attributes, ...place }, (trace) => {
      this.#trace = trace;
      return work();
    });
  }
}
