import { afterEach, expect, test, vi } from 'vitest';
import { inTurn, turnsOf } from './in-turn.ts';

/** As much of a browser as is asked for: locks (Node has them) and a storage that its tabs share. */
function asBrowser(): Map<string, string> {
  const kept = new Map<string, string>();
  vi.stubGlobal('window', {});
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  return kept;
}

afterEach(() => void vi.unstubAllGlobals());

test('of tabs that want the same at once one does it, and the others wait until it is done', async () => {
  asBrowser();
  const steps: string[] = [];
  const act = async () => {
    steps.push('begun');
    await new Promise(setImmediate);
    steps.push('done');
  };
  const tab = () => inTurn('renew', turnsOf('renew'), act).finally(() => steps.push('goes on'));
  expect(await Promise.all([tab(), tab(), tab()])).toEqual([true, false, false]);
  expect(steps).toEqual(['begun', 'done', 'goes on', 'goes on', 'goes on']);
});

test('what is wanted anew later is done anew', async () => {
  asBrowser();
  const act = vi.fn(async () => undefined);
  await inTurn('renew', turnsOf('renew'), act);
  await inTurn('renew', turnsOf('renew'), act);
  expect(act).toHaveBeenCalledTimes(2);
});

test('who noticed the need before it was done, and asks after, finds it done', async () => {
  asBrowser();
  const act = vi.fn(async () => undefined);
  const seen = turnsOf('renew');
  expect(await inTurn('renew', seen, act)).toBe(true);
  expect(await inTurn('renew', seen, act)).toBe(false);
  expect(act).toHaveBeenCalledTimes(1);
});

test('when it fails for one tab the next one tries', async () => {
  asBrowser();
  const act = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('no network'));
  const tabs = await Promise.allSettled([
    inTurn('renew', turnsOf('renew'), act),
    inTurn('renew', turnsOf('renew'), act),
  ]);
  expect(tabs.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(act).toHaveBeenCalledTimes(2);
});

test('without a browser everybody does it', async () => {
  const act = vi.fn(async () => undefined);
  expect(await Promise.all([inTurn('renew', turnsOf('renew'), act), inTurn('renew', turnsOf('renew'), act)])).toEqual([
    true,
    true,
  ]);
});
