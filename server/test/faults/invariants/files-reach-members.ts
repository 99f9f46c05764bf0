import { newestDone, triesOf } from '../change-views.ts';
import { type EventOf, eventsOf, type Round, type StoredMessage } from '../history.ts';
import { acksOf, placeOf, sendKey, storedByKey } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (18) A file that was acknowledged with its message is stored with it, and every member gets its bytes at each node as they were
 * sent; nobody else gets any, not by another's link either, and nobody once the message was taken back.
 */
export const filesReachMembers: Check = (round) => [...filesLost(round), ...downloads(round)];

function filesLost(round: Round): string[] {
  const stored = storedByKey(round);
  const acked = new Set(acksOf(round).map(sendKey));
  const found: string[] = [];
  for (const send of eventsOf(round, 'send')) {
    const row = stored.get(sendKey(send));
    if (send.attachmentIds === undefined || !acked.has(sendKey(send)) || row === undefined || row.text === null)
      continue;
    const has = (row.attachments ?? []).map(({ id }) => id).join();
    if (has !== send.attachmentIds.join())
      found.push(`${placeOf(row)} was acknowledged with a file, and is stored with "${has}"`);
  }
  return found;
}

function downloads(round: Round): string[] {
  const uploads = new Map(eventsOf(round, 'upload').map((upload) => [upload.attachmentId, upload]));
  const messages = messagesByFile(round);
  const tries = triesOf(round);
  return eventsOf(round, 'download').flatMap((download) => {
    const { attachmentId, accountId, askedAt, status, sha256, final } = download;
    const { device, node } = download;
    const what = `${device} asked for file ${attachmentId} at ${node} and got`;
    const message = messages.get(attachmentId);
    const place = message === undefined ? '' : placeOf(message);
    const isGone = newestDone(tries.get(place) ?? [], askedAt)?.text === null;
    if (sha256 !== null) {
      if (!mayOpen(round, download)) return `${what} it, and is not in the room`;
      if (isGone) return `${what} it after its message was taken back`;
      if (sha256 !== uploads.get(attachmentId)?.sha256) return `${what} other bytes than were sent`;
      return [];
    }
    const isOwed = final && message?.text !== undefined && message.text !== null && isPresent(round, download);
    return isOwed ? `${what} ${status} (account ${accountId})` : [];
  });
}

/** By what was sent, since the files of a message that was taken back are not stored any more. */
function messagesByFile(round: Round): Map<string, StoredMessage> {
  const stored = storedByKey(round);
  return new Map(
    eventsOf(round, 'send').flatMap((send) => {
      const row = stored.get(sendKey(send));
      return row === undefined ? [] : (send.attachmentIds ?? []).map((id) => [id, row] as const);
    }),
  );
}

/** A member, who had not left when asking; and not somebody with another's link, whom the event names by their own account. */
function mayOpen(round: Round, { roomId, accountId, askedAt }: EventOf<'download'>): boolean {
  const left = eventsOf(round, 'left').find((event) => event.roomId === roomId && event.accountId === accountId);
  const isMember = round.database.members.some((member) => member.roomId === roomId && member.accountId === accountId);
  return isMember && (left === undefined || askedAt < left.at);
}

function isPresent({ database }: Round, { roomId, accountId }: EventOf<'download'>): boolean {
  const own = database.members.find((member) => member.roomId === roomId && member.accountId === accountId);
  return own !== undefined && own.leftAt === null;
}
