import { closeCodes } from '@openward/contracts';
import type { TestBalancer } from '../balancer.ts';
import type { HistoryEvent } from '../faults/history.ts';

/** When a node was told to stop, by `performance.now()`, and for how long it then owes answers to everybody who calls. */
type Notice = { nodeUrl: string; toldAt: number; drainMs: number };

/**
 * Calls and sockets that a node let down though it was to serve them: those under way when it was told to stop, and those that came while it drained.
 * Callers see none of it, as their balancer asks another node; one that cannot ask another, since a part was written, would.
 */
export function letDown(
  doors: readonly Pick<TestBalancer, 'missed'>[],
  { nodeUrl, toldAt, drainMs }: Notice,
): string[] {
  return doors
    .flatMap(({ missed }) => missed)
    .filter((miss) => miss.nodeUrl === nodeUrl && miss.failedAt >= toldAt && miss.begunAt < toldAt + drainMs)
    .map(({ name, begunAt }) => `${name}, begun ${Math.round(begunAt - toldAt)} ms after it was told to stop`);
}

/** How sockets ended, from the event of this index on, that neither their clients broke nor the end of a session: `closing` and 1012 is what is owed, all else is rude. */
export function goodbyesOf(events: readonly HistoryEvent[], from: number): { kept: number; rude: string[] } {
  const opened = new Set<string>();
  const announced = new Set<string>();
  const rude: string[] = [];
  let kept = 0;
  for (const [index, event] of events.entries()) {
    if (event.kind === 'open') opened.add(event.connection);
    else if (event.kind === 'frame' && event.frame.type === 'closing') announced.add(event.connection);
    else if (event.kind === 'close' && index >= from && event.own !== true && opened.has(event.connection)) {
      const { connection, code } = event;
      const wasAnnounced = announced.has(connection);
      if (code === closeCodes.restart && wasAnnounced) kept += 1;
      else if (code < 4000) rude.push(`${connection}: ${code}, ${wasAnnounced ? 'after' : 'without'} a closing frame`);
    }
  }
  return { kept, rude };
}
