import { eventually } from '../eventually.ts';
import { makeFile } from '../faults/clients/files.ts';
import type { Stage } from '../faults/faults/fault.ts';
import { letDown } from './departures.ts';
import { holdMails } from './mails-in-hand.ts';
import { beginSlowly, isClosed } from './slow-call.ts';
import type { ClusterStand, Node } from './stand.ts';

type ClusterStage = Stage<ClusterStand>;

/** So long a node that is told to stop may take, whatever else the machine does. */
const exitWithinMs = 15_000;
const patienceMs = 120_000;

/** What a node is at when it is told to stop. */
type Work = {
  /** Goes on with it once the node is stopping. */
  goOn(toldAt: number): Promise<void>;
  /** @returns what became of it @throws Error when the node has left it */
  judge(): Promise<string>;
};

/** As a careful rolling restart does: it goes on when whoever sends calls has seen that the node is back. @returns what was done */
export async function restart(stage: ClusterStage, node: Node): Promise<string> {
  const { cluster } = stage;
  const work = await (node.role === 'worker' ? giveMails(stage, node) : giveSlowCall(stage, node));
  const toldAt = performance.now();
  const ending = node.terminate();
  await work.goOn(toldAt);
  const code = await ending;
  const tookMs = performance.now() - toldAt;
  const { output } = node;
  const said = await work.judge();
  if (code !== 0) throw new Error(`${node.name} ended with ${code} when it was told to stop:\n${output}`);
  if (tookMs > exitWithinMs)
    throw new Error(`${node.name} took ${Math.round(tookMs)} ms to end when it was told to stop:\n${output}`);
  await node.start();
  await isServing(cluster, node);
  const { doors, drainMs } = cluster;
  const left = letDown(doors, { nodeUrl: node.url, toldAt, drainMs });
  if (left.length > 0)
    throw new Error(
      `${node.name} let ${left.length} calls down when it was told to stop:\n${left.slice(0, 10).join('\n')}`,
    );
  return `restarted ${node.name}, which took ${(tookMs / 1000).toFixed(1)} s to end; ${said}`;
}

export async function isServing({ doors }: ClusterStand, { name, role, url }: Node): Promise<void> {
  if (role === 'worker') return;
  await eventually(`the balancers send to ${name}`, () => doors.every((door) => door.sendsTo(url)), patienceMs);
}

async function giveMails({ cluster, scene }: ClusterStage, node: Node): Promise<Work> {
  const mails = await holdMails(cluster, scene);
  return {
    goOn: async (toldAt) => {
      const isStopping = async () => !(await node.isReady());
      await eventually(`${node.name} says that it stops`, isStopping, patienceMs).finally(() => mails.letGo(toldAt));
    },
    judge: () => mails.judge(),
  };
}

/** An upload, or whatever has a body where there are none: half of it comes when the node has ceased to listen. */
async function giveSlowCall({ scene, random }: ClusterStage, { name, role, url }: Node): Promise<Work> {
  const { sessions, rooms } = scene;
  const file = makeFile(random);
  const upload = { method: 'POST', path: `/rooms/${rooms.eveDora}/attachments?name=${file.name}`, ...file };
  const rename = {
    method: 'PATCH',
    path: '/me',
    type: 'application/json',
    bytes: Buffer.from('{"fullName":"Slow Eve"}'),
  };
  const call = await beginSlowly(url, { token: sessions.eve.token, ...(role === 'chat' ? upload : rename) });
  let answer: number | string = 'nobody asked';
  return {
    goOn: async () => {
      await isClosed(name, url);
      answer = await call.finish();
    },
    judge: async () => {
      const wanted = role === 'chat' ? 201 : 200;
      if (answer === wanted) return 'a call under way was answered';
      throw new Error(
        `${name} had begun with ${role === 'chat' ? 'an upload' : 'a change'} when it was told to stop, and its answer was: ${answer}`,
      );
    },
  };
}
