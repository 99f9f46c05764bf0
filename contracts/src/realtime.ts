import Type, { type Static } from 'typebox';
import { requestStatuses } from './care.ts';
import { ClientId, draftMembers, Message, roomStatuses } from './chat.ts';
import { Id, Nullable, OneOf, Shape, Time } from './schema.ts';

/** The WebSocket protocol of GET /api/v1/chat/socket: two closed unions of JSON frames, told apart by `type`. */
export const subprotocol = 'openward.chat.v1';

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

function frame<const T extends string, P extends Record<string, import('typebox').TSchema>>(type: T, members: P) {
  return Shape({ type: Type.Literal(type), ...members });
}

/** What a client may send. */
export const clientFrames = {
  send: frame('send', { roomId: Id, ...draftMembers }),
  resume: frame('resume', { rooms: Type.Array(Shape({ roomId: Id, afterSeq: Seq }), { maxItems: 500 }) }),
  read: frame('read', { roomId: Id, seq: Seq }),
  typing: frame('typing', { roomId: Id }),
  refresh: frame('refresh', { accessToken: Type.String({ minLength: 1, maxLength: 8192 }) }),
} as const;
export type ClientFrame = {
  [K in keyof typeof clientFrames]: Static<(typeof clientFrames)[K]>;
}[keyof typeof clientFrames];

export const frameErrors = [
  'invalid-frame',
  'not-found',
  'client-id-reused',
  'room-closed',
  'seq-out-of-range',
  'rate-limited',
  'invalid-token',
  'unavailable',
  'forbidden',
] as const;
export type FrameErrorCode = (typeof frameErrors)[number];

/** Somebody is typing for this long after the last `typing` of theirs; nothing says that it ended. */
export const typingLastsMs = 5000;

/** What the server sends. */
export const serverFrames = {
  ready: frame('ready', {
    connectionId: Id,
    accountId: Id,
    rooms: Type.Array(Shape({ roomId: Id, headSeq: Seq, readSeq: Seq, changeSeq: Type.Optional(Seq) })),
    heartbeatMs: Type.Integer(),
  }),
  ack: frame('ack', { clientId: ClientId, roomId: Id, seq: Seq, id: Id, sentAt: Time, duplicate: Type.Boolean() }),
  message: frame('message', Message.properties),
  resumed: frame('resumed', { roomId: Id, fromSeq: Seq, toSeq: Seq }),
  /**
   * What a client has of the room does not go on from where it thinks. `ahead`: it asked from beyond the head. `removed`: what was said is gone.
   * `beyond-limit`: nothing more of it comes over this socket, which carries as many rooms as it may.
   */
  reset: frame('reset', { roomId: Id, headSeq: Seq, reason: Type.String() }),
  position: frame('position', { roomId: Id, headSeq: Seq, changeSeq: Type.Optional(Seq) }),
  /** Where there is no position to tell: no rooms, or the database away. Browsers cannot see a WebSocket's pings. */
  heartbeat: frame('heartbeat', {}),
  read: frame('read', { roomId: Id, accountId: Id, seq: Seq }),
  /** Over by itself: see {@link typingLastsMs}. Whoever goes on typing says so again, sooner than that. */
  typing: frame('typing', { roomId: Id, accountId: Id }),
  presence: frame('presence', {
    roomId: Id,
    accountId: Id,
    online: Type.Boolean(),
    lastSeenAt: Nullable(Time),
  }),
  /** In `ready` and `position` a missing `changeSeq` is 0. Live, the next `changeSeq` of a room is the last plus one; beyond it something was missed, which `listChanges` has. */
  edited: frame('edited', { roomId: Id, seq: Seq, text: Type.String(), editedAt: Time, changeSeq: Type.Optional(Seq) }),
  retracted: frame('retracted', { roomId: Id, seq: Seq, changeSeq: Type.Optional(Seq) }),
  room: frame('room', { roomId: Id, status: OneOf(roomStatuses) }),
  /** A hint: the rest is asked for over HTTP. None is repeated, so that whoever connects asks again for what they show. */
  request: frame('request', { requestId: Id, status: OneOf(requestStatuses), version: Type.Integer() }),
  refreshed: frame('refreshed', { expiresAt: Time }),
  error: frame('error', {
    code: OneOf(frameErrors),
    detail: Type.String(),
    clientId: Type.Optional(Type.String()),
    retryAfterMs: Type.Optional(Type.Integer()),
  }),
  closing: frame('closing', { reason: Type.String(), retryAfterMs: Type.Integer() }),
} as const;
export type ServerFrame = {
  [K in keyof typeof serverFrames]: Static<(typeof serverFrames)[K]>;
}[keyof typeof serverFrames];

/** WebSocket close codes (RFC 6455, 7.4: 4000 to 4999 are the application's). */
export const closeCodes = {
  tokenExpired: 4401,
  sessionEnded: 4403,
  tooSlow: 4408,
  protocolError: 4409,
  flooding: 4429,
  restart: 1012,
} as const;
