import { type EventOf, eventsOf, type Round } from '../history.ts';
import { placeOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (14) The newest text stays: what an edit that worked has written, or one that was tried after it and may have worked; and once
 * all is quiet each member reads just that, at each node.
 */
export const editsStay: Check = (round) => {
  const stored = storedByPlace(round);
  const found: string[] = [];
  for (const [place, tries] of triesByPlace(round)) {
    const { text } = stored.get(place) ?? { text: null };
    const newest = tries.findLastIndex(({ done }) => done);
    const allowed = tries.slice(Math.max(newest, 0)).map((edit) => edit.text);
    if (newest >= 0 && (text === null || !allowed.includes(text)))
      found.push(`${place} was edited to "${tries[newest]?.text}", and "${text}" is stored`);
  }
  for (const { final, node, device, messages } of eventsOf(round, 'reply')) {
    if (final !== true) continue;
    for (const message of messages) {
      const truth = stored.get(placeOf(message));
      if (truth === undefined || truth.text === message.text) continue;
      found.push(
        `${device} read "${message.text}" as ${placeOf(message)} at ${node} when all was quiet, not "${truth.text}"`,
      );
    }
  }
  return found;
};

function triesByPlace(round: Round): Map<string, EventOf<'edit'>[]> {
  return Map.groupBy(eventsOf(round, 'edit'), placeOf);
}
