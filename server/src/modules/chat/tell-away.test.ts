import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { eventually, startTestServer, type TestServer } from '../../../test/harness.ts';
import { presenceOf } from './presence.ts';
import { tellAway } from './tell-away.ts';
import { openRoom, TestSocket } from './test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function room(): Promise<{
  patient: Person;
  doctor: Person;
  roomId: string;
  write: (from: Person) => Promise<void>;
}> {
  const { patient, doctor, roomId } = await openRoom(server);
  let n = 0;
  const write = async (from: Person) => {
    n += 1;
    const body = { clientId: `m${n}`, text: 'Burning xanthodermia' };
    expect((await from.api('POST', `/rooms/${roomId}/messages`, body)).status).toBe(201);
  };
  return { patient, doctor, roomId, write };
}

/** As if all this had been ten minutes ago: messages, notices, and when anybody was last seen. */
async function tenMinutesPass(): Promise<void> {
  await server.ctx.chatDb.execute(
    sql`UPDATE messages SET sent_at = (sent_at AT TIME ZONE 'UTC' - interval '10 min') AT TIME ZONE 'UTC'`,
  );
  await server.ctx.chatDb.execute(sql`UPDATE last_seen SET seen_at = seen_at - interval '10 min'`);
  await server.ctx.db.execute(sql`UPDATE notifications SET created_at = created_at - interval '10 min'`);
  await server.ctx.db.execute(
    sql`UPDATE sessions SET created_at = created_at - interval '10 min', last_seen_at = last_seen_at - interval '10 min'`,
  );
}

const toldOf = (person: Person, roomId: string) =>
  countOf(
    server.ctx,
    sql`SELECT count(*) AS n FROM notifications WHERE account_id = ${person.id} AND kind = 'new-message' AND room_id = ${roomId}`,
  );

describe('somebody who is away', () => {
  it('is told of unread messages once, and not again until they were here', async () => {
    const { patient, doctor, roomId, write } = await room();
    await write(doctor);
    await write(doctor);
    await tellAway(server.ctx, { roomId });
    expect(await toldOf(patient, roomId)).toBe(0);
    await tenMinutesPass();
    await tellAway(server.ctx, { roomId });
    const mail = await server.mailbox.waitFor(patient.email, 'new message');
    expect(mail.text).toContain(`/chat/${roomId}`);
    expect(mail.raw).not.toContain('xanthodermia');
    await write(doctor);
    await tenMinutesPass();
    await tellAway(server.ctx, { roomId });
    expect([await toldOf(patient, roomId), await toldOf(doctor, roomId)]).toEqual([1, 0]);
    // Here, without reading: the next message is news again.
    await server.people.logIn(patient);
    await server.ctx.db.execute(sql`UPDATE notifications SET created_at = created_at - interval '1 min'`);
    await tellAway(server.ctx, { roomId });
    expect(await toldOf(patient, roomId)).toBe(2);
  });

  it('is told once by many workers, in a hundred trials', async () => {
    const { patient, doctor, roomId, write } = await room();
    await write(doctor);
    await tenMinutesPass();
    for (let trial = 0; trial < 100; trial += 1) {
      await server.ctx.db.execute(sql`DELETE FROM notifications WHERE account_id = ${patient.id}`);
      await Promise.all([1, 2, 3].map(() => tellAway(server.ctx, { roomId })));
      expect(await toldOf(patient, roomId)).toBe(1);
    }
  });

  it('is not told of what has been read or taken back meanwhile, nor who has left the room', async () => {
    const { patient, doctor, roomId, write } = await room();
    await write(doctor);
    await write(patient);
    await patient.api('PUT', `/rooms/${roomId}/read`, { seq: 1 });
    await patient.api('DELETE', `/rooms/${roomId}/messages/2`);
    await tenMinutesPass();
    await tellAway(server.ctx, { roomId });
    expect([await toldOf(patient, roomId), await toldOf(doctor, roomId)]).toEqual([0, 0]);
    await write(patient);
    await server.ctx.chatDb.execute(sql`UPDATE room_members SET left_at = now() WHERE account_id = ${doctor.id}`);
    await tenMinutesPass();
    await tellAway(server.ctx, { roomId });
    expect(await toldOf(doctor, roomId)).toBe(0);
  });
});

it('somebody whose portal is open is given an hour to read before a notice goes out', async () => {
  const { patient, doctor, roomId, write } = await room();
  const socket = await TestSocket.open(server.url, { bearer: patient.accessToken });
  await eventually('they are online', async () => (await presenceOf(server.ctx, [patient.id])).get(patient.id)?.online);
  await write(doctor);
  await tenMinutesPass();
  await tellAway(server.ctx, { roomId });
  expect(await toldOf(patient, roomId)).toBe(0);
  await tellAway(server.ctx, { roomId, tries: 12 });
  expect(await toldOf(patient, roomId)).toBe(1);
  await socket.close();
});

it('many messages of a room in a short time send one job', async () => {
  const { doctor, patient, roomId, write } = await room();
  for (const person of [doctor, patient, doctor, patient]) await write(person);
  const jobs = sql`SELECT count(*) AS n FROM jobs.job WHERE name = 'chat.tell-away' AND data->>'roomId' = ${roomId}`;
  await eventually('it is sent', async () => (await countOf(server.ctx, jobs)) > 0);
  // Two where five minutes begin anew between them.
  expect(await countOf(server.ctx, jobs)).toBeLessThan(3);
});
