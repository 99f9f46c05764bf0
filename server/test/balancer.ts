import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A node behind the balancer: what it serves is asked of it, not known. */
type Backend = { url: string; ready: boolean };

/** A call or socket that a node did not answer. Who calls seldom sees one, since another node is asked in its place. */
export type MissedCall = {
  nodeUrl: string;
  name: string;
  /** When it was handed to the node, and when it was known that no answer would come, by `performance.now()`. */
  begunAt: number;
  failedAt: number;
};

export type TestBalancer = {
  name: string;
  url: string;
  missed: readonly MissedCall[];
  /** Whether calls go to this node: not before it has been asked, and has said that it is ready. */
  sendsTo(nodeUrl: string): boolean;
  stop(): Promise<void>;
};

/** How often each node is asked whether it is ready, as the health checks of real balancers do, only sooner. */
const checkEveryMs = 250;

/**
 * What stands before the nodes: calls and sockets go, in turn, to nodes that said lately that they are ready; those of the chat to its own. As nginx
 * by default, it asks another node when one could not be reached at all, and gives up on a call that a node has heard.
 */
export async function startBalancer(
  name: string,
  { api, chat }: { api: readonly string[]; chat: readonly string[] },
): Promise<TestBalancer> {
  const pools = { api: api.map(backendOf), chat: chat.map(backendOf) };
  const all = [...pools.api, ...pools.chat];
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const open = new Set<Socket>();
  const missed: MissedCall[] = [];
  /** @returns what is said when it fails */
  const begin: Call['begin'] = (nodeUrl, { method, url }) => {
    const begunAt = performance.now();
    return () => void missed.push({ nodeUrl, name: `${method} ${url}`, begunAt, failedAt: performance.now() });
  };
  let turn = 0;
  const choose = (path: string): Backend[] => {
    const pool = /^\/api\/v1\/(?:rooms|chat)\b/.test(path) ? pools.chat : pools.api;
    const ready = pool.filter((backend) => backend.ready);
    // Where nobody says that they are ready all are asked, as nginx and Envoy do: it may be the question that was answered late.
    const asked = ready.length > 0 ? ready : pool;
    turn += 1;
    return asked.map((_, index) => asked[(index + turn) % asked.length] as Backend);
  };
  await Promise.all(all.map((backend) => ask(backend)));
  const stopping = new AbortController();
  // Each by itself, one question after the other: a node that hangs keeps no other from being asked, and no late answer outdoes a newer one.
  const watches = all.map((backend) => watch(backend, stopping.signal));
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray().catch(() => []));
    forward({ agent, incoming, body, outgoing, begin }, choose(incoming.url ?? ''));
  });
  server.on('upgrade', (incoming, near: Socket, head) => {
    near.on('error', () => near.destroy());
    const [backend] = choose(incoming.url ?? '');
    if (backend === undefined) return void near.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
    const { hostname, port } = new URL(backend.url);
    const far = connect(Number(port), hostname);
    // Not what becomes of a socket later on: its client sees that.
    const miss = begin(backend.url, incoming);
    far.once('error', miss);
    far.once('data', () => far.off('error', miss));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    far.write(headOf(incoming));
    far.write(head);
    near.pipe(far);
    far.pipe(near);
  });
  // Who keeps a connection may use it at any time: this end is in the process of those who call, and as busy.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ name, missed },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sendsTo: (nodeUrl) => all.some((backend) => backend.url === nodeUrl && backend.ready),
    stop: async () => {
      stopping.abort();
      await Promise.all(watches);
      for (const socket of open) socket.destroy();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function backendOf(url: string): Backend {
  return { url, ready: false };
}

async function watch(backend: Backend, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ask(backend, signal);
    await sleep(checkEveryMs, undefined, { signal }).catch(() => {});
  }
}

async function ask(backend: Backend, stopping?: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([AbortSignal.timeout(2500), ...(stopping === undefined ? [] : [stopping])]);
  backend.ready = await fetch(`${backend.url}/health/ready`, { signal }).then(
    async (reply) => {
      await reply.arrayBuffer();
      return reply.ok;
    },
    () => false,
  );
}

type Call = {
  agent: Agent;
  incoming: IncomingMessage;
  body: Buffer;
  outgoing: ServerResponse;
  begin(nodeUrl: string, call: IncomingMessage): () => void;
};

function forward(given: Call, [backend, ...others]: Backend[]): void {
  const { agent, incoming, body, outgoing, begin } = given;
  if (backend === undefined) return void outgoing.writeHead(503, { 'retry-after': '1' }).end();
  const { hostname, port } = new URL(backend.url);
  const { method, url: path, headers } = incoming;
  const call = request({ agent, hostname, port, method, path, headers });
  const miss = begin(backend.url, incoming);
  let wasHeard = false;
  call.once('socket', (socket) => {
    // On a connection that was open already nobody can tell; one that is refused never heard of it.
    if (call.reusedSocket) wasHeard = true;
    else
      socket.once('connect', () => {
        wasHeard = true;
      });
  });
  call.once('response', (answer) => {
    // What is said of one connection is not meant for the other.
    const { connection: _, 'keep-alive': __, ...said } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, said);
    answer.pipe(outgoing);
    answer.once('error', () => {
      miss();
      outgoing.destroy();
    });
  });
  call.once('error', () => {
    miss();
    if (outgoing.headersSent) return void outgoing.destroy();
    if (!wasHeard || method === 'GET') forward(given, others);
    else outgoing.writeHead(502).end();
  });
  call.end(body);
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
  return `${method} ${url} HTTP/${httpVersion}\r\n${lines.join('\r\n')}\r\n\r\n`;
}
