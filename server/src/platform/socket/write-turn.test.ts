import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WriteTurn } from './write-turn.ts';

/** A turn, and what happened in it. */
function startTurn() {
  const events: string[] = [];
  const turn = new WriteTurn<{ name: string; flush(): void }>(({ name }, error) => events.push(`${name}: ${error}`));
  const add = (name: string, fault?: string) =>
    turn.add({
      name,
      flush: () => {
        if (fault !== undefined) throw fault;
        events.push(name);
      },
    });
  return { events, add };
}

describe('a turn of writing', () => {
  it('ends with one flush of each writer, after all that is at hand', async () => {
    const { events, add } = startTurn();
    add('a');
    await Promise.resolve().then(() => add('b'));
    expect(events).toEqual([]);
    await setImmediate();
    expect(events).toEqual(['a', 'b']);
    await setImmediate();
    expect(events).toEqual(['a', 'b']);
  });

  it('in which writers fail is one for all the others, and so are those after it', async () => {
    const { events, add } = startTurn();
    add('a', 'gone');
    add('b');
    add('c', 'gone too');
    add('d');
    await setImmediate();
    expect(events).toEqual(['b', 'd', 'a: gone', 'c: gone too']);
    add('b');
    await setImmediate();
    expect(events.at(-1)).toBe('b');
  });
});
