import type { AuditEntry, Message } from '@openward/contracts';
import type { Cluster } from './cluster/cluster.ts';
import { eventsOf, type HistoryEvent, type Member, type Round } from './history.ts';
import type { Scene } from './scene.ts';

/** How far each room is, by the database itself, past every node and proxy. */
export async function readHeads({ chat }: Cluster, roomIds: readonly string[]): Promise<Record<string, number>> {
  const rows = await chat.query<{ roomId: string; lastSeq: string }>(
    'SELECT room_id AS "roomId", last_seq AS "lastSeq" FROM rooms WHERE room_id = ANY($1)',
    [roomIds],
  );
  return Object.fromEntries(rows.map(({ roomId, lastSeq }) => [roomId, Number(lastSeq)]));
}

/** Every room that a client of the round has been in. */
export function roomIdsOf(events: readonly HistoryEvent[]): string[] {
  return [...new Set(eventsOf({ events }, 'device').flatMap(({ rooms }) => rooms))];
}

/** Each member reads each room as a whole, at each node. */
export async function readEverything(scene: Scene, members: readonly Member[]): Promise<void> {
  const { nodes } = scene.place;
  const names = ['ana', 'ben', 'dora', 'emil', 'nora', 'eve'] as const;
  const present = new Set(
    members.filter(({ leftAt }) => leftAt === null).map((member) => `${member.roomId} ${member.accountId}`),
  );
  for (const name of names) {
    const { accountId } = scene.sessions[name];
    const rooms = Object.values(scene.rooms).filter((roomId) => present.has(`${roomId} ${accountId}`));
    const calls = rooms.flatMap((roomId) => nodes.map((_, nodeIndex) => readRoom(scene, name, roomId, nodeIndex)));
    await Promise.all(calls);
  }
}

async function readRoom(scene: Scene, name: keyof Scene['sessions'], roomId: string, nodeIndex: number): Promise<void> {
  for (let after = 0; ; after += 100) {
    const page = await scene.as(name).read(roomId, after, { nodeIndex, final: true });
    if (page === null || page.length < 100) return;
  }
}

export async function readMembers({ chat }: Cluster): Promise<Member[]> {
  return chat.query<Member>(
    'SELECT room_id AS "roomId", account_id AS "accountId", left_at::text AS "leftAt" FROM room_members',
  );
}

/** What is stored of the rooms, and what the audit has of them, as an admin reads it. */
export async function collectRound(cluster: Cluster, scene: Scene, events: readonly HistoryEvent[]): Promise<Round> {
  const roomIds = roomIdsOf(events);
  const heads = await readHeads(cluster, roomIds);
  const rows = await cluster.chat.query<Omit<Message, 'seq' | 'sentAt'> & { seq: string; sentAt: Date }>(
    `SELECT room_id AS "roomId", seq, id, client_id AS "clientId", sender_id AS "senderId", text, sent_at AS "sentAt"
     FROM messages WHERE room_id = ANY($1) ORDER BY room_id, seq`,
    [roomIds],
  );
  const messages = rows.map((row) => ({ ...row, seq: Number(row.seq), sentAt: row.sentAt.toISOString() }));
  return {
    events,
    database: {
      rooms: Object.entries(heads).map(([roomId, lastSeq]) => ({ roomId, lastSeq })),
      members: await readMembers(cluster),
      messages,
    },
    audit: await readAudit(scene, roomIds),
  };
}

async function readAudit(scene: Scene, roomIds: readonly string[]): Promise<AuditEntry[]> {
  const admin = scene.as('admin');
  const url = scene.place.nodes[0]?.url ?? '';
  const entries: AuditEntry[] = [];
  for (const roomId of roomIds) {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `/admin/audit?subjectId=${roomId}&action=room.read&limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { status, body } = await admin.call(url, 'GET', path);
      if (status !== 200) throw new Error(`The audit could not be read: ${status} ${JSON.stringify(body)}`);
      const page = body as { items: AuditEntry[]; nextCursor: string | null };
      entries.push(...page.items);
      cursor = page.nextCursor;
    }
  }
  return entries;
}
