import { acksOf, sendKey, storedByKey } from '../views.ts';
import type { Check } from './invariant.ts';

/** (1) Whatever was acknowledged is stored, under the seq that was told, the same seq each time that it was told. */
export const noAckedMessageLost: Check = (round) => {
  const stored = storedByKey(round);
  const found: string[] = [];
  for (const ack of acksOf(round)) {
    const message = stored.get(sendKey(ack));
    const what = `${ack.device} got an ack for ${ack.clientId} as ${ack.roomId} seq ${ack.seq}`;
    if (message === undefined) found.push(`${what}, and it is not stored`);
    else if (message.seq !== ack.seq) found.push(`${what}, and it is stored as seq ${message.seq}`);
  }
  return found;
};
