import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../server/src/config.ts';
import { appendGroup } from '../server/src/modules/chat/append-group.ts';
import { appendOne, type Draft } from '../server/src/modules/chat/append-one.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { createLog } from '../server/src/platform/log.ts';
import { cpuOfChildren } from './cpu.ts';
import { text } from './load.ts';
import { median, sayTable } from './report.ts';
import { inSetting } from './setting.ts';
import { databases, execute, prepare } from './world.ts';

const rooms = Array.from({ length: 500 }, () => ({ roomId: randomUUID(), senderId: randomUUID() }));
const messagesOfARound = 1_200;

type Way = { name: string; messages: number; write(): Promise<unknown> };
type Measured = { cpuUs: number[]; p50Us: number[] };

/** What writing a message costs PostgreSQL, alone and in groups, beside the plain INSERT: one statement after the other, the ways in turn. */
export async function benchAppend(rounds: number): Promise<void> {
  await inSetting(databases, async (folder, postgres) => {
    const { urls, environment } = await prepare(folder, postgres);
    await makeRooms(urls.chat);
    const config = readConfig({ ...environment, LOG_LEVEL: 'silent' });
    const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
    const peer = new pg.Pool({ connectionString: urls.peer, max: 1 });
    const group = (size: number) => ({
      name: `a group of ${size}`,
      messages: size,
      write: () => appendGroup(ctx.chatDb, draftsOf(size)),
    });
    const alone = (name: string, seenIn?: number) => ({
      name,
      messages: 1,
      write: () => Promise.all(draftsOf(1).map((draft) => appendOne(ctx.chatDb, { ...draft, seenIn }))),
    });
    const ways: Way[] = [
      { name: 'the plain INSERT', messages: 1, write: () => insert(peer) },
      alone('a message alone', version),
      alone('alone, its sender looked up'),
      ...[1, 2, 20].map(group),
    ];
    try {
      const postmaster = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
      const results = new Map(ways.map(({ name }): [string, Measured] => [name, { cpuUs: [], p50Us: [] }]));
      for (let round = 0; round <= rounds; round += 1) {
        for (const way of ways) {
          const measured = await measure(way, postmaster);
          // The first round warms up.
          if (round === 0) continue;
          results.get(way.name)?.cpuUs.push(measured.cpuUs);
          results.get(way.name)?.p50Us.push(measured.p50Us);
        }
      }
      sayTable(
        `a statement, the median of ${rounds} rounds`,
        ways.map(({ name }) => rowOf(name, results.get(name))),
      );
    } finally {
      await peer.end();
      await close();
    }
  });
}

function rowOf(name: string, { cpuUs, p50Us }: Measured = { cpuUs: [], p50Us: [] }) {
  return { statement: name, 'PostgreSQL CPU µs': Math.round(median(cpuUs)), 'p50 µs': Math.round(median(p50Us)) };
}

async function measure({ messages, write }: Way, postmaster: number): Promise<{ cpuUs: number; p50Us: number }> {
  const statements = Math.max(300, messagesOfARound / messages);
  const tookUs: number[] = [];
  const before = cpuOfChildren(postmaster);
  for (let n = 0; n < statements; n += 1) {
    const startedAtMs = performance.now();
    await write();
    tookUs.push((performance.now() - startedAtMs) * 1000);
  }
  return { cpuUs: ((cpuOfChildren(postmaster) - before) * 1_000_000) / statements, p50Us: median(tookUs) };
}

const version = 1;

async function makeRooms(url: string): Promise<void> {
  const pairs = rooms.map(({ roomId, senderId }) => `('${roomId}'::uuid, '${senderId}'::uuid)`).join();
  await execute(
    url,
    `CREATE TEMP TABLE seats AS SELECT * FROM (VALUES ${pairs}) AS seat (room_id, account_id);
     INSERT INTO rooms (room_id, status, request_version) SELECT room_id, 'open', ${version} FROM seats;
     INSERT INTO room_members (room_id, account_id, role) SELECT room_id, account_id, 'patient' FROM seats;`,
  );
  await execute(url, 'VACUUM ANALYZE');
}

let turn = 0;

/** In so many rooms, which take turns. */
function draftsOf(count: number): Draft[] {
  return Array.from({ length: count }, () => {
    turn += 1;
    const { roomId, senderId } = rooms[turn % rooms.length] ?? { roomId: '', senderId: '' };
    return { roomId, senderId, clientId: randomUUID(), text, seenIn: version };
  });
}

/** As `peers/ws.ts` has it. */
function insert(peer: pg.Pool): Promise<unknown> {
  return Promise.all(
    draftsOf(1).map(({ roomId, senderId, clientId }) =>
      peer.query({
        name: 'insert',
        text: 'INSERT INTO peer_messages (room_id, seq, id, sender_id, client_id, text) VALUES ($1, $2, $3, $4, $5, $6) RETURNING sent_at',
        values: [roomId, turn, randomUUID(), senderId, clientId, text],
      }),
    ),
  );
}
