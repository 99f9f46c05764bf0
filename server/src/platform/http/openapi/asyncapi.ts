import * as contracts from '@openward/contracts';
import { basePath, clientFrames, closeCodes, serverFrames, subprotocol } from '@openward/contracts';
import { createSchemas } from './schemas.ts';
import { closeNotes, frameNotes } from './socket.ts';

type Reference = { $ref: string };

/** What of AsyncAPI 3.0 the document is made of. */
export type AsyncApiDocument = {
  asyncapi: '3.0.0';
  info: { title: string; version: string; description: string; license: { name: string; url: string } };
  defaultContentType: string;
  servers: Record<string, object>;
  channels: Record<string, { messages: Record<string, Reference>; [member: string]: unknown }>;
  operations: Record<
    string,
    { action: 'send' | 'receive'; channel: Reference; messages: Reference[]; summary: string }
  >;
  components: { messages: Record<string, object>; schemas: Record<string, object> };
};

const directions = {
  client: { frames: clientFrames, prefix: 'client', notes: frameNotes.client },
  server: { frames: serverFrames, prefix: 'server', notes: frameNotes.server },
} as const;

/** The frames of the contract → an AsyncAPI 3.0 document: the socket as one channel, as the server sees it. Pure. */
export function asyncApiDocument(options: { serverUrl: string; version: string }): AsyncApiDocument {
  const { host, protocol } = new URL(options.serverUrl);
  const schemas = createSchemas(contracts);
  const messages: AsyncApiDocument['components']['messages'] = {};
  const named = (direction: keyof typeof directions) => {
    const { frames, prefix, notes } = directions[direction];
    return Object.entries(frames).map(([type, schema]) => {
      const name = `${prefix}.${type}`;
      const summary = notes[type] ?? type;
      messages[name] = { name: type, summary, contentType: 'application/json', payload: schemas.translate(schema) };
      return name;
    });
  };
  const [fromClient, fromServer] = [named('client'), named('server')];
  const channel = { $ref: '#/channels/chat' };
  const inChannel = (names: string[]) => names.map((name) => ({ $ref: `#/channels/chat/messages/${name}` }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Openward chat',
      version: options.version,
      description: describe(),
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      chat: { host, protocol: protocol === 'https:' ? 'wss' : 'ws', description: 'Where the HTTP API is, too.' },
    },
    channels: {
      chat: {
        address: `${basePath}/chat/socket`,
        servers: [{ $ref: '#/servers/chat' }],
        messages: Object.fromEntries(
          [...fromClient, ...fromServer].map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { bindingVersion: '0.1.0', method: 'GET', query: ticket, headers: protocolHeader } },
      },
    },
    operations: {
      hearClient: { action: 'receive', channel, messages: inChannel(fromClient), summary: 'What a client may send.' },
      tellClient: { action: 'send', channel, messages: inChannel(fromServer), summary: 'What the server sends.' },
    },
    components: { messages, schemas: { ...schemas.components } },
  };
}

const ticket = {
  type: 'object',
  properties: {
    ticket: { type: 'string', description: 'Of POST /chat/tickets, where no cookie or header can be sent.' },
  },
};

const protocolHeader = {
  type: 'object',
  properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: subprotocol } },
  required: ['Sec-WebSocket-Protocol'],
};

function describe(): string {
  const closes = Object.entries(closeCodes).map(
    ([name, code]) => `- ${code}: ${closeNotes[name as keyof typeof closeCodes]}`,
  );
  return [
    `The WebSocket \`${subprotocol}\`: JSON objects with a \`type\`, at most 64 kB each. Of what the server sends, leave out what you do not know: newer servers say more.`,
    `Close codes:\n\n${closes.join('\n')}`,
  ].join('\n\n');
}
