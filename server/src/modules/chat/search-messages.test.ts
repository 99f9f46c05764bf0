import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { openRoom, release } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function say(person: Person, roomId: string, ...texts: string[]): Promise<void> {
  for (const text of texts)
    await person.api('POST', `/rooms/${roomId}/messages`, { clientId: crypto.randomUUID(), text });
}

async function search(person: Person, roomId: string, q: string, more = '') {
  return person.api('GET', `/rooms/${roomId}/search?q=${encodeURIComponent(q)}${more}`);
}

const seqsOf = async (person: Person, roomId: string, q: string) =>
  (await search(person, roomId, q)).body.items.map(({ seq }: { seq: number }) => seq);

describe('GET /rooms/{id}/search', () => {
  it('finds all words anywhere, newest first, whatever their capitals and accents', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    await say(patient, roomId, 'Dor no CORAÇÃO à noite', 'Penicillin 100%_', 'nothing');
    await say(doctor, roomId, 'O coração está bem.');
    expect(await seqsOf(patient, roomId, 'coracao')).toEqual([4, 1]);
    expect(await seqsOf(doctor, roomId, 'NOITE cora')).toEqual([1]);
    expect(await seqsOf(doctor, roomId, '100%_')).toEqual([2]);
    expect(await seqsOf(doctor, roomId, '%')).toEqual([2]);
    expect(await seqsOf(doctor, roomId, 'absent')).toEqual([]);
    expect((await search(doctor, roomId, 'noite')).body.items[0]).toMatchObject({
      text: 'Dor no CORAÇÃO à noite',
      seq: 1,
    });
    for (const path of [
      '?q=',
      '?q=%20',
      '',
      `?q=a&cursor=${Buffer.from('[1.5]').toString('base64url')}`,
      '?q=a&cursor=x',
    ]) {
      expect((await doctor.api('GET', `/rooms/${roomId}/search${path}`)).status).toBe(400);
    }
  });

  it('never finds what was taken back, and finds what was edited by its newest words alone', async () => {
    const { roomId, patient } = await openRoom(server);
    await say(patient, roomId, 'old words', 'secret words');
    await patient.api('PATCH', `/rooms/${roomId}/messages/1`, { text: 'new words' });
    await patient.api('DELETE', `/rooms/${roomId}/messages/2`);
    expect(await seqsOf(patient, roomId, 'words')).toEqual([1]);
    expect([await seqsOf(patient, roomId, 'new'), await seqsOf(patient, roomId, 'old')]).toEqual([[1], []]);
    expect(await seqsOf(patient, roomId, 'secret')).toEqual([]);
  });

  it('is for who is in the room, and in the audit without its words', async () => {
    const pair = await openRoom(server);
    await say(pair.patient, pair.roomId, 'migraine');
    await search(pair.doctor, pair.roomId, 'migraine');
    const [entry] = await rowsOf<{ details: object }>(
      server.ctx,
      sql`SELECT details FROM audit_log WHERE actor_id = ${pair.doctor.id} AND subject_id = ${pair.roomId}
          AND details ? 'searchedTo'`,
    );
    expect(entry?.details).toEqual({ searchedFrom: 1, searchedTo: 1, found: 1 });
    await release(pair);
    expect((await search(pair.doctor, pair.roomId, 'migraine')).status).toBe(404);
  });

  it('goes through a long room page by page, each match once, none missing', async () => {
    const { roomId, patient } = await openRoom(server);
    await server.ctx.chatDb.execute(
      sql`INSERT INTO messages (room_id, seq, id, sender_id, client_id, text)
          SELECT ${roomId}::uuid, n, gen_random_uuid(), ${patient.id}::uuid, n::text,
            CASE WHEN n % 997 = 0 THEN 'needle ' ELSE 'hay ' END || n
          FROM generate_series(1, 25000) AS n`,
    );
    await server.ctx.chatDb.execute(sql`UPDATE rooms SET last_seq = 25000 WHERE room_id = ${roomId}`);
    const found: number[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await search(patient, roomId, 'needle', `&limit=7${cursor}`);
      found.push(...body.items.map(({ seq }: { seq: number }) => seq));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(found).toEqual(Array.from({ length: 25 }, (_, index) => (25 - index) * 997));
    const { body } = await search(patient, roomId, 'absent');
    expect(body).toEqual({ items: [], nextCursor: expect.any(String) });
  });
});
