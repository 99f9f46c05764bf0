import { acksOf, committedTexts, firstSendsOf, placeOf, sendKey, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (7) A doubtful commit is an error or silence, never an ack. So each ack tells of the very row that is stored: its place, its
 * id, the text that was sent; and of several acks for one message at most one says that it was new.
 */
export const noFalseAck: Check = (round) => {
  const stored = storedByPlace(round);
  const sends = firstSendsOf(round);
  const committed = committedTexts(round);
  const news = new Set<string>();
  const found: string[] = [];
  for (const ack of acksOf(round)) {
    const row = stored.get(placeOf(ack));
    const what = `${ack.device} got an ack for ${ack.clientId} as ${placeOf(ack)}`;
    if (row === undefined) found.push(`${what}, where nothing is stored`);
    else if (row.id !== ack.id || row.clientId !== ack.clientId) found.push(`${what}, where another message is stored`);
    else if (row.text !== null && !committed.get(placeOf(row))?.has(sends.get(sendKey(ack))?.text ?? ''))
      found.push(`${what}, with a text that was not sent`);
    if (ack.duplicate) continue;
    if (news.has(sendKey(ack))) found.push(`${what}, new for the second time`);
    news.add(sendKey(ack));
  }
  return found;
};
