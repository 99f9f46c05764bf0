import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// A process of its own that does harm to one port of 127.0.0.1, as cheaply as it can since it shares the cores with what it harms.

export type Flood = { readonly port: number; readonly addresses: readonly string[]; readonly forMs: number } & (
  | { readonly kind: 'connections'; readonly count: number }
  | {
      readonly kind: 'requests';
      readonly path: string;
      readonly connections: number;
      /** Of one connection, that are not answered yet. */
      readonly depth: number;
      /** Null: the next as soon as one is answered. */
      readonly perS: number | null;
    }
);

export type Harm = {
  /** Connections tried, or requests sent. */
  tried: number;
  /** Connections that were ended by the other side. */
  ended: number;
  /** Connections that were open at the end. */
  open: number;
  /** Answers by status. */
  answers: Record<string, number>;
  tookMs: number;
};

type Call = { socket: Socket; outstanding: number; rest: string };

async function flood(order: Flood): Promise<Harm> {
  const harm: Harm = { tried: 0, ended: 0, open: 0, answers: {}, tookMs: 0 };
  const beganAtMs = performance.now();
  await (order.kind === 'connections' ? connectMany(order, harm) : askMany(order, harm));
  harm.tookMs = Math.round(performance.now() - beganAtMs);
  return harm;
}

/** All at once, a few hundred to a turn, and held until the time is over. */
async function connectMany(order: Flood & { kind: 'connections' }, harm: Harm): Promise<void> {
  const untilMs = performance.now() + order.forMs;
  const sockets = new Set<Socket>();
  for (let n = 0; n < order.count && performance.now() < untilMs; n += 1) {
    const socket = open(order, n);
    harm.tried += 1;
    sockets.add(socket);
    socket.on('close', () => {
      harm.ended += 1;
      sockets.delete(socket);
    });
    if (n % 200 === 199) await sleep(1);
  }
  await sleep(Math.max(0, untilMs - performance.now()));
  harm.open = [...sockets].filter(({ connecting }) => !connecting).length;
  harm.ended = harm.tried - sockets.size;
  for (const socket of sockets) socket.destroy();
}

const tickMs = 5;

async function askMany(order: Flood & { kind: 'requests' }, harm: Harm): Promise<void> {
  const request = `GET ${order.path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  const calls = Array.from({ length: order.connections }, (_, n) => reopen(order, n, harm, null));
  const beganAtMs = performance.now();
  let at = 0;
  for (;;) {
    const passedMs = performance.now() - beganAtMs;
    if (passedMs >= order.forMs) break;
    // What could not be sent in its time is not sent later: the rate is a rate.
    let due = order.perS === null ? Number.POSITIVE_INFINITY : Math.ceil((order.perS * tickMs) / 1000);
    for (let tried = 0; tried < calls.length && due > 0; tried += 1) {
      at = (at + 1) % calls.length;
      const call = calls[at];
      if (call === undefined) continue;
      if (call.socket.destroyed) reopen(order, at, harm, call);
      const many = Math.min(order.depth - call.outstanding, due, Math.max(1, Math.ceil(due / calls.length)));
      if (many <= 0 || call.socket.connecting) continue;
      call.socket.write(many === 1 ? request : request.repeat(many));
      call.outstanding += many;
      harm.tried += many;
      due -= many;
    }
    await sleep(tickMs);
  }
  for (const { socket } of calls) socket.destroy();
}

function open({ port, addresses }: Flood, n: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress: addresses[n % addresses.length] ?? '127.0.0.1' });
  socket.on('error', () => {});
  return socket;
}

function reopen(order: Flood, n: number, harm: Harm, before: Call | null): Call {
  if (before !== null) harm.ended += 1;
  const call = before ?? { socket: open(order, n), outstanding: 0, rest: '' };
  if (before !== null) Object.assign(call, { socket: open(order, n), outstanding: 0, rest: '' });
  const { socket } = call;
  socket.setNoDelay(true);
  socket.on('data', (piece) => {
    const text = call.rest + piece.toString('latin1');
    for (let found = text.indexOf(mark); found !== -1; found = text.indexOf(mark, found + mark.length)) {
      const status = text.slice(found + mark.length, found + mark.length + 3);
      if (status.length < 3) break;
      harm.answers[status] = (harm.answers[status] ?? 0) + 1;
      if (call.socket === socket) call.outstanding -= 1;
    }
    const tail = text.slice(-mark.length - 2);
    call.rest = tail.lastIndexOf(mark.slice(0, 1)) === -1 ? '' : partOfMark(tail);
  });
  return call;
}

const mark = 'HTTP/1.1 ';

/** The end of a piece that may be the beginning of an answer: not what was counted already. */
function partOfMark(tail: string): string {
  for (let from = 0; from < tail.length; from += 1) {
    const rest = tail.slice(from);
    if (
      rest.length < mark.length + 3 &&
      (mark.startsWith(rest) || (rest.startsWith(mark) && rest.length < mark.length + 3))
    )
      return rest;
  }
  return '';
}

process.once('message', async (order: Flood) => {
  const harm = await flood(order);
  process.send?.(harm, () => process.exit(0));
});
