import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveMessage } from './live-message.ts';
import { ana, FakeRoom, join } from './test-support.ts';

const carry = ({ message }: LiveMessage) => ({ message, version: 1, changeSeq: 0 });

describe('whatever happens in whatever order', () => {
  const event = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        told: fc.constantFrom('offer', 'carry', 'hear', 'nobody'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('rumour' as const), ahead: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('late' as const), which: fc.nat(), carried: fc.boolean() }) },
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
            else if (one.told === 'carry') room.feed.take(carry(message));
            else if (one.told === 'hear') room.feed.hear(message.seq, 1);
            else late.push(message);
          } else if (one.kind === 'rumour') room.feed.hear(room.rows.length + one.ahead, 1);
          else if (one.kind === 'fail') room.failures = one.times;
          else if (one.kind === 'late') {
            const [message] = late.splice(one.which % Math.max(1, late.length), 1);
            if (message !== undefined && one.carried) room.feed.take(carry(message));
            else if (message !== undefined) room.feed.offer(message, 1);
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
