import { type ClientFrame, clientFrames, type ServerFrame } from '@openward/contracts';
import { parse } from 'secure-json-parse';
import { findBadText } from '#platform/http/json-body.ts';
import { compileValidator, fieldErrors } from '#platform/http/validation.ts';
import { textFrame } from '#platform/socket/text-frame.ts';
import { emptyText } from '../send-message.ts';

/** A frame of a client: one of the union, or what is wrong with it. `readable` is false for what is no object with a type. */
export type ParsedFrame =
  | { ok: true; frame: ClientFrame }
  | { ok: false; readable: boolean; detail: string; clientId: string | undefined };

const validators = new Map(
  Object.entries(clientFrames).map(([type, schema]) => [type, compileValidator(schema, 'body')] as const),
);

export function parseFrame(data: Buffer, binary: boolean): ParsedFrame {
  if (binary) return unreadable('Frames are text.');
  let value: unknown;
  try {
    value = parse(data.toString('utf8'), null, { protoAction: 'error', constructorAction: 'error' });
  } catch {
    return unreadable('This is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !hasType(value)) {
    return unreadable('A frame is an object with a type.');
  }
  const clientId = 'clientId' in value ? readClientId(value.clientId) : undefined;
  const validate = validators.get(value.type);
  if (validate === undefined) return bad(`A frame's type is one of ${[...validators.keys()].join(', ')}.`, clientId);
  const badText = findBadText(value, '', 0);
  if (badText !== null) return bad(badText.detail, clientId);
  if (!validate(value)) {
    return bad(
      fieldErrors(validate.errors)
        .map(({ detail }) => detail)
        .join(' '),
      clientId,
    );
  }
  const frame = value as ClientFrame;
  const empty = frame.type === 'send' ? emptyText(frame) : null;
  if (empty !== null) return bad(empty.detail ?? empty.title, clientId);
  return { ok: true, frame: withLowerCaseIds(frame) };
}

/** The clientId of a frame that is not looked at any further, to say which one was refused. */
export function clientIdOf(data: Buffer): string | undefined {
  const parsed = parseFrame(data, false);
  if (!parsed.ok) return parsed.clientId;
  return parsed.frame.type === 'send' ? parsed.frame.clientId : undefined;
}

let lastFrame: Buffer | undefined;
let lastType = '';

/** Bytes as they go over the wire, since one frame goes to many sockets: encoded once, shared by all. */
export function encodeFrame(frame: ServerFrame): Buffer {
  lastFrame = textFrame(JSON.stringify(frame));
  lastType = frame.type;
  return lastFrame;
}

/** The type of an encoded frame, for the metrics. What was just encoded, or goes to many sockets, is not looked into. */
export function typeOf(frame: Buffer): string {
  if (frame === lastFrame) return lastType;
  const start = headBytes(frame) + '{"type":"'.length;
  let end = start;
  while (end < frame.length && frame[end] !== quote) end += 1;
  lastFrame = frame;
  lastType = frame.toString('latin1', start, end);
  return lastType;
}

const quote = 0x22;

/** Of a text frame as servers send them: unmasked (RFC 6455, 5.2). */
function headBytes(frame: Buffer): number {
  if (frame[1] === 126) return 4;
  return frame[1] === 127 ? 10 : 2;
}

function unreadable(detail: string): ParsedFrame {
  return { ok: false, readable: false, detail, clientId: undefined };
}

function bad(detail: string, clientId: string | undefined): ParsedFrame {
  return { ok: false, readable: true, detail, clientId };
}

function hasType(value: object): value is { type: string } {
  return 'type' in value && typeof value.type === 'string';
}

function readClientId(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 64 && value.isWellFormed() ? value : undefined;
}

/** As in paths: ids are compared as text. */
function withLowerCaseIds(frame: ClientFrame): ClientFrame {
  if (frame.type === 'refresh') return frame;
  if (frame.type !== 'resume') return { ...frame, roomId: frame.roomId.toLowerCase() };
  return { ...frame, rooms: frame.rooms.map((room) => ({ ...room, roomId: room.roomId.toLowerCase() })) };
}
