import { readFileSync } from 'node:fs';

/** What this process has had of the processors, and how long it has waited for one. */
export type ProcessorTime = { ranNs: number; waitedNs: number };

/** Null where the system does not tell: anywhere but on Linux. */
export function processorTime(): ProcessorTime | null {
  try {
    const [ranNs = 0, waitedNs = 0] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
    return { ranNs, waitedNs };
  } catch {
    return null;
  }
}

/** Of the time that this process wanted to run since then, the share in which it ran. One where the system does not tell. */
export function shareSince(before: ProcessorTime | null): number {
  const now = processorTime();
  if (before === null || now === null) return 1;
  const ran = now.ranNs - before.ranNs;
  const wanted = ran + now.waitedNs - before.waitedNs;
  return wanted === 0 ? 1 : ran / wanted;
}
