import { setTimeout as sleep } from 'node:timers/promises';
import { historyOf, openRoom, type Pair, TestSocket } from '../src/modules/chat/test-support.ts';
import type { RunningNode } from '../src/start-node.ts';
import type { Person } from './factories.ts';
import type { TestServer } from './harness.ts';
import { createApi } from './http.ts';

type Node = Pick<RunningNode, 'url'>;

/** Everything that may not happen, whatever happens to Redis. All lists are empty when all is well. */
export type LoadReport = {
  calls: number;
  acked: number;
  /** Calls that were not answered with 200. */
  failed: string[];
  /** Acked messages that are not in the room's history as they were acked. */
  lost: string[];
  /** Rooms whose other member did not get every acked message once and in order. */
  misheard: string[];
  /** Sockets that were closed. */
  dropped: number;
};

/** From one act of somebody to the next. */
const paceMs = 50;

/** People of the three roles who call both nodes in turn, and talk to each other from one node to the other, until they are stopped. */
export async function startLoad(server: TestServer, nodes: readonly [Node, Node]): Promise<() => Promise<LoadReport>> {
  const report: LoadReport = { calls: 0, acked: 0, failed: [], lost: [], misheard: [], dropped: 0 };
  let running = true;
  const everyPace = async (act: (turn: number) => Promise<void>) => {
    for (let turn = 0; running; turn += 1) {
      await act(turn);
      await sleep(paceMs);
    }
  };
  const caller = (person: Person, path: string) =>
    everyPace(async (turn) => {
      const headers = { authorization: `Bearer ${person.accessToken}` };
      const { status, body } = await createApi(nodes[turn % 2]?.url ?? '')('GET', path, undefined, { headers });
      report.calls += 1;
      if (status !== 200) report.failed.push(`${path} ${status} ${body.code}`);
    });
  const [pair, other, admin] = await Promise.all([openRoom(server), openRoom(server), server.people.admin()]);
  const rooms = await Promise.all([pair, other].map((pair) => Room.open(pair, nodes)));
  const loops = [
    caller(pair.patient, '/me'),
    caller(pair.doctor, '/requests?box=incoming'),
    caller(admin, '/admin/stats'),
    ...rooms.flatMap((room) => room.members.map((member) => everyPace((turn) => room.say(member, turn)))),
  ];
  return async () => {
    running = false;
    await Promise.all(loops);
    await Promise.all(rooms.map((room) => room.judge(report)));
    return report;
  };
}

type Member = { socket: TestSocket; acks: { seq: number; clientId: string }[] };

/** A room whose patient is on one node and whose doctor is on the other. */
class Room {
  readonly #pair: Pair;
  readonly members: readonly [Member, Member];

  constructor(pair: Pair, [patient, doctor]: readonly [TestSocket, TestSocket]) {
    this.#pair = pair;
    this.members = [
      { socket: patient, acks: [] },
      { socket: doctor, acks: [] },
    ];
  }

  static async open(pair: Pair, [nodeA, nodeB]: readonly [Node, Node]): Promise<Room> {
    return new Room(pair, [await TestSocket.as(nodeA, pair.patient), await TestSocket.as(nodeB, pair.doctor)]);
  }

  async say({ socket, acks }: Member, turn: number): Promise<void> {
    acks.push(await socket.say(this.#pair.roomId, `message ${turn}`));
  }

  async judge(report: LoadReport): Promise<void> {
    const { roomId, patient } = this.#pair;
    const history = new Map((await historyOf(patient, roomId)).map(({ clientId, seq }) => [clientId, seq]));
    const [one, other] = this.members;
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      report.acked += from.acks.length;
      for (const { clientId, seq } of from.acks) if (history.get(clientId) !== seq) report.lost.push(clientId);
      const wanted = from.acks.map(({ seq }) => seq);
      const heard = (await to.socket.messages(roomId, wanted.length)).map(({ seq }) => seq);
      if (heard.join() !== wanted.join()) report.misheard.push(`${roomId}: ${heard.join()} for ${wanted.join()}`);
      if (from.socket.socket.readyState !== from.socket.socket.OPEN) report.dropped += 1;
    }
    await Promise.all(this.members.map(({ socket }) => socket.close()));
  }
}
