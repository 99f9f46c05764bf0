import type { sendMessage as contract, InputOf, Message } from '@openward/contracts';
import { isUnavailable } from '#platform/database/connect.ts';
import { invalidField, Problem } from '#platform/problem.ts';
import { actorOf, type Ctx } from '#server/context.ts';
import { refuseRoom, roomFor } from './access.ts';
import { announceMessage } from './announce-message.ts';
import { type Appended, appendMessage } from './append-message.ts';
import type { Carried } from './carried-messages.ts';
import { lookForRedFlags, redFlagsOf, tellRedFlags } from './look-for-red-flags.ts';
import { tellDoctorsWord } from './settle-lease.ts';
import { takeAttachments } from './take-attachments.ts';
import { tellAwayLater } from './tell-away.ts';
import { writeDoubted } from './topics.ts';

/** `carried`: not for a duplicate. */
export type Sent = { message: Message; duplicate: boolean; roomVersion: number; carried?: Carried | undefined };

/** `seenIn` is a version of the room whose members the sender is one of, where that is known; `answer` is told before all others are. */
type Sending = { seenIn?: number | undefined; answer?: (sent: Sent) => void };

/**
 * Sends a message, over HTTP or the socket. Who, when and where stand in the message itself, so the audit has no line for it.
 * @returns once it is committed; `duplicate` when the same clientId and text were there before: then it is that message.
 * @throws Problem 404, 409 `client-id-reused`, 409 `room-closed`, 400 for a reply to no message
 *   (`seq-out-of-range`), attachments that are not there to be sent, and no text without any.
 */
export async function sendMessage(ctx: Ctx, input: InputOf<typeof contract>, sending: Sending = {}): Promise<Sent> {
  try {
    return await send(ctx, input, sending);
  } catch (error) {
    // It may have been committed all the same: should the client not ask again, the others are told all the same.
    if (isUnavailable(error)) ctx.bus.tellHere(writeDoubted, { roomId: input.id });
    throw error;
  }
}

async function send(ctx: Ctx, input: InputOf<typeof contract>, { seenIn, answer }: Sending): Promise<Sent> {
  const { id, clientId, text, replyToSeq, attachmentIds = [] } = input;
  const empty = emptyText(input);
  if (empty !== null) throw empty;
  if (replyToSeq !== undefined) await refuseMissing(ctx, id, replyToSeq);
  const draft = { roomId: id, senderId: actorOf(ctx).accountId, clientId, text, replyTo: replyToSeq };
  const attachments = attachmentIds.length === 0 ? undefined : await takeAttachments(ctx, draft, attachmentIds);
  const writing = appendMessage(ctx, { ...draft, seenIn, attachments });
  const flags = redFlagsOf(ctx, text);
  const result = await writing;
  switch (result.outcome) {
    case 'not-a-member':
      return refuseRoom(ctx, id);
    case 'room-closed':
      throw roomClosed();
    case 'client-id-reused':
      throw new Problem('client-id-reused', {
        detail: 'This clientId belongs to another message of yours. Use a new one for each.',
      });
    case 'duplicate':
    case 'written': {
      const { message, roomVersion } = result;
      if (message.text === text) await tellRedFlags(ctx, id, await flags);
      else await lookForRedFlags(ctx, message);
      const carried = result.outcome === 'written' ? carriedOf(result) : undefined;
      const sent = { message, duplicate: result.outcome === 'duplicate', roomVersion, carried };
      answer?.(sent);
      // Told again for a duplicate: of the first time, the answer and the news may both have been lost.
      ctx.guard.note(ctx, { kind: 'message-sent', what: id });
      const head = { roomId: id, seq: message.seq, version: roomVersion };
      tellAwayLater(ctx, id);
      if (actorOf(ctx).role === 'doctor') tellDoctorsWord(ctx, { roomId: id, version: roomVersion });
      announceMessage(ctx, head, carried);
      return sent;
    }
  }
}

function carriedOf({ message, roomVersion, changeSeq }: Extract<Appended, { outcome: 'written' }>): Carried {
  return { message, version: roomVersion, changeSeq };
}

/** What a schema does not say: text has something to see in it, or is left empty where there are attachments. */
export function emptyText(draft: { text: string; attachmentIds?: readonly string[] }): Problem | null {
  const { text, attachmentIds = [] } = draft;
  if (/\S/.test(text) || (text === '' && attachmentIds.length > 0)) return null;
  if (text === '') return invalidField('text', 'too-short', 'text must NOT have fewer than 1 characters.');
  return invalidField('text', 'pattern', 'text holds characters that are not allowed here, or none that are visible.');
}

/** Seqs are dense and messages stay for ever: up to the head each of them is there, and stays so. */
async function refuseMissing(ctx: Ctx, roomId: string, seq: number): Promise<void> {
  const { lastSeq } = await roomFor(ctx, roomId);
  if (seq <= lastSeq) return;
  throw new Problem('seq-out-of-range', { detail: `The newest message to reply to has seq ${lastSeq}.` });
}

export function roomClosed(): Problem {
  return new Problem('room-closed', {
    detail: 'The room is closed: it can be read, and nothing in it changes any more.',
  });
}
