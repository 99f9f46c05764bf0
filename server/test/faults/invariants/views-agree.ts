import { triesOf } from '../change-views.ts';
import { eventsOf, type Round } from '../history.ts';
import { committedTexts, firstSendsOf, isSameMessage, placeOf, sendKey, sightingsOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (4) Whoever was shown a seq was shown what is stored under it, or was before an edit; and once all is quiet each member reads the whole room, at
 * each node, as it is stored.
 */
export const viewsAgree: Check = (round) => {
  const stored = storedByPlace(round);
  const sends = firstSendsOf(round);
  const tries = triesOf(round);
  const committed = committedTexts(round);
  const found: string[] = [];
  for (const { device, where, message } of sightingsOf(round)) {
    const place = placeOf(message);
    const truth = stored.get(place);
    if (truth === undefined) continue;
    // Of what was taken back only the tries say what it may have been.
    const sent = sends.get(sendKey({ ...truth, accountId: truth.senderId }))?.text;
    const texts =
      truth.text === null ? [sent, ...(tries.get(place) ?? []).map(({ text }) => text)] : committed.get(place);
    const isText = message.text === truth.text || new Set<unknown>(texts).has(message.text);
    if (!isText || !isSameMessage(truth, message)) {
      found.push(`${device} was shown another message as ${place} (${where}) than is stored there`);
    }
  }
  return [...found, ...unreadPlaces(round)];
};

/** A read that was tried and not answered counts as one that found nothing. */
function unreadPlaces(round: Round): string[] {
  const heads = new Map(round.database.rooms.map(({ roomId, lastSeq }) => [roomId, lastSeq]));
  const read = new Map<string, { where: string; roomId: string; seqs: Set<number> }>();
  for (const { final, call, accountId, node, roomId, messages } of eventsOf(round, 'reply')) {
    if (final !== true || call !== 'read') continue;
    const where = `${roomId} at ${node}`;
    const reading = read.get(`${accountId} ${where}`) ?? { where, roomId, seqs: new Set() };
    read.set(`${accountId} ${where}`, reading);
    for (const { seq } of messages) reading.seqs.add(seq);
  }
  return [...read].flatMap(([key, { where, roomId, seqs }]) => {
    const lastSeq = heads.get(roomId) ?? 0;
    return seqs.size === lastSeq ? [] : [`${key.split(' ')[0]} read ${seqs.size} of ${lastSeq} messages of ${where}`];
  });
}
