import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

// Loaded into a server before it (BENCH_STAGES=1): where the time goes between a client's frame and what is written back to it, seen
// from its sockets, so that it is the same for every server in Node. Only what was alone on its way counts.

const stages = ['frame to statement', 'statement to answer', 'answer to ack', 'write of the ack'] as const;
const taken: number[][] = [];
/** Code that is being compiled is no cost of a message. */
const warmUp = 1000;
/** A frame that is answered by no statement is forgotten after this time. */
const forgottenMs = 50;

type Chunk = { length: number } | null;
type Place = { client: Socket; database: Socket | null; timesMs: number[]; alone: boolean };
let place: Place | null = null;
/** Sockets that this process opened: to the database. */
const own = new WeakSet<Readable>();

function reach(stage: number): boolean {
  if (place?.timesMs.length !== stage) return false;
  place.timesMs.push(performance.now());
  return true;
}

const { connect, push } = Socket.prototype as Socket & { push: Readable['push'] };
Object.assign(Socket.prototype, {
  connect(this: Socket, ...input: unknown[]) {
    own.add(this);
    return Reflect.apply(connect, this, input);
  },
  push(this: Socket, chunk: Chunk, ...more: unknown[]) {
    if (own.has(this)) {
      if (place?.database === this) reach(2);
    } else if (chunk !== null && chunk.length > 100) arrive(this);
    return Reflect.apply(push, this, [chunk, ...more]);
  },
});

function arrive(client: Socket): void {
  const nowMs = performance.now();
  if (place !== null && nowMs - (place.timesMs[0] ?? 0) < forgottenMs) place.alone = false;
  else place = { client, database: null, timesMs: [nowMs], alone: true };
}

for (const name of ['_write', '_writev'] as const) {
  const write = Socket.prototype[name];
  if (write === undefined) continue;
  Object.assign(Socket.prototype, {
    [name](this: Socket, ...input: unknown[]) {
      if (place !== null && own.has(this) && reach(1)) place.database = this;
      const answers = place?.client === this && reach(3);
      Reflect.apply(write, this, input);
      if (answers) leave();
    },
  });
}

function leave(): void {
  if (place?.alone === true) taken.push([...place.timesMs, performance.now()]);
  place = null;
}

process.once('exit', () => {
  const counted = taken.slice(warmUp);
  if (counted.length === 0) return;
  const parts = stages.map((stage, index) => {
    const us = counted.map((times) => ((times[index + 1] ?? 0) - (times[index] ?? 0)) * 1000).sort((a, b) => a - b);
    const at = (share: number) => Math.round(us[Math.floor(us.length * share)] ?? 0);
    return `${stage} ${at(0.5)} (${at(0.1)} to ${at(0.75)})`;
  });
  process.stderr.write(
    `${process.argv[1]}, ${counted.length} messages, µs, median (p10 to p75): ${parts.join(', ')}\n`,
  );
});
process.once('SIGTERM', () => {
  // A peer ends without a word: here it has one.
  if (process.listenerCount('SIGTERM') === 0) process.exit(0);
});
