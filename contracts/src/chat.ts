import Type, { type Static } from 'typebox';
import { roles } from './roles.ts';
import { route } from './route.ts';
import { Id, IdParams, Line, List, Nullable, OneOf, Page, PageQuery, Shape, Time } from './schema.ts';

export const messageMaxChars = 8000;

/** Of a message that there may be. */
export const MessageSeq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const ClientId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Chosen by the sender, one for each message, for ever. A UUID is a good choice.',
});

export const MessageText = Type.String({ minLength: 1, maxLength: messageMaxChars, pattern: '\\S' });

/** How long after it was sent a message can be edited. */
export const editWindowMinutes = 15;

/** What can be sent beside text. The bytes decide: a file that is not what it is said to be is refused. */
export const attachmentTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'application/pdf'] as const;
export const attachmentMaxBytes = 10_000_000;
export const attachmentsPerMessage = 10;

/** `width` and `height`: of an image, in pixels, as it is shown. */
export const Attachment = Shape({
  id: Id,
  name: Line(200, 'knee.jpg'),
  type: OneOf(attachmentTypes),
  sizeBytes: Type.Integer(),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
});
export type Attachment = Static<typeof Attachment>;

/** The text of a message; with attachments it may be empty. */
const DraftText = Type.String({ maxLength: messageMaxChars, examples: ['Good morning. How did you sleep?'] });

/** Files that were uploaded to the room before, each for one message. */
const AttachmentIds = Type.Array(Id, { maxItems: attachmentsPerMessage, uniqueItems: true });

/** What a message is made of, over HTTP and in the frame `send`. */
export const draftMembers = {
  clientId: ClientId,
  text: DraftText,
  replyToSeq: Type.Optional(MessageSeq),
  attachmentIds: Type.Optional(AttachmentIds),
};

/**
 * `seq` is dense in its room, 1..N. `text` is null once the message is retracted. `replyTo` is the seq of the message that it
 * answers, `editedAt` when its text was last changed.
 */
export const Message = Shape({
  roomId: Id,
  seq: Type.Integer(),
  id: Id,
  clientId: Type.String(),
  senderId: Id,
  text: Nullable(Type.String()),
  sentAt: Time,
  retractedAt: Nullable(Time),
  editedAt: Type.Optional(Time),
  replyTo: Type.Optional(Type.Integer()),
  attachments: Type.Optional(Type.Array(Attachment)),
});
export type Message = Static<typeof Message>;

export const roomStatuses = ['open', 'closed'] as const;
export type RoomStatus = (typeof roomStatuses)[number];

/**
 * `unread` counts what others sent beyond `readSeq`, among the newest 1,000 messages. `changeSeq` counts the edits and retractions of the room; it is
 * left out before the first. The room of a
 * request has the request's id.
 */
export const Room = Shape({
  id: Id,
  members: Type.Array(
    Shape({
      id: Id,
      fullName: Type.String(),
      role: OneOf(roles),
      online: Type.Optional(Type.Boolean({ description: 'Left out for who is not.' })),
      lastSeenAt: Type.Optional(Time),
      readSeq: Type.Optional(Type.Integer({ description: 'How far they have read.' })),
    }),
  ),
  status: OneOf(roomStatuses),
  lastSeq: Type.Integer(),
  changeSeq: Type.Optional(Type.Integer()),
  readSeq: Type.Integer(),
  unread: Type.Integer({ description: 'What others sent beyond `readSeq`, among the newest 1,000 messages.' }),
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

const MessageParams = Shape({ id: Id, seq: MessageSeq });

export const listMessages = route({
  method: 'GET',
  path: '/rooms/{id}/messages',
  area: 'Chat',
  summary:
    'Messages `after` a seq or sent `since` a time, oldest first, or `before` a seq, newest first. With none of these: the newest.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({
    after: Type.Optional(Seq),
    before: Type.Optional(Seq),
    since: Type.Optional(Time),
    limit: PageQuery.limit,
  }),
  replies: {
    200: Shape({
      items: Type.Array(Message),
      headSeq: Type.Integer(),
      changeSeq: Type.Optional(
        Type.Integer({ description: 'These messages are as of this change of the room, or newer: see `listChanges`.' }),
      ),
    }),
  },
  errors: ['not-found'],
});

export const sendMessage = route({
  method: 'POST',
  path: '/rooms/{id}/messages',
  area: 'Chat',
  summary: 'Send. 201, or 200 with the same message for the same clientId and text again.',
  who: ['patient', 'doctor'],
  params: IdParams,
  body: Shape(draftMembers),
  replies: { 201: Message, 200: Message },
  errors: ['not-found', 'client-id-reused', 'room-closed', 'seq-out-of-range'],
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
  params: MessageParams,
  replies: { 204: null },
  errors: ['not-found', 'forbidden', 'room-closed'],
});

export const editMessage = route({
  method: 'PATCH',
  path: '/rooms/{id}/messages/{seq}',
  area: 'Chat',
  summary: 'Change the text of one’s own message, within 15 minutes. What it was before is kept.',
  who: ['patient', 'doctor'],
  params: MessageParams,
  body: Shape({ text: MessageText }),
  replies: { 200: Message },
  errors: ['not-found', 'forbidden', 'room-closed', 'edit-window-closed', 'message-retracted'],
});

export const listVersions = route({
  method: 'GET',
  path: '/rooms/{id}/messages/{seq}/versions',
  area: 'Chat',
  summary: 'What a message said before it was edited, oldest first.',
  who: ['patient', 'doctor'],
  params: MessageParams,
  replies: { 200: List(Shape({ text: Type.String(), writtenAt: Time })) },
  errors: ['not-found'],
});

/** A message that was edited or retracted, as it is now, at its last change. */
export const MessageChange = Shape({ changeSeq: Type.Integer(), message: Message });

export const listChanges = route({
  method: 'GET',
  path: '/rooms/{id}/changes',
  area: 'Chat',
  summary: 'The messages that were edited or retracted `after` a change of the room, each once, by their last change.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({ after: Type.Optional(Seq), limit: PageQuery.limit }),
  replies: {
    200: Shape({
      items: Type.Array(MessageChange),
      changeSeq: Type.Integer({ description: 'Of the room. With fewer items than `limit` one is up to date with it.' }),
    }),
  },
  errors: ['not-found'],
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

export const uploadAttachment = route({
  method: 'POST',
  path: '/rooms/{id}/attachments',
  area: 'Chat',
  summary:
    'Upload a file to a room, then send it with a message within a day. What an image tells of its making is removed.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({ name: Line(200, 'knee.jpg') }),
  upload: { types: attachmentTypes, maxBytes: attachmentMaxBytes },
  replies: { 201: Attachment },
  errors: ['not-found', 'room-closed'],
});

export const getAttachment = route({
  method: 'GET',
  path: '/rooms/{id}/attachments/{attachmentId}',
  area: 'Chat',
  summary: 'A file of a room, with a link that opens it for two minutes, for the caller alone.',
  who: ['patient', 'doctor'],
  params: Shape({ id: Id, attachmentId: Id }),
  replies: {
    200: Shape({
      ...Attachment.properties,
      url: Type.String({ description: 'A path on this server.', examples: ['/api/v1/chat/attachments/k1.Q2xpbmlj'] }),
      expiresAt: Time,
    }),
  },
  errors: ['not-found'],
});

export const openAttachment = route({
  method: 'GET',
  path: '/chat/attachments/{link}',
  area: 'Chat',
  summary:
    'The bytes behind a link of `getAttachment`. Nothing else is needed; credentials of another account are refused.',
  who: 'anyone',
  params: Shape({ link: Type.String({ minLength: 1, maxLength: 500, examples: ['k1.Q2xpbmlj'] }) }),
  download: attachmentTypes,
  replies: { 200: null },
  errors: ['not-found'],
});

export const searchMessages = route({
  method: 'GET',
  path: '/rooms/{id}/search',
  area: 'Chat',
  summary:
    'Messages with all the words of `q` in their text or file names, newest first; accents and capitals do not count. In a long room a page may be short, or empty, with a `nextCursor` to go on.',
  who: ['patient', 'doctor'],
  params: IdParams,
  query: Shape({ q: Line(200, 'sleep'), ...PageQuery }),
  replies: { 200: Page(Message) },
  errors: ['not-found'],
});
