import type { Logger } from './log.ts';

/** Something that is to be ended, and how long it is waited for. */
export type Part = { name: string; maxMs: number; stop(): Promise<unknown> };

/**
 * Ends parts one after the other, each within its time and all of them within `withinMs`. One that fails or hangs is named in the log and left behind:
 * what comes after it is ended all the same.
 */
export async function stopParts(
  parts: readonly Part[],
  { log, withinMs }: { log: Logger; withinMs: number },
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (const { name, maxMs, stop } of parts) {
    const leftMs = Math.max(0, Math.min(maxMs, deadline - performance.now()));
    const late = Symbol('late');
    let timer: NodeJS.Timeout | undefined;
    try {
      const timeout = new Promise<symbol>((resolve) => {
        timer = setTimeout(resolve, leftMs, late);
      });
      const stopping = stop();
      // Whatever becomes of it later is nobody's any more.
      stopping.catch(() => {});
      if ((await Promise.race([stopping, timeout])) === late)
        log.warn({ part: name, waitedMs: Math.round(leftMs) }, 'a part did not stop in time and is left behind');
    } catch (error) {
      log.warn({ part: name, err: error }, 'a part could not be stopped and is left behind');
    } finally {
      clearTimeout(timer);
    }
  }
}
