import type { ClientFrame } from '@openward/contracts';
import { Problem } from '#platform/problem.ts';
import { authenticateToken } from '#server/modules/identity/index.ts';
import { auditReading, refuseRoom } from '../access.ts';
import { markRead } from '../mark-read.ts';
import { roomClosed, type Sent, sendMessage } from '../send-message.ts';
import { memberTyping } from '../topics.ts';
import type { Connection } from './connection.ts';
import type { Subscription } from './subscription.ts';

type Frame<T extends ClientFrame['type']> = Extract<ClientFrame, { type: T }>;

/** One frame of a client. @throws what becomes its `error` frame. */
export function handleFrame(connection: Connection, frame: ClientFrame): Promise<void> {
  if (connection.node.connections.allDoubted && !asksWhoSpeaks(frame)) return Promise.reject(unknownSpeaker());
  switch (frame.type) {
    case 'send':
      return send(connection, frame);
    case 'resume':
      return resume(connection, frame);
    case 'read':
      return read(connection, frame);
    case 'typing':
      return type(connection, frame);
    case 'refresh':
      return refresh(connection, frame);
  }
}

/** What needs the main database anyway, and says so itself while it is away. */
function asksWhoSpeaks({ type }: ClientFrame): boolean {
  return type === 'resume' || type === 'refresh';
}

function unknownSpeaker(): Problem {
  return new Problem('unavailable', {
    detail: 'Who may speak cannot be looked up at this moment. Try again shortly.',
    retryAfterS: 2,
  });
}

/**
 * @throws Problem 404 for a room that the account is not in, written into the audit, 403 `forbidden` when the socket has no place for it.
 */
async function placeIn(connection: Connection, roomId: string): Promise<Subscription> {
  const beyond = await connection.rooms.find([roomId]);
  if (beyond.has(roomId)) throw new Problem('forbidden', { detail: beyondLimit(connection, roomId) });
  return connection.rooms.get(roomId) ?? refuseRoom(connection.ctx(), roomId);
}

function beyondLimit({ node }: Connection, roomId: string): string {
  return `A socket carries ${node.limits.roomsPerSocket} rooms, open ones first, then the newest. Use HTTP for ${roomId}.`;
}

async function read(connection: Connection, { roomId, seq }: Frame<'read'>): Promise<void> {
  await placeIn(connection, roomId);
  await markRead(connection.ctx(), { id: roomId, seq });
}

async function send(connection: Connection, { type: _, roomId, ...draft }: Frame<'send'>): Promise<void> {
  const { clientId } = draft;
  const startedAtMs = performance.now();
  if (connection.rooms.get(roomId) === undefined) await placeIn(connection, roomId);
  await connection.whileWriting(roomId, clientId, async () => {
    const input = { id: roomId, ...draft };
    const answer = ({ message: { seq, id, sentAt }, duplicate }: Sent) => {
      connection.rooms.get(roomId)?.skipOwn(seq);
      connection.sayAtOnce({ type: 'ack', clientId, roomId, seq, id, sentAt, duplicate });
      connection.node.ctx.metrics.messages.acked((performance.now() - startedAtMs) / 1000);
    };
    const seenIn = connection.rooms.get(roomId)?.seenIn;
    const { carried } = await sendMessage(connection.ctx(), input, { seenIn, answer });
    if (carried !== undefined) connection.node.feeds.get(roomId)?.take(carried);
  });
}

type Resuming = { subscription: Subscription; afterSeq: number };

/** What was missed goes out only once it is in the audit who read it. */
async function resume(connection: Connection, { rooms }: Frame<'resume'>): Promise<void> {
  const beyond = await connection.rooms.find(rooms.map(({ roomId }) => roomId));
  const resuming = rooms.flatMap(({ roomId, afterSeq }): Resuming[] => {
    const subscription = connection.rooms.get(roomId);
    return subscription === undefined ? [] : [{ subscription, afterSeq }];
  });
  // Beyond what this node has heard of: another node may have told the client.
  const ahead = resuming.filter(({ subscription, afterSeq }) => afterSeq > subscription.feed.head);
  if (ahead.length > 0) await connection.node.feeds.refresh(ahead.map(({ subscription }) => subscription.feed.roomId));
  await Promise.all(resuming.map((one) => auditResume(connection, one)));
  // What was let go of meanwhile has had its last frame.
  const still = resuming.filter(({ subscription }) => connection.rooms.get(subscription.feed.roomId) === subscription);
  for (const one of still) resumeRoom(connection, one);
  for (const roomId of beyond) connection.sayError('forbidden', beyondLimit(connection, roomId));
  const known = new Set(resuming.map(({ subscription }) => subscription.feed.roomId));
  const [first, ...others] = rooms.flatMap(({ roomId }) => (known.has(roomId) || beyond.has(roomId) ? [] : [roomId]));
  if (first === undefined) return;
  for (const roomId of others) connection.sayError('not-found', `There is no room ${roomId}.`);
  await refuseRoom(connection.ctx(), first, others.length);
}

async function auditResume(connection: Connection, { subscription, afterSeq }: Resuming): Promise<void> {
  const { roomId, patientId, head } = subscription.feed;
  if (afterSeq >= head) return;
  await auditReading(connection.ctx(), { roomId, patientId }, { fromSeq: afterSeq + 1, toSeq: head });
}

function resumeRoom(connection: Connection, { subscription, afterSeq }: Resuming): void {
  const { roomId, head } = subscription.feed;
  if (afterSeq > head) {
    connection.say({ type: 'reset', roomId, headSeq: head, reason: 'ahead' });
    return;
  }
  connection.say({ type: 'resumed', roomId, fromSeq: afterSeq + 1, toSeq: head });
  subscription.resumeAfter(afterSeq, head);
}

async function type(connection: Connection, { roomId }: Frame<'typing'>): Promise<void> {
  const { feed } = await placeIn(connection, roomId);
  if (feed.status === 'closed') throw roomClosed();
  if (!connection.mayTellTyping(roomId)) return;
  connection.node.ctx.bus.publish(memberTyping, { roomId, accountId: connection.accountId });
}

async function refresh(connection: Connection, { accessToken }: Frame<'refresh'>): Promise<void> {
  const { actor, expiresAt } = await authenticateToken(connection.ctx(), accessToken).catch((error: unknown) => {
    throw error instanceof Problem ? invalidToken(error) : error;
  });
  if (actor.accountId !== connection.accountId) throw invalidToken();
  connection.renew(actor, expiresAt);
  connection.say({ type: 'refreshed', expiresAt: expiresAt.toISOString() });
}

function invalidToken(cause?: unknown): Problem {
  return new Problem('invalid-token', { detail: 'The access token is not a live one of this account.', cause });
}
