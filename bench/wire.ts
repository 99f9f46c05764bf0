import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * As little of a WebSocket client (RFC 6455) as a load needs: it shares a CPU with PostgreSQL, so that what it costs is missing
 * elsewhere. Text frames of less than 64 kB, no fragments.
 */
export type Wire = { send(text: string): void; end(): void };

type Options = {
  headers?: Record<string, string>;
  protocol?: string | undefined;
  onText(frame: Buffer): void;
  /** The server has closed it. */
  onEnd?(): void;
};

export function openWire(url: string, { headers = {}, protocol, onText, onEnd }: Options): Promise<Wire> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    ...(protocol === undefined ? [] : [`sec-websocket-protocol: ${protocol}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    let open = false;
    socket.on('error', reject);
    socket.on('end', () => onEnd?.());
    socket.on('data', (chunk) => {
      let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!open) {
        const end = data.indexOf('\r\n\r\n');
        if (end >= 0 && !data.subarray(0, 12).equals(switching))
          return reject(new Error(String(data.subarray(0, 500))));
        if (end < 0) {
          rest = data;
          return;
        }
        open = true;
        data = data.subarray(end + 4);
        resolve({ send: (text) => socket.write(maskedFrame(text)), end: () => socket.destroy() });
      }
      rest = readFrames(socket, data, onText);
    });
  });
}

const switching = Buffer.from('HTTP/1.1 101');

/** Reads the whole frames out of `data`. @returns what is left. */
function readFrames(socket: Socket, data: Buffer, onText: (frame: Buffer) => void): Buffer {
  let at = 0;
  while (data.length - at >= 2) {
    const code = (data[at] ?? 0) & 15;
    let length = (data[at + 1] ?? 0) & 127;
    let start = at + 2;
    if (length === 126) {
      if (data.length < at + 4) break;
      length = data.readUInt16BE(at + 2);
      start = at + 4;
    }
    if (data.length < start + length) break;
    const payload = data.subarray(start, start + length);
    if (code === 1) onText(payload);
    else if (code === 9) socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | length, 0, 0, 0, 0]), payload]));
    at = start + length;
  }
  return data.subarray(at);
}

/** Masked with zeros: the server unmasks it like any other, and the mask costs the load nothing. */
function maskedFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const head = bytes < 126 ? 2 : 4;
  const frame = Buffer.alloc(head + 4 + bytes);
  frame[0] = 0x81;
  if (bytes < 126) frame[1] = 0x80 | bytes;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(bytes, 2);
  }
  frame.write(text, head + 4);
  return frame;
}
