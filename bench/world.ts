import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../server/src/config.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { openPlatform } from '../server/src/open-platform.ts';
import { newId } from '../server/src/platform/id.ts';
import { createLog } from '../server/src/platform/log.ts';
import { type Seat, socketIoFrames, text } from './load.ts';
import { type Member, makeMembers } from './members.ts';
import { environmentOf } from './setting.ts';

/** The databases of one installation, and what its servers are started with. */
export type Setting = {
  folder: string;
  urls: { main: string; chat: string; peer: string };
  environment: NodeJS.ProcessEnv;
};

export type World = { rooms: { roomId: string; members: Member[] }[] };

export const databases = ['openward', 'openward_chat', 'peer'];

/** Migrates the databases. Of the limits, those are lifted that a thousand clients on one machine would run into. */
export async function prepare(
  folder: string,
  postgres: { url(database: string): string },
  [main = '', chat = '', peer = '']: readonly string[] = databases,
): Promise<Setting> {
  const urls = { main: postgres.url(main), chat: postgres.url(chat), peer: postgres.url(peer) };
  await migrateDatabases(urls);
  await execute(
    urls.peer,
    `CREATE TABLE IF NOT EXISTS peer_messages (room_id uuid, seq bigint, id uuid, sender_id uuid, client_id text, text text,
       sent_at timestamptz DEFAULT now(), PRIMARY KEY (room_id, seq));
     CREATE TABLE IF NOT EXISTS socket_io_messages (LIKE peer_messages INCLUDING ALL)`,
  );
  const environment = environmentOf(folder, urls, {
    'socket.connect': { points: 100_000, windowS: 60 },
    socket: { framesPerSecond: 100_000, frameBurst: 100_000, acceptsPerSecond: 100_000, acceptBurst: 100_000 },
  });
  return { folder, urls, environment };
}

/** What a peer is started with. */
export function peerOf({ folder, urls }: Setting): NodeJS.ProcessEnv {
  return { BENCH_WORLD: join(folder, 'world.json'), BENCH_PEER_DATABASE: urls.peer };
}

/** Accounts with sessions, and rooms that they are in, straight into the databases. */
export async function populate(
  { folder, urls, environment }: Setting,
  { rooms, members }: { rooms: number; members: number },
): Promise<World> {
  const config = { ...readConfig({ ...environment, LOG_LEVEL: 'silent' }), keysDir: join(folder, 'keys') };
  const { ctx, close } = await openPlatform({ config, urls, roles: [], log: createLog(config) });
  const roles = Array.from({ length: rooms * members }, (_, n) => (n % members === 0 ? 'patient' : 'doctor'));
  const people = await makeMembers(urls.main, ctx.tokens, roles);
  await close();
  const world: World = {
    rooms: Array.from({ length: rooms }, (_, n) => ({
      roomId: newId(),
      members: people.slice(n * members, (n + 1) * members),
    })),
  };
  const seated = world.rooms.flatMap(({ roomId, members }) =>
    members.map(({ id }, index) => [roomId, id, index] as const),
  );
  const columns = [seated.map(([roomId]) => roomId), seated.map(([, id]) => id), seated.map(([, , index]) => index)];
  const client = new pg.Client({ connectionString: urls.chat });
  await client.connect();
  await client.query(
    `INSERT INTO rooms (room_id, status, request_version) SELECT DISTINCT room_id, 'open', 1 FROM unnest($1::uuid[]) AS room_id`,
    columns.slice(0, 1),
  );
  await client.query(
    `INSERT INTO room_members (room_id, account_id, role)
     SELECT room_id, id, CASE place WHEN 0 THEN 'patient' ELSE 'doctor' END FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS seat (room_id, id, place)`,
    columns,
  );
  await client.query(
    'INSERT INTO account_rooms (account_id, room_id) SELECT id, room_id FROM unnest($1::uuid[], $2::uuid[]) AS seat (room_id, id)',
    columns.slice(0, 2),
  );
  await client.end();
  const plain = world.rooms.map(({ roomId, members }) => ({ roomId, members: members.map(({ id }) => id) }));
  writeFileSync(join(folder, 'world.json'), JSON.stringify({ rooms: plain }));
  return world;
}

/** So many messages in each room, from its first member, without anybody having been told of them. */
export async function fillRooms({ urls }: Setting, { rooms }: World, messages: number): Promise<void> {
  const client = new pg.Client({ connectionString: urls.chat });
  await client.connect();
  const columns = [rooms.map(({ roomId }) => roomId), rooms.map(({ members }) => members[0]?.id)];
  await client.query(
    `INSERT INTO messages (room_id, seq, id, sender_id, client_id, text)
     SELECT room_id, n, gen_random_uuid(), sender_id, n::text, $4
     FROM unnest($1::uuid[], $2::uuid[]) AS room (room_id, sender_id), generate_series(1, $3::int) AS n`,
    [...columns, messages, text],
  );
  await client.query('UPDATE rooms SET last_seq = $2 WHERE room_id = ANY($1::uuid[])', [columns[0], messages]);
  await client.query('VACUUM ANALYZE');
  await client.end();
}

/** Where a member sits down: at Openward with a token, at a peer by saying who it is. */
export function seatOf(url: string, own: boolean, roomId: string, { id, accessToken }: Member): Seat {
  if (!own) return { roomId, url: `${url}/?account=${id}` };
  const headers = { authorization: `Bearer ${accessToken}` };
  return { roomId, url: `${url}/api/v1/chat/socket`, headers, protocol: 'openward.chat.v1' };
}

export function seatsOf(url: string, own: boolean, { rooms }: World): Seat[] {
  return rooms.flatMap(({ roomId, members }) => members.map((member) => seatOf(url, own, roomId, member)));
}

/** The same at a server that speaks Socket.IO. */
export function socketIoSeatsOf(url: string, { rooms }: World): Seat[] {
  const pathOf = (id: string) => `${url}/socket.io/?EIO=4&transport=websocket&account=${id}`;
  return rooms.flatMap(({ roomId, members }) =>
    members.map(({ id }) => ({ roomId, url: pathOf(id), frames: socketIoFrames })),
  );
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
