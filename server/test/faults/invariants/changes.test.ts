import type { Message } from '@openward/contracts';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../history.ts';
import { changesAsStored } from './changes-as-stored.ts';
import { changesHold } from './changes-hold.ts';
import { changesReachEverybody } from './changes-reach-everybody.ts';
import { message, story } from './test-support.ts';

const editedAt = '2026-01-01T00:01:00.000Z';
const edited = { text: 'other', editedAt, changeSeq: 1 };
const told = { type: 'edited', roomId: 'room', seq: 1, ...edited } as const;
const takenBack = { text: null, retractedAt: editedAt, changeSeq: 1 };

describe('(15) changes reach everybody', () => {
  const changed = () =>
    story().stored('ana', 'a', edited).opens('ben-phone').event({ kind: 'healed', heads: {} }).changes('other');

  it('holds when a device is told live, by the list, or shown the message as it is by then', () => {
    expect(changesReachEverybody(changed().frame('ben-phone#1', told).round)).toEqual([]);
    expect(changesReachEverybody(changed().shows('ben-phone', 'ana', 'a', 1, edited).round)).toEqual([]);
    const listed = {
      device: 'ben-phone',
      call: 'changes',
      messages: [message('ana', 'a', edited)],
    } satisfies Partial<Reply>;
    expect(changesReachEverybody(changed().replies('ben-phone', listed).round)).toEqual([]);
  });

  it('breaks when a device is shown the message as it was, and never told', () => {
    const { round } = changed().shows('ben-phone', 'ana', 'a', 1);
    expect(changesReachEverybody(round)).toEqual(['ben-phone never saw what became of room 1']);
  });

  it('breaks when it takes more than ten seconds, but for who came later', () => {
    const late = () => changed().later(12_000);
    expect(changesReachEverybody(late().frame('ben-phone#1', told).round)).toEqual([
      expect.stringContaining('after 1'),
    ]);
    const joined = late().event({ kind: 'joined', accountId: 'ben', roomId: 'room' }).frame('ben-phone#1', told);
    expect(changesReachEverybody(joined.round)).toEqual([]);
  });

  it('asks nothing for a change that nobody was told to have worked', () => {
    const { round } = story().stored('ana', 'a', edited).opens('ben-phone').changes('other', 0);
    expect(changesReachEverybody(round)).toEqual([]);
  });
});

describe('(16) changes hold', () => {
  const gone = () => story().stored('ana', 'a', takenBack).opens('ben-phone').changes(null).later(10);

  it('holds for what was asked for before, and for a text that was tried later', () => {
    const early = story().stored('ana', 'a', takenBack).changes(null).later(10);
    expect(changesHold(early.replies('ben-http', { askedAt: 0, messages: [message('ana', 'a')] }).round)).toEqual([]);
    const later = story().changes('other').changes('third', 0).later(10);
    const { round } = later.replies('ben-http', { messages: [message('ana', 'a', { text: 'third' })] });
    expect(changesHold(round)).toEqual([]);
  });

  it.each(['read', 'search', 'changes'] as const)('breaks when a %s brings back what was changed', (call) => {
    const answer = { call, messages: [message('ana', 'a')] };
    expect(changesHold(gone().replies('ben-http', answer).round)).toHaveLength(1);
    expect(changesHold(story().changes('other').later(10).replies('ben-http', answer).round)).toHaveLength(1);
  });

  it('breaks when earlier texts of what was taken back are still there', () => {
    const { round } = gone().replies('ben-http', { call: 'versions', seq: 1, texts: ['text of a'] });
    expect(changesHold(round)).toEqual([expect.stringContaining('1 earlier texts')]);
  });

  it('breaks when a connection is shown it after it was taken back, or opened after that', () => {
    const retracted = { type: 'retracted', roomId: 'room', seq: 1, changeSeq: 1 } as const;
    const open = gone().shows('ben-phone', 'ana', 'a', 1);
    expect(changesHold(open.round)).toEqual([]);
    expect(changesHold(open.frame('ben-phone#1', retracted).shows('ben-phone', 'ana', 'a', 1).round)).toHaveLength(1);
    const anew = story().stored('ana', 'a', takenBack).changes(null).later(10).opens('ben-phone');
    expect(changesHold(anew.shows('ben-phone', 'ana', 'a', 1).round)).toHaveLength(1);
  });
});

describe('(17) changes are as stored', () => {
  const list = (more: Partial<Message> = {}, changeSeqs = [1]): Partial<Reply> => {
    const messages = [message('ana', 'a', { text: 'other', editedAt, ...more })];
    return { call: 'changes', final: true, messages, changeSeqs };
  };

  it('holds when numbers, frames and lists are those of the database', () => {
    const { round } = story()
      .stored('ana', 'a', edited)
      .said(1, 'text of a')
      .opens('ben-phone')
      .frame('ben-phone#1', told);
    expect(changesAsStored(round)).toEqual([]);
    expect(changesAsStored(story().stored('ana', 'a', edited).replies('ben-http', list()).round)).toEqual([]);
  });

  it('breaks when two messages have one number, or a changed one has none', () => {
    const twice = story().stored('ana', 'a', edited).stored('ana', 'b', edited);
    expect(changesAsStored(twice.round)).toEqual([expect.stringContaining('one change')]);
    expect(changesAsStored(story().stored('ana', 'a', { ...edited, changeSeq: null }).round)).toHaveLength(1);
  });

  it.each([
    ['a text that was never committed', { ...told, text: 'never' }],
    ['a number beyond the last', { ...told, changeSeq: 9 }],
    ['a retraction that is none', { type: 'retracted', roomId: 'room', seq: 1, changeSeq: 1 }],
  ] as const)('breaks when a frame tells of %s', (_what, frame) => {
    const said = story().stored('ana', 'a', edited).said(1, 'text of a').opens('ben-phone');
    expect(changesAsStored(said.frame('ben-phone#1', frame).round)).toHaveLength(1);
  });

  it.each([
    ['another time', list({ editedAt: '2026-01-01T00:02:00.000Z' })],
    ['a file', list({ attachments: [{ id: 'f', name: 'f.png', type: 'image/png', sizeBytes: 1 }] })],
    ['another number', list({}, [2])],
    ['nothing', { ...list(), messages: [], changeSeqs: [] }],
  ])('breaks when the list of a member has %s once all is quiet', (_what, reply) => {
    expect(changesAsStored(story().stored('ana', 'a', edited).replies('ben-http', reply).round)).toHaveLength(1);
  });
});
