import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeRoom, openRoom, type Pair } from '../../server/src/modules/chat/test-support.ts';
import { pdf, png } from '../../server/test/images.ts';
import { desktop, needsChromium, type Portal, startPortal, type Visitor } from './portal.ts';

/** The machine may be slow; nothing here is about time. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.runIf(needsChromium('chat-journey.test.ts'))('a conversation, in two real browsers', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  async function pair(): Promise<Pair> {
    const patient = await portal.server.people.patient({ fullName: 'Ana Silva' });
    const doctor = await portal.server.people.doctor({ fullName: 'Dr. Ben Okafor' });
    return openRoom(portal.server, { patient, doctor });
  }
  const bubble = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text }).first();
  const stateOf = (page: Page, text: string) => bubble(page, text).locator('[data-state]').getAttribute('data-state');
  async function say(page: Page, text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Write a message' }).fill(text);
    await page.keyboard.press('Enter');
  }
  async function act(page: Page, text: string, item: string): Promise<void> {
    await bubble(page, text).getByRole('button', { name: 'Actions for this message' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  }

  test('patient and doctor write, see each other typing, read, answer, correct and take back', async () => {
    const { roomId, patient, doctor } = await pair();
    const [ana, ben] = await Promise.all([portal.visitAs(patient), portal.visitAs(doctor, { viewport: desktop })]);
    await ben.open('/inbox');
    await ana.open(`/chat/${roomId}`);
    await ana.page.getByText('Nothing has been said yet.').waitFor();
    await say(ana.page, 'My knee hurts.\nSince Monday. See https://example.org/knee.');
    await soon(() => stateOf(ana.page, 'My knee hurts.')).toBe('sent');

    // The doctor, elsewhere, has the count; opening the room reads it, everywhere.
    await ben.page.getByRole('img', { name: '1 unread message' }).first().waitFor();
    await ben.page.getByRole('link', { name: 'Conversations' }).first().click();
    await ben.page.getByRole('main').getByRole('link', { name: 'Ana Silva' }).click();
    await ben.page.getByRole('log').getByText('My knee hurts.').waitFor();
    await ben.page.getByText('New messages').waitFor();
    await soon(() => stateOf(ana.page, 'My knee hurts.')).toBe('read');
    await soon(() => ben.page.getByRole('img', { name: '1 unread message' }).count()).toBe(0);
    await ana.page.getByText('Online').waitFor();
    const link = ben.page.getByRole('link', { name: 'https://example.org/knee', exact: true });
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await link.getAttribute('href')).toBe('https://example.org/knee');

    await ben.page.getByRole('textbox', { name: 'Write a message' }).pressSequentially('Wher');
    await ana.page.getByText('is writing').waitFor();
    await ben.page.getByRole('textbox', { name: 'Write a message' }).fill('');
    await act(ben.page, 'My knee hurts.', 'Reply');
    await ben.page.getByText('Reply to Ana Silva').waitFor();
    await say(ben.page, 'Where exactly?');
    await bubble(ana.page, 'Where exactly?')
      .getByRole('button', { name: /My knee hurts/ })
      .click();
    await soon(() => ana.page.evaluate(() => document.activeElement?.textContent)).toContain('My knee hurts');

    // Arrow up edits the last one's own; Escape leaves it as it was.
    await ana.page.getByRole('textbox', { name: 'Write a message' }).focus();
    await ana.page.keyboard.press('ArrowUp');
    await ana.page.getByText('Editing your message').waitFor();
    await ana.page.keyboard.press('Escape');
    await ana.page.keyboard.press('ArrowUp');
    await ana.page.getByRole('textbox', { name: 'Write a message' }).fill('My left knee hurts.');
    await ana.page.keyboard.press('Enter');
    await ben.page.getByRole('log').getByText('My left knee hurts.', { exact: true }).first().waitFor();
    await bubble(ben.page, 'My left knee hurts.').getByRole('button', { name: 'edited' }).click();
    await ben.page.getByRole('dialog').getByText('Since Monday.').waitFor();
    await ben.page.keyboard.press('Escape');

    await act(ana.page, 'My left knee hurts.', 'Take back');
    await ana.page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await ben.page.getByRole('log').getByText('Message taken back').first().waitFor();
    await ana.page.getByText('You took this message back').first().waitFor();
    await soon(() => ben.page.getByText('My left knee').count()).toBe(0);
    await soon(() => bubble(ana.page, 'Where exactly?').textContent()).not.toContain('My left knee');
    for (const visitor of [ana, ben]) await portal.checkAccessibility(visitor.page);
    await Promise.all([ana.leave(), ben.leave()]);
  });

  /** As from the desktop, by the browser itself. */
  async function drag(visitor: Visitor, types: ('dragEnter' | 'dragOver' | 'drop')[], files: string[]): Promise<void> {
    const devtools = await visitor.context.newCDPSession(visitor.page);
    const data = { items: [], files, dragOperationsMask: 1 };
    const { x = 0, y = 0 } = (await visitor.page.getByRole('log').boundingBox()) ?? {};
    for (const type of types) await devtools.send('Input.dispatchDragEvent', { type, x: x + 9, y: y + 9, data });
    await devtools.detach();
  }
  async function copyPicture(page: Page): Promise<void> {
    await page.evaluate(
      async (bytes) => {
        const blob = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
        await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
      },
      [...png({ width: 64, height: 48 })],
    );
  }

  test('pictures and documents are chosen, dropped or pasted, seen and downloaded; what cannot be sent is said', async () => {
    const { roomId, patient, doctor } = await pair();
    const permissions = ['clipboard-read', 'clipboard-write'];
    const [ana, ben] = await Promise.all([portal.visitAs(patient, { permissions }), portal.visitAs(doctor)]);
    await Promise.all([ana.open(`/chat/${roomId}`), ben.open(`/chat/${roomId}`)]);
    const picker = ana.page.locator('input[type=file]');
    await picker.setInputFiles([
      { name: 'virus.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') },
      { name: 'huge.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(10_000_001) },
    ]);
    await ana.page.getByText('virus.exe cannot be sent').waitFor();
    await ana.page.getByText('huge.pdf is larger than 10 MB').waitFor();

    // The first try finds no network; trying again goes through, and what is given up does not come along.
    await ana.context.route('**/attachments?*', (route) => route.abort(), { times: 1 });
    await picker.setInputFiles({ name: 'knee.png', mimeType: 'image/png', buffer: png({ width: 640, height: 480 }) });
    await ana.page.getByRole('button', { name: 'Try knee.png again' }).click();
    const folder = await mkdtemp(join(tmpdir(), 'openward-dropped-'));
    const files = ['letter.pdf', 'other.pdf', 'virus.exe'].map((name) => join(folder, name));
    for (const file of files) await writeFile(file, pdf);
    const target = ana.page.getByText('Drop pictures or PDFs here');
    await drag(ana, ['dragEnter', 'dragOver'], files);
    await target.waitFor();
    await drag(ana, ['drop'], files);
    await target.waitFor({ state: 'detached' });
    await ana.page.getByText('virus.exe cannot be sent').waitFor();
    await ana.page.getByRole('button', { name: 'Remove other.pdf' }).click();
    await copyPicture(ana.page);
    await ana.page.getByRole('textbox', { name: 'Write a message' }).press('ControlOrMeta+V');
    await ana.page.getByRole('button', { name: 'Remove image.png' }).waitFor();
    await rm(folder, { recursive: true });
    await soon(() => ana.page.getByRole('progressbar').count()).toBe(0);
    await ana.page.getByRole('button', { name: 'Send' }).click();

    await ben.page.getByRole('button', { name: 'View image.png' }).locator('img').waitFor();
    await ben.page.getByRole('button', { name: 'View knee.png' }).locator('img').waitFor();
    await ben.page.getByRole('button', { name: 'View knee.png' }).click();
    const dialog = ben.page.getByRole('dialog', { name: 'knee.png' });
    const picture = dialog.getByRole('img', { name: 'knee.png' });
    expect(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(640);
    await portal.checkAccessibility(ben.page);
    await ben.page.keyboard.press('Escape');
    const download = ben.page.waitForEvent('download');
    await ben.page.getByRole('button', { name: /letter\.pdf.*Download/ }).click();
    expect((await download).suggestedFilename()).toBe('letter.pdf');
    expect(await ben.page.getByText('other.pdf').count()).toBe(0);
    ana.complaints.splice(0);
    await Promise.all([ana.leave(), ben.leave()]);
  });

  test('words and days are found; a closed conversation can be read and not written; nothing is of another account', async () => {
    const found = await pair();
    const { roomId, patient, doctor } = found;
    for (const text of ['Good morning.', 'Take ibuprofén, twice.', 'Thank you.'])
      await doctor.api('POST', `/rooms/${roomId}/messages`, { clientId: crypto.randomUUID(), text });
    const visitor = await portal.visitAs(patient, { viewport: desktop });
    const { page } = visitor;
    await visitor.open(`/chat/${roomId}`);
    await page.getByRole('button', { name: 'Search this conversation' }).click();
    await page.getByRole('searchbox').fill('IBUPROFEN');
    await page.keyboard.press('Enter');
    const hit = page.getByRole('list', { name: 'What was found' }).getByRole('button');
    expect(await hit.locator('mark').textContent()).toBe('ibuprofén');
    await portal.checkAccessibility(page);
    await hit.click();
    await soon(() => page.getByRole('log').locator('mark').textContent()).toBe('ibuprofén');
    await page.getByLabel('Go to a day').fill(new Date().toISOString().slice(0, 10));
    await soon(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Good morning.');

    await page.getByRole('textbox', { name: 'Write a message' }).fill('A draft.');
    await page.reload();
    await soon(() => page.getByRole('textbox', { name: 'Write a message' }).inputValue()).toBe('A draft.');
    await closeRoom(found);
    await page.getByText('This conversation is closed').waitFor();
    await portal.checkAccessibility(page);
    // What is dropped here now is refused in words, and does not take the page away.
    await drag(visitor, ['dragEnter', 'dragOver', 'drop'], [import.meta.filename]);
    await page.getByRole('status').getByText('This conversation is closed').waitFor();
    await page.getByRole('button', { name: 'Account and settings' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'A doctor who listens' }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await visitor.leave();

    const stranger = await portal.visitAs(await portal.server.people.patient());
    await stranger.open('/chat');
    await stranger.page.getByText('No conversations yet').waitFor();
    await portal.checkAccessibility(stranger.page);
    await stranger.open(`/chat/${roomId}`);
    await stranger.page.getByText('This is not there any more, or it is not yours to see.').waitFor();
    await stranger.leave();
  });

  test('a doctor who hands the patient back elsewhere sees nothing more of the conversation, and cannot write', async () => {
    const { roomId, patient, doctor } = await pair();
    await patient.api('POST', `/rooms/${roomId}/messages`, { clientId: 'p1', text: 'Only for my doctor.' });
    const visitor = await portal.visitAs(doctor, { viewport: desktop });
    const { page } = visitor;
    await visitor.open(`/chat/${roomId}`);
    await bubble(page, 'Only for my doctor.').waitFor();
    await doctor.api('POST', `/requests/${roomId}/release`, { reason: 'Not my field.' });
    await page.getByText('This is not there any more, or it is not yours to see.').waitFor();
    expect(await page.getByText('Only for my doctor.').count()).toBe(0);
    expect(await page.getByRole('textbox', { name: 'Write a message' }).count()).toBe(0);
    await portal.checkAccessibility(page);
    await visitor.leave();
  });
});
