import { eventually } from '../../eventually.ts';
import { createPerson, logIn, openRoom } from '../clients/people.ts';
import { writeMessage } from '../clients/place.ts';
import { SocketClient } from '../clients/socket-client.ts';
import { openUnread } from '../clients/unread-socket.ts';
import { sleep } from '../sleep.ts';
import { type Fault, needsRedis, type Stage } from './fault.ts';
import { shuffleNews } from './news-shuffler.ts';

export const newsShuffled: Fault = {
  what: 'events between the nodes come twice and in another order',
  missing: needsRedis,
  run: async ({ cluster, random, short, did }) => {
    for (const { ways } of cluster.nodes) ways.redis?.rewriteNews(() => shuffleNews(random));
    await sleep(short ? 2500 : 4000);
    for (const { ways } of cluster.nodes) ways.redis?.rewriteNews(null);
    did('shuffled what the nodes hear of each other');
  },
};

export const neverReads: Fault = {
  what: 'a client asks for everything, again and again, and reads nothing',
  run: async ({ cluster, scene, random, did }) => {
    const { eveDora } = scene.rooms;
    const writer = scene.as('dora');
    // Long messages, so that what is asked for is more than the kernel's buffers hold.
    for (let count = 1; count <= 60; count += 1) {
      await writer.sendUntilAcked(writeMessage('dora-http', count, eveDora, 8000), AbortSignal.timeout(20_000));
    }
    const { url } = random.pick(cluster.nodes);
    const unread = await openUnread(url, scene.sessions.eve.token);
    for (let time = 1; time <= 60; time += 1) {
      unread.ask([eveDora]);
      await sleep(60);
    }
    // The server bears with it for ten seconds.
    await sleep(11_000);
    const { code, bytes } = await unread.readOn();
    did(`a client left ${Math.round(bytes / 1024)} kB unread and was closed with ${code}`);
    if (code !== 4408) throw new Error(`A client that never reads was closed with ${code}, not with 4408.`);
  },
};

export const socketsDropped: Fault = {
  what: '2,000 sockets break at once and come back',
  run: async (stage) => {
    const { cluster, scene, did, short } = stage;
    const crowd = await openCrowd(stage, short ? 200 : 2000);
    try {
      const startedAt = performance.now();
      for (const socket of crowd) socket.drop();
      await eventually('nobody is connected', () => crowd.every(({ isLive }) => !isLive), 10_000);
      await eventually('everybody is back', () => crowd.every(({ isLive }) => isLive), 60_000);
      did(`${crowd.length} sockets were back after ${Math.round(performance.now() - startedAt)} ms`);
      await Promise.all(cluster.nodes.map((node) => eventually(`${node.name} is ready`, () => node.isReady())));
    } finally {
      await Promise.all(crowd.map((socket) => socket.stop()));
    }
    scene.place.history.record({ kind: 'fault', fault: 'sockets-dropped', did: 'the crowd has left' });
  },
};

/** So many sockets as one account may have on one node. */
const socketsOfOne = 100;

/** Sockets of patients who each have a room of their own with a few messages in it, spread over the nodes. */
async function openCrowd({ cluster, scene, random }: Stage, size: number): Promise<SocketClient[]> {
  const { place, sessions } = scene;
  const url = cluster.nodes[0]?.url ?? '';
  const group = random.between(0, 1e9).toString(36);
  const accounts = Math.ceil(size / socketsOfOne);
  const patients = await Promise.all(
    Array.from({ length: accounts }, async (_, index) => {
      const person = await createPerson(cluster, sessions.admin, `crowd-${group}-${index}`, 'patient');
      const session = await logIn(person, url);
      return { session, roomId: await openRoom(session, sessions.dora) };
    }),
  );
  const crowd = Array.from({ length: size }, (_, index) => {
    const patient = patients[index % accounts];
    if (patient === undefined) throw new Error('There is no such patient.');
    const { session, roomId } = patient;
    return new SocketClient(`crowd-${index}`, session, place, { rooms: [roomId], node: index % place.nodes.length });
  });
  for (const socket of crowd) socket.start();
  await eventually('the crowd is there', () => crowd.every(({ isLive }) => isLive), 60_000);
  const greetings = patients.map(({ roomId }) => writeMessage('dora-http', 0, roomId));
  const timeout = AbortSignal.timeout(10_000);
  await Promise.all(greetings.map((greeting) => scene.as('dora').sendUntilAcked(greeting, timeout)));
  await eventually(
    'the crowd has the first message',
    () => crowd.every(({ inbox }, index) => inbox.cursor(patients[index % accounts]?.roomId ?? '') > 0),
    30_000,
  );
  return crowd;
}
