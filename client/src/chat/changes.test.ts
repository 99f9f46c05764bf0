import { expect, test } from 'vitest';
import { messageOf, room } from '../../test/chat-server.ts';
import { type Change, Changes } from './changes.ts';

/** A room whose newest changes are these, answered a page at a time when the test says so. */
function world(known: Record<string, number>, items: Change[]) {
  const asked: number[] = [];
  const told: number[] = [];
  let fail = false;
  const list = async (_roomId: string, after: number) => {
    asked.push(after);
    if (fail) throw new Error('away');
    const rest = items.filter(({ changeSeq }) => changeSeq > after);
    return { items: rest.slice(0, 100), changeSeq: items.at(-1)?.changeSeq ?? 0 };
  };
  const changes = new Changes(known, list, (_message, changeSeq) => told.push(changeSeq));
  return { changes, asked, told, setFail: (value: boolean) => (fail = value) };
}

const upTo = (count: number): Change[] =>
  Array.from({ length: count }, (_, index) => ({ changeSeq: index + 1, message: messageOf(index + 1) }));
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('of a room not heard of before, what was before is not told', async () => {
  const { changes, asked } = world({}, upTo(5));
  changes.heard(room, 5);
  await settled();
  expect([changes.seq(room), asked]).toEqual([5, []]);
});

test('what was missed is read, page by page, and told once', async () => {
  const { changes, asked, told } = world({ [room]: 3 }, upTo(250));
  changes.heard(room, 250);
  changes.heard(room, 250);
  await settled();
  expect(asked).toEqual([3, 103, 203]);
  expect(told).toEqual(
    upTo(250)
      .slice(3)
      .map(({ changeSeq }) => changeSeq),
  );
  expect(changes.seq(room)).toBe(250);
});

test('live the next is told at once, an old one not again, and one beyond makes it ask', async () => {
  const { changes, told } = world({ [room]: 3 }, upTo(7));
  expect(changes.isNext(room, 4)).toBe(true);
  expect(changes.isNext(room, 4)).toBe(false);
  expect(changes.isNext(room, 7)).toBe(false);
  await settled();
  expect(told).toEqual([5, 6, 7]);
  expect(changes.isNext(room, 8)).toBe(true);
});

test('what could not be read is asked for again at the next word of the server', async () => {
  const { changes, told, setFail } = world({ [room]: 0 }, upTo(2));
  setFail(true);
  changes.heard(room, 2);
  await settled();
  expect([told, changes.seq(room)]).toEqual([[], 0]);
  setFail(false);
  changes.heard(room, 2);
  await settled();
  expect(told).toEqual([1, 2]);
});
