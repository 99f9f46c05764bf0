import { eventsOf, type Round } from '../history.ts';
import {
  acksOf,
  connectionsOf,
  firstSendsOf,
  framesOf,
  liveDevicesOf,
  placeOf,
  roomsOfMember,
  sendKey,
} from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (9) So long after a fault is over (ten seconds, by default), every device of a member has everything that was stored when it was over, and every
 * message that a member began to send before has its ack; who came into a room after that, as long after they came, since
 * a request that changes hands is a job, and the job of a worker that was killed is done by another within half a minute. What was written after that comes as well: a round waits for it.
 */
export const viewsConverge: Check = (round) => {
  const { missing, healingMs } = healingOf(round);
  if (missing.length > 0) return missing;
  return healingMs > round.withinMs ? [`it took ${Math.round(healingMs)} ms until everybody had everything`] : [];
};

/** What never came, and how long after the healing the last of the rest came. Not before it: zero. */
export function healingOf(round: Round): { missing: string[]; healingMs: number } {
  const [healed] = eventsOf(round, 'healed');
  if (healed === undefined) return { missing: ['the history does not say when the fault was over'], healingMs: 0 };
  const seen = firstSeenAt(round);
  const heads = new Map(round.database.rooms.map(({ roomId, lastSeq }) => [roomId, lastSeq]));
  const missing: string[] = [];
  let healingMs = 0;
  const joins = eventsOf(round, 'joined');
  for (const { device, accountId, rooms } of liveDevicesOf(round)) {
    const own = roomsOfMember(round, accountId);
    for (const roomId of rooms.filter((room) => own.has(room))) {
      const joined = joins.find((join) => join.accountId === accountId && join.roomId === roomId);
      const sinceMs = Math.max(healed.at, joined?.at ?? 0);
      for (let seq = 1; seq <= (heads.get(roomId) ?? 0); seq += 1) {
        const at = seen.get(`${device} ${placeOf({ roomId, seq })}`);
        if (at === undefined) missing.push(`${device} never saw ${placeOf({ roomId, seq })}`);
        else if (seq <= (healed.heads[roomId] ?? 0)) healingMs = Math.max(healingMs, at - sinceMs);
      }
    }
  }
  const acked = new Map(acksOf(round).map((ack) => [sendKey(ack), ack.at]));
  const refused = refusedSends(round);
  const live = new Set(liveDevicesOf(round).map(({ device }) => device));
  for (const [key, send] of firstSendsOf(round)) {
    if (send.at > healed.at || !live.has(send.device) || refused.has(key)) continue;
    if (!roomsOfMember(round, send.accountId).has(send.roomId)) continue;
    const at = acked.get(key);
    if (at === undefined) missing.push(`${send.device} never got an ack for ${send.clientId} in ${send.roomId}`);
    else healingMs = Math.max(healingMs, at - healed.at);
  }
  return { missing, healingMs };
}

/** Sends that got a no for good: to a closed room, for example. */
function refusedSends(round: Round): Set<string> {
  const refused = new Set<string>();
  for (const { call, status, roomId, accountId, clientId = '' } of eventsOf(round, 'reply')) {
    if (call === 'send' && status >= 400 && status < 500 && status !== 429)
      refused.add(sendKey({ roomId, accountId, clientId }));
  }
  const sends = new Map(eventsOf(round, 'send').map((send) => [`${send.accountId} ${send.clientId}`, sendKey(send)]));
  for (const view of connectionsOf(round)) {
    for (const { frame } of framesOf(view, 'error')) {
      const key = sends.get(`${view.accountId} ${frame.clientId}`);
      if (key !== undefined && frame.code !== 'unavailable' && frame.code !== 'rate-limited') refused.add(key);
    }
  }
  return refused;
}

function firstSeenAt({ events }: Round): Map<string, number> {
  const devices = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'open') devices.set(event.connection, event.device);
    if (event.kind !== 'frame' || (event.frame.type !== 'message' && event.frame.type !== 'ack')) continue;
    const key = `${devices.get(event.connection)} ${placeOf(event.frame)}`;
    if (!seen.has(key)) seen.set(key, event.at);
  }
  return seen;
}
