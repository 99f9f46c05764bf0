import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, type Pair } from '../../server/src/modules/chat/test-support.ts';
import { execute } from '../../server/test/global-setup.ts';
import { desktop, needsChromium, type Portal, startPortal } from './portal.ts';

const count = 100_000;

/** The machine may be slow; nothing here is about time. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.runIf(needsChromium('chat-long.test.ts'))('a conversation of 100,000 messages', () => {
  let portal: Portal;
  let pair: Pair;
  beforeAll(async () => {
    portal = await startPortal();
    pair = await openRoom(portal.server);
    const { roomId, patient, doctor } = pair;
    // One every five minutes, up to a minute ago.
    await execute(
      portal.server.urls.chat,
      `INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, sent_at)
        SELECT '${roomId}', n, gen_random_uuid(), (CASE n % 3 WHEN 0 THEN '${doctor.id}' ELSE '${patient.id}' END)::uuid, 'bulk-' || n,
          'Message ' || n || repeat(' and some more words', (n % 7)::int), now() - make_interval(mins => 5 * (${count} - n) + 1)
        FROM generate_series(1, ${count}) AS n`,
    );
    await execute(portal.server.urls.chat, `UPDATE rooms SET last_seq = ${count} WHERE room_id = '${roomId}'`);
    await execute(portal.server.urls.chat, `UPDATE room_members SET read_seq = ${count} WHERE room_id = '${roomId}'`);
  });
  afterAll(() => portal?.stop());

  test('opens at once, is scrolled and jumped through with a bounded page, and typing stays quick', async () => {
    const { roomId, patient, doctor } = pair;
    const visitor = await portal.visitAs(patient, { viewport: desktop });
    const { page } = visitor;
    await page.addInitScript(() => {
      const noted: { duration: number; type: string }[] = [];
      Object.assign(globalThis, { noted });
      const observer = new PerformanceObserver((list) => {
        for (const { duration, entryType, name } of list.getEntries())
          if (entryType === 'longtask' || name.startsWith('key')) noted.push({ duration, type: entryType });
      });
      observer.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
      observer.observe({ type: 'longtask' });
    });
    const openedAt = performance.now();
    await visitor.open(`/chat/${roomId}`);
    const log = page.getByRole('log');
    await log.getByText(`Message ${count}`).waitFor();
    const openMs = performance.now() - openedAt;
    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length);
    const seqs = () =>
      log.locator('[data-seq]').evaluateAll((all) => all.map((row) => Number(row.getAttribute('data-seq'))));
    const maxRows = 320;

    // Far up: what is in sight stays where it is while pages come and go, and nothing is missing between.
    let most = await nodes();
    for (let turn = 0; turn < 8; turn++) {
      const first = (await seqs())[0] ?? 0;
      await log.evaluate((element) => {
        element.scrollTop = 0;
      });
      await soon(async () => (await seqs())[0]).toBeLessThan(first);
      most = Math.max(most, await nodes());
    }
    const shown = await seqs();
    expect(shown).toEqual(Array.from({ length: shown.length }, (_, index) => (shown[0] ?? 0) + index));
    expect(shown.length).toBeLessThanOrEqual(maxRows);
    expect(shown.at(-1)).toBeLessThan(count - 200);
    expect(most).toBeLessThan(maxRows * 25 + 500);

    // What comes meanwhile moves nothing, and is said.
    const top = await log.evaluate((element) => element.scrollTop);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'now', text: 'Are you still there?' });
    await page.getByRole('button', { name: '1 new message' }).waitFor();
    expect(await log.evaluate((element) => element.scrollTop)).toBe(top);

    // Ten months back.
    await page.getByRole('button', { name: 'Search this conversation' }).click();
    const day = new Date(Date.now() - 300 * 86_400_000);
    const jumpedAt = performance.now();
    await page.getByLabel('Go to a day').fill(day.toISOString().slice(0, 10));
    const expected = count - 300 * 288;
    await soon(async () => Math.abs(((await seqs())[25] ?? 0) - expected)).toBeLessThan(600);
    const jumpMs = performance.now() - jumpedAt;
    await page.getByRole('button', { name: 'Close the search' }).click();

    const write = page.getByRole('textbox', { name: 'Write a message' });
    await page.evaluate(() => void (globalThis as unknown as { noted: unknown[] }).noted.splice(0));
    await write.pressSequentially('It does not hurt any more. '.repeat(3), { delay: 40 });
    const noted = await page.evaluate(
      () => (globalThis as unknown as { noted: { duration: number; type: string }[] }).noted,
    );
    const keys = noted
      .filter(({ type }) => type === 'event')
      .map(({ duration }) => duration)
      .sort((a, b) => a - b);
    const longTasks = noted.filter(({ type }) => type === 'longtask').length;
    process.stdout.write(
      `open ${Math.round(openMs)} ms, jump ${Math.round(jumpMs)} ms, nodes ${most}, keys over 16 ms: ${keys.length}, p75 ${keys[Math.floor(keys.length * 0.75)] ?? 0} ms, longest ${keys.at(-1) ?? 0} ms, long tasks ${longTasks}\n`,
    );
    // 81 keys: a page that draws its list with each would have as many long tasks.
    expect(longTasks).toBeLessThan(12);

    await write.press('Enter');
    await log.getByText('Are you still there?').waitFor();
    await log.getByText('It does not hurt any more.').waitFor();
    expect((await seqs()).at(-1)).toBe(count + 2);
    await portal.checkAccessibility(page);
    await visitor.leave();
  });
});
