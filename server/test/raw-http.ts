import { connect, type Socket } from 'node:net';
import tls from 'node:tls';

export type RawOptions = {
  port: number;
  /** Over TLS, as this name. */
  servername?: string;
  localAddress?: string;
  protocols?: string[];
  /** Sent in pieces, each once the one before has been written. */
  pieces: readonly (string | Buffer)[];
  /** How long nothing may come before it is over. The server should have closed by then. */
  quietMs?: number;
};

export type RawAnswer = { text: string; bytes: Buffer; closed: boolean };

/** Bytes as they are, past every client that would mend them; what came back until the server closed or fell silent. */
export async function sendRaw({
  port,
  servername,
  localAddress,
  protocols,
  pieces,
  quietMs = 3000,
}: RawOptions): Promise<RawAnswer> {
  const way = { port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) };
  const socket: Socket =
    servername === undefined
      ? connect(way)
      : tls.connect({ ...way, servername, ...(protocols === undefined ? {} : { ALPNProtocols: protocols }) });
  const chunks: Buffer[] = [];
  const closed = await new Promise<boolean>((resolve) => {
    socket.setTimeout(quietMs, () => resolve(false));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(true)).once('end', () => resolve(true));
    // A server that has enough of it resets the connection.
    socket.on('error', () => {});
    socket.once(servername === undefined ? 'connect' : 'secureConnect', () => {
      for (const piece of pieces) socket.write(piece);
    });
  });
  socket.destroy();
  const bytes = Buffer.concat(chunks);
  return { text: bytes.toString('latin1'), bytes, closed };
}

/** The status of every response in an answer, in their order. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/(?:^|\n|\})HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
}

export type RawReply = { status: number; headers: Record<string, string>; body: Buffer };

/** The first response in an answer, or the first with a status. */
export function replyIn(text: string, wanted = /\d{3}/): RawReply {
  const start = text.search(new RegExp(`HTTP/1\\.1 ${wanted.source} `));
  if (start < 0) throw new Error(`There is no such response in: ${text.slice(0, 2000)}`);
  const [head = ''] = text.slice(start).split('\r\n\r\n', 1);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const bodyAt = start + head.length + 4;
  const body = Buffer.from(text.slice(bodyAt, bodyAt + Number(headers['content-length'] ?? 0)), 'latin1');
  return { status: Number(first.slice(9, 12)), headers, body };
}
