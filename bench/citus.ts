import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readConfig } from '../server/src/config.ts';
import type { Ctx } from '../server/src/context.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { appendMessage } from '../server/src/modules/chat/append-message.ts';
import { findRooms } from '../server/src/modules/chat/find-rooms.ts';
import { readMessages } from '../server/src/modules/chat/read-messages.ts';
import { roomMembers, rooms } from '../server/src/modules/chat/tables.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { createLog } from '../server/src/platform/log.ts';
import { CitusCluster, startPlain } from '../server/test/citus/citus-cluster.ts';
import { findCitus, howToInstall } from '../server/test/citus/find-citus.ts';
import { Cleanup } from '../server/test/faults/cluster/cleanup.ts';
import type { PostgresServer } from '../server/test/standby.ts';
import { cpuOf, cpuOfChildren } from './cpu.ts';
import { sayMedians, sayRatio } from './report.ts';
import { environmentOf, inSetting } from './setting.ts';

const roomCount = 500;
const roundMs = 4000;

type Side = { name: string; ctx: Ctx; servers: readonly PostgresServer[]; roomIds: string[]; senderId: string };
type Work = { name: string; outstanding: number; once(side: Side): Promise<unknown> };

const pick = (side: Side) => side.roomIds[Math.floor(Math.random() * roomCount)] ?? '';
/** As it comes over a socket: by somebody who is known to be a member. */
const write = ({ ctx, senderId }: Side, roomId: string) =>
  appendMessage(ctx, { roomId, senderId, clientId: randomUUID(), text: 'It is better since yesterday.', seenIn: 1 });

const works: Work[] = [
  { name: 'messages in 500 rooms, one at a time', outstanding: 1, once: (side) => write(side, pick(side)) },
  { name: 'messages in 500 rooms, 64 outstanding', outstanding: 64, once: (side) => write(side, pick(side)) },
  {
    name: 'messages in one room, 256 outstanding',
    outstanding: 256,
    once: (side) => write(side, side.roomIds[0] ?? ''),
  },
  {
    name: 'pages of 20 messages, 16 outstanding',
    outstanding: 16,
    once: (side) => readMessages(side.ctx, { roomId: side.roomIds[0] ?? '', fromSeq: 1, toSeq: 20 }),
  },
  {
    name: '20 rooms with their members, 16 outstanding',
    outstanding: 16,
    once: (side) =>
      findRooms(
        side.ctx,
        Array.from({ length: 20 }, () => pick(side)),
      ),
  },
];

/** What the chat costs on a Citus of a coordinator and two workers beside one PostgreSQL of the same programs, in turns, in this process. */
export async function benchCitus(rounds: number): Promise<void> {
  const binaries = findCitus();
  if (binaries === null) {
    process.stdout.write(`Left out: ${howToInstall}\n`);
    return;
  }
  const cleanup = new Cleanup();
  await inSetting(['openward'], async (folder, main) => {
    const cluster = await CitusCluster.start(join(folder, 'citus'), binaries, cleanup);
    const plain = await startPlain(join(folder, 'plain'), binaries, cleanup);
    await plain.query('postgres', 'CREATE DATABASE openward_chat');
    const open = (name: string, chat: string, distributed: 'citus' | 'off', servers: readonly PostgresServer[]) =>
      openSide(folder, { name, urls: { main: main.url('openward'), chat }, distributed, servers });
    const sides = [
      await open('one PostgreSQL', plain.url('openward_chat'), 'off', [plain]),
      await open('Citus', await cluster.createDatabase('openward_chat'), 'citus', cluster.all),
    ];
    try {
      for (const work of works) await compare(work, sides, rounds);
    } finally {
      for (const { close } of sides) await close();
      cleanup.run();
    }
  });
}

async function openSide(
  folder: string,
  {
    name,
    urls,
    distributed,
    servers,
  }: {
    name: string;
    urls: { main: string; chat: string };
    distributed: 'citus' | 'off';
    servers: readonly PostgresServer[];
  },
): Promise<Side & { close(): Promise<void> }> {
  const environment = { ...environmentOf(folder, urls, {}), CHAT_DISTRIBUTED: distributed, LOG_LEVEL: 'silent' };
  const config = readConfig(environment);
  await migrateDatabases(urls, config);
  const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
  const roomIds = Array.from({ length: roomCount }, () => randomUUID());
  const senderId = randomUUID();
  const members = [senderId, randomUUID()];
  await ctx.chatDb
    .insert(rooms)
    .values(roomIds.map((roomId) => ({ roomId, status: 'open' as const, requestVersion: 1 })));
  await ctx.chatDb
    .insert(roomMembers)
    .values(roomIds.flatMap((roomId) => members.map((accountId) => ({ roomId, accountId, role: 'doctor' as const }))));
  return { name, ctx, servers, roomIds, senderId, close };
}

async function compare(work: Work, sides: readonly Side[], rounds: number): Promise<void> {
  const results = new Map(sides.map(({ name }): [string, Record<string, number>[]] => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const side of sides) {
      const measured = await measure(work, side);
      if (round > 0) results.get(side.name)?.push(measured);
    }
  }
  sayMedians(work.name, results);
  const [plain = [], citus = []] = [...results.values()];
  for (const column of ['a second', 'PG CPU ms']) {
    const of = (all: Record<string, number>[]) => all.map((one) => one[column] ?? 0);
    sayRatio(`${work.name}, ${column}: Citus / one PostgreSQL`, of(citus), of(plain), column !== 'a second');
  }
}

/** CPU is of one operation, that of the database of all its servers. */
async function measure({ outstanding, once }: Work, side: Side): Promise<Record<string, number>> {
  const cpu = () => side.servers.reduce((sum, { pid }) => sum + (pid === null ? 0 : cpuOfChildren(pid)), 0);
  const [ownBefore, before, startedAtMs] = [cpuOf(process.pid), cpu(), performance.now()];
  let count = 0;
  const lane = async () => {
    while (performance.now() - startedAtMs < roundMs) {
      await once(side);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: outstanding }, lane));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const each = (cpuSeconds: number) => (cpuSeconds * 1000) / count;
  return {
    'a second': count / seconds,
    'mean ms': (outstanding * seconds * 1000) / count,
    'node CPU ms': each(cpuOf(process.pid) - ownBefore),
    'PG CPU ms': each(cpu() - before),
  };
}
