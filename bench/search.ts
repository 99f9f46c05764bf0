import pg from 'pg';
import { readConfig } from '../server/src/config.ts';
import { migrateDatabases } from '../server/src/databases.ts';
import { newId } from '../server/src/platform/id.ts';
import { createLog } from '../server/src/platform/log.ts';
import { startNode } from '../server/src/start-node.ts';
import { createPeople } from '../server/test/factories.ts';
import { environmentOf, inSetting } from './setting.ts';

/** One message in 10 has the frequent word, one in 25,000 the rare one. */
const words = { frequent: 'frequent', rare: 'rare', none: 'absent' };

/** Searches a room of so many messages of 130 characters over HTTP, page by page, and prints how long one page takes. */
export async function benchSearch(messages: number, calls: number): Promise<void> {
  await inSetting(['openward', 'openward_chat'], async (folder, postgres) => {
    const urls = { main: postgres.url('openward'), chat: postgres.url('openward_chat') };
    await migrateDatabases(urls);
    const environment = environmentOf(folder, urls, { 'account.read': { points: 1_000_000, windowS: 60 } });
    const config = readConfig({ ...environment, LOG_LEVEL: 'warn' });
    const node = await startNode({ config, urls, roles: ['api', 'chat', 'worker'], log: createLog(config) });
    const patient = await createPeople(node.ctx, node.url).patient();
    const roomId = newId();
    await fillRoom(urls.chat, { roomId, accountId: patient.id, messages });
    for (const [name, word] of Object.entries(words)) {
      const times: number[] = [];
      let cursor: string | null = null;
      while (times.length < calls) {
        const query = new URLSearchParams({ q: word, ...(cursor === null ? {} : { cursor }) });
        const startedAt = performance.now();
        const { status, body } = await patient.api('GET', `/rooms/${roomId}/search?${query}`);
        times.push(performance.now() - startedAt);
        if (status !== 200) throw new Error(`The search was refused: ${JSON.stringify(body)}`);
        cursor = body.nextCursor;
      }
      times.sort((a, b) => a - b);
      const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(0);
      process.stdout.write(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms a page, ${times.length} pages\n`);
    }
    await node.stop();
  });
}

async function fillRoom(url: string, room: { roomId: string; accountId: string; messages: number }): Promise<void> {
  const { roomId, accountId, messages } = room;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`INSERT INTO rooms (room_id, status, request_version, last_seq) VALUES ($1, 'open', 1, $2)`, [
    roomId,
    messages,
  ]);
  const seat = [roomId, accountId];
  await client.query(`INSERT INTO room_members (room_id, account_id, role) VALUES ($1, $2, 'patient')`, seat);
  await client.query('INSERT INTO account_rooms (room_id, account_id) VALUES ($1, $2)', seat);
  await client.query(
    `INSERT INTO messages (room_id, seq, id, sender_id, client_id, text)
     SELECT $1, n, gen_random_uuid(), $2, n::text,
       CASE WHEN n % 10 = 0 THEN 'Frequent ' WHEN n % 25000 = 1 THEN 'Rare ' ELSE 'Não ' END || n || ' ' || repeat('words that say little ', 5)
     FROM generate_series(1, $3::int) AS n`,
    [...seat, messages],
  );
  await client.query('VACUUM ANALYZE');
  await client.end();
}
