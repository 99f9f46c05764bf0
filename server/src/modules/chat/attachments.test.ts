import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { createApi, withoutRequestId } from '../../../test/http.ts';
import { gif, jpeg, pdf, png, secretPlace, webp } from '../../../test/images.ts';
import { dropOrphans, removeAttachments } from './remove-attachments.ts';
import { closeRoom, historyOf, openRoom, release, TestSocket } from './test-support.ts';

// upload-attachment, take-attachments, get-attachment, open-attachment, remove-attachments: a file's way in and out.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function upload(person: Person, roomId: string, file: Buffer, type = 'image/png', name = 'knee.png') {
  const path = `/rooms/${roomId}/attachments?name=${encodeURIComponent(name)}`;
  return person.api('POST', path, undefined, { raw: file, headers: { 'content-type': type } });
}

async function send(
  person: Person,
  roomId: string,
  attachmentIds: string[],
  text = '',
  clientId: string = crypto.randomUUID(),
) {
  return person.api('POST', `/rooms/${roomId}/messages`, { clientId, text, attachmentIds });
}

async function uploaded(person: Person, roomId: string): Promise<string> {
  return (await upload(person, roomId, png())).body.id;
}

const linkOf = async (person: Person, roomId: string, id: string) =>
  (await person.api('GET', `/rooms/${roomId}/attachments/${id}`)).body.url?.replace('/api/v1', '');

async function bytesOf(url: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const reply = await fetch(new URL(`/api/v1${url}`, server.url));
  return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) };
}

/** The files of a room in the store. */
async function stored(roomId: string): Promise<string[]> {
  return readdir(`${server.config.attachments.dir}/${roomId}`).catch(() => []);
}

async function age(roomId: string, hours: number): Promise<void> {
  await server.ctx.chatDb.execute(
    sql`UPDATE attachments SET created_at = (created_at AT TIME ZONE 'UTC' - ${hours} * interval '1 hour') AT TIME ZONE 'UTC' WHERE room_id = ${roomId}`,
  );
}

describe('a file', () => {
  it('goes in as bytes, into a message, and out to the other member as it was, cleaned', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const socket = await TestSocket.as(server, doctor);
    await socket.settled();
    for (const [type, file, size] of [
      ['image/jpeg', jpeg().file, { width: 1, height: 1 }],
      ['image/png', png({ width: 30, height: 20 }), { width: 30, height: 20 }],
      ['image/webp', webp(), { width: 1, height: 1 }],
      ['image/gif', gif(), { width: 1, height: 1 }],
      ['application/pdf', pdf, {}],
    ] as const) {
      const { status, body } = await upload(patient, roomId, file, type, 'Röntgen (1).bin');
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String),
        name: 'Röntgen (1).bin',
        type,
        sizeBytes: expect.any(Number),
        ...size,
      });
      expect((await send(patient, roomId, [body.id])).body).toMatchObject({ text: '', attachments: [body] });
      const message = await socket.next('message');
      expect(message.attachments).toEqual([body]);
      const { bytes, headers } = await bytesOf(await linkOf(doctor, roomId, body.id));
      expect(bytes.includes(secretPlace)).toBe(false);
      expect(bytes.length).toBe(body.sizeBytes);
      if (type === 'application/pdf') expect(bytes).toEqual(pdf);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="R_ntgen _1_\.bin\.\w+"; filename\*=UTF-8''R%C3%B6ntgen%20%281%29\.bin\.\w+$/,
      );
      expect(headers.get('content-security-policy')).toContain('sandbox');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
    expect((await historyOf(doctor, roomId)).map(({ attachments }) => attachments?.length)).toEqual([1, 1, 1, 1, 1]);
    await socket.close();
  });

  it('is refused when it is not what it is said to be, broken, too large, or without a length', async () => {
    const { roomId, patient } = await openRoom(server);
    const outcome = async (file: Buffer, type: string) => {
      const { status, body } = await upload(patient, roomId, file, type);
      return [status, body.code];
    };
    expect(await outcome(png(), 'image/jpeg')).toEqual([415, 'unsupported-media-type']);
    expect(await outcome(Buffer.from('<script>alert(1)</script>'), 'image/png')).toEqual([
      415,
      'unsupported-media-type',
    ]);
    expect(await outcome(png(), 'text/html')).toEqual([415, 'unsupported-media-type']);
    expect(await outcome(png(), 'application/json')).toEqual([415, 'unsupported-media-type']);
    expect(await outcome(png().subarray(0, 60), 'image/png')).toEqual([400, 'invalid-request']);
    expect(await outcome(Buffer.alloc(0), 'image/png')).toEqual([400, 'invalid-request']);
    expect(await outcome(Buffer.alloc(10_000_001), 'image/png')).toEqual([413, 'payload-too-large']);
    expect((await upload(patient, roomId, png(), 'image/png', 'a\r\nb')).status).toBe(400);
    expect(await stored(roomId)).toEqual([]);
    const other = await patient.api('POST', `/rooms/${roomId}/messages`, undefined, {
      raw: png(),
      headers: { 'content-type': 'image/png' },
    });
    expect(other.status).toBe(415);
  });

  it('that breaks off on its way leaves nothing', async () => {
    const { roomId, patient } = await openRoom(server);
    const url = new URL(`/api/v1/rooms/${roomId}/attachments?name=a.png`, server.url);
    const headers = {
      authorization: `Bearer ${patient.accessToken}`,
      'content-type': 'image/png',
      'content-length': '100000',
    };
    const call = request(url, { method: 'POST', headers });
    call.on('error', () => undefined);
    call.write(png());
    const count = async () => {
      const { rows } = await server.ctx.chatDb.execute(
        sql`SELECT removed_at FROM attachments WHERE room_id = ${roomId}`,
      );
      return rows as { removed_at: string | null }[];
    };
    await eventually('the upload has begun', async () => (await count()).length === 1);
    call.destroy();
    await eventually('it is given up', async () => (await count())[0]?.removed_at !== null);
    await age(roomId, 1);
    await dropOrphans(server.ctx);
    expect(await count()).toEqual([]);
    expect(await stored(roomId)).toEqual([]);
    expect(await readdir(server.config.attachments.incomingDir)).toEqual([]);
  });

  it('needs an open room of one’s own', async () => {
    const pair = await openRoom(server);
    const stranger = await server.people.patient();
    const [hidden, missing] = [await upload(stranger, pair.roomId, png()), await upload(stranger, stranger.id, png())];
    expect([hidden.status, withoutRequestId(hidden.body)]).toEqual([404, withoutRequestId(missing.body)]);
    await closeRoom(pair);
    expect((await upload(pair.patient, pair.roomId, png())).body.code).toBe('room-closed');
  });

  it('more than a hundred a day are too many for one person in one room, at once too', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    await server.ctx.chatDb.execute(
      sql`INSERT INTO attachments (room_id, id, uploader_id, name, type, size_bytes)
          SELECT ${roomId}::uuid, gen_random_uuid(), ${patient.id}::uuid, 'a', 'image/png', 1 FROM generate_series(1, 97)`,
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => upload(patient, roomId, png())));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(3).fill(201), ...Array(17).fill(429)]);
    expect((await upload(doctor, roomId, png())).status).toBe(201);
  });
});

describe('a message with files', () => {
  it('names each once, its own alone, and up to ten; nothing is written otherwise', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const [mine, theirs] = [await uploaded(patient, roomId), await uploaded(doctor, roomId)];
    const elsewhere = await openRoom(server, { patient });
    const other = await uploaded(patient, elsewhere.roomId);
    const outcome = async (ids: string[]) => (await send(patient, roomId, ids, 'Look.')).body.code;
    for (const ids of [[theirs], [other], [mine, theirs], [patient.id], [mine, mine], Array(11).fill(mine)]) {
      expect(await outcome(ids)).toBe('invalid-request');
    }
    expect((await send(patient, roomId, [])).body.errors).toMatchObject([{ path: 'text' }]);
    expect(await historyOf(patient, roomId)).toEqual([]);
    expect((await send(patient, roomId, [mine.toUpperCase()], 'Look.')).body).toMatchObject({
      attachments: [{ id: mine }],
    });
    expect(await outcome([mine])).toBe('invalid-request');
  });

  it('sent again is the same message; with other files it is another, which is refused', async () => {
    const { roomId, patient } = await openRoom(server);
    const [one, two] = [await uploaded(patient, roomId), await uploaded(patient, roomId)];
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(patient, roomId, [one], 'Look.', 'c')));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await send(patient, roomId, [two], 'Look.', 'c')).body.code).toBe('client-id-reused');
    expect((await send(patient, roomId, [], 'Look.', 'c')).body.code).toBe('client-id-reused');
    await patient.api('DELETE', `/rooms/${roomId}/messages/1`);
    expect(await send(patient, roomId, [one], 'Look.', 'c')).toMatchObject({ status: 200, body: { text: null } });
  });

  it('two at once with the same file: one is written, a hundred times', async () => {
    const { roomId, patient } = await openRoom(server);
    const race = async () => {
      const id = crypto.randomUUID();
      await server.ctx.chatDb.execute(
        sql`INSERT INTO attachments (room_id, id, uploader_id, name, type, size_bytes, stored_at)
            VALUES (${roomId}, ${id}, ${patient.id}, 'a', 'image/png', 1, now())`,
      );
      const answers = await Promise.all([send(patient, roomId, [id]), send(patient, roomId, [id])]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 400]);
    };
    for (let trial = 0; trial < 100; trial += 10) await Promise.all(Array.from({ length: 10 }, race));
    expect(await historyOf(patient, roomId)).toHaveLength(100);
  });

  it('over the socket says which message was refused', async () => {
    const { roomId, patient } = await openRoom(server);
    const socket = await TestSocket.as(server, patient);
    const id = await uploaded(patient, roomId);
    socket.send({ type: 'send', clientId: 'a', roomId, text: '', attachmentIds: [id] });
    expect(await socket.next('ack')).toMatchObject({ clientId: 'a', seq: 1 });
    for (const frame of [{ text: ' ' }, { text: '' }, { text: 'x', attachmentIds: [id] }]) {
      socket.send({ type: 'send', clientId: 'b', roomId, ...frame });
      expect(await socket.next('error')).toMatchObject({ clientId: 'b', code: 'invalid-frame' });
    }
    await socket.close();
  });

  it('takes the bytes along when it is taken back', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const id = await uploaded(patient, roomId);
    await send(patient, roomId, [id]);
    const link = await linkOf(doctor, roomId, id);
    expect(await stored(roomId)).toEqual([id]);
    await patient.api('DELETE', `/rooms/${roomId}/messages/1`);
    expect(await stored(roomId)).toEqual([]);
    expect((await bytesOf(link)).status).toBe(404);
    expect((await doctor.api('GET', `/rooms/${roomId}/attachments/${id}`)).status).toBe(404);
    expect((await historyOf(doctor, roomId))[0]).not.toHaveProperty('attachments');
  });
});

describe('a link', () => {
  it('is for the members, once the file is sent; before that for its uploader alone', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const stranger = await server.people.patient();
    const id = await uploaded(patient, roomId);
    const status = async (person: Person) => (await person.api('GET', `/rooms/${roomId}/attachments/${id}`)).status;
    expect([await status(patient), await status(doctor), await status(stranger)]).toEqual([200, 404, 404]);
    await send(patient, roomId, [id]);
    expect([await status(patient), await status(doctor), await status(stranger)]).toEqual([200, 200, 404]);
  });

  it('is good for two minutes, for one account, while its session lives and it is in the room', async () => {
    const pair = await openRoom(server);
    const { roomId, patient } = pair;
    const doctor = await server.people.logIn(pair.doctor);
    const id = await uploaded(patient, roomId);
    await send(patient, roomId, [id]);
    const link = await linkOf(doctor, roomId, id);
    const status = async (url: string) => (await bytesOf(url)).status;
    expect(await status(link)).toBe(200);
    expect((await doctor.api('GET', link)).status).toBe(200);
    expect((await patient.api('GET', link)).status).toBe(404);
    expect((await createApi(server.url, { authorization: 'Bearer nonsense' })('GET', link)).status).toBe(200);
    expect(await status(`${link.slice(0, -2)}${link.endsWith('AA') ? 'BB' : 'AA'}`)).toBe(404);
    const later = { now: () => new Date(Date.now() + 121_000) };
    const slow = await server.addNode({ roles: ['chat'], overrides: { clock: later } });
    expect((await createApi(slow.url)('GET', link)).status).toBe(404);
    await doctor.api('POST', '/auth/logout');
    expect(await status(link)).toBe(404);
    const again = await linkOf(pair.doctor, roomId, id);
    expect(await status(again)).toBe(200);
    await release(pair);
    expect(await status(again)).toBe(404);
  });

  it('is in the audit: who asked for it, who opened it', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const id = await uploaded(patient, roomId);
    await send(patient, roomId, [id]);
    await bytesOf(await linkOf(doctor, roomId, id));
    const entries = await rowsOf(
      server.ctx,
      sql`SELECT action, actor_id, actor_role FROM audit_log
          WHERE subject_id = ${roomId} AND details->>'attachmentId' = ${id} ORDER BY id`,
    );
    const who = { actor_id: doctor.id, actor_role: 'doctor' };
    expect(entries).toEqual([
      { action: 'room.read', ...who },
      { action: 'attachment.read', ...who },
    ]);
  });
});

describe('the clean-up', () => {
  it('removes what nobody sent within a day, and nothing that was sent', async () => {
    const { roomId, patient, doctor } = await openRoom(server);
    const [sent, forgotten, taken] = await Promise.all([1, 2, 3].map(() => uploaded(patient, roomId)));
    await send(patient, roomId, [sent ?? '']);
    await server.ctx.chatDb.execute(sql`UPDATE attachments SET client_id = 'never' WHERE id = ${taken}`);
    await dropOrphans(server.ctx);
    expect((await stored(roomId)).length).toBe(3);
    await age(roomId, 23.5);
    expect((await send(patient, roomId, [forgotten ?? ''])).status).toBe(400);
    await age(roomId, 1);
    await Promise.all([dropOrphans(server.ctx), dropOrphans(server.ctx)]);
    expect(await stored(roomId)).toEqual([sent]);
    await age(roomId, 1000);
    await dropOrphans(server.ctx);
    expect((await bytesOf(await linkOf(doctor, roomId, sent ?? ''))).status).toBe(200);
  });

  it('goes on where the store failed', async () => {
    const { roomId, patient } = await openRoom(server);
    await send(patient, roomId, [await uploaded(patient, roomId)]);
    const node = await server.addNode({
      roles: ['api', 'chat'],
      overrides: { files: { ...server.ctx.files, delete: () => Promise.reject(new Error('away')) } },
    });
    const api = createApi(node.url, { authorization: `Bearer ${patient.accessToken}` });
    expect((await api('DELETE', `/rooms/${roomId}/messages/1`)).status).toBe(204);
    expect(await stored(roomId)).toHaveLength(1);
    await dropOrphans(server.ctx);
    expect(await stored(roomId)).toEqual([]);
  });
});

it('all that was uploaded to a room can be removed, or what one account uploaded', async () => {
  const { roomId, patient, doctor } = await openRoom(server);
  const [mine, theirs] = [await uploaded(patient, roomId), await uploaded(doctor, roomId)];
  await send(patient, roomId, [mine], 'Look.');
  await send(doctor, roomId, [theirs]);
  await removeAttachments(server.ctx, { roomId, uploaderId: patient.id });
  expect(await stored(roomId)).toEqual([theirs]);
  expect((await historyOf(patient, roomId)).map(({ text, attachments }) => [text, attachments?.length])).toEqual([
    ['Look.', undefined],
    ['', 1],
  ]);
  await removeAttachments(server.ctx, { roomId });
  expect(await stored(roomId)).toEqual([]);
});

it('a file that is on its way while its room is emptied leaves no bytes', async () => {
  const { roomId, patient } = await openRoom(server);
  const call = request(new URL(`/api/v1/rooms/${roomId}/attachments?name=a.pdf`, server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${patient.accessToken}`,
      'content-type': 'application/pdf',
      'content-length': pdf.length,
    },
  });
  const answered = once(call, 'response');
  call.write(pdf.subarray(0, 20));
  const reserved = sql`SELECT id FROM attachments WHERE room_id = ${roomId}`;
  await eventually('it has begun', async () => (await server.ctx.chatDb.execute(reserved)).rows.length === 1);
  await removeAttachments(server.ctx, { roomId });
  call.end(pdf.subarray(20));
  const [{ statusCode }] = await answered;
  const kept = await readdir(`${server.config.attachments.dir}/${roomId}`).catch(() => []);
  expect([statusCode, kept]).toEqual([404, []]);
});

it('bytes that come after their room was emptied, of which nobody hears any more, are found by the clean-up', async () => {
  const { roomId, patient } = await openRoom(server);
  const [asked, emptied] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { put } = server.ctx.files;
  const node = await server.addNode({
    roles: ['api', 'chat'],
    overrides: {
      files: {
        ...server.ctx.files,
        put: async (...file: Parameters<typeof put>) => {
          asked.resolve();
          await emptied.promise;
          await put.apply(server.ctx.files, file);
          throw new Error('connection reset');
        },
      },
    },
  });
  const path = `/rooms/${roomId}/attachments?name=a.png`;
  const headers = { 'content-type': 'image/png' };
  const api = createApi(node.url, { authorization: `Bearer ${patient.accessToken}` });
  const answered = api('POST', path, undefined, { raw: png(), headers });
  await asked.promise;
  await removeAttachments(server.ctx, { roomId });
  emptied.resolve();
  expect([(await answered).status, (await stored(roomId)).length]).toEqual([500, 1]);
  await age(roomId, 1);
  await dropOrphans(server.ctx);
  expect(await stored(roomId)).toEqual([]);
});
