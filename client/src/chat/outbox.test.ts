import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OpenwardError } from '../error.ts';
import { type Ack, Outbox, type OutboxEntry } from './outbox.ts';

const entry = (clientId: string, roomId = 'r'): OutboxEntry => ({ clientId, roomId, text: clientId });
const ackOf = (clientId: string): Ack => ({ clientId, roomId: 'r', seq: 1, id: 'm', sentAt: 't', duplicate: false });
const ids = (entries: readonly OutboxEntry[]) => entries.map(({ clientId }) => clientId);

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A storage whose writes end when the test says so. */
function slowStorage(kept: OutboxEntry[] = []) {
  const writes: PromiseWithResolvers<void>[] = [];
  const deleted: string[] = [];
  return {
    writes,
    deleted,
    load: async () => kept,
    put() {
      const write = Promise.withResolvers<void>();
      writes.push(write);
      return write.promise;
    },
    async delete(clientId: string) {
      deleted.push(clientId);
    },
  };
}

describe('an outbox', () => {
  test('hands each message out once, in order, and again in its place when put back', async () => {
    const outbox = new Outbox(undefined, () => undefined);
    const acked = outbox.add(entry('a'));
    void outbox.add(entry('b'));
    expect([ids(outbox.takeDue()), ids(outbox.takeDue())]).toEqual([['a'], []]);
    void outbox.add(entry('c'));
    outbox.putBack({ clientId: 'a' });
    expect(ids(outbox.takeDue())).toEqual(['a']);
    expect(outbox.acknowledge(ackOf('a'))).toEqual(entry('a'));
    await expect(acked).resolves.toEqual(ackOf('a'));
    expect([ids(outbox.entries), outbox.acknowledge(ackOf('a'))]).toEqual([['b', 'c'], null]);
    expect(ids(outbox.takeDue())).toEqual(['b']);
  });

  test('has the oldest message of each room on its way, and no other before that is done with', () => {
    const outbox = new Outbox(undefined, () => undefined);
    for (const [id, room] of [
      ['a', 'r1'],
      ['b', 'r1'],
      ['c', 'r2'],
    ] as const)
      void outbox.add(entry(id, room)).catch(() => undefined);
    expect(ids(outbox.takeDue())).toEqual(['a', 'c']);
    outbox.putBack({ clientId: 'a' });
    outbox.acknowledge(ackOf('c'));
    expect(ids(outbox.takeDue())).toEqual(['a']);
    outbox.refuse('a', new OpenwardError({ code: 'invalid-frame' }));
    expect(ids(outbox.takeDue())).toEqual(['b']);
  });

  test('puts back what has been on its way for too long', () => {
    const outbox = new Outbox(undefined, () => undefined);
    void outbox.add(entry('a'));
    outbox.takeDue();
    vi.setSystemTime(Date.now() + 5000);
    void outbox.add(entry('b', 'r2'));
    outbox.takeDue();
    outbox.putBack({ olderThanMs: 5000 });
    expect(ids(outbox.takeDue())).toEqual(['a']);
  });

  test('has sixteen messages on their way at most', () => {
    const outbox = new Outbox(undefined, () => undefined);
    for (let n = 0; n < 20; n++) void outbox.add(entry(`m${n}`, `r${n}`));
    expect(outbox.takeDue()).toHaveLength(16);
    outbox.acknowledge(ackOf('m3'));
    expect(ids(outbox.takeDue())).toEqual(['m16']);
  });

  test('knows to which rooms something is on its way', () => {
    const outbox = new Outbox(undefined, () => undefined);
    void outbox.add(entry('a', 'r1'));
    expect(outbox.isSendingTo('r1')).toBe(false);
    outbox.takeDue();
    expect([outbox.isSendingTo('r1'), outbox.isSendingTo('r2')]).toEqual([true, false]);
  });

  test('takes the same message twice as one, and another text under its clientId not at all', async () => {
    const outbox = new Outbox(undefined, () => undefined);
    expect(outbox.add(entry('a'))).toBe(outbox.add(entry('a')));
    await expect(outbox.add({ ...entry('a'), text: 'else' })).rejects.toMatchObject({ code: 'client-id-reused' });
  });

  test('takes an answer to another message, or other files, under the same clientId not at all', async () => {
    const outbox = new Outbox(undefined, () => undefined);
    const whole: OutboxEntry = { ...entry('a'), replyToSeq: 3, attachmentIds: ['f', 'g'] };
    const kept = outbox.add(whole);
    expect(outbox.add({ ...whole, attachmentIds: ['f', 'g'] })).toBe(kept);
    expect(outbox.add(entry('b'))).toBe(outbox.add({ ...entry('b'), attachmentIds: [] }));
    for (const other of [
      { ...whole, replyToSeq: 4 },
      { ...whole, attachmentIds: ['g', 'f'] },
      { ...whole, attachmentIds: ['f'] },
      { ...entry('a'), attachmentIds: ['f', 'g'] },
      { ...entry('a'), replyToSeq: 3 },
    ])
      await expect(outbox.add(other)).rejects.toMatchObject({ code: 'client-id-reused' });
  });

  test('rejects what is refused, and all that is left when it closes', async () => {
    const outbox = new Outbox(undefined, () => undefined);
    const refused = expect(outbox.add(entry('a'))).rejects.toMatchObject({ code: 'room-closed' });
    const left = expect(outbox.add(entry('b'))).rejects.toMatchObject({ code: 'closed' });
    outbox.refuse('a', new OpenwardError({ code: 'room-closed' }));
    outbox.close(new OpenwardError({ code: 'closed' }));
    await Promise.all([refused, left]);
  });

  test('rejects what is still being stored when it closes, and takes in nothing more', async () => {
    const storage = slowStorage([entry('old')]);
    const outbox = new Outbox(storage, () => undefined);
    const left = expect(outbox.add(entry('a'))).rejects.toMatchObject({ code: 'closed' });
    outbox.load();
    await vi.waitUntil(() => storage.writes.length === 1);
    outbox.close(new OpenwardError({ code: 'closed' }));
    storage.writes[0]?.resolve();
    await left;
    // What was asked for before this is behind the load.
    const late = expect(outbox.add(entry('b'))).rejects.toMatchObject({ code: 'closed' });
    await vi.waitUntil(() => storage.writes.length === 2);
    storage.writes[1]?.resolve();
    await late;
    expect([outbox.entries, storage.deleted]).toEqual([[], []]);
  });

  test('sends nothing that is not stored, and keeps the order in which it was written', async () => {
    const storage = slowStorage([entry('old', 'r2')]);
    const changed = Promise.withResolvers<void>();
    const outbox = new Outbox(storage, () => outbox.has('b') && changed.resolve());
    outbox.load();
    const a = outbox.add(entry('a'));
    void outbox.add(entry('b'));
    await vi.waitUntil(() => storage.writes.length === 1);
    expect(ids(outbox.takeDue())).toEqual(['old']);
    storage.writes[0]?.resolve();
    await vi.waitUntil(() => storage.writes.length === 2);
    expect(ids(outbox.takeDue())).toEqual(['a']);
    storage.writes[1]?.resolve();
    await changed.promise;
    outbox.acknowledge(ackOf('a'));
    await a;
    expect(ids(outbox.takeDue())).toEqual(['b']);
    expect(storage.deleted).toEqual(['a']);
  });

  test('takes in what another tab has stored since, once', async () => {
    const kept = [entry('a')];
    const outbox = new Outbox(slowStorage(kept), () => undefined);
    outbox.load();
    await vi.waitUntil(() => outbox.has('a'));
    kept.push(entry('b'));
    outbox.load();
    await vi.waitUntil(() => outbox.has('b'));
    expect([ids(outbox.entries), ids(outbox.takeDue())]).toEqual([['a', 'b'], ['a']]);
    outbox.load();
    expect(ids(outbox.takeDue())).toEqual([]);
  });

  test('fails a message that cannot be stored, and goes on with the next', async () => {
    const storage = slowStorage();
    const outbox = new Outbox(storage, () => undefined);
    const failed = expect(outbox.add(entry('a'))).rejects.toThrow('disk full');
    void outbox.add(entry('b'));
    await vi.waitUntil(() => storage.writes.length === 1);
    storage.writes[0]?.reject(new Error('disk full'));
    await failed;
    await vi.waitUntil(() => storage.writes.length === 2);
    storage.writes[1]?.resolve();
    await vi.waitUntil(() => outbox.has('b'));
  });
});
