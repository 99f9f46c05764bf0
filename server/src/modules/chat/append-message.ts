import { type Db, isLockTimeout, isUnavailable } from '#platform/database/connect.ts';
import { type Entry, GroupCommit } from '#platform/database/group-commit.ts';
import type { Trace } from '#platform/tracing/trace.ts';
import { type SpanOptions, type Tracing, traced } from '#platform/tracing/tracing.ts';
import type { Ctx } from '#server/context.ts';
import { writeLimits } from '#server/limits.ts';
import { appendGroup } from './append-group.ts';
import { type Appended, appendOne, type Draft, settle, type WriteOne } from './append-one.ts';
import { appendOneToRoom, appendToRoom } from './append-to-room.ts';

export type { Appended, Draft } from './append-one.ts';

/**
 * The one door for writing messages. Once this returns `written`, the message is committed, its seq the next of its room.
 * The same clientId again gives the message that is there, also when the room has been closed since. Messages that come while
 * others are being written are written together, whatever their rooms.
 * @throws the driver's error when the database is away. Whether the message was written is then not known: sending it again
 *   with the same clientId finds out and never makes a second. Problem 503 when too much waits: then nothing was written.
 */
export function appendMessage(ctx: Ctx, draft: Draft): Promise<Appended> {
  const { trace } = ctx.origin;
  return writerOf(ctx).add(ctx.tracing === null || trace === undefined ? draft : { ...draft, trace });
}

/** Messages that wait to be written, on this node. */
export function waitingToBeWritten(ctx: Ctx): number {
  return writers.get(ctx.chatDb)?.waiting ?? 0;
}

/** Where traces are recorded, with that of the call that sends it. */
type TracedDraft = Draft & { readonly trace?: Trace };

/** One for each database handle: that of the node, or of a transaction. */
const writers = new WeakMap<Db, GroupCommit<TracedDraft, Appended>>();

function writerOf({ chatDb, config, metrics, tracing }: Ctx): GroupCommit<TracedDraft, Appended> {
  let writer = writers.get(chatDb);
  if (writer === undefined) {
    const { maxWaitingChars, distributedLanes, ...limits } = { ...writeLimits, ...config.limits.write };
    // A slow machine, or a room that somebody holds, then keeps its own lane.
    const byRoom = config.chatDistributed ? { lanes: distributedLanes, maxKeys: 1 } : {};
    writer = new GroupCommit({
      write: async (group) => {
        const startedAtMs = performance.now();
        await traced(tracing, spanOf(tracing, group), () =>
          config.chatDistributed ? writeToRoom(chatDb, group) : writeGroup(chatDb, group),
        );
        metrics.messages.written(group.length, (performance.now() - startedAtMs) / 1000);
      },
      keyOf: ({ roomId }) => roomId,
      sizeOf: ({ text }) => text.length,
      maxWaitingSize: maxWaitingChars,
      ...limits,
      ...byRoom,
    });
    writers.set(chatDb, writer);
  }
  return writer;
}

type Sending = Entry<TracedDraft, Appended>;

/** A group is written in the trace of one that is recorded, and is linked to the others. */
function spanOf(tracing: Tracing | null, group: readonly Sending[]): SpanOptions {
  const name = 'write messages';
  if (tracing === null) return { name, kind: 'internal' };
  const traces = group.flatMap(({ item: { trace } }) => (trace === undefined ? [] : [trace]));
  const [parent = traces[0] ?? null, ...links] = traces.filter(({ sampled }) => sampled);
  return { name, kind: 'internal', parent, links, attributes: { 'openward.messages': group.length } };
}

/** Each gets its own answer, as soon as it is known: what is wrong with one is nothing to the others. */
async function writeGroup(db: Db, group: readonly Sending[]): Promise<void> {
  const { firsts, twins } = partTwins(group);
  const [alone, ...others] = firsts;
  if (alone === undefined) return;
  if (others.length === 0) alone.resolve(await appendOne(db, alone.item));
  else await writeTogether(db, firsts);
  for (const { item, resolve } of twins) resolve(settle(db, item));
}

/** Where the chat is distributed a group is of one room: a transaction on the one machine that has it. */
async function writeToRoom(db: Db, group: readonly Sending[]): Promise<void> {
  const { firsts, twins } = partTwins(group);
  const [first] = firsts;
  if (first === undefined) return;
  const drafts = firsts.map(({ item }) => item);
  try {
    const results = await appendToRoom(db, first.item.roomId, drafts);
    for (const [index, { item, resolve }] of firsts.entries())
      resolve(results[index] ?? settle(db, item, appendOneToRoom));
  } catch (error) {
    if (drafts.length === 1 || isUnavailable(error)) throw error;
    // One that the database does not take: the others are not to suffer for it.
    await writeInTurn(db, firsts, appendOneToRoom);
  }
  for (const { item, resolve } of twins) resolve(settle(db, item, appendOneToRoom));
}

/** Of those with the same room, sender and clientId the first is written; what the others are is said by what is there then. */
function partTwins(group: readonly Sending[]): { firsts: Sending[]; twins: Sending[] } {
  const seen = new Set<string>();
  const [firsts, twins]: [Sending[], Sending[]] = [[], []];
  for (const sending of group) {
    const { roomId, senderId, clientId } = sending.item;
    const key = `${roomId} ${senderId} ${clientId}`;
    (seen.has(key) ? twins : firsts).push(sending);
    seen.add(key);
  }
  return { firsts, twins };
}

async function writeTogether(db: Db, group: readonly Sending[]): Promise<void> {
  let results: (Appended | null)[];
  try {
    results = await appendGroup(
      db,
      group.map(({ item }) => item),
    );
  } catch (error) {
    if (isUnavailable(error) && !isLockTimeout(error)) throw error;
    // Nothing was written: one of them the database does not take, a room is held, or another node wrote a twin. The others
    // are not to suffer for it.
    await writeApart(db, group);
    return;
  }
  for (const [index, { item, resolve }] of group.entries()) resolve(results[index] ?? settle(db, item));
}

/** One by one in each room, so that the order of arrival stays; the rooms side by side. */
async function writeApart(db: Db, group: readonly Sending[]): Promise<void> {
  const byRoom = Map.groupBy(group, ({ item }) => item.roomId);
  await Promise.all([...byRoom.values()].map((sendings) => writeInTurn(db, sendings)));
}

async function writeInTurn(db: Db, sendings: readonly Sending[], write?: WriteOne): Promise<void> {
  for (const { item, resolve, reject } of sendings) await appendOne(db, item, write).then(resolve, reject);
}
