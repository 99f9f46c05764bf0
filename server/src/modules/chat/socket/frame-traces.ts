import { Trace } from '#platform/tracing/trace.ts';
import { traced } from '#platform/tracing/tracing.ts';
import type { Ctx, Origin } from '#server/context.ts';

/**
 * Where the frames of one socket come from: the upgrade, and their number. A socket lives for hours, so that each frame begins
 * a trace, linked to that of the upgrade; whoever brought a `traceparent` with the upgrade wants them all in it, and gets that.
 */
export class FrameTraces {
  readonly #upgrade: Origin;
  readonly #continued: boolean;
  #count = 0;
  #trace: Trace | undefined;

  constructor(upgrade: Origin, continued: boolean) {
    this.#upgrade = upgrade;
    this.#continued = continued;
  }

  /** Handles the next frame. They come one after the other. */
  handle({ tracing }: Ctx, type: string, work: () => Promise<void>): Promise<void> {
    this.#count += 1;
    this.#trace = undefined;
    if (tracing === null) return work();
    const { trace } = this.#upgrade;
    const attributes = { 'network.protocol.name': 'websocket', 'openward.frame.type': type };
    return traced(
      tracing,
      {
        name: `socket ${type}`,
        kind: 'server',
        parent: this.#continued ? (trace ?? null) : null,
        links: this.#continued || trace === undefined ? [] : [trace],
        attributes: { ...attributes, 'openward.request.id': this.#requestId },
      },
      (trace) => {
        this.#trace = trace;
        return work();
      },
    );
  }

  /** That of the frame that is being handled. Made when it is asked for: most frames log nothing. */
  origin(): Origin {
    const { ip, userAgent, trace } = this.#upgrade;
    this.#trace ??= this.#continued && trace !== undefined ? trace.child() : new Trace();
    return { requestId: this.#requestId, ip, userAgent, trace: this.#trace };
  }

  get #requestId(): string {
    return `${this.#upgrade.requestId}/${this.#count}`;
  }
}
