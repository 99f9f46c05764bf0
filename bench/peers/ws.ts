import { readFileSync } from 'node:fs';
import pg from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerMemory } from '../memory.ts';

// What people write by hand: `ws`, a room's sockets in a Map, a frame for each of them. It checks nothing and knows nobody.
// BENCH_PERSIST=insert: one INSERT a message before its ack, ten connections, the sequence from a counter in memory.

type Room = { seq: number; sockets: Set<WebSocket> };

const world: { rooms: { roomId: string; members: string[] }[] } = JSON.parse(
  readFileSync(process.env['BENCH_WORLD'] ?? '', 'utf8'),
);
const rooms = new Map<string, Room>(world.rooms.map(({ roomId }) => [roomId, { seq: 0, sockets: new Set() }]));
const roomsOf = new Map<string, Room[]>();
for (const { roomId, members } of world.rooms) {
  for (const id of members) {
    const room = rooms.get(roomId);
    if (room !== undefined) roomsOf.set(id, [...(roomsOf.get(id) ?? []), room]);
  }
}

const url = process.env['BENCH_PERSIST'] === 'insert' ? process.env['BENCH_PEER_DATABASE'] : undefined;
const pool = url === undefined ? null : new pg.Pool({ connectionString: url, max: 10 });
const insert =
  'INSERT INTO peer_messages (room_id, seq, id, sender_id, client_id, text) VALUES ($1, $2, $3, $4, $5, $6) RETURNING sent_at';

answerMemory();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`${JSON.stringify({ url: `ws://127.0.0.1:${(server.address() as { port: number }).port}` })}\n`);
});
server.on('connection', (socket, request) => {
  const accountId = new URL(request.url ?? '', 'ws://peer').searchParams.get('account') ?? '';
  for (const room of roomsOf.get(accountId) ?? []) room.sockets.add(socket);
  socket.on('message', (data) => void onMessage(socket, accountId, String(data)));
});

async function onMessage(socket: WebSocket, senderId: string, data: string): Promise<void> {
  const { clientId, roomId, text } = JSON.parse(data);
  const room = rooms.get(roomId);
  if (room === undefined) return;
  room.seq += 1;
  const { seq } = room;
  const id = crypto.randomUUID();
  let sentAt = new Date().toISOString();
  if (pool !== null) {
    const values = [roomId, seq, id, senderId, clientId, text];
    const { rows } = await pool.query({ name: 'insert', text: insert, values });
    sentAt = rows[0].sent_at.toISOString();
  }
  socket.send(JSON.stringify({ type: 'ack', clientId, roomId, seq, id, sentAt, duplicate: false }));
  const frame = JSON.stringify({
    type: 'message',
    roomId,
    seq,
    id,
    clientId,
    senderId,
    text,
    sentAt,
    retractedAt: null,
  });
  for (const other of room.sockets) if (other !== socket) other.send(frame);
}
