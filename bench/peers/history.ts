import pg from 'pg';
import { WebSocketServer } from 'ws';

// What a node that comes back has to do at least: the pages of the rooms read one after the other on one connection, each once for all
// who wait for it, and their frames written to plain `ws` sockets. It checks nothing and knows nobody.

type Resume = { rooms: { roomId: string; afterSeq: number }[] };

const page = `SELECT room_id AS "roomId", seq, id, client_id AS "clientId", sender_id AS "senderId", text, sent_at AS "sentAt",
  retracted_at AS "retractedAt" FROM messages WHERE room_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq`;

const client = new pg.Client({ connectionString: process.env['BENCH_HISTORY_DATABASE'] });
client.setTypeParser(20, Number);
await client.connect();
// As the product's connections have it: planning each page anew is no part of the work.
await client.query("SET plan_cache_mode = 'force_generic_plan'");

const pages = new Map<string, Promise<string[]>>();
let last: Promise<unknown> = Promise.resolve();

/** @returns frames. Who asks while a page is being read gets the same one. */
function pageAfter(roomId: string, afterSeq: number): Promise<string[]> {
  const key = `${roomId} ${afterSeq}`;
  const shared = pages.get(key);
  if (shared !== undefined) return shared;
  const read = last
    .then(() => client.query({ name: 'page', text: page, values: [roomId, afterSeq + 1, afterSeq + 100] }))
    .then(({ rows }) => rows.map((row) => JSON.stringify({ type: 'message', ...row })))
    .finally(() => pages.delete(key));
  pages.set(key, read);
  last = read;
  return read;
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`${JSON.stringify({ url: `ws://127.0.0.1:${(server.address() as { port: number }).port}` })}\n`);
});
server.on('connection', (socket) => {
  socket.on('message', async (data) => {
    const { rooms }: Resume = JSON.parse(String(data));
    for (const { roomId, afterSeq } of rooms) {
      for (const frame of await pageAfter(roomId, afterSeq)) socket.send(frame);
    }
  });
});
