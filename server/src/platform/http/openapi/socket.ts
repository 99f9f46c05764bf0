import { clientFrames, closeCodes, serverFrames, subprotocol, typingLastsMs } from '@openward/contracts';
import { groupByStatus, limitHeaders, problemReply } from './problems.ts';
import type { Schemas } from './schemas.ts';
import type { JsonSchema, Operation } from './types.ts';

/** What a frame is for, by direction and type. Without a line here a frame is still listed, with its members. */
export const frameNotes = {
  client: {
    send: 'Write a message. Without an `ack`, send it again with the same `clientId`: that never makes a second one.',
    resume: 'Catch up after a pause: everything after `afterSeq`, in order. Best as the first frame of a connection.',
    read: 'How far one has read. It never goes back.',
    typing: `One is typing. Nothing is kept; say it again while it lasts, every 2 s, as it is over for the others after ${typingLastsMs / 1000} s.`,
    refresh: 'A new access token, before the old one runs out.',
  } as Record<string, string>,
  server: {
    ready: 'The first frame: who one is here, the rooms, and how often the heartbeat comes.',
    ack: 'The message is committed to disk. `duplicate`: it had been before.',
    message: 'A message of a room, in the order of `seq`. To the sender’s other connections as well.',
    resumed: 'The answer to `resume`, before its messages: `fromSeq` to `toSeq` follow.',
    reset: 'Instead of `resumed`: this place cannot be resumed from. Read the room anew.',
    heartbeat: 'At the heartbeat, where there is no position to tell.',
    position:
      'Every heartbeat: where a room stands (`headSeq`, and `changeSeq` once something was changed), so that a deaf link is noticed.',
    read: 'How far a member has read.',
    typing: `A member is typing. No frame says that it ended: it is over ${typingLastsMs / 1000} s after the last one, or with a message of theirs.`,
    presence: 'A member came online or went offline. Where things stand at first: the members of `GET /rooms`.',
    edited:
      'A message has another text. After a pause: a `changeSeq` beyond one’s own says to ask `GET /rooms/{id}/changes`.',
    retracted: 'A message was taken back: drop its text.',
    room: 'A room was opened or closed.',
    request:
      'A care request has changed, or its place in the queue: ask `GET /requests/{id}` for the rest, or the list anew. To its patient, to the doctor who has or had it, and while it is or was open to a specialty to the doctors of that who accept requests. A hint, sent once: after each `ready` ask again for what you show.',
    refreshed: 'The new access token is in use, until `expiresAt`.',
    error: 'A frame was refused. `clientId` says which message, when it was one.',
    closing: 'The server is about to close. Come back after `retryAfterMs`.',
  } as Record<string, string>,
};

export const closeNotes: Record<keyof typeof closeCodes, string> = {
  tokenExpired: 'The access token ran out without a `refresh`.',
  sessionEnded: 'The session has ended, or the account is banned.',
  tooSlow: 'Too much was unsent for too long.',
  protocolError: 'Too many frames could not be read.',
  flooding: 'Too many frames for too long.',
  restart: 'The server restarts. Come back after the `retryAfterMs` of the `closing` frame.',
};

/** The frames as components: one for each, and the two closed unions. */
export function addFrames(schemas: Schemas): void {
  schemas.add('ClientFrame', union(schemas, 'ClientFrame', clientFrames, frameNotes.client));
  schemas.add('ServerFrame', union(schemas, 'ServerFrame', serverFrames, frameNotes.server));
}

function union(
  schemas: Schemas,
  prefix: string,
  frames: Record<string, object>,
  notes: Record<string, string>,
): JsonSchema {
  const members = Object.entries(frames).map(([type, schema]) => {
    const name = `${prefix}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
    const { $ref = '' } = schemas.add(name, { ...schemas.translate(schema), description: notes[type] ?? '' });
    return [type, $ref] as const;
  });
  return {
    oneOf: members.map(([, $ref]) => ({ $ref })),
    discriminator: { propertyName: 'type', mapping: Object.fromEntries(members) },
  };
}

/** GET /chat/socket: OpenAPI has no words for a WebSocket, so its frames are told in prose. */
export function socketOperation(problem: JsonSchema): Operation {
  const codes = groupByStatus(
    [
      ...(['invalid-request', 'unauthenticated', 'session-ended', 'account-banned', 'cross-site'] as const),
      ...(['rate-limited', 'unavailable'] as const),
    ],
    'logged-in',
  );
  return {
    operationId: 'openChatSocket',
    tags: ['Chat'],
    summary: 'The chat: upgrades to a WebSocket.',
    description: describeSocket(),
    parameters: [
      {
        name: 'Sec-WebSocket-Protocol',
        in: 'header',
        required: true,
        description: 'The subprotocol.',
        schema: { type: 'string', const: subprotocol },
        example: subprotocol,
      },
      {
        name: 'ticket',
        in: 'query',
        required: false,
        description: 'A ticket of POST /chat/tickets, for a client that can send neither cookie nor header. Used once.',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '101': { description: 'The connection speaks frames from here on; the first is `ready`.', headers: limitHeaders },
      ...Object.fromEntries([...codes].map(([status, list]) => [String(status), problemReply(status, list, problem)])),
    },
    security: [{ cookie: [] }, { bearer: [] }, { ticket: [] }],
    'x-who': 'Anyone logged in',
    'x-problems': Object.fromEntries([...codes].map(([status, list]) => [String(status), list])),
  };
}

function describeSocket(): string {
  const list = (notes: Record<string, string>, frames: object) =>
    Object.keys(frames)
      .map((type) => `- \`${type}\`: ${notes[type] ?? ''}`)
      .join('\n');
  const closes = Object.entries(closeCodes).map(
    ([name, code]) => `- ${code}: ${closeNotes[name as keyof typeof closeCodes]}`,
  );
  return [
    `Subprotocol \`${subprotocol}\`. Frames are JSON objects with a \`type\`, at most 64 kB each; their shapes are the schemas \`ClientFrame\` and \`ServerFrame\`.`,
    `From the client:\n\n${list(frameNotes.client, clientFrames)}`,
    `From the server:\n\n${list(frameNotes.server, serverFrames)}`,
    `Close codes:\n\n${closes.join('\n')}`,
    'Delivery: an `ack` means committed. `seq` is dense in its room, 1 to N, and is the order for everyone. The live stream and `resume` together give each message exactly once, in order, or an explicit `reset`; never silence.',
  ].join('\n\n');
}
