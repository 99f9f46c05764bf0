import { connectionsOf, placeOf, sendKey } from '../views.ts';
import type { Check } from './invariant.ts';
import { readStreams } from './streams.ts';

/**
 * (2) However often it was sent, a message is stored once; and a connection is shown each seq once, unless it asked again by a
 * resume. The texts of a round are all different, so two equal ones are one message, whatever its clientId.
 */
export const noneTwice: Check = (round) => {
  const found: string[] = [];
  const names = new Set<string>();
  for (const message of round.database.messages) {
    const { roomId, senderId, clientId, text } = message;
    for (const name of [
      `clientId ${sendKey({ roomId, accountId: senderId, clientId })}`,
      ...(text === null ? [] : [`text ${senderId} ${text}`]),
    ]) {
      if (names.has(name)) found.push(`stored twice: ${name.slice(0, 200)}, again as ${placeOf(message)}`);
      names.add(name);
    }
  }
  for (const view of connectionsOf(round)) found.push(...readStreams(view, round).repeats);
  return found;
};
