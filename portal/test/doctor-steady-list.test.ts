import { expect, test } from 'vitest';
import { steady } from '../src/features/doctor/steady-list.ts';

const of = (...ids: string[]) => ids.map((id) => ({ id }));
const shownIn = (list: ReturnType<typeof steady>) =>
  list.rows.map(({ item, isGone }) => (isGone ? `-${item.id}` : item.id));

test('no row moves: new ones come last or are held back, gone ones keep their place', () => {
  const list = steady(of('a', 'b', 'c'), of('urgent', 'a', 'between', 'c', 'last'));
  expect(shownIn(list)).toEqual(['a', '-b', 'c', 'last']);
  expect(list.held).toEqual(of('urgent', 'between'));
});

test('where nothing that was shown is left, all that is new is shown', () => {
  const list = steady(of('a'), of('b', 'c'));
  expect(shownIn(list)).toEqual(['-a', 'b', 'c']);
  expect(list.held).toEqual([]);
  expect(shownIn(steady([], of('b')))).toEqual(['b']);
});
