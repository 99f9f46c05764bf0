import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Seen from who calls: what is on its way to the server, what comes back, or both. */
export type Direction = 'there' | 'back' | 'both';

/** Takes the pieces of a stream as they come, and lets out what is to arrive, when it is to arrive. */
export type Rewriter = (piece: Buffer, arrive: (piece: Buffer) => void) => void;

/** A way to a server (Redis, PostgreSQL) that can be cut, loudly or in silence. */
export type TestProxy = {
  /** The server's URL, by this way. */
  url: string;
  /** Nothing arrives, and nothing is closed, as behind a firewall that drops: TCP tries again until it is mended. */
  silence(direction?: Direction): void;
  /** The subscriptions that are open hear nothing more; all else goes on. */
  deafen(): void;
  /** What subscriptions hear from now on goes through a rewriter of their own. Null: as it is. */
  rewriteNews(makeRewriter: (() => Rewriter) | null): void;
  /** Every connection breaks, and new ones are refused at once. */
  cut(): void;
  /** An answer for which this is true does not arrive, and its connection breaks: the server has done it, nobody hears so. */
  loseAnswers(isLost: ((answer: Buffer) => boolean) | null): void;
  mend(): void;
  /** Answers come so much later. */
  delay(ms: number): void;
  stop(): Promise<void>;
};

type Way = { near: Socket; far: Socket; subscribed: boolean; deaf: boolean; rewriter: Rewriter | null };

/** @param target the URL of the server; what is not host and port stays as it is */
export async function startProxyTo(target: string): Promise<TestProxy> {
  const { hostname, port } = new URL(target);
  const ways = new Set<Way>();
  const held: (() => void)[] = [];
  const silent = { there: false, back: false };
  let refusing = false;
  let delayMs = 0;
  let isLost: ((answer: Buffer) => boolean) | null = null;
  let makeRewriter: (() => Rewriter) | null = null;

  const holdOr = (direction: 'there' | 'back', act: () => void) => {
    if (silent[direction]) held.push(act);
    else act();
  };
  const onAnswer = (way: Way, piece: Buffer) => {
    if (way.deaf) return;
    if (isLost?.(piece) === true) return void breakWay(way);
    const arrive = (piece: Buffer) => void (way.near.writable && way.near.write(piece));
    const deliver = () => (way.rewriter === null ? arrive(piece) : way.rewriter(piece, arrive));
    if (delayMs === 0) holdOr('back', deliver);
    else setTimeout(() => holdOr('back', deliver), delayMs);
  };
  const server = createServer((near) => {
    if (refusing) return void near.destroy();
    const way: Way = { near, far: connect(Number(port), hostname), subscribed: false, deaf: false, rewriter: null };
    ways.add(way);
    near.on('data', (piece) => {
      if (!way.subscribed && /\b(?:subscribe|LISTEN openward_bus)\b/i.test(piece.toString('latin1'))) {
        way.subscribed = true;
        way.rewriter = makeRewriter?.() ?? null;
      }
      holdOr('there', () => void (way.far.writable && way.far.write(piece)));
    });
    way.far.on('data', (piece) => onAnswer(way, piece));
    for (const [one, other, direction] of [
      [near, way.far, 'there'],
      [way.far, near, 'back'],
    ] as const) {
      one.on('error', () => {});
      one.once('close', () => holdOr(direction, () => other.destroy()));
      one.once('close', () => void (other.destroyed && ways.delete(way)));
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));

  const breakAll = () => {
    for (const way of ways) breakWay(way);
  };
  const url = new URL(target);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    silence: (direction = 'both') => {
      silent.there = direction !== 'back';
      silent.back = direction !== 'there';
    },
    deafen: () => {
      for (const way of ways) way.deaf ||= way.subscribed;
    },
    rewriteNews: (make) => {
      makeRewriter = make;
      for (const way of ways) if (way.subscribed) way.rewriter = make?.() ?? null;
    },
    cut: () => {
      refusing = true;
      breakAll();
    },
    loseAnswers: (test) => {
      isLost = test;
    },
    mend: () => {
      refusing = false;
      silent.there = false;
      silent.back = false;
      for (const act of held.splice(0)) act();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    stop: async () => {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function breakWay({ near, far }: Way): void {
  near.destroy();
  far.destroy();
}
