import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../test/chat-server.ts';
import { Cursor } from './cursor.ts';

const seqsOf = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);

describe('a cursor', () => {
  test('lets the next message through, and each only once', () => {
    const cursor = new Cursor(4);
    expect(seqsOf(cursor.take(messageOf(5)))).toEqual([5]);
    expect([4, 5].flatMap((seq) => cursor.take(messageOf(seq)))).toEqual([]);
    expect([cursor.seq, cursor.hasGap]).toEqual([5, false]);
  });

  test('holds what is ahead until the gap is filled', () => {
    const cursor = new Cursor(0);
    expect([3, 2].flatMap((seq) => cursor.take(messageOf(seq)))).toEqual([]);
    expect(cursor.hasGap).toBe(true);
    expect(seqsOf(cursor.take(messageOf(1)))).toEqual([1, 2, 3]);
    expect(cursor.hasGap).toBe(false);
  });

  test('asks for one resume at a time, until all of it has come', () => {
    const cursor = new Cursor(1);
    cursor.take(messageOf(5));
    expect([cursor.hasGap, cursor.beginResume(), cursor.hasGap]).toEqual([true, 1, false]);
    cursor.resumed(4);
    cursor.take(messageOf(9));
    for (const seq of [2, 3]) cursor.take(messageOf(seq));
    expect(cursor.hasGap).toBe(false);
    expect(seqsOf(cursor.take(messageOf(4)))).toEqual([4, 5]);
    expect([cursor.hasGap, cursor.beginResume()]).toEqual([true, 5]);
  });

  test('is behind when the head is beyond it, unless a resume is bringing it there', () => {
    const cursor = new Cursor(1);
    expect([cursor.isBehind(1), cursor.isBehind(3)]).toEqual([false, true]);
    cursor.beginResume();
    cursor.take(messageOf(2));
    expect(cursor.isBehind(3)).toBe(false);
    expect(cursor.isBehind(3)).toBe(true);
  });

  test('goes on from where it is moved to', () => {
    const cursor = new Cursor(9);
    cursor.take(messageOf(12));
    cursor.moveTo(3);
    expect(cursor.hasGap).toBe(false);
    expect(seqsOf(cursor.take(messageOf(4)))).toEqual([4]);
  });

  test('holds a bounded number, and still takes the next one', () => {
    const cursor = new Cursor(0);
    for (let seq = 2; seq < 1000; seq++) cursor.take(messageOf(seq));
    expect(cursor.take(messageOf(1))).toHaveLength(257);
    expect(cursor.seq).toBe(257);
  });

  test('delivers 1 to N in order, however messages are mixed, lost and repeated', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (arrivals) => {
        const cursor = new Cursor(0);
        const delivered = arrivals.flatMap((seq) => seqsOf(cursor.take(messageOf(seq))));
        expect(delivered).toEqual(Array.from({ length: cursor.seq }, (_, index) => index + 1));
        expect(cursor.hasGap).toBe(arrivals.some((seq) => seq > cursor.seq));
      }),
    );
  });
});
