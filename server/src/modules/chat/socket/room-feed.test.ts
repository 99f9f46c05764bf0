import { describe, expect, it } from 'vitest';
import type { MessageRow } from '../read-messages.ts';
import { encodeFrame } from './frames.ts';
import type { LiveMessage } from './live-message.ts';
import { ana, ben, FakeRoom, join, range } from './test-support.ts';

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

  it('never carry text that was removed with the whole room: what was at hand, what was being read', async () => {
    const room = new FakeRoom();
    const [reading, full] = [join(room, ana), join(room, ana)];
    full.receiver.full = true;
    const live = room.write();
    room.feed.offer(live, 1);
    expect([reading.receiver.texts, full.receiver.texts]).toEqual([['text 1'], []]);
    room.write();
    room.feed.hear(2, 1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(room.reads).toBe(1);
    for (const [index, row] of room.rows.entries()) room.rows[index] = { ...row, text: null };
    room.feed.removeAll();
    full.receiver.full = false;
    room.feed.pump();
    await room.settle();
    expect([reading.receiver.texts, full.receiver.texts]).toEqual([
      ['text 1', null],
      [null, null],
    ]);
  });
});

describe('messages that another node sent along', () => {
  const carry = ({ message }: LiveMessage, { version = 1, changeSeq = 0 } = {}) => ({ message, version, changeSeq });

  it('need no reading, also when an own one that was written after them is there first', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    const [first, second, third, fourth] = [room.write(), room.write(), room.write(), room.write()];
    room.feed.take(carry(first));
    expect(receiver.seqs).toEqual([1]);
    room.feed.offer(third, 1);
    room.feed.hear(3, 1);
    await room.turn();
    room.feed.take(carry(second));
    expect(receiver.seqs).toEqual([1, 2, 3]);
    room.feed.take(carry(fourth));
    await room.settle();
    expect(receiver.seqs).toEqual([1, 2, 3, 4]);
    expect(room.reads).toBe(0);
  });

  it('are read when they do not come: after a moment, or at once when it is known that they will not', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    const [, second, , fourth] = [room.write(), room.write(), room.write(), room.write()];
    room.feed.offer(second, 1);
    await room.turn();
    expect([receiver.seqs, room.reads]).toEqual([[], 0]);
    await room.settle();
    expect([receiver.seqs, room.reads]).toEqual([[1, 2, 3, 4], 1]);
    const [fifth, sixth] = [room.write(), room.write()];
    room.feed.offer(sixth, 1);
    await room.turn();
    expect(room.reads).toBe(1);
    room.feed.hear(fifth.seq, 1);
    await room.turn();
    expect(room.reads).toBe(2);
    await room.settle();
    expect(receiver.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    room.feed.take(carry(fourth));
    room.feed.take(carry(sixth));
    await room.settle();
    expect(receiver.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(room.reads).toBe(2);
  });

  it('do not hold up a reader who is far behind', async () => {
    const room = new FakeRoom();
    const { receiver, subscription } = join(room, ana);
    const other = join(room, ana);
    for (let index = 0; index < 5; index += 1) room.feed.offer(room.write(), 1);
    receiver.full = true;
    room.write();
    room.feed.offer(room.write(), 1);
    receiver.full = false;
    subscription.resumeAfter(0, 5);
    await room.turn();
    expect(room.reads).toBe(1);
    await room.settle();
    expect(receiver.seqs).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7]);
    expect(other.receiver.seqs).toEqual(range(1, 7));
  });

  it('are read when the room has changed since, as they may have changed', async () => {
    const told: { tell(room: FakeRoom): void; knowsAll?: boolean }[] = [
      { tell: ({ feed }) => feed.edit(1, 1), knowsAll: true },
      { tell: ({ feed }) => feed.retract(1, 1), knowsAll: true },
      { tell: ({ feed }) => feed.retract(1) },
      { tell: ({ feed }) => feed.removeAll() },
      { tell: (room) => room.learn(1), knowsAll: true },
    ];
    for (const { tell, knowsAll = false } of told) {
      const room = new FakeRoom();
      const { receiver } = join(room, ana);
      const late = room.write();
      room.rows[0] = { ...(room.rows[0] as MessageRow), text: 'newer', editedAt: 'now' };
      tell(room);
      room.feed.take(carry(late));
      room.feed.hear(1, 1);
      await room.settle();
      expect([receiver.texts, room.reads > 0]).toEqual([['newer'], true]);
      // What is written after that change is as good as ever, where it is known which change it was.
      const reads = room.reads;
      room.feed.take(carry(room.write(), { changeSeq: 1 }));
      expect(receiver.texts).toEqual(knowsAll ? ['newer', 'text 2'] : ['newer']);
      expect(room.reads).toBe(reads);
    }
  });

  it('are not kept at hand once changes were missed: a later one, or the room itself, tells of them', async () => {
    for (const tell of [(room: FakeRoom) => room.feed.edit(2, 2), (room: FakeRoom) => room.learn(2)]) {
      const room = new FakeRoom();
      const { receiver } = join(room, ana);
      receiver.full = true;
      room.feed.take(carry(room.write()));
      room.feed.take(carry(room.write()));
      for (const [index, row] of room.rows.entries()) room.rows[index] = { ...row, text: 'newer', editedAt: 'now' };
      tell(room);
      receiver.full = false;
      room.feed.pump();
      await room.settle();
      expect(receiver.texts).toEqual(['newer', 'newer']);
    }
  });

  it('go to nobody who left before they were written, though nobody told this node', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ben);
    const stays = join(room, ana);
    room.version = 2;
    room.members = [ana];
    room.feed.take(carry(room.write(ana), { version: 2 }));
    expect([receiver.seqs, stays.receiver.seqs]).toEqual([[], []]);
    await room.settle();
    expect([receiver.seqs, receiver.left, stays.receiver.seqs, room.reads]).toEqual([[], true, [1], 0]);
  });
});

describe('messages that are edited', () => {
  it('never carry the text of before, even when it was being read, and are told to whoever had it', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    const late = join(room, ben);
    room.feed.offer(room.write(), 1);
    expect(receiver.texts).toEqual(['text 1']);
    late.receiver.full = true;
    room.write();
    room.feed.hear(2, 1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    for (const [index, row] of room.rows.entries()) room.rows[index] = { ...row, text: 'newer', editedAt: 'now' };
    room.feed.edit(1, 1);
    room.feed.edit(2, 2);
    await room.settle();
    expect(receiver.texts).toEqual(['text 1', 'newer']);
    expect(receiver.edits).toEqual([
      { seq: 1, text: 'newer', changeSeq: 1 },
      { seq: 2, text: 'newer', changeSeq: 2 },
    ]);
    expect(late.receiver.edits).toEqual([]);
  });

  it('are told to who wrote them and has the ack, though the message before has not come yet', async () => {
    const room = new FakeRoom();
    const { receiver, subscription } = join(room, ana);
    room.write();
    const own = room.write(ana);
    subscription.skipOwn(2);
    room.feed.offer(own, 1);
    room.rows[1] = { ...(room.rows[1] as MessageRow), text: 'newer', editedAt: 'now' };
    room.feed.edit(2, 1);
    await room.settle();
    expect([receiver.seqs, receiver.edits]).toEqual([[1], [{ seq: 2, text: 'newer', changeSeq: 1 }]]);
  });

  it('are told to nobody before the members of that moment are known', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ana);
    const gone = join(room, ben);
    room.feed.offer(room.write(), 1);
    room.version = 2;
    room.members = [ana];
    room.rows[0] = { ...(room.rows[0] as MessageRow), text: 'newer', editedAt: 'now' };
    room.feed.edit(1, 1);
    await room.settle();
    expect(receiver.edits).toEqual([{ seq: 1, text: 'newer', changeSeq: 1 }]);
    expect([gone.receiver.left, gone.receiver.edits]).toEqual([true, []]);
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

  it('who have left hear nothing else either, and who stays hears it once that is known', async () => {
    const room = new FakeRoom();
    const [leaves, stays] = [join(room, ben), join(room, ana)];
    room.version = 2;
    room.members = [ana];
    room.feed.need(2);
    room.feed.read(ana, 1);
    room.feed.retract(1, 1);
    room.feed.broadcast(encodeFrame({ type: 'typing', roomId: room.feed.roomId, accountId: ana }));
    for (const { receiver } of [leaves, stays]) expect(receiver.others).toEqual([]);
    await room.settle();
    expect(leaves.receiver.others).toEqual([]);
    expect(stays.receiver.others).toEqual(['read', 'retracted', 'typing']);
  });

  it('are told how far the others have read, once, also where the news of it was lost', async () => {
    const room = new FakeRoom();
    const { receiver } = join(room, ben);
    room.feed.read(ana, 2);
    room.feed.read(ana, 2);
    room.feed.read(ana, 1);
    expect(receiver.others).toEqual(['read']);
    room.readSeq = 3;
    room.learn();
    room.learn();
    // That of each of the two.
    expect(receiver.others).toEqual(['read', 'read', 'read']);
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
