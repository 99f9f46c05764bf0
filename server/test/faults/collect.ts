import type { Attachment, AuditEntry } from '@openward/contracts';
import { listChanges } from './clients/changes.ts';
import { download } from './clients/files.ts';
import type { Stand } from './cluster/cluster.ts';
import { eventsOf, type HistoryEvent, type Member, type Round, type StoredMessage } from './history.ts';
import type { Scene } from './scene.ts';

/** How far each room is, by the database itself, past every node and proxy. */
export async function readHeads(cluster: Stand, roomIds: readonly string[]): Promise<Record<string, number>> {
  return Object.fromEntries((await readRooms(cluster, roomIds)).map(({ roomId, lastSeq }) => [roomId, lastSeq]));
}

/** The same with the last change of each. */
export async function readRooms({ chat }: Stand, roomIds: readonly string[]): Promise<Round['database']['rooms']> {
  const rows = await chat.query<{ roomId: string; lastSeq: string; changeSeq: string }>(
    'SELECT room_id AS "roomId", last_seq AS "lastSeq", change_seq AS "changeSeq" FROM rooms WHERE room_id = ANY($1)',
    [roomIds],
  );
  return rows.map(({ roomId, lastSeq, changeSeq }) => ({
    ...{ roomId, lastSeq: Number(lastSeq), changeSeq: Number(changeSeq) },
  }));
}

/** Every room that a client of the round has been in. */
export function roomIdsOf(events: readonly HistoryEvent[]): string[] {
  return [...new Set(eventsOf({ events }, 'device').flatMap(({ rooms }) => rooms))];
}

/** Each member reads each room as a whole, its changes and its files, at each node; who is in it no more, or never was, tries. */
export async function readEverything(scene: Scene, members: readonly Member[]): Promise<void> {
  const { nodes, files } = scene.place;
  const names = ['ana', 'ben', 'dora', 'emil', 'nora', 'eve'] as const;
  const present = new Set(
    members.filter(({ leftAt }) => leftAt === null).map((member) => `${member.roomId} ${member.accountId}`),
  );
  for (const name of names) {
    const { accountId } = scene.sessions[name];
    const rooms = Object.values(scene.rooms).filter((roomId) => present.has(`${roomId} ${accountId}`));
    for (const [nodeIndex] of nodes.entries()) {
      await Promise.all(rooms.map((roomId) => readRoom(scene, name, roomId, nodeIndex)));
      const own = files.filter(({ roomId }) => rooms.includes(roomId));
      await Promise.all(own.map((file) => download(scene.as(name), file, { nodeIndex, final: true })));
    }
  }
  const tries = (['eve', 'lena'] as const).flatMap((name) =>
    files.map((file, index) => download(scene.as(name), file, { nodeIndex: index % nodes.length, final: true })),
  );
  await Promise.all(tries);
}

async function readRoom(scene: Scene, name: keyof Scene['sessions'], roomId: string, nodeIndex: number): Promise<void> {
  for (let after = 0; ; after += 100) {
    const page = await scene.as(name).read(roomId, after, { nodeIndex, final: true });
    if (page === null || page.length < 100) break;
  }
  for (let after = 0; ; ) {
    const page = await listChanges(scene.as(name), roomId, after, { nodeIndex, final: true });
    if (page === null || page.isLast) return;
    after = page.upTo;
  }
}

export async function readMembers({ chat }: Stand): Promise<Member[]> {
  const rows = await chat.query<Omit<Member, 'readSeq'> & { readSeq: string }>(
    'SELECT room_id AS "roomId", account_id AS "accountId", left_at::text AS "leftAt", read_seq AS "readSeq" FROM room_members',
  );
  return rows.map(({ readSeq, ...member }) => ({ ...member, readSeq: Number(readSeq) }));
}

/** What is stored of the rooms, and what the audit has of them, as an admin reads it. */
export async function collectRound(cluster: Stand, scene: Scene, events: readonly HistoryEvent[]): Promise<Round> {
  const roomIds = roomIdsOf(events);
  const rows = await cluster.chat.query<Row>(
    `SELECT room_id AS "roomId", seq, id, client_id AS "clientId", sender_id AS "senderId", text, sent_at AS "sentAt",
       retracted_at AS "retractedAt", edited_at AS "editedAt", reply_to AS "replyTo", attachments, change_seq AS "changeSeq"
     FROM messages WHERE room_id = ANY($1) ORDER BY room_id, seq`,
    [roomIds],
  );
  const versions = await cluster.chat.query<{ roomId: string; seq: string; text: string }>(
    'SELECT room_id AS "roomId", seq, text FROM message_versions WHERE room_id = ANY($1)',
    [roomIds],
  );
  return {
    events,
    database: {
      rooms: await readRooms(cluster, roomIds),
      members: await readMembers(cluster),
      messages: rows.map(messageOf),
      versions: versions.map(({ seq, ...version }) => ({ ...version, seq: Number(seq) })),
    },
    audit: await readAudit(scene, roomIds),
    withinMs: cluster.convergeWithinMs,
  };
}

/** As the driver gives it: 64-bit numbers as strings. */
type Row = {
  roomId: string;
  seq: string;
  id: string;
  clientId: string;
  senderId: string;
  text: string | null;
  sentAt: Date;
  retractedAt: Date | null;
  editedAt: Date | null;
  replyTo: string | null;
  attachments: Attachment[] | null;
  changeSeq: string | null;
};

function messageOf({
  seq,
  sentAt,
  retractedAt,
  editedAt,
  replyTo,
  attachments,
  changeSeq,
  ...row
}: Row): StoredMessage {
  return {
    ...row,
    seq: Number(seq),
    sentAt: sentAt.toISOString(),
    retractedAt: retractedAt?.toISOString() ?? null,
    changeSeq: changeSeq === null ? null : Number(changeSeq),
    ...(editedAt === null ? {} : { editedAt: editedAt.toISOString() }),
    ...(replyTo === null ? {} : { replyTo: Number(replyTo) }),
    ...(attachments === null ? {} : { attachments }),
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
