import { eventsOf } from '../history.ts';
import type { Check } from './invariant.ts';

/** (12) What has been acknowledged is read at once at any node that answers. */
export const ackedIsReadable: Check = (round) => {
  const found: string[] = [];
  for (const { device, node, roomId, status, expects, messages, headSeq } of eventsOf(round, 'reply')) {
    if (expects === undefined || status !== 200) continue;
    if (messages.some(({ seq }) => seq === expects) && (headSeq ?? 0) >= expects) continue;
    found.push(`${device} had an ack for ${roomId} seq ${expects} and could not read it at ${node}`);
  }
  return found;
};
