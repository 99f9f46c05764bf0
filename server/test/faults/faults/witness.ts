import { eventually } from '../../eventually.ts';
import { createPerson, logIn, openRoom } from '../clients/people.ts';
import { SocketClient } from '../clients/socket-client.ts';
import { openUnread } from '../clients/unread-socket.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { History, type HistoryEvent } from '../history.ts';
import { sleep } from '../sleep.ts';
import type { Stage } from './fault.ts';

/** The node's lease, a beat of another node, and time to tell. */
const offlineWithinMs = 8000;

export type Witness = {
  /** To be called once the node is dead. @throws Error when the doctor is not told in time, or reads otherwise than was told. */
  seesThemLeave(): Promise<void>;
};

/** A patient who is online through one node alone and does not come back, and their doctor at another, who has seen them come. */
export async function openWitness({ cluster, scene, random, did }: Stage, doomed: ClusterNode): Promise<Witness> {
  const { place, sessions } = scene;
  const { history } = place;
  const other = cluster.nodes.findIndex((node) => node !== doomed);
  const url = cluster.nodes[other]?.url ?? '';
  const name = `witnessed-${random.between(0, 1e9).toString(36)}-${Date.now().toString(36)}`;
  const patient = await logIn(await createPerson(cluster, sessions.admin, name, 'patient'), url);
  const roomId = await openRoom(patient, sessions.dora);
  const watch = new SocketClient('dora-watch', sessions.dora, place, { rooms: [roomId], node: other });
  const told = (online: boolean) => history.next((event) => isTold(event, patient.accountId, online));
  watch.start();
  await eventually('the doctor watches', () => watch.isLive);
  const come = told(true);
  await openUnread(doomed.url, patient.token);
  await soon(come, 'The doctor was not told that the patient is online');
  return {
    seesThemLeave: async () => {
      const diedAt = History.nowMs();
      const { at } = await soon(told(false), 'The doctor was not told that the patient is offline');
      const { body } = await scene.as('dora').call(url, 'GET', `/rooms/${roomId}`);
      const { members } = body as { members: { id: string; online?: boolean }[] };
      if (members.some(({ id, online }) => id === patient.accountId && online === true))
        throw new Error('The doctor was told that the patient is offline, and reads that they are online.');
      did(`who was there was offline to the others after ${Math.round(at - diedAt)} ms`);
      await watch.stop();
    },
  };
}

function isTold({ kind, ...event }: HistoryEvent, accountId: string, online: boolean): boolean {
  if (kind !== 'frame' || !('frame' in event)) return false;
  const { frame } = event;
  return frame.type === 'presence' && frame.accountId === accountId && frame.online === online;
}

async function soon<T>(news: Promise<T>, otherwise: string): Promise<T> {
  const late = sleep(offlineWithinMs).then(() => {
    throw new Error(`${otherwise} within ${offlineWithinMs} ms.`);
  });
  return Promise.race([news, late]);
}
