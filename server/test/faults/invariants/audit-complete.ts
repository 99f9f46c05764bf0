import { eventsOf } from '../history.ts';
import { connectionsOf, framesOf } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (11) Whoever read of a room's messages, over HTTP in any way or by a resume, is in the audit with what they read; and whoever was
 * refused, with the refusal. What is sent is written down by the message itself, and what comes live is no reading: so a
 * resume counts when there was something to read before its connection opened.
 */
export const auditComplete: Check = (round) => {
  const byRequest = new Set(round.audit.map(({ requestId, outcome }) => `${requestId} ${outcome}`));
  const resumes = new Set(
    round.audit
      .filter(({ action, outcome }) => action === 'room.read' && outcome === 'ok')
      .map(({ actorId, subjectId, details }) => `${actorId} ${subjectId} ${details['fromSeq']}`),
  );
  const found: string[] = [];
  for (const { device, call, roomId, status, requestId } of eventsOf(round, 'reply')) {
    const outcome = status === 404 ? 'denied' : status === 200 && call !== 'send' ? 'ok' : null;
    if (outcome === null || byRequest.has(`${requestId} ${outcome}`)) continue;
    found.push(
      `${device} got ${status} for a ${call} in ${roomId}; the audit has no "${outcome}" of request ${requestId}`,
    );
  }
  for (const view of connectionsOf(round)) {
    const rooms = framesOf(view, 'ready').flatMap(({ frame }) => frame.rooms);
    const heads = new Map(rooms.map(({ roomId, headSeq }) => [roomId, headSeq]));
    for (const { frame } of framesOf(view, 'resumed')) {
      const { roomId, fromSeq, toSeq } = frame;
      if (fromSeq > Math.min(toSeq, heads.get(roomId) ?? 0)) continue;
      if (resumes.has(`${view.accountId} ${roomId} ${fromSeq}`)) continue;
      found.push(`${view.device} resumed ${roomId} from ${fromSeq} to ${toSeq}; the audit does not have it`);
    }
  }
  return found;
};
