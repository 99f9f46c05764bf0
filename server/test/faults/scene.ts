import { Changing } from './clients/changing.ts';
import { HttpClient } from './clients/http-client.ts';
import { logIn, openRoom, type People, type Session } from './clients/people.ts';
import type { Place } from './clients/place.ts';
import { SocketClient } from './clients/socket-client.ts';
import { Talk } from './clients/talk.ts';
import type { Stand } from './cluster/cluster.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

/** The rooms of a round, by their patient and doctor. */
export type Rooms = Record<'anaDora' | 'anaEmil' | 'benDora' | 'benEmil' | 'anaLena' | 'benBela' | 'eveDora', string>;
export type Sessions = Record<keyof People | 'anaLent', Session>;

/** The clients of a round: who sends, who only looks on, who moves about, who tries what they may not. */
export type Scene = {
  rooms: Rooms;
  sessions: Sessions;
  place: Place;
  sockets: readonly SocketClient[];
  /** Over HTTP as each of them, for what the harness does in their name. */
  as(name: keyof Sessions): HttpClient;
  /** No new messages from here on; what is under way goes on until it has its ack. */
  hush(): void;
  /** When every send over HTTP is done. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
};

export async function openScene(stand: Stand, people: People, history: History, random: Random): Promise<Scene> {
  const url = stand.doors[0]?.url ?? '';
  const sessions = await logInAll(people, url);
  const rooms = await openRooms(sessions);
  const place: Place = { nodes: stand.doors, history, random: random.fork('clients'), files: [] };
  const clients = new Map<keyof Sessions, HttpClient>();
  const as = (name: keyof Sessions) => {
    const client = clients.get(name) ?? new HttpClient(`${name}-http`, sessions[name], place);
    clients.set(name, client);
    return client;
  };
  const talk = new Talk(place);
  const change = new Changing(talk, readersOf(rooms, as), as('eve'));
  const sockets = openSockets(sessions, rooms, place, as, change);
  const { anaDora, anaEmil, benDora, benEmil, anaLena, benBela, eveDora } = rooms;
  for (const socket of Object.values(sockets)) socket.start();
  talk.over(sockets.anaPhone, { rooms: [anaDora, anaEmil, anaLena], window: 4, everyMs: 150 });
  talk.over(sockets.benPhone, { rooms: [benDora, benEmil, benBela], window: 1, everyMs: 90 });
  talk.over(sockets.doraDesk, { rooms: [anaDora, benDora, eveDora], window: 4, everyMs: 170 });
  talk.over(sockets.lenaPhone, { rooms: [anaLena], window: 2, everyMs: 250 });
  talk.over(sockets.belaPhone, { rooms: [benBela], window: 2, everyMs: 250 });
  talk.overHttp(as('emil'), [anaEmil, benEmil], 180, change);
  talk.twins(as('dora'), [anaDora, benDora, eveDora], 400);
  talk.reads(as('ana'), sockets.anaPhone, [anaDora, anaEmil], 250);
  talk.reads(as('ben'), sockets.benTablet, [benDora, benEmil], 250);
  talk.wander(sockets.doraDesk);
  talk.intrude(sockets.evePhone, as('eve'), [anaDora, benEmil, anaLena]);
  return {
    ...{ rooms, sessions, place, as },
    sockets: Object.values(sockets),
    hush: () => talk.hush(),
    quiet: () => talk.quiet(),
    stop: async () => {
      talk.stop();
      await talk.quiet();
      await Promise.all(Object.values(sockets).map((socket) => socket.stop()));
    },
  };
}

async function logInAll(people: People, url: string): Promise<Sessions> {
  const names = Object.keys(people) as (keyof People)[];
  const made = names.map(async (name) => [name, await logIn(people[name], url)] as const);
  const sessions = Object.fromEntries(await Promise.all(made)) as Record<keyof People, Session>;
  return { ...sessions, anaLent: await logIn(people.ana, url) };
}

async function openRooms({ ana, ben, dora, emil, lena, bela, eve }: Sessions): Promise<Rooms> {
  const [anaDora, anaEmil, benDora, benEmil, anaLena, benBela, eveDora] = await Promise.all([
    openRoom(ana, dora),
    openRoom(ana, emil),
    openRoom(ben, dora),
    openRoom(ben, emil),
    openRoom(ana, lena),
    openRoom(ben, bela),
    openRoom(eve, dora),
  ]);
  return { anaDora, anaEmil, benDora, benEmil, anaLena, benBela, eveDora };
}

/** Who is in a room and may read there at any time; those who leave are not asked. */
function readersOf(rooms: Rooms, as: (name: keyof Sessions) => HttpClient): ReadonlyMap<string, HttpClient[]> {
  const names = {
    ...{ anaDora: ['ana', 'dora'], anaEmil: ['ana', 'emil'], benDora: ['ben', 'dora'], benEmil: ['ben', 'emil'] },
    ...{ anaLena: ['ana'], benBela: ['ben'], eveDora: ['eve', 'dora'] },
  } as const satisfies Record<keyof Rooms, readonly (keyof Sessions)[]>;
  const entries = Object.entries(names) as [keyof Rooms, readonly (keyof Sessions)[]][];
  return new Map(entries.map(([room, members]) => [rooms[room], members.map((name) => as(name))]));
}

function openSockets(
  sessions: Sessions,
  rooms: Rooms,
  place: Place,
  as: (name: keyof Sessions) => HttpClient,
  change: Changing,
) {
  const { ana, anaLent, ben, dora, emil, lena, nora, bela, eve } = sessions;
  const { anaDora, anaEmil, benDora, benEmil, anaLena, benBela, eveDora } = rooms;
  /** Now and then somebody with an ack reads at another node whether it is there, or changes what they sent. */
  const afterAck = (name: keyof Sessions) => (ack: { roomId: string; seq: number; clientId: string }) => {
    if (place.random.chance(0.08)) change.later(as(name), ack);
    if (!place.random.chance(0.15)) return;
    const nodeIndex = place.random.between(0, place.nodes.length - 1);
    void as(name).read(ack.roomId, ack.seq - 1, { nodeIndex, limit: 1, expects: ack.seq });
  };
  const open = (device: string, session: Session, rooms: string[], node: number, onAck = {}) =>
    new SocketClient(device, session, place, { rooms, node, ...onAck });
  return {
    anaPhone: open('ana-phone', ana, [anaDora, anaEmil, anaLena], 0, { onAck: afterAck('ana') }),
    anaTablet: open('ana-tablet', ana, [anaDora, anaEmil, anaLena], 1),
    anaLent: open('ana-lent', anaLent, [anaDora, anaEmil, anaLena], 0),
    benPhone: open('ben-phone', ben, [benDora, benEmil, benBela], 1, { onAck: afterAck('ben') }),
    benTablet: open('ben-tablet', ben, [benDora, benEmil, benBela], 0),
    doraDesk: open('dora-desk', dora, [anaDora, benDora, eveDora], 1, { onAck: afterAck('dora') }),
    emilScreen: open('emil-screen', emil, [anaEmil, benEmil], 0),
    lenaPhone: open('lena-phone', lena, [anaLena], 1),
    belaPhone: open('bela-phone', bela, [benBela], 0),
    noraDesk: open('nora-desk', nora, [anaLena], 1),
    evePhone: open('eve-phone', eve, [eveDora], 0),
  };
}
