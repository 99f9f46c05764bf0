import { describe, expect, it } from 'vitest';
import { ackedIsReadable } from './acked-is-readable.ts';
import { dense } from './dense.ts';
import { noAckedMessageLost } from './no-acked-message-lost.ts';
import { noFalseAck } from './no-false-ack.ts';
import { noneTwice } from './none-twice.ts';
import { nothingUncommitted } from './nothing-uncommitted.ts';
import { sendersOrderKept } from './senders-order-kept.ts';
import { message, story } from './test-support.ts';
import { viewsAgree } from './views-agree.ts';

describe('(1) no acked message lost', () => {
  it('holds when each ack is of a stored message, first or again', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .acks('ana-phone', 'a', 1)
      .acks('ana-phone', 'a', 1, { duplicate: true })
      .stored('ana', 'a');
    expect(noAckedMessageLost(round)).toEqual([]);
  });

  it('breaks when what was acked is not stored', () => {
    const { round } = story().opens('ana-phone').sends('ana-phone', 'a').acks('ana-phone', 'a', 1);
    expect(noAckedMessageLost(round)).toEqual([expect.stringContaining('it is not stored')]);
  });

  it('breaks when two acks tell two places', () => {
    const { round } = story().opens('ana-phone').acks('ana-phone', 'a', 1).acks('ana-phone', 'a', 2).stored('ana', 'a');
    expect(noAckedMessageLost(round)).toEqual([expect.stringContaining('stored as seq 1')]);
  });

  it('breaks when an answer over HTTP tells of what is not stored', () => {
    const told = { call: 'send' as const, status: 201, clientId: 'a', messages: [message('ana', 'a')] };
    expect(noAckedMessageLost(story().replies('ana-http', told).round)).toHaveLength(1);
  });
});

describe('(2) none twice', () => {
  it('holds when a message comes again because the client resumed again', () => {
    const { round } = story()
      .stored('ben', 'b')
      .opens('ana-phone', 0, 1)
      .shows('ana-phone', 'ben', 'b', 1)
      .frame('ana-phone#1', { type: 'resumed', roomId: 'room', fromSeq: 1, toSeq: 1 })
      .shows('ana-phone', 'ben', 'b', 1);
    expect(noneTwice(round)).toEqual([]);
  });

  it('breaks when the same text is stored under two clientIds', () => {
    const { round } = story().stored('ana', 'a').stored('ana', 'other', { text: 'text of a' });
    expect(noneTwice(round)).toEqual([expect.stringContaining('stored twice')]);
  });

  it('breaks when a connection is shown a seq a second time', () => {
    const { round } = story().opens('ana-phone').shows('ana-phone', 'ben', 'b', 1).shows('ana-phone', 'ben', 'b', 1);
    expect(noneTwice(round)).toEqual([expect.stringContaining('when 2 was next')]);
  });

  it('breaks when a connection gets both the ack of its message and the message', () => {
    const { round } = story().opens('ana-phone').acks('ana-phone', 'a', 1).shows('ana-phone', 'ana', 'a', 1);
    expect(noneTwice(round)).toEqual([expect.stringContaining('both the ack')]);
  });
});

describe('(3) dense', () => {
  it('holds when a connection skips what it wrote itself, even if the ack comes after the next message', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .shows('ana-phone', 'ben', 'b', 2)
      .acks('ana-phone', 'a', 1)
      .stored('ana', 'a')
      .stored('ben', 'b');
    expect(dense(round)).toEqual([]);
  });

  it('holds when the link broke before the ack of what was skipped', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .shows('ana-phone', 'ben', 'b', 2)
      .stored('ana', 'a')
      .stored('ben', 'b');
    expect(dense(round)).toEqual([]);
  });

  it('breaks when a seq is missing in the database', () => {
    const { round } = story().stored('ana', 'a').stored('ana', 'b', { seq: 3 });
    expect(dense(round)).toEqual([expect.stringContaining('seq 3 in place 2')]);
  });

  it('breaks when the room counts more than is stored', () => {
    expect(dense(story().stored('ana', 'a').counts(2).round)).toHaveLength(1);
  });

  it("breaks when a connection is shown a hole that is not its own message's", () => {
    const { round } = story()
      .opens('ana-phone')
      .shows('ana-phone', 'ben', 'b', 2)
      .stored('ben', 'missed')
      .stored('ben', 'b');
    expect(dense(round)).toEqual([expect.stringContaining('when 1 was next')]);
  });

  it('breaks when a resume does not begin where the client asked', () => {
    const { round } = story().opens('ana-phone', 3, 6).shows('ana-phone', 'ben', 'b', 5);
    expect(dense(round)).toEqual([expect.stringContaining('when 4 was next')]);
  });
});

describe('(4) all views agree', () => {
  const whole = () =>
    story()
      .stored('ana', 'a')
      .event({ kind: 'device', device: 'ana-phone', accountId: 'ana', rooms: ['room'] });

  it('holds when each is shown what is stored, and members read all of it at the end', () => {
    const { round } = whole()
      .opens('ben-phone')
      .shows('ben-phone', 'ana', 'a', 1)
      .replies('ana-http', { final: true, messages: [message('ana', 'a')] })
      .replies('ben-http', { final: true, messages: [message('ana', 'a')] });
    expect(viewsAgree(round)).toEqual([]);
  });

  it('breaks when somebody is shown another text in its place', () => {
    const { round } = story()
      .stored('ana', 'a')
      .opens('ben-phone')
      .shows('ben-phone', 'ana', 'a', 1, { text: 'other' });
    expect(viewsAgree(round)).toEqual([expect.stringContaining('another message')]);
  });

  it('breaks when a member reads less than everything at one of the nodes', () => {
    const { round } = whole()
      .replies('ana-http', { final: true, messages: [message('ana', 'a')] })
      .replies('ana-http', { final: true, node: 'node-2' });
    expect(viewsAgree(round)).toEqual(['ana read 0 of 1 messages of room at node-2']);
  });
});

describe("(5) a sender's order is kept", () => {
  const sentInOrder = () =>
    story().opens('ana-phone').sends('ana-phone', 'a').acks('ana-phone', 'a', 1).sends('ana-phone', 'b');

  it('holds when what was sent later comes later', () => {
    expect(sendersOrderKept(sentInOrder().stored('ana', 'a').stored('ana', 'b').round)).toEqual([]);
  });

  it('holds when a second try came after the next message', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .sends('ana-phone', 'b')
      .sends('ana-phone', 'a')
      .acks('ana-phone', 'b', 1)
      .acks('ana-phone', 'a', 2)
      .stored('ana', 'b')
      .stored('ana', 'a');
    expect(sendersOrderKept(round)).toEqual([]);
  });

  it('breaks when a message comes before one that was acked before it was sent', () => {
    const { round } = sentInOrder().stored('ana', 'b').stored('ana', 'a');
    expect(sendersOrderKept(round)).toEqual([expect.stringContaining('after the ack of room a')]);
  });

  it('breaks when two that went out one after the other on one connection are swapped', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .sends('ana-phone', 'b')
      .acks('ana-phone', 'b', 1)
      .acks('ana-phone', 'a', 2)
      .stored('ana', 'b')
      .stored('ana', 'a');
    expect(sendersOrderKept(round)).toEqual([expect.stringContaining('was sent on ana-phone#1 after')]);
  });
});

describe('(6) nothing uncommitted is shown', () => {
  it('holds when all that was shown is stored', () => {
    const { round } = story().stored('ana', 'a').opens('ben-phone').shows('ben-phone', 'ana', 'a', 1);
    expect(nothingUncommitted(round)).toEqual([]);
  });

  it('breaks when something was shown that is not stored', () => {
    const { round } = story().opens('ben-phone').shows('ben-phone', 'ana', 'a', 1);
    expect(nothingUncommitted(round)).toEqual([expect.stringContaining('which is not stored')]);
  });

  it('breaks when a client is told that it has more than there is', () => {
    const { round } = story()
      .opens('ben-phone')
      .frame('ben-phone#1', { type: 'reset', roomId: 'room', headSeq: 3, reason: 'ahead' });
    expect(nothingUncommitted(round)).toHaveLength(1);
  });
});

describe('(7) no false ack', () => {
  it('holds for an error, and for the ack of the second try', () => {
    const { round } = story()
      .opens('ana-phone')
      .sends('ana-phone', 'a')
      .frame('ana-phone#1', { type: 'error', code: 'unavailable', detail: '', clientId: 'a' })
      .sends('ana-phone', 'a')
      .acks('ana-phone', 'a', 1, { duplicate: true })
      .stored('ana', 'a');
    expect(noFalseAck(round)).toEqual([]);
  });

  it.each([
    ['nothing is stored', story().acks('ana-phone', 'a', 1)],
    ['another message is stored', story().acks('ana-phone', 'a', 1, { id: 'made up' }).stored('ana', 'a')],
    [
      'a text that was not sent',
      story().sends('ana-phone', 'a', { text: 'mine' }).acks('ana-phone', 'a', 1).stored('ana', 'a'),
    ],
    [
      'new for the second time',
      story().sends('ana-phone', 'a').acks('ana-phone', 'a', 1).acks('ana-phone', 'a', 1).stored('ana', 'a'),
    ],
  ])('breaks: %s', (what, made) => {
    const { round } = made;
    const events = [...story().opens('ana-phone').round.events, ...round.events];
    expect(noFalseAck({ ...round, events })).toEqual([expect.stringContaining(what)]);
  });
});

describe('(12) what is acked is readable', () => {
  it('holds when it is there, or when the node does not answer', () => {
    const { round } = story()
      .replies('ana-http', { expects: 1, messages: [message('ana', 'a')], headSeq: 1 })
      .replies('ana-http', { expects: 1, status: 503 });
    expect(ackedIsReadable(round)).toEqual([]);
  });

  it('breaks when a node answers without it', () => {
    expect(ackedIsReadable(story().replies('ana-http', { expects: 1 }).round)).toHaveLength(1);
  });
});
