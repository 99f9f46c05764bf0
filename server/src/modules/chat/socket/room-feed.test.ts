import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageRow } from '../read-messages.ts';
import { LiveMessage } from './live-message.ts';
import { type FeedSource, RoomFeed } from './room-feed.ts';
import { type Receiver, Subscription } from './subscription.ts';

const roomId = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';
const [ana, ben] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];

/** A database of one room, with reads that are answered when the test says so. */
class FakeRoom implements FeedSource {
  readonly rows: MessageRow[] = [];
  readonly feed = new RoomFeed(roomId, this);
  version = 1;
  members = [ana, ben];
  reads = 0;
  failures = 0;
  readonly pending: (() => void)[] = [];

  write(senderId = ben, clientId = `${this.rows.length + 1}`): LiveMessage {
    const seq = this.rows.length + 1;
    const message = {
      roomId,
      seq,
      id: `id-${seq}`,
      clientId,
      senderId,
      text: `text ${seq}`,
      sentAt: '',
      retractedAt: null,
    };
    this.rows.push({ ...message, roomVersion: this.version });
    return new LiveMessage(message);
  }

  learn(): void {
    const members = new Map(this.members.map((id) => [id, { readSeq: 0, joinedSeq: 0 }]));
    this.feed.learn({
      roomId,
      status: 'open',
      headSeq: this.rows.length,
      version: this.version,
      patientId: ana,
      members,
    });
  }

  readMessages(_roomId: string, fromSeq: number, toSeq: number): Promise<MessageRow[]> {
    this.reads += 1;
    // As in a database: what is read is what was there when the reading began, and who is in the room at that moment.
    const rows = this.rows.slice(fromSeq - 1, toSeq).map((row) => ({ ...row, roomVersion: this.version }));
    return new Promise((resolve, reject) => {
      this.pending.push(() => (this.failures-- > 0 ? reject(new Error('away')) : resolve(rows)));
    });
  }

  reload(): void {
    this.pending.push(() => this.learn());
  }

  retryLater(feed: RoomFeed): void {
    this.pending.push(() => feed.pump());
  }

  /** Answers everything that is asked, until nothing more is. */
  async settle(): Promise<void> {
    do {
      for (const answer of this.pending.splice(0)) answer();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    } while (this.pending.length > 0);
  }
}

class FakeReceiver implements Receiver {
  readonly accountId: string;
  readonly seqs: number[] = [];
  readonly texts: (string | null)[] = [];
  full = false;
  writing: string | null = null;
  left = false;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  send(frame: Buffer): void {
    const { type, seq, text } = JSON.parse(frame.toString('utf8'));
    if (type !== 'message') return;
    this.seqs.push(seq);
    this.texts.push(text);
  }

  isWriting({ message }: LiveMessage): boolean {
    return message.senderId === this.accountId && message.clientId === this.writing;
  }

  onLeft(): void {
    this.left = true;
  }
}

function join(room: FakeRoom, accountId: string, after = room.rows.length) {
  const receiver = new FakeReceiver(accountId);
  const subscription = new Subscription(room.feed, receiver);
  room.learn();
  subscription.startAfter(after);
  subscription.goLive();
  return { receiver, subscription };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('live messages', () => {
  it('that are offered need no reading, in whatever order they come', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    const [first, second, third] = [room.write(), room.write(), room.write()];
    room.feed.offer(third, 1);
    room.feed.offer(second, 1);
    room.feed.hear(1, 1);
    room.feed.offer(first, 1);
    await room.settle();
    expect(receiver.seqs).toEqual([1, 2, 3]);
    expect(room.reads).toBe(0);
  });

  it('that are only heard of are read, once for all who are at the same place', async () => {
    const room = new FakeRoom();
    const all = range(1, 50).map(() => join(room, ana));
    for (let index = 0; index < 250; index += 1) room.write();
    room.feed.hear(250, 1);
    await room.settle();
    for (const { receiver } of all) expect(receiver.seqs).toEqual(range(1, 250));
    expect(room.reads).toBe(3);
  });

  it('wait while the reader is full, and cost it no memory meanwhile', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    receiver.full = true;
    for (let index = 0; index < 1000; index += 1) room.feed.offer(room.write(), 1);
    await room.settle();
    expect(receiver.seqs).toEqual([]);
    expect(range(1, 1000).filter((seq) => room.feed.recent.get(seq) !== undefined).length).toBeLessThanOrEqual(64);
    receiver.full = false;
    room.feed.pump();
    await room.settle();
    expect(receiver.seqs).toEqual(range(1, 1000));
  });

  it('that are heard of and are not there leave everything as it was', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    room.feed.hear(5, 1);
    await room.settle();
    expect(room.feed.head).toBe(0);
    room.feed.offer(room.write(), 1);
    await room.settle();
    expect(receiver.seqs).toEqual([1]);
  });

  it('survive a database that is away for a while', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    room.failures = 3;
    room.write();
    room.feed.hear(1, 1);
    await room.settle();
    expect(receiver.seqs).toEqual([1]);
    expect(room.reads).toBe(4);
  });

  it('never carry text that was retracted while it was being read', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    room.write();
    room.feed.hear(1, 1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(room.reads).toBe(1);
    room.rows[0] = { ...(room.rows[0] as MessageRow), text: null };
    room.feed.retract(1);
    await room.settle();
    expect(receiver.texts).toEqual([null]);
  });
});

describe('one’s own messages', () => {
  it('are left out where the ack stands for them, whichever comes first', async () => {
    const room = new FakeRoom();
    const { receiver, subscription } = join(room, ana);
    const other = join(room, ana);
    receiver.writing = 'mine';
    room.write(ana, 'mine');
    room.write(ben, 'theirs');
    // The news of the message behind it comes before the answer to the write.
    room.feed.hear(2, 1);
    await room.settle();
    expect(receiver.seqs).toEqual([]);
    expect(other.receiver.seqs).toEqual([1, 2]);
    receiver.writing = null;
    subscription.skipOwn(1);
    subscription.release();
    await room.settle();
    expect(receiver.seqs).toEqual([2]);
  });

  it('come as messages when their outcome was an error', async () => {
    const room = new FakeRoom();
    const { receiver, subscription } = join(room, ana);
    receiver.writing = 'mine';
    room.write(ana, 'mine');
    room.feed.hear(1, 1);
    await room.settle();
    receiver.writing = null;
    subscription.release();
    await room.settle();
    expect(receiver.seqs).toEqual([1]);
  });

  it('are part of what is resumed', async () => {
    const room = new FakeRoom();
    const { receiver, subscription } = join(room, ana);
    subscription.skipOwn(1);
    room.feed.offer(room.write(ana), 1);
    room.feed.offer(room.write(ben), 1);
    expect(receiver.seqs).toEqual([2]);
    subscription.resumeAfter(0, 2);
    await room.settle();
    expect(receiver.seqs).toEqual([2, 1, 2]);
    // An ack whose message had not been reached yet.
    subscription.skipOwn(4);
    room.write(ben);
    room.write(ana);
    subscription.resumeAfter(2, 4);
    room.learn();
    await room.settle();
    expect(receiver.seqs).toEqual([2, 1, 2, 3, 4]);
  });
});

describe('members', () => {
  it('who have left get nothing that was written after', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ben);
    const stays = join(room, ana);
    room.version = 2;
    room.members = [ana];
    // Nobody told this node: the message itself says that the room has changed.
    room.feed.offer(room.write(ana), 2);
    expect(receiver.seqs).toEqual([]);
    expect(stays.receiver.seqs).toEqual([]);
    await room.settle();
    expect(receiver.seqs).toEqual([]);
    expect(receiver.left).toBe(true);
    expect(stays.receiver.seqs).toEqual([1]);
  });

  it('are asked for again when a page says that they have changed', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ben);
    room.version = 2;
    room.members = [ana];
    room.write(ana);
    room.feed.hear(1, 1);
    await room.settle();
    expect(receiver.seqs).toEqual([]);
    expect(receiver.left).toBe(true);
  });
});

describe('whatever happens in whatever order', () => {
  const event = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('write' as const), told: fc.constantFrom('offer', 'hear', 'nobody') }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('rumour' as const), ahead: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('late' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('full' as const), full: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), back: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), times: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  );

  it('each message comes in order, without a gap, and after a resume from there on again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const room = new FakeRoom();
        const { receiver, subscription } = join(room, ana);
        const late: LiveMessage[] = [];
        let expectedNext = 1;
        let seen = 0;
        const check = () => {
          for (; seen < receiver.seqs.length; seen += 1) expect(receiver.seqs[seen]).toBe(expectedNext++);
        };
        for (const one of events) {
          if (one.kind === 'write') {
            const message = room.write();
            if (one.told === 'offer') room.feed.offer(message, 1);
            else if (one.told === 'hear') room.feed.hear(message.seq, 1);
            else late.push(message);
          } else if (one.kind === 'rumour') room.feed.hear(room.rows.length + one.ahead, 1);
          else if (one.kind === 'fail') room.failures = one.times;
          else if (one.kind === 'late') {
            const [message] = late.splice(one.which % Math.max(1, late.length), 1);
            if (message !== undefined) room.feed.offer(message, 1);
          } else if (one.kind === 'full') {
            receiver.full = one.full;
            room.feed.pump();
          } else if (one.kind === 'resume') {
            check();
            const after = Math.max(0, Math.min(room.feed.head, expectedNext - 1) - one.back);
            expectedNext = after + 1;
            subscription.resumeAfter(after, room.feed.head);
          } else {
            for (const answer of room.pending.splice(0)) answer();
            await new Promise(setImmediate);
          }
          check();
        }
        receiver.full = false;
        room.learn();
        await room.settle();
        check();
        expect(expectedNext).toBe(room.rows.length + 1);
      }),
      { numRuns: 300 },
    );
  });
});
