import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, type Pair } from '../../server/src/modules/chat/test-support.ts';
import { execute } from '../../server/test/admin-connection.ts';
import { desktop, needsChromium, type Portal, startPortal, type Visitor } from './portal.ts';

const count = 100_000;

/** The machine may be slow; nothing here is about time. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

type Clock = {
  /**
   * For how long the page was busy so far, by the clock of its own thread: what else the machine does does not count. And the
   * slowest key or click since the last look, from the press to a frame that shows what it did.
   */
  read(): Promise<{ busyMs: number; paintMs: number }>;
};

/**
 * Not the browser's own event timing: without a screen Chromium shows a frame in which only the caret has moved with the next that
 * has more in it, seconds later.
 */
async function watch({ page, context }: Visitor): Promise<Clock> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(() => {
    const paints: number[] = [];
    Object.assign(globalThis, { paints });
    const { port1, port2 } = new MessageChannel();
    // A message that is sent when a frame begins comes when it is made.
    port1.onmessage = ({ data }) => paints.push(performance.now() - data);
    for (const type of ['keydown', 'click'])
      addEventListener(type, ({ timeStamp }) => requestAnimationFrame(() => port2.postMessage(timeStamp)), true);
  });
  return {
    read: async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      const paints = await page.evaluate(() => (globalThis as unknown as { paints: number[] }).paints.splice(0));
      const busyS = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
      return { busyMs: Math.round(busyS * 1000), paintMs: Math.round(Math.max(0, ...paints)) };
    },
  };
}

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
    const clock = await watch(visitor);
    const acked = new Promise<void>((resolve) => {
      page.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => `${payload}`.startsWith('{"type":"ack"') && resolve()),
      );
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

    // To a day ten months back, to the newest and to the beginning; each time somebody types at once.
    const write = page.getByRole('textbox', { name: 'Write a message' });
    await page.getByRole('button', { name: 'Search this conversation' }).click();
    const goToDay = (day: Date) => page.getByLabel('Go to a day').fill(day.toISOString().slice(0, 10));
    const jumps = {
      'to a day': async () => {
        await goToDay(new Date(Date.now() - 300 * 86_400_000));
        await soon(async () => Math.abs(((await seqs())[25] ?? 0) - (count - 300 * 288))).toBeLessThan(600);
      },
      'to the newest': async () => {
        await page.getByRole('button', { name: /^To the newest|new message/ }).click();
        await soon(async () => (await seqs()).at(-1)).toBe(count + 1);
      },
      'to the beginning': async () => {
        await goToDay(new Date('2020-01-01'));
        await soon(async () => (await seqs())[0]).toBe(1);
      },
    };
    for (const [name, jump] of Object.entries(jumps)) {
      const before = await clock.read();
      await jump();
      await write.pressSequentially('And now?', { delay: 40 });
      await write.fill('');
      const { busyMs, paintMs } = await clock.read();
      process.stdout.write(`${name}: busy ${busyMs - before.busyMs} ms, slowest key or click ${paintMs} ms\n`);
      // Its rows are drawn once, and those that follow at its edges.
      expect(busyMs - before.busyMs, name).toBeLessThan(1000);
    }
    await page.getByRole('button', { name: 'Close the search' }).click();

    const before = await clock.read();
    await write.pressSequentially('It does not hurt any more. '.repeat(3), { delay: 40 });
    const { busyMs, paintMs } = await clock.read();
    process.stdout.write(
      `open ${Math.round(openMs)} ms, nodes ${most}, 81 keys: busy ${busyMs - before.busyMs} ms, slowest ${paintMs} ms\n`,
    );
    // A page that draws its list with each key would be busy for ten times as long.
    expect(busyMs - before.busyMs).toBeLessThan(1500);

    // From far up: the page with the newest is read before the message is there, and comes after its ack.
    const newest = `/api/v1/rooms/${roomId}/messages?limit=50`;
    const { body: json } = await patient.api('GET', newest.replace('/api/v1', ''));
    await page.route(
      ({ pathname, search }) => `${pathname}${search}` === newest,
      (route) => acked.then(() => route.fulfill({ json })),
      { times: 1 },
    );
    await write.press('Enter');
    await log.getByText('Are you still there?').waitFor();
    await log.getByText('It does not hurt any more.').waitFor();
    // It is shown before it has a place in the room.
    await expect.poll(async () => (await seqs()).at(-1)).toBe(count + 2);
    await portal.checkAccessibility(page);
    await visitor.leave();
  });
});
