import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Server } from 'socket.io';

// What people write by hand: Socket.IO, a room for each room, the Redis adapter so that several nodes can be started, one INSERT a message
// before its ack, ten connections, the sequence from a counter in memory. It checks nothing and knows nobody.

const world = JSON.parse(readFileSync(process.env.BENCH_WORLD, 'utf8'));
const sequences = new Map(world.rooms.map(({ roomId }) => [roomId, 0]));
const roomsOf = new Map();
for (const { roomId, members } of world.rooms) {
  for (const id of members) roomsOf.set(id, [...(roomsOf.get(id) ?? []), roomId]);
}

const pool = new pg.Pool({ connectionString: process.env.BENCH_PEER_DATABASE, max: 10 });
const insert =
  'INSERT INTO socket_io_messages (room_id, seq, id, sender_id, client_id, text) VALUES ($1, $2, $3, $4, $5, $6) RETURNING sent_at';

const server = createServer();
const publisher = new Redis(process.env.REDIS_URL);
const io = new Server(server, { transports: ['websocket'], adapter: createAdapter(publisher, publisher.duplicate()) });

io.on('connection', (socket) => {
  const senderId = socket.handshake.query.account;
  socket.join(roomsOf.get(senderId) ?? []);
  socket.on('send', async ({ clientId, roomId, text }) => {
    const seq = sequences.get(roomId) + 1;
    sequences.set(roomId, seq);
    const id = crypto.randomUUID();
    const values = [roomId, seq, id, senderId, clientId, text];
    const { rows } = await pool.query({ name: 'insert', text: insert, values });
    const sentAt = rows[0].sent_at.toISOString();
    socket.emit('ack', { clientId, roomId, seq, id, sentAt, duplicate: false });
    socket.to(roomId).emit('message', { roomId, seq, id, clientId, senderId, text, sentAt, retractedAt: null });
  });
  socket.emit('ready');
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `ws://127.0.0.1:${server.address().port}` })}\n`);
});
