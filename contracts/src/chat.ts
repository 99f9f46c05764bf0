import Type, { type Static } from 'typebox';
import { roles } from './roles.ts';
import { route } from './route.ts';
import { Id, IdParams, Nullable, OneOf, Page, PageQuery, Shape, Time } from './schema.ts';

export const messageMaxChars = 8000;

export const ClientId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Chosen by the sender, one for each message, for ever. A UUID is a good choice.',
});

export const MessageText = Type.String({ minLength: 1, maxLength: messageMaxChars, pattern: '\\S' });

/** `seq` is dense in its room, 1..N. `text` is null once the message is retracted. */
export const Message = Shape({
  roomId: Id,
  seq: Type.Integer(),
  id: Id,
  clientId: Type.String(),
  senderId: Id,
  text: Nullable(Type.String()),
  sentAt: Time,
  retractedAt: Nullable(Time),
});
export type Message = Static<typeof Message>;

export const roomStatuses = ['open', 'closed'] as const;
export type RoomStatus = (typeof roomStatuses)[number];

/** `unread` counts what others sent beyond `readSeq`. The room of a request has the request's id. */
export const Room = Shape({
  id: Id,
  members: Type.Array(Shape({ id: Id, fullName: Type.String(), role: OneOf(roles) })),
  status: OneOf(roomStatuses),
  lastSeq: Type.Integer(),
  readSeq: Type.Integer(),
  unread: Type.Integer(),
  lastMessage: Nullable(Message),
});
export type Room = Static<typeof Room>;

export const listRooms = route({
  method: 'GET',
  path: '/rooms',
  area: 'Chat',
  summary: 'The own rooms, newest first.',
  who: ['patient', 'doctor'],
  query: Shape(PageQuery),
  replies: { 200: Page(Room) },
  errors: [],
});

export const getRoom = route({
  method: 'GET',
  path: '/rooms/{id}',
  area: 'Chat',
  summary: 'One of the own rooms.',
  who: ['patient', 'doctor'],
  params: IdParams,
  replies: { 200: Room },
  errors: ['not-found'],
});

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const listMessages = route({
  method: 'GET',
  path: '/rooms/{id}/messages',
  area: 'Chat',
  summary: 'Messages `after` a seq, oldest first, or `before` one, newest first. Without either: the newest.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({
    after: Type.Optional(Seq),
    before: Type.Optional(Seq),
    limit: PageQuery.limit,
  }),
  replies: { 200: Shape({ items: Type.Array(Message), headSeq: Type.Integer() }) },
  errors: ['not-found'],
});

export const sendMessage = route({
  method: 'POST',
  path: '/rooms/{id}/messages',
  area: 'Chat',
  summary: 'Send. 201, or 200 with the same message for the same clientId and text again.',
  who: ['patient', 'doctor'],
  params: IdParams,
  body: Shape({ clientId: ClientId, text: MessageText }),
  replies: { 201: Message, 200: Message },
  errors: ['not-found', 'client-id-reused', 'room-closed'],
});

export const markRead = route({
  method: 'PUT',
  path: '/rooms/{id}/read',
  area: 'Chat',
  summary: 'Say how far one has read. It never goes back.',
  who: ['patient', 'doctor'],
  params: IdParams,
  body: Shape({ seq: Seq }),
  replies: { 204: null },
  errors: ['not-found', 'seq-out-of-range'],
});

export const retractMessage = route({
  method: 'DELETE',
  path: '/rooms/{id}/messages/{seq}',
  area: 'Chat',
  summary: 'Take one’s own message back: the text goes, the message stays.',
  who: ['patient', 'doctor'],
  params: Shape({ id: Id, seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
  replies: { 204: null },
  errors: ['not-found', 'forbidden', 'room-closed'],
});

export const issueTicket = route({
  method: 'POST',
  path: '/chat/tickets',
  area: 'Chat',
  summary: 'A ticket for a socket that can send neither cookie nor header. Used once.',
  who: 'logged-in',
  replies: { 201: Shape({ ticket: Type.String(), expiresInS: Type.Integer() }) },
  errors: [],
});
