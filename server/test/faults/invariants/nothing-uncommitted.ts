import { connectionsOf, framesOf, placeOf, sightingsOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/** (6) Whatever anybody was shown is stored: nothing was shown that a crash could still take back. */
export const nothingUncommitted: Check = (round) => {
  const stored = storedByPlace(round);
  const found: string[] = [];
  for (const { device, where, message } of sightingsOf(round)) {
    if (stored.has(placeOf(message))) continue;
    found.push(`${device} was shown ${placeOf(message)} (${where}), which is not stored`);
  }
  for (const view of connectionsOf(round)) {
    for (const { frame } of framesOf(view, 'reset')) {
      if (frame.reason !== 'ahead') continue;
      found.push(
        `${view.device} was told that it is ahead of ${placeOf({ ...frame, seq: frame.headSeq })}: it was shown what is gone`,
      );
    }
  }
  return found;
};
