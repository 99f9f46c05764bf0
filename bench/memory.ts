/** In bytes. `rss` is what the kernel counts; the others say how much of it are objects, and buffers beside them. */
export type Memory = { rss: number; heapUsed: number; external: number };

/** A server that was started with --expose-gc says what it holds whenever the one that started it asks. */
export function answerMemory(): void {
  process.on('message', () => {
    collect();
    // What finalizers let go of is collected the second time.
    setTimeout(() => {
      collect();
      const { rss, heapUsed, external } = process.memoryUsage();
      process.send?.({ rss, heapUsed, external } satisfies Memory);
    }, 500);
  });
}

/** All of it, pages that became empty included. */
function collect(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
