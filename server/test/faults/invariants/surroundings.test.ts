import { describe, expect, it } from 'vitest';
import { auditComplete } from './audit-complete.ts';
import { noInternalError } from './no-internal-error.ts';
import { nodesBounded } from './nodes-bounded.ts';
import { onlyMembersSee } from './only-members-see.ts';
import { message, story } from './test-support.ts';
import { viewsConverge } from './views-converge.ts';

/** A socket of somebody who is in no room. */
const strangerOpens = () =>
  story().event({
    kind: 'open',
    connection: 'eve-phone#1',
    device: 'eve-phone',
    accountId: 'eve',
    node: 'node-1',
  });

describe('(8) only members see', () => {
  it('holds for members, for who left and sees what was before, and for a stranger who is refused', () => {
    const { round } = story()
      .stored('ana', 'a')
      .opens('ben-phone')
      .leaves('ben', 1)
      .shows('ben-phone', 'ana', 'a', 1)
      .replies('eve-http', { status: 404 });
    expect(onlyMembersSee(round)).toEqual([]);
  });

  it('breaks when who left is shown what was written since', () => {
    const { round } = story().opens('ben-phone').leaves('ben', 1).shows('ben-phone', 'ana', 'b', 2);
    expect(onlyMembersSee(round)).toEqual([expect.stringContaining('left after seq 1')]);
  });

  it('breaks when a stranger is shown a message, over HTTP or by a frame', () => {
    const read = story().replies('eve-http', { messages: [message('ana', 'a')] });
    expect(onlyMembersSee(read.round)).toHaveLength(2);
    const opened = strangerOpens();
    expect(onlyMembersSee(opened.shows('eve-phone', 'ana', 'a', 1).round)).toHaveLength(1);
  });

  it('breaks when a stranger learns by any frame that the room is there', () => {
    const opened = strangerOpens();
    const { round } = opened.frame('eve-phone#1', { type: 'position', roomId: 'room', headSeq: 4 });
    expect(onlyMembersSee(round)).toEqual([expect.stringContaining('got "position"')]);
  });

  it('breaks when a stranger can send', () => {
    const opened = strangerOpens();
    expect(onlyMembersSee(opened.acks('eve-phone', 'e', 1).round)).toEqual([expect.stringContaining('could send')]);
  });

  describe('a socket that was logged out', () => {
    const ended = (closedAfterMs: number) =>
      story()
        .opens('ana-lent')
        .event({ kind: 'healed', heads: {} })
        .event({ kind: 'ended', device: 'ana-lent' })
        .later(closedAfterMs)
        .event({ kind: 'close', connection: 'ana-lent#1', code: 4403 }).round;

    it('may be closed within its time', () => {
      expect(onlyMembersSee(ended(1000))).toEqual([]);
    });

    it('breaks the promise when it stays open longer', () => {
      expect(onlyMembersSee(ended(5000))).toEqual([expect.stringContaining('open 5001 ms later')]);
    });
  });
});

describe('(9) views converge', () => {
  const healed = () =>
    story()
      .stored('ben', 'b')
      .opens('ana-phone')
      .event({ kind: 'healed', heads: { room: 1 } });

  it('holds when every device has everything in time', () => {
    expect(viewsConverge(healed().later(2000).shows('ana-phone', 'ben', 'b', 1).round)).toEqual([]);
  });

  it('breaks when a device never sees what was stored', () => {
    expect(viewsConverge(healed().round)).toEqual(['ana-phone never saw room 1']);
  });

  it('breaks when a device never sees what was written after the healing', () => {
    const { round } = healed().shows('ana-phone', 'ben', 'b', 1).stored('ben', 'c');
    expect(viewsConverge(round)).toEqual(['ana-phone never saw room 2']);
  });

  it('breaks when it takes longer than ten seconds', () => {
    expect(viewsConverge(healed().later(12_000).shows('ana-phone', 'ben', 'b', 1).round)).toEqual([
      expect.stringContaining('it took 12001 ms'),
    ]);
  });

  it('asks nothing of who came in late but that it takes no longer from there', () => {
    const joined = () => healed().later(12_000).event({ kind: 'joined', accountId: 'ana', roomId: 'room' });
    expect(viewsConverge(joined().shows('ana-phone', 'ben', 'b', 1).round)).toEqual([]);
    expect(viewsConverge(joined().later(12_000).shows('ana-phone', 'ben', 'b', 1).round)).toHaveLength(1);
  });

  it('breaks when a message that was sent before never gets its ack, but not when it was refused', () => {
    const sent = () => story().opens('ana-phone').sends('ana-phone', 'a');
    expect(viewsConverge(sent().event({ kind: 'healed', heads: {} }).round)).toEqual([
      'ana-phone never got an ack for a in room',
    ]);
    const refused = sent().frame('ana-phone#1', { type: 'error', code: 'room-closed', detail: '', clientId: 'a' });
    expect(viewsConverge(refused.event({ kind: 'healed', heads: {} }).round)).toEqual([]);
  });

  it('asks nothing of a device whose session has ended, nor of a room that was left', () => {
    expect(viewsConverge(healed().event({ kind: 'ended', device: 'ana-phone' }).round)).toEqual([]);
    expect(viewsConverge(healed().leaves('ana', 0).round)).toEqual([]);
  });
});

describe('(10) nodes are bounded', () => {
  it('holds when nodes end because they are made to, and stay small', () => {
    const { round } = story()
      .event({ kind: 'exit', node: 'node-1', asked: true, how: 'SIGKILL' })
      .event({ kind: 'usage', node: 'node-1', rssMb: 150, descriptors: 80 });
    expect(nodesBounded(round)).toEqual([]);
  });

  it.each([
    ['ends by itself', { kind: 'exit', node: 'node-1', asked: false, how: '1' }],
    ['takes too much memory', { kind: 'usage', node: 'node-1', rssMb: 2000, descriptors: 80 }],
    ['holds too many descriptors', { kind: 'usage', node: 'node-1', rssMb: 150, descriptors: 9000 }],
  ] as const)('breaks when a node %s', (_what, event) => {
    expect(nodesBounded(story().event(event).round)).toHaveLength(1);
  });
});

describe('(11) the audit is complete', () => {
  it('holds when readings, resumes and refusals are all in it', () => {
    const { round } = story()
      .replies('ana-http', { requestId: 'r1' })
      .replies('eve-http', { requestId: 'r2', status: 404 })
      .opens('ben-phone', 2, 5)
      .audited({ requestId: 'r1' })
      .audited({ requestId: 'r2', outcome: 'denied', actorId: 'eve' })
      .audited({ actorId: 'ben', details: { fromSeq: 3, toSeq: 5 } });
    expect(auditComplete(round)).toEqual([]);
  });

  it('asks nothing for a resume that found nothing to read', () => {
    expect(auditComplete(story().opens('ben-phone', 5, 5).round)).toEqual([]);
  });

  it.each([
    ['a reading', story().replies('ana-http', { requestId: 'r1' })],
    ['a refusal', story().replies('eve-http', { requestId: 'r2', status: 404 }).audited({ requestId: 'r2' })],
    [
      'a resume',
      story()
        .opens('ben-phone', 2, 5)
        .audited({ details: { fromSeq: 3, toSeq: 5 } }),
    ],
  ])('breaks when %s is missing', (_what, { round }) => {
    expect(auditComplete(round)).toHaveLength(1);
  });
});

describe('(13) no internal error', () => {
  it('holds when a call is answered, refused, or told to try again', () => {
    const { round } = story()
      .replies('ana-http', {})
      .replies('eve-http', { status: 404 })
      .replies('ana-http', { status: 503 })
      .replies('ana-http', { status: 0 });
    expect(noInternalError(round)).toEqual([]);
  });

  it('breaks when the server does not know what is wrong', () => {
    const { round } = story().replies('ana-http', { call: 'send', status: 500 });
    expect(noInternalError(round)).toEqual([expect.stringContaining('ana-http got 500 in room for send')]);
  });
});
