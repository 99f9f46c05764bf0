import { within } from '../within.ts';
import { checkRound, type InvariantName } from './checker.ts';
import type { People } from './clients/people.ts';
import type { Stand } from './cluster/cluster.ts';
import { collectRound, readEverything, readHeads, readMembers, roomIdsOf } from './collect.ts';
import type { Stage } from './faults/fault.ts';
import { eventsOf, History, type HistoryEvent, type Round } from './history.ts';
import { everybodyKnows } from './invariants/changes-reach-everybody.ts';
import { healingOf } from './invariants/views-converge.ts';
import { changeMembers, restoreMembers } from './membership.ts';
import { createRandom, type Random } from './random.ts';
import { openScene, type Scene } from './scene.ts';
import { sleep } from './sleep.ts';
import { acksOf, sightingsOf } from './views.ts';

export type RoundResult<Name extends string = string> = {
  fault: Name;
  seed: string;
  did: string[];
  /** Messages sent, of which acked, and how many of the acks were for one that was there already: its first ack had been lost. */
  sent: number;
  acked: number;
  repeated: number;
  /** Times that somebody was shown a message. */
  delivered: number;
  healingMs: number;
  tookMs: number;
  /** Something that should work did not: the round could not be played to its end. */
  error: unknown;
  broken: Map<InvariantName, string[]>;
  round: Round;
};

/** So much longer than is allowed everybody is waited for after the healing and the changes of members: what comes late is seen to be late. */
const patience = 1.5;
/** So long everybody may take to be connected: nothing is wrong yet, but a machine may be busy. */
const connectWithinMs = 90_000;
/** So long a node may send readers away after the fault. */
const letInWithinMs = 30_000;
/** How long the clients go on sending once the fault is over. */
const afterwardsMs = 700;

type Options<S extends Stand, Name extends string> = {
  cluster: S;
  people: People;
  fault: Name;
  /** Makes it, and undoes it. */
  run(stage: Stage<S>): Promise<void>;
  seed: string;
  short: boolean;
  /** What comes next: for whoever waits, and to say where a round hangs. */
  onPhase?(phase: string): void;
};

/** Clients talk, something goes wrong, it is over, all is quiet; then what everybody saw is compared with what is stored. */
export async function runRound<S extends Stand, Name extends string>(
  options: Options<S, Name>,
): Promise<RoundResult<Name>> {
  const { cluster, people, fault, seed } = options;
  const startedAt = performance.now();
  const history = new History();
  const did: string[] = [];
  cluster.listen((event) => history.record(event));
  const random = createRandom(`${fault} ${seed}`);
  const scene = await openScene(cluster, people, history, random);
  let error: unknown = null;
  try {
    await play(options, scene, random, did);
  } catch (thrown) {
    error = thrown;
  }
  options.onPhase?.('what is stored is collected');
  try {
    const round = await cleanUp(cluster, scene);
    const tookMs = performance.now() - startedAt;
    return { ...countOf(round), fault, seed, did, tookMs, error, broken: checkRound(round), round };
  } catch (thrown) {
    // What went wrong first is most likely why.
    throw error === null ? thrown : new AggregateError([error, thrown], `${error}\nAnd then: ${thrown}`);
  }
}

async function cleanUp(cluster: Stand, scene: Scene): Promise<Round> {
  // What ended by itself is a finding; the next round needs it all the same.
  await Promise.all(cluster.nodes.map((node) => node.startIfEnded()));
  // First, so that nothing is said any more while it is collected.
  await scene.stop();
  const round = await collectRound(cluster, scene, scene.place.history.events);
  cluster.listen(null);
  await restoreMembers(scene);
  return round;
}

async function play<S extends Stand>(
  { cluster, fault: name, run, short, onPhase }: Options<S, string>,
  scene: Scene,
  random: Random,
  did: string[],
): Promise<void> {
  const { history } = scene.place;
  onPhase?.('everybody connects');
  await everybodyTalks(scene);
  await sleep(random.between(200, 1000));
  const changes = Promise.allSettled([changeMembers(scene, random.fork('members'))]);
  const noteDid = (what: string) => {
    did.push(what);
    history.record({ kind: 'fault', fault: name, did: what });
  };
  try {
    await run({ cluster, scene, random, short, did: noteDid });
    history.record({ kind: 'healed', heads: await readHeads(cluster, roomIdsOf(history.events)) });
  } finally {
    onPhase?.('a request changes hands, somebody is banned, a session is logged out');
    await changes;
  }
  const [changed] = await changes;
  if (changed.status === 'rejected') throw changed.reason;
  await sleep(afterwardsMs);
  scene.hush();
  onPhase?.('everybody gets what is still missing');
  await settle(cluster, scene, history);
  onPhase?.('everybody reads everything');
  // A node whose database stood still sends lists away for some seconds more. How soon that is over is not judged here; what is read then is.
  scene.place.patientUntilMs = performance.now() + letInWithinMs;
  await readEverything(scene, await readMembers(cluster));
}

async function everybodyTalks({ place, sockets }: Scene): Promise<void> {
  const waitsFor = new Set(sockets.map(({ device }) => device));
  const { history } = place;
  const heard = (event: HistoryEvent) => {
    if (event.kind === 'frame') waitsFor.delete(event.connection.split('#')[0] ?? '');
    return waitsFor.size === 0;
  };
  for (const event of history.events) heard(event);
  if (waitsFor.size === 0) return;
  await within(connectWithinMs, () => `${[...waitsFor].join(', ')} heard nothing yet`, history.next(heard));
}

/** Until every client has its acks, every message and every change, and who was logged out is out; or they have had time enough. */
async function settle(cluster: Stand, scene: Scene, history: History): Promise<void> {
  const deadline = History.nowMs() + patience * cluster.convergeWithinMs;
  const quiet = () => Promise.race([scene.quiet(), sleep(Math.max(0, deadline - History.nowMs()))]);
  await quiet();
  const members = await readMembers(cluster);
  const database = { rooms: [], members, messages: [], versions: [] };
  const present = new Set(
    members.filter(({ leftAt }) => leftAt === null).map(({ roomId, accountId }) => `${roomId} ${accountId}`),
  );
  const ended = new Set(eventsOf(history, 'ended').map(({ device }) => device));
  const waiting = scene.sockets.filter(({ device }) => !ended.has(device));
  const leaving = scene.sockets.filter(({ device }) => ended.has(device));
  while (History.nowMs() < deadline) {
    const heads = await readHeads(cluster, Object.values(scene.rooms));
    const hasAll = waiting.every(({ account, inbox, outbox, rooms }) => {
      const own = rooms.filter((roomId) => present.has(`${roomId} ${account.accountId}`));
      return outbox.size === 0 && own.every((roomId) => inbox.cursor(roomId) >= (heads[roomId] ?? 0));
    });
    if (hasAll && leaving.every(({ turnedAway }) => turnedAway)) {
      // What an ack began that came late, such as an edit: there are no more of them.
      await quiet();
      if (everybodyKnows({ events: history.events, database })) break;
    }
    await Promise.race([sleep(250), history.next(({ kind }) => kind === 'frame')]);
  }
}

function countOf(round: Round): Pick<RoundResult, 'sent' | 'acked' | 'repeated' | 'delivered' | 'healingMs'> {
  const acks = acksOf(round);
  const nameOf = ({ roomId, clientId }: { roomId: string; clientId: string }) => `${roomId} ${clientId}`;
  return {
    sent: new Set(eventsOf(round, 'send').map(nameOf)).size,
    acked: new Set(acks.map(nameOf)).size,
    repeated: acks.filter(({ duplicate }) => duplicate).length,
    delivered: sightingsOf(round).length,
    healingMs: healingOf(round).healingMs,
  };
}
