import { eventually } from '../eventually.ts';
import { uploadUntilDone } from '../faults/clients/files.ts';
import { HttpClient } from '../faults/clients/http-client.ts';
import { createPerson, logIn, openRoom } from '../faults/clients/people.ts';
import { type Place, writeMessage } from '../faults/clients/place.ts';
import { SocketClient } from '../faults/clients/socket-client.ts';
import { eventsOf, History } from '../faults/history.ts';
import { createRandom } from '../faults/random.ts';
import { createApi } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';

type Town = { door: { name: string; url: string }; mailbox: Mailbox; command(...words: string[]): Promise<string> };

const password = 'seven quiet otters 42';
const patienceMs = 60_000;

/**
 * What needs most of what is in the image: mails by the worker, a room that opens, messages over a socket, a file that is cleaned and kept, a diagnosis as PDF
 * with its fonts, the pages with their assets. @returns what was seen
 */
export async function walk({ door, mailbox, command }: Town): Promise<string> {
  const email = 'admin@example.org';
  const said = await command('admin', 'create', '--email', email, '--name', 'Ada Admin');
  const nobody = createApi(door.url);
  const token = /#token=(\S+)/.exec(said)?.[1];
  wants(204, await nobody('POST', '/auth/reset-password', { token, newPassword: password }));
  const admin = await logIn({ accountId: '', email, role: 'admin' }, door.url);
  const town = { doors: [door], mailbox, command };
  const patient = await logIn(await createPerson(town, admin, 'patient', 'patient'), door.url);
  const doctor = await logIn(await createPerson(town, admin, 'doctor', 'doctor'), door.url);
  const roomId = await openRoom(patient, doctor);

  const place: Place = { nodes: [door], history: new History(), random: createRandom('image'), files: [] };
  const hearing = new SocketClient('doctor', doctor, place, { rooms: [roomId], node: 0 });
  const sending = new SocketClient('patient', patient, place, { rooms: [roomId], node: 0 });
  hearing.start();
  sending.start();
  await eventually('both sockets are live', () => hearing.isLive && sending.isLive, patienceMs);
  sending.send(writeMessage('patient', 1, roomId));
  await eventually(
    'the message is acknowledged, and heard',
    () => sending.outbox.size === 0 && hearing.inbox.cursor(roomId) > 0,
    patienceMs,
  );

  const file = await uploadUntilDone(
    new HttpClient('patient', patient, place),
    roomId,
    AbortSignal.timeout(patienceMs),
  );
  if (file === null) throw new Error('The file was refused.');
  const diagnosis = { title: 'Sprain', description: 'A sprained knee.', recommendations: 'Rest.' };
  wants(201, await doctor.api('POST', `/requests/${roomId}/diagnoses`, diagnosis));
  wants(200, await doctor.api('POST', `/requests/${roomId}/close`));
  const summary = wants(200, await patient.api('GET', `/requests/${roomId}/summary.pdf`));
  if (!`${summary.body}`.startsWith('%PDF')) throw new Error('The summary is no PDF.');
  for (const page of ['/', '/docs', '/openapi.json']) wants(200, await nobody('GET', `/${page}`));
  await Promise.all([hearing.stop(), sending.stop()]);
  return `${eventsOf(place.history, 'frame').length} frames, ${mailbox.mails.length} mails, a file, a diagnosis as PDF`;
}

function wants<A extends { status: number; body: unknown }>(status: number, answer: A): A {
  if (answer.status === status) return answer;
  throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
}
