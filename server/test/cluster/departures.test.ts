import { expect, it } from 'vitest';
import type { HistoryEvent, NewEvent } from '../faults/history.ts';
import { goodbyesOf, letDown } from './departures.ts';

it('holds against a node what it had, or was given while it drained, and did not answer; and nothing else', () => {
  const miss = (name: string, begunAt: number, failedAt: number, nodeUrl = 'a') => ({
    name,
    begunAt,
    failedAt,
    nodeUrl,
  });
  const missed = [
    miss('before, and over before', 900, 950),
    miss('under way', 990, 1010),
    miss('refused', 1100, 1101),
    miss('too late', 2001, 2002),
    miss('of another', 1100, 1101, 'b'),
  ];
  const found = letDown([{ missed }, { missed: [] }], { nodeUrl: 'a', toldAt: 1000, drainMs: 1000 });
  expect(found.map((line) => line.split(',')[0])).toEqual(['under way', 'refused']);
});

it('takes a goodbye for one with its frame and 1012, leaves alone who went or was sent for a reason, and names the rest', () => {
  const events: NewEvent[] = [];
  const socket = (connection: string, code: number, { closing = false, own = false, open = true } = {}) => {
    if (open) events.push({ kind: 'open', connection, device: connection, accountId: 'x', node: 'door' });
    if (closing)
      events.push({ kind: 'frame', connection, frame: { type: 'closing', reason: 'restart', retryAfterMs: 300 } });
    events.push({ kind: 'close', connection, code, ...(own ? { own } : {}) });
  };
  socket('before', 1006);
  const from = events.length;
  socket('kept', 1012, { closing: true });
  socket('went', 1006, { own: true });
  socket('banned', 4403);
  socket('refused', 1006, { open: false });
  socket('cut', 1006);
  socket('mute', 1012);
  const { kept, rude } = goodbyesOf(events.map((event, at) => ({ at, ...event })) as HistoryEvent[], from);
  expect([kept, rude.map((line) => line.split(':')[0])]).toEqual([1, ['cut', 'mute']]);
});
