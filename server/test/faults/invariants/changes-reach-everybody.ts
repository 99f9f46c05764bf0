import { allowedAfter, newestDone, showingsOf, triesOf } from '../change-views.ts';
import { eventsOf, type Round } from '../history.ts';
import { liveDevicesOf, roomsOfMember } from '../views.ts';
import type { Check } from './invariant.ts';

/** (15) As long after its ack and the end of the fault as (9) allows, every device of a member has seen an edit or retraction, or a later one. */
export const changesReachEverybody: Check = (round) => {
  const [healed] = eventsOf(round, 'healed');
  const joins = new Map(eventsOf(round, 'joined').map(({ at, accountId, roomId }) => [`${accountId} ${roomId}`, at]));
  return whoSawWhat(round).flatMap(({ device, accountId, place, roomId, doneAt, seenAt }) => {
    if (seenAt === null) return `${device} never saw what became of ${place}`;
    const lateMs = seenAt - Math.max(healed?.at ?? 0, doneAt, joins.get(`${accountId} ${roomId}`) ?? 0);
    return lateMs <= round.withinMs ? [] : `${device} saw what became of ${place} after ${Math.round(lateMs)} ms`;
  });
};

/** Whether there is nothing to wait for any more. */
export function everybodyKnows(round: Pick<Round, 'events' | 'database'>): boolean {
  return whoSawWhat(round).every(({ seenAt }) => seenAt !== null);
}

/** For each message that is changed and each device of a member: when it first saw the newest acknowledged change, or a later one. */
function whoSawWhat(round: Pick<Round, 'events' | 'database'>) {
  const showings = Map.groupBy(showingsOf(round), ({ device, place }) => `${device} ${place}`);
  const devices = liveDevicesOf(round).map((device) => ({ ...device, own: roomsOfMember(round, device.accountId) }));
  return [...triesOf(round)].flatMap(([place, tries]) => {
    const newest = newestDone(tries);
    const allowed = allowedAfter(tries);
    if (newest === null || allowed === null) return [];
    const [roomId = ''] = place.split(' ');
    return devices
      .filter(({ rooms, own }) => rooms.includes(roomId) && own.has(roomId))
      .map(({ device, accountId }) => {
        const seen = (showings.get(`${device} ${place}`) ?? []).filter(({ text }) => allowed.has(text));
        const seenAt = seen.length === 0 ? null : Math.min(...seen.map(({ at }) => at));
        return { device, accountId, place, roomId, doneAt: newest.doneAt, seenAt };
      });
  });
}
