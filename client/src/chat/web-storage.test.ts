import { expect, test } from 'vitest';
import { webStorageOutbox } from './web-storage.ts';

function storage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

const entry = { clientId: 'c1', roomId: 'r1', text: 'Unsent.', replyToSeq: 4 };

test('what is put is there after a reload, in its order, until it is deleted; accounts are apart', async () => {
  const kept = storage();
  const before = webStorageOutbox(kept, 'ana');
  await before.put(entry);
  await before.put({ ...entry, clientId: 'c2' });
  await before.put(entry);
  const after = webStorageOutbox(kept, 'ana');
  expect((await after.load()).map(({ clientId }) => clientId)).toEqual(['c2', 'c1']);
  expect(await after.load()).toContainEqual(entry);
  expect(await webStorageOutbox(kept, 'ben').load()).toEqual([]);
  await after.delete('c1');
  await after.delete('c2');
  expect(kept.items.size).toBe(0);
});

test('what somebody else wrote there is nothing', async () => {
  for (const text of ['{', '7', '[1,null,{"clientId":"c"}]']) {
    const kept = storage();
    kept.setItem('openward.outbox.ana', text);
    expect(await webStorageOutbox(kept, 'ana').load()).toEqual([]);
  }
});
