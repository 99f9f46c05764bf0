import { eventsOf, type Round, type StoredMessage } from '../history.ts';
import { committedTexts, connectionsOf, placeOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (17) Changes are numbered: each number of a room is of one message and not beyond the room's own. What is told of a change
 * is committed; and once all is quiet each member's list, at each node, is the changed messages in the order of their numbers,
 * as they are stored: text, times, files.
 */
export const changesAsStored: Check = (round) => [
  ...wrongNumbers(round),
  ...wrongFrames(round),
  ...wrongAtTheEnd(round),
];

function wrongNumbers({ database }: Round): string[] {
  const found: string[] = [];
  for (const { roomId, changeSeq } of database.rooms) {
    const numbers = database.messages.flatMap((row) =>
      row.roomId === roomId && row.changeSeq !== null ? row.changeSeq : [],
    );
    if (new Set(numbers).size !== numbers.length) found.push(`two messages of room ${roomId} have one change`);
    if (Math.max(0, ...numbers) !== changeSeq)
      found.push(`room ${roomId} counts ${changeSeq} changes, the last of its messages has ${Math.max(0, ...numbers)}`);
  }
  for (const message of database.messages) {
    const isChanged = message.editedAt !== undefined || message.retractedAt !== null;
    if (isChanged !== (message.changeSeq !== null))
      found.push(`${placeOf(message)} is changed without a number, or not`);
  }
  return found;
}

function wrongFrames(round: Round): string[] {
  const counted = new Map(round.database.rooms.map(({ roomId, changeSeq }) => [roomId, changeSeq]));
  const stored = storedByPlace(round);
  const committed = committedTexts(round);
  const found: string[] = [];
  for (const { connection, frames } of connectionsOf(round)) {
    for (const { frame } of frames) {
      if (frame.type !== 'edited' && frame.type !== 'retracted') continue;
      const place = placeOf(frame);
      const told = `${connection} was told that ${place} is changed`;
      const truth = stored.get(place);
      if ((frame.changeSeq ?? 0) > (counted.get(frame.roomId) ?? 0)) found.push(`${told}, beyond the last change`);
      if (frame.type === 'retracted' && truth?.retractedAt === null) found.push(`${told}, and it was not taken back`);
      if (
        frame.type === 'edited' &&
        truth !== undefined &&
        truth.text !== null &&
        !committed.get(place)?.has(frame.text)
      )
        found.push(`${told} to "${frame.text}", which was never committed`);
    }
  }
  return found;
}

function wrongAtTheEnd(round: Round): string[] {
  const stored = storedByPlace(round);
  const finals = eventsOf(round, 'reply').filter(({ final }) => final === true);
  const unlike = finals.flatMap(({ device, call, node, messages }) =>
    messages.flatMap((message) => {
      const truth = stored.get(placeOf(message));
      const isEqual = truth === undefined || contentOf(message) === contentOf(truth);
      return isEqual ? [] : `${device} got ${contentOf(message)} by ${call} at ${node}, stored is ${contentOf(truth)}`;
    }),
  );
  const lists = finals.filter(({ call, status }) => call === 'changes' && status === 200);
  const byReader = Map.groupBy(lists, ({ device, node, roomId }) => `${device} ${node} ${roomId}`);
  const wrongLists = [...byReader].flatMap(([key, pages]) => {
    const numbers = pages.flatMap(({ changeSeqs = [] }) => changeSeqs).join();
    const wanted = numbersOf(round, pages[0]?.roomId ?? '').join();
    const [device, node] = key.split(' ');
    return numbers === wanted
      ? []
      : `${device} got the changes ${numbers} of ${pages[0]?.roomId} at ${node}, stored are ${wanted}`;
  });
  return [...unlike, ...wrongLists];
}

function numbersOf({ database }: Round, roomId: string): number[] {
  const changed = database.messages.filter((row) => row.roomId === roomId && row.changeSeq !== null);
  return changed.map(({ changeSeq }) => changeSeq ?? 0).sort((one, other) => one - other);
}

type Content = Pick<StoredMessage, 'text' | 'editedAt' | 'retractedAt' | 'attachments' | 'replyTo'>;

function contentOf({ text, editedAt, retractedAt, attachments = [], replyTo }: Content): string {
  const time = (moment: string | null | undefined) => (moment ? new Date(moment).toISOString() : null);
  const files = attachments.map(({ id }) => id);
  return JSON.stringify({ text, editedAt: time(editedAt), retractedAt: time(retractedAt), files, replyTo });
}
