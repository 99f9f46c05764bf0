/** Typed events: `E` maps each name to what its listeners are handed. */
export class Emitter<E extends object> {
  readonly #listeners = new Map<keyof E, Set<(value: never) => void>>();

  /** @returns a function that ends the subscription. */
  on<N extends keyof E>(name: N, listener: (value: E[N]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * The next event of that name for which `where` holds.
   * @throws the signal's reason when it aborts first: `AbortSignal.timeout(5000)`.
   */
  next<N extends keyof E>(name: N, where: (value: E[N]) => boolean = () => true, signal?: AbortSignal): Promise<E[N]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        off();
        reject(signal?.reason);
      };
      const off = this.on(name, (value) => {
        if (!where(value)) return;
        off();
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  protected emit<N extends keyof E>(name: N, value: E[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])] as ((value: E[N]) => void)[]) {
      try {
        listener(value);
      } catch (error) {
        // A listener's mistake is the application's to see, and must not stop the socket from being read.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
