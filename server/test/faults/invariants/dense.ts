import { connectionsOf } from '../views.ts';
import type { Check } from './invariant.ts';
import { readStreams } from './streams.ts';

/** (3) The seqs of a room are 1..N without a hole, as they are stored and as each connection is shown them. */
export const dense: Check = (round) => {
  const found: string[] = [];
  for (const { roomId, lastSeq } of round.database.rooms) {
    const seqs = round.database.messages.filter((message) => message.roomId === roomId).map(({ seq }) => seq);
    seqs.sort((one, other) => one - other);
    const hole = seqs.findIndex((seq, index) => seq !== index + 1);
    if (hole !== -1) found.push(`room ${roomId} is stored with seq ${seqs[hole]} in place ${hole + 1}`);
    else if (seqs.length !== lastSeq) found.push(`room ${roomId} counts ${lastSeq} messages and stores ${seqs.length}`);
  }
  for (const view of connectionsOf(round)) found.push(...readStreams(view, round).gaps);
  return found;
};
