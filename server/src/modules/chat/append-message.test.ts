import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatLayout, startTestServer, type TestServer } from '../../../test/harness.ts';
import { recordStatements } from '../../../test/statements.ts';
import { appendMessage, type Draft } from './append-message.ts';
import { appendOne } from './append-one.ts';
import { appendOneToRoom } from './append-to-room.ts';
import { roomMembers, rooms } from './tables.ts';
import { closeRoom, historyOf, openRoom, type Pair } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function draftBy({ roomId, patient }: Pair, more: Partial<Draft> = {}): Draft {
  return { roomId, senderId: patient.id, clientId: randomUUID(), text: 'Good morning.', ...more };
}

async function versionOf({ roomId }: Pair): Promise<number> {
  const [room] = await server.ctx.chatDb.select().from(rooms).where(eq(rooms.roomId, roomId));
  return room?.requestVersion ?? 0;
}

describe('seqs', () => {
  it('are dense and the same for everyone, however many send at once', async () => {
    const pair = await openRoom(server);
    const sent = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        appendMessage(server.ctx, draftBy(pair, { senderId: index % 2 === 0 ? pair.patient.id : pair.doctor.id })),
      ),
    );
    const seqs = sent.map((result) => (result.outcome === 'written' ? result.message.seq : 0)).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    const history = await historyOf(pair.doctor, pair.roomId);
    expect(history.map(({ seq }) => seq)).toEqual(seqs);
    const byId = new Map(history.map((message) => [message.id, message]));
    for (const result of sent) {
      if (result.outcome !== 'written') throw new Error(result.outcome);
      expect(byId.get(result.message.id)).toEqual(result.message);
    }
  });

  it('are dense when known members write each by themselves at once, as on many nodes, and all is said as it is kept', async () => {
    const pair = await openRoom(server);
    const seenIn = await versionOf(pair);
    const write = chatLayout() === 'citus' ? appendOneToRoom : undefined;
    const writing = Array.from({ length: 100 }, () => appendOne(server.ctx.chatDb, draftBy(pair, { seenIn }), write));
    const sent = (await Promise.all(writing)).map((result) => ('message' in result ? result.message : null));
    const history = await historyOf(pair.patient, pair.roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(sent.toSorted((a, b) => (a?.seq ?? 0) - (b?.seq ?? 0))).toEqual(history);
  });

  it('stay dense when some of the writes are twins of others', async () => {
    const pair = await openRoom(server);
    const clientIds = Array.from({ length: 20 }, () => randomUUID());
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        appendMessage(server.ctx, draftBy(pair, { clientId: clientIds[index % 20] ?? '' })),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(20);
    expect(results.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(80);
    const history = await historyOf(pair.patient, pair.roomId);
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});

describe('the same clientId', () => {
  it('makes one message, a hundred times at once', async () => {
    const pair = await openRoom(server);
    const draft = draftBy(pair);
    const results = await Promise.all(Array.from({ length: 100 }, () => appendMessage(server.ctx, draft)));
    expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
    const messages = results.map((result) => ('message' in result ? result.message : null));
    expect(new Set(messages.map((message) => message?.id)).size).toBe(1);
    expect(messages[0]).toMatchObject({ seq: 1, clientId: draft.clientId, text: draft.text });
  });

  it('with another text is refused, and changes nothing', async () => {
    const pair = await openRoom(server);
    const draft = draftBy(pair);
    await appendMessage(server.ctx, draft);
    expect(await appendMessage(server.ctx, { ...draft, text: 'Something else.' })).toEqual({
      outcome: 'client-id-reused',
    });
    expect(await historyOf(pair.patient, pair.roomId)).toMatchObject([{ text: draft.text }]);
  });

  it('of another sender, or in another room, is another message', async () => {
    const pair = await openRoom(server);
    const other = await openRoom(server, { patient: pair.patient });
    const draft = draftBy(pair);
    const results = [
      await appendMessage(server.ctx, draft),
      await appendMessage(server.ctx, { ...draft, senderId: pair.doctor.id }),
      await appendMessage(server.ctx, { ...draft, roomId: other.roomId }),
    ];
    expect(results.map((result) => [result.outcome, 'message' in result ? result.message.seq : 0])).toEqual([
      ['written', 1],
      ['written', 2],
      ['written', 1],
    ]);
  });

  it('is still the same message once the room is closed or the message retracted', async () => {
    const pair = await openRoom(server);
    const [kept, retracted] = [draftBy(pair), draftBy(pair, { text: 'Not for you.' })];
    await appendMessage(server.ctx, kept);
    await appendMessage(server.ctx, retracted);
    await pair.patient.api('DELETE', `/rooms/${pair.roomId}/messages/2`);
    await closeRoom(pair);
    expect(await appendMessage(server.ctx, kept)).toMatchObject({ outcome: 'duplicate', message: { seq: 1 } });
    expect(await appendMessage(server.ctx, retracted)).toMatchObject({
      outcome: 'duplicate',
      message: { seq: 2, text: null },
    });
    expect(await appendMessage(server.ctx, draftBy(pair))).toEqual({ outcome: 'room-closed' });
  });
});

describe('membership', () => {
  it('of nobody, of who has left, and in no room at all is the same refusal', async () => {
    const pair = await openRoom(server);
    const stranger = await server.people.doctor();
    await server.ctx.chatDb
      .update(roomMembers)
      .set({ leftAt: new Date().toISOString() })
      .where(eq(roomMembers.accountId, pair.doctor.id));
    for (const draft of [
      draftBy(pair, { senderId: stranger.id }),
      draftBy(pair, { senderId: pair.doctor.id }),
      draftBy(pair, { roomId: randomUUID() }),
    ]) {
      expect(await appendMessage(server.ctx, draft)).toEqual({ outcome: 'not-a-member' });
    }
  });

  it('of a version that is still the room’s is not looked up again, alone or in a group; of an older one it is', async () => {
    const pair = await openRoom(server);
    const seenIn = await versionOf(pair);
    const recorded = recordStatements(server.urls.chat);
    try {
      expect(await appendMessage(server.ctx, draftBy(pair, { seenIn }))).toMatchObject({ message: { seq: 1 } });
      const together = [draftBy(pair, { seenIn }), draftBy(pair, { seenIn })];
      const written = await Promise.all(together.map((draft) => appendMessage(server.ctx, draft)));
      expect(written).toMatchObject([{ message: { seq: 2 } }, { message: { seq: 3 } }]);
      const asked = recorded.all().map(({ name }) => name);
      if (chatLayout() === 'off') expect(asked).toEqual(['chat_append_seen', 'chat_append_group']);
    } finally {
      recorded.stop();
    }
    // Everybody is believed to be in it whom the version was seen with: nobody else says so.
    const stale = [pair.patient.id, (await server.people.doctor()).id].map((senderId) =>
      draftBy(pair, { senderId, seenIn: seenIn - 1 }),
    );
    for (const draft of stale) {
      const outcome = draft.senderId === pair.patient.id ? 'written' : 'not-a-member';
      expect(await appendMessage(server.ctx, draft)).toMatchObject({ outcome });
    }
    const again = stale.map((draft) => ({ ...draft, clientId: randomUUID() }));
    const outcomes = await Promise.all(again.map((draft) => appendMessage(server.ctx, draft)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['written', 'not-a-member']);
  });

  it.each([
    ['looked up', () => undefined],
    ['known', (version: number) => version],
  ])('%s, counts as it is when the message is written, not when the write began', async (_how, seenInOf) => {
    const pair = await openRoom(server);
    const seenIn = seenInOf(await versionOf(pair));
    const other = new pg.Client({ connectionString: server.urls.chat });
    await other.connect();
    // The doctor is exchanged while the doctor's message waits for the room's lock.
    await other.query('BEGIN');
    await other.query('UPDATE rooms SET request_version = request_version + 1 WHERE room_id = $1', [pair.roomId]);
    await other.query('UPDATE room_members SET left_at = now() WHERE room_id = $1 AND account_id = $2', [
      pair.roomId,
      pair.doctor.id,
    ]);
    const late = appendMessage(server.ctx, draftBy(pair, { senderId: pair.doctor.id, seenIn }));
    const member = appendMessage(server.ctx, draftBy(pair, { seenIn }));
    // Both in one group.
    await waitForLocks(other, 1);
    await other.query('COMMIT');
    await other.end();
    expect(await late).toEqual({ outcome: 'not-a-member' });
    expect(await member).toMatchObject({ outcome: 'written', message: { seq: 1 } });
    const [room] = await server.ctx.chatDb.select().from(rooms).where(eq(rooms.roomId, pair.roomId));
    expect(room?.lastSeq).toBe(1);
  });
});

/** Distributed, whoever waits does so on another machine. */
const lockWaits =
  chatLayout() === 'citus'
    ? 'SELECT count(*) AS waiting FROM citus_lock_waits'
    : "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

async function waitForLocks(client: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ waiting: string }>(lockWaits);
    if (Number(rows[0]?.waiting) >= count) return;
  }
}
