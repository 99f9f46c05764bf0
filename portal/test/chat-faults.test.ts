import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeRoom, historyOf, openRoom } from '../../server/src/modules/chat/test-support.ts';
import { execute } from '../../server/test/admin-connection.ts';
import type { ClusterNode } from '../../server/test/faults/cluster/node.ts';
import { png } from '../../server/test/images.ts';
import { openTestNodes, type TestNodes } from '../../server/test/processes.ts';
import { desktop, needsChromium, type Portal, startPortal } from './portal.ts';

/** The machine may be slow; nothing here is about time. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.runIf(needsChromium('chat-faults.test.ts'))('a conversation when things fail', () => {
  let portal: Portal;
  let nodes: TestNodes;
  // People call a node in this process; browsers are on one that is a process of its own.
  let node: ClusterNode;
  beforeAll(async () => {
    portal = await startPortal({ environment: { PORT: '0' } });
    nodes = await openTestNodes(portal.server);
    const { url } = portal;
    node = await nodes.open({ port: Number(new URL(url).port), environment: { PUBLIC_URL: url } });
    await node.start();
  });
  afterAll(async () => {
    await nodes?.stop();
    await portal?.stop();
  });

  const write = (page: Page) => page.getByRole('textbox', { name: 'Write a message' });
  async function say(page: Page, ...texts: string[]): Promise<void> {
    for (const text of texts) {
      await write(page).fill(text);
      await write(page).press('Enter');
    }
  }
  const states = (page: Page) =>
    page.locator('[data-state]').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));

  test('written without a network, over a reload, and in two tabs at once: sent once each, in order', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    const visitor = await portal.visitAs(patient, { serviceWorkers: 'allow' });
    const { page, context } = visitor;
    await visitor.open(`/chat/${roomId}`);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await write(page).waitFor();
    const other = await context.newPage();
    await other.goto(`/chat/${roomId}`);
    await write(other).waitFor();

    await context.setOffline(true);
    await page.getByText('You are offline. Write on').waitFor();
    await say(page, 'one', 'two', 'three');
    await soon(() => states(page)).toEqual(['waiting', 'waiting', 'waiting']);
    await page.close();
    // Both tabs have them now: the one that was there, and one that begins.
    await context.setOffline(false);
    const again = await context.newPage();
    await again.goto(`/chat/${roomId}`);
    for (const tab of [other, again]) await soon(() => states(tab)).toEqual(['sent', 'sent', 'sent']);
    await say(again, 'four');
    await other.getByRole('log').getByText('four').waitFor();
    expect((await historyOf(doctor, roomId)).map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('what is not in the room yet stays on the page while the page fetches what it missed', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    const visitor = await portal.visitAs(patient);
    const { page, context } = visitor;
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd0', text: 'before' });
    const acks: string[] = [];
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const frame = JSON.parse(String(payload));
        if (frame.type === 'ack') acks.push(frame.clientId);
      }),
    );
    await visitor.open(`/chat/${roomId}`);
    await write(page).waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline. Write on').waitFor();
    await say(page, 'mine, one', 'mine, two');
    await soon(() => states(page)).toEqual(['waiting', 'waiting']);
    await page.evaluate(() => {
      const log = document.querySelector('[role=log]') as Element;
      const look = () => /mine, one.*mine, two/s.test(log.textContent) || log.setAttribute('data-lost', '');
      new MutationObserver(look).observe(log, { childList: true, subtree: true });
    });
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd1', text: 'theirs' });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route(/\/messages\?/, async (route) => {
      await held;
      await route.continue();
    });
    const asked = page.waitForRequest(/\/messages\?.*after=/);
    await context.setOffline(false);
    await asked;
    await soon(() => acks.length).toBe(2);
    release();
    const shown = () => page.getByRole('log').locator('article p').allTextContents();
    await soon(shown).toEqual(['before', 'theirs', 'mine, one', 'mine, two']);
    expect(await page.locator('[data-lost]').count()).toBe(0);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('an edit that is told while a page from before it is on its way is on the page', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: 'd0', text: 'one tablet' });
    const visitor = await portal.visitAs(patient);
    const { page } = visitor;
    const told: string[] = [];
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => void told.push(JSON.parse(String(payload)).type)),
    );
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: read, resolve: isRead } = Promise.withResolvers<void>();
    await page.route(/\/messages\?/, async (route) => {
      const response = await route.fetch();
      isRead();
      await held;
      await route.fulfill({ response });
    });
    await page.goto(`/chat/${roomId}`);
    await read;
    await soon(() => told).toContain('ready');
    await doctor.api('PATCH', `/rooms/${roomId}/messages/1`, { text: 'half a tablet' });
    await soon(() => told).toContain('edited');
    release();
    const shown = () => page.getByRole('log').locator('article p').allTextContents();
    await soon(shown).toEqual(['half a tablet']);
    await visitor.leave();
  });

  test('older messages and a day that do not come are said, and asked for again', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    await execute(
      portal.server.urls.chat,
      `INSERT INTO messages (room_id, seq, id, sender_id, client_id, text, sent_at)
        SELECT '${roomId}', n, gen_random_uuid(), '${doctor.id}', 'old-' || n, 'Message ' || n, now() - make_interval(mins => 121 - n)
        FROM generate_series(1, 120) AS n`,
    );
    for (const [table, seq] of Object.entries({ rooms: 'last_seq', room_members: 'read_seq' }))
      await execute(portal.server.urls.chat, `UPDATE ${table} SET ${seq} = 120 WHERE room_id = '${roomId}'`);
    const visitor = await portal.visitAs(patient, { viewport: desktop });
    const { page } = visitor;
    let isAway = true;
    await page.route(/\/messages\?.*(before|since)=/, (route) =>
      isAway
        ? route.fulfill({ status: 503, headers: { 'retry-after': '60' }, json: { code: 'unavailable' } })
        : route.continue(),
    );
    await visitor.open(`/chat/${roomId}`);
    const log = page.getByRole('log');
    await log.getByText('Message 120').waitFor();
    const toTop = () => log.evaluate((element) => element.scrollTo(0, 0));
    await toTop();
    await log.getByRole('alert').getByText('The service is not available').waitFor();
    await portal.checkAccessibility(page);
    await page.getByRole('button', { name: 'Search this conversation' }).click();
    await page.getByLabel('Go to a day').fill('2020-01-01');
    await page.getByRole('status', { name: 'Messages' }).getByText('The service is not available').waitFor();
    isAway = false;
    await log.getByRole('button', { name: 'Try again' }).click();
    await soon(async () => {
      await toTop();
      return log.getByText('Message 1', { exact: true }).count();
    }).toBe(1);
    expect(await log.getByRole('alert').count()).toBe(0);
    await visitor.leave();
  });

  test('a server that is killed in the middle of a conversation costs nobody a message, and doubles none; meanwhile it is said', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    const [ana, ben] = await Promise.all([portal.visitAs(patient), portal.visitAs(doctor)]);
    await Promise.all([ana.open(`/chat/${roomId}`), ben.open(`/chat/${roomId}`)]);
    for (const { page } of [ana, ben]) await write(page).waitFor();
    const texts = Array.from({ length: 12 }, (_, index) => `m${index}`);
    await say(ana.page, ...texts.slice(0, 4));
    await Promise.all([say(ana.page, ...texts.slice(4)), node.kill()]);
    for (const { page } of [ana, ben]) await page.getByText('Connecting again. What you write is kept').waitFor();
    await soon(() => states(ana.page)).toContain('waiting');
    await node.start();
    // A machine that took long to start it may find the next try half a minute away.
    await expect
      .poll(() => states(ana.page), { timeout: 60_000 })
      .toEqual(texts.map(() => expect.stringMatching(/^(sent|read)$/)));
    expect((await historyOf(doctor, roomId)).map(({ text }) => text)).toEqual(texts);
    for (const { page } of [ana, ben]) {
      const shown = () => page.getByRole('log').locator('article p').allTextContents();
      await soon(shown).toEqual(texts);
      await soon(() => page.getByText('Connecting again').count()).toBe(0);
    }
    for (const visitor of [ana, ben]) {
      visitor.complaints.splice(0);
      await visitor.leave();
    }
  });

  test('what the server will not take says why, stays over a reload, and can be put away', async () => {
    const { roomId, patient, doctor } = await openRoom(portal.server);
    const visitor = await portal.visitAs(patient);
    const { page, context } = visitor;
    await visitor.open(`/chat/${roomId}`);
    await write(page).waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline. Write on').waitFor();
    await say(page, 'too late');
    await doctor.api('POST', `/requests/${roomId}/release`, { reason: 'I am away from tomorrow on.' });
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).first().waitFor();
    await page.reload();
    await page.getByText('too late').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await soon(() => page.getByText('too late').count()).toBe(0);
    visitor.complaints.splice(0);
    await visitor.leave();
  });

  test('what is refused while its conversation is not on the page is said where one is, and waits there with its files', async () => {
    const pair = await openRoom(portal.server);
    const { roomId, patient, doctor } = pair;
    const visitor = await portal.visitAs(patient);
    const { page, context } = visitor;
    await visitor.open(`/chat/${roomId}`);
    await write(page).waitFor();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'knee.png', mimeType: 'image/png', buffer: png({ width: 64, height: 48 }) });
    await page.getByRole('button', { name: 'Remove knee.png' }).waitFor();
    await soon(() => page.getByRole('progressbar').count()).toBe(0);
    await context.setOffline(true);
    await page.getByText('You are offline. Write on').waitFor();
    await say(page, 'too late');
    await soon(() => states(page)).toEqual(['waiting']);
    await page.close();
    await closeRoom(pair);
    await context.setOffline(false);

    const again = await context.newPage();
    const sent: { clientId: string; attachmentIds?: string[] }[] = [];
    again.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const frame = JSON.parse(String(payload));
        if (frame.type === 'send') sent.push(frame);
      }),
    );
    await again.goto('/requests');
    const toast = again.getByText(`Your message to ${doctor.fullName} was not sent`);
    await toast.waitFor();
    await again.getByRole('button', { name: 'Close' }).click();
    await again.getByRole('navigation').getByRole('link', { name: 'Chats' }).click();
    await again.getByRole('list', { name: 'Conversations' }).getByRole('link').click();
    await again.getByText('too late').waitFor();
    await again.getByRole('button', { name: 'Try again' }).click();
    await soon(() => sent.length).toBe(2);
    expect(sent[0]?.attachmentIds).toHaveLength(1);
    expect(sent[1]).toEqual(sent[0]);
    await again.getByRole('button', { name: 'Remove' }).click();
    await soon(() => again.getByText('too late').count()).toBe(0);
    expect(await toast.count()).toBe(0);
    visitor.complaints.splice(0);
    await visitor.leave();
  });
});
