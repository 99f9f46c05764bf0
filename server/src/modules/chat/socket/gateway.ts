import { basePath, closeCodes, subprotocol } from '@openward/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '#platform/problem.ts';
import { FrameGate } from '#platform/socket/frame-gate.ts';
import { serveSocket } from '#platform/socket/socket-server.ts';
import type { Ctx } from '#server/context.ts';
import { loadLimits, type SocketLimits, socketLimits } from '#server/limits.ts';
import { requestChanged } from '#server/modules/care/index.ts';
import { availabilityChanged } from '#server/modules/doctors/index.ts';
import { sessionsEnded } from '#server/modules/identity/index.ts';
import { waitingToBeWritten } from '../append-message.ts';
import {
  memberTyping,
  messageEdited,
  messageRetracted,
  messagesAppended,
  messagesRemoved,
  presenceChanged,
  roomChanged,
  roomRead,
  writeDoubted,
} from '../topics.ts';
import { admit } from './admit.ts';
import { type Caller, type ChatNode, Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { Feeds } from './feeds.ts';
import { encodeFrame } from './frames.ts';
import { PresenceKeeper } from './presence-keeper.ts';
import { RequestTeller } from './request-teller.ts';
import { SessionWatch } from './session-watch.ts';

export type ChatGateway = {
  /** Says goodbye to every socket: they are to come back, here or on another node. */
  close(): Promise<void>;
};

/** How often the sessions of the open sockets are looked at, whatever the bus says. */
const sessionCheckMs = 1000;

/**
 * GET /chat/socket. What comes over the bus only says where to look; sessions, heads and members are looked at by the clock
 * as well, so that a deaf bus delays and never lies.
 */
export function createChatGateway(
  ctx: Ctx,
  app: FastifyInstance,
  limits: SocketLimits = { ...socketLimits, ...ctx.config.limits.socket },
): ChatGateway {
  const connections = new Connections(limits, (doubted) => watch.lookSoon(doubted));
  const accepts = openDoor(limits);
  const feeds = new Feeds(ctx, connections);
  const presence = new PresenceKeeper(ctx, limits, connections, feeds);
  const node: ChatNode = { ctx, connections, limits, feeds, presence };
  const watch = new SessionWatch(node);
  let closing = false;
  const url = `${basePath}/chat/socket`;
  app.shedder.know('GET', url, { priority: 'usual', part: 'chat' });
  const server = serveSocket<Caller>(app, {
    url,
    subprotocol,
    limits,
    codes: closeCodes,
    turnsAway: (request, response) => app.shedder.answers(request, response),
    admit: async (request: FastifyRequest) => {
      // In a rush nobody is looked up; else who is nobody takes no place from those who are somebody.
      if (accepts.isEmpty(performance.now())) refuseRush(accepts);
      const caller = await admit(ctx, request);
      if (closing) throw new Problem('unavailable', { detail: 'This node is stopping.', retryAfterS: 1 });
      refuseTooMany(node, caller.actor.accountId);
      refuseRush(accepts);
      return caller;
    },
    connect: (link, caller) => {
      const connection = new Connection(node, link, caller);
      connections.add(connection);
      // Admins are in no rooms.
      if (caller.actor.role !== 'admin') presence.opened(caller.actor.accountId);
      ctx.metrics.sockets.set(connections.size);
      void connection.open(caller.origin);
      return connection;
    },
  });
  const { waitingMessages } = { ...loadLimits, ...ctx.config.limits.load };
  ctx.load.watch({ name: 'messages', part: 'chat', read: () => waitingToBeWritten(ctx) / waitingMessages });
  const requests = new RequestTeller(ctx, connections);
  const stopListening = listen(node, requests);
  const stopClock = startClock(node, watch);
  return {
    close: async () => {
      closing = true;
      await server.close();
      stopClock();
      stopListening();
      requests.close();
      await presence.close();
    },
  };
}

/** Times are those of the frames of one connection; what passes here are connections. */
function openDoor({ acceptsPerSecond, acceptBurst }: SocketLimits): FrameGate {
  const limits = { framesPerSecond: acceptsPerSecond, frameBurst: acceptBurst, floodCloseMs: Number.POSITIVE_INFINITY };
  return new FrameGate(limits, performance.now());
}

/** Takes a place. Who gets none comes back at a moment of its own. */
function refuseRush(accepts: FrameGate): void {
  const verdict = accepts.take(performance.now());
  if (verdict.pass) return;
  throw new Problem('unavailable', {
    detail: 'Too many sockets are being opened at this moment. Try again shortly.',
    retryAfterS: Math.ceil(verdict.retryAfterMs / 1000 + Math.random() * 4),
  });
}

function refuseTooMany({ connections, limits }: ChatNode, accountId: string): void {
  if (connections.ofAccount(accountId).length < limits.socketsPerAccount) return;
  throw new Problem('rate-limited', {
    detail: `An account has ${limits.socketsPerAccount} sockets at most. Close one first.`,
    retryAfterS: 10,
  });
}

/** What happened on any node, this one included. */
function listen(node: ChatNode, requests: RequestTeller): () => void {
  const { ctx, feeds } = node;
  const { bus } = ctx;
  const subscriptions = [
    bus.subscribe(messagesAppended, (news) => feeds.onAppended(news)),
    bus.subscribe(writeDoubted, ({ roomId }) => feeds.onDoubtfulWrite(roomId)),
    bus.subscribe(messageEdited, ({ roomId, seq, changeSeq }) => feeds.get(roomId)?.edit(seq, changeSeq)),
    bus.subscribe(messageRetracted, ({ roomId, seq, changeSeq }) => feeds.get(roomId)?.retract(seq, changeSeq)),
    bus.subscribe(messagesRemoved, ({ roomId }) => feeds.get(roomId)?.removeAll()),
    bus.subscribe(roomRead, ({ roomId, accountId, seq }) => feeds.get(roomId)?.read(accountId, seq)),
    bus.subscribe(memberTyping, ({ roomId, accountId }) =>
      feeds.get(roomId)?.broadcast(encodeFrame({ type: 'typing', roomId, accountId }), accountId),
    ),
    bus.subscribe(presenceChanged, ({ accountIds }) => node.presence.hear(accountIds)),
    bus.subscribe(roomChanged, ({ roomId, version }) => feeds.onRoomChanged(roomId, version)),
    bus.subscribe(requestChanged, (change) => requests.hear(change)),
    bus.subscribe(availabilityChanged, (doctor) => requests.hearDoctor(doctor)),
    bus.subscribe(sessionsEnded, ({ accountId }) => node.connections.doubt([accountId])),
    bus.onGap(() => void announcePositions(node)),
  ];
  return () => {
    for (const stop of subscriptions) stop();
  };
}

function startClock(node: ChatNode, watch: SessionWatch): () => void {
  const everySecond = setInterval(() => {
    const nowMs = node.ctx.clock.now().getTime();
    for (const connection of node.connections) if (nowMs >= connection.expiresAtMs) connection.expire();
    node.ctx.metrics.sockets.set(node.connections.size);
    node.feeds.tick();
    void watch.tick();
  }, sessionCheckMs);
  const everyHeartbeat = setInterval(() => void announcePositions(node), node.limits.heartbeatMs);
  everySecond.unref();
  everyHeartbeat.unref();
  return () => {
    clearInterval(everySecond);
    clearInterval(everyHeartbeat);
  };
}

/** At each heartbeat every socket hears something, so that a client notices a dead link. */
async function announcePositions({ ctx, feeds, connections, presence }: ChatNode): Promise<void> {
  let known = true;
  try {
    await feeds.announcePositions();
  } catch (error) {
    known = false;
    ctx.log.debug({ err: error }, 'positions could not be read');
  }
  const heartbeat = encodeFrame({ type: 'heartbeat' });
  for (const connection of connections) {
    connection.rest();
    if (!known || connection.rooms.isEmpty) connection.send(heartbeat);
  }
  await presence.compare();
}
