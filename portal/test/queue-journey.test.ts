import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { settleLease } from '../../server/src/modules/chat/settle-lease.ts';
import { acceptAs } from '../../server/src/modules/chat/test-support.ts';
import { desktop, needsChromium, type Portal, phone, startPortal } from './portal.ts';

describe.runIf(needsChromium('queue-journey.test.ts'))('waiting, in real browsers', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  /** Until the socket is open: from here on the server tells, and nothing is polled for a minute. */
  async function whenTold(page: Page): Promise<void> {
    await page.waitForEvent('websocket', { timeout: 15_000 }).then((socket) => socket.waitForEvent('framereceived'));
  }

  test('a request appears in the box and its page changes within a second, with no polling', async () => {
    const specialty = 'neurology';
    const { people } = portal.server;
    const [patient, before, doctor, colleague] = await Promise.all([
      people.patient({ fullName: 'Ana Lima' }),
      people.patient({ fullName: 'Bo Berg' }),
      people.doctor({ specialty }),
      people.doctor({ specialty }),
    ]);
    const [his, hers] = [await portal.visitAs(doctor, { viewport: desktop }), await portal.visitAs(patient)];
    const opened = Promise.all([whenTold(his.page), whenTold(hers.page)]);
    await Promise.all([his.open('/inbox'), hers.open('/requests')]);
    await opened;
    await his.page.getByRole('heading', { name: 'Nobody waits' }).waitFor();

    const ask = { specialty, complaint: 'A tingling hand.', urgency: 'routine' };
    const { id: first } = (await before.api('POST', '/requests', ask)).body;
    await his.page.getByRole('link', { name: 'Bo Berg' }).waitFor({ timeout: 1500 });
    const { id } = (await patient.api('POST', '/requests', ask)).body;
    await his.page.getByRole('link', { name: 'Ana Lima' }).waitFor({ timeout: 1500 });

    await hers.page.getByRole('link', { name: 'Neurology' }).click();
    await hers.page.getByText('1 request is before yours.').waitFor();
    await hers.page.getByText('Too few have asked here lately').waitFor();
    await portal.checkAccessibility(hers.page);
    await before.api('POST', `/requests/${first}/cancel`, {});
    await hers.page.getByText('You are next.').waitFor({ timeout: 3000 });
    for (const one of [doctor, colleague]) await one.api('PATCH', '/me', { doctor: { acceptingRequests: false } });
    await hers.page.getByText('No doctor of this specialty is there').waitFor({ timeout: 3000 });
    await portal.checkAccessibility(hers.page);
    await doctor.api('PATCH', '/me', { doctor: { acceptingRequests: true } });
    await hers.page.getByText('The doctors of this specialty see your request').waitFor({ timeout: 3000 });
    await colleague.api('PATCH', '/me', { doctor: { acceptingRequests: true } });
    await colleague.api('POST', `/requests/${id}/accept`);
    await hers.page.getByText('A doctor has taken it').waitFor();
    await hers.page.getByRole('link', { name: 'To the conversation' }).waitFor({ timeout: 3000 });
    await his.page.getByText('Nobody waits').or(his.page.getByText('No longer waiting')).first().waitFor();
    await Promise.all([his.leave(), hers.leave()]);
  });

  test('a first word keeps a request; without one both see it go back', async () => {
    const { people, ctx } = portal.server;
    const [patient, doctor] = await Promise.all([people.patient(), people.doctor({ specialty: 'urology' })]);
    const take = async () => {
      const ask = { doctorId: doctor.id, complaint: 'A stone.', urgency: 'routine' };
      const { id } = (await patient.api('POST', '/requests', ask)).body;
      await acceptAs(doctor, id);
      return id;
    };
    const [kept, lost] = [await take(), await take()];
    const [his, hers] = [
      await portal.visitAs(doctor, { viewport: desktop }),
      await portal.visitAs(patient, { viewport: phone }),
    ];
    const { page } = his;
    let opened = Promise.all([whenTold(page), whenTold(hers.page)]);
    await Promise.all([his.open(`/consultations/${kept}`), hers.open(`/requests/${lost}`)]);
    await opened;
    await page.getByText(/Write to the patient within \d+ minutes/).waitFor();
    await portal.checkAccessibility(page);
    await doctor.api('POST', `/rooms/${kept}/messages`, { clientId: 'd1', text: 'Good morning.' });
    await page.getByText('A first word keeps it yours').waitFor({ state: 'detached', timeout: 5000 });

    opened = Promise.all([whenTold(page)]).then(() => [undefined, undefined]);
    await his.open(`/consultations/${lost}`);
    await opened;
    await page.getByText('A first word keeps it yours').waitFor();
    await ctx.db.execute(`UPDATE care_requests SET accepted_until = now() WHERE id = '${lost}'`);
    await settleLease(ctx, { requestId: lost });
    await page.getByText('You took it and wrote nothing in time').waitFor({ timeout: 3000 });
    await hers.page.getByText('did not begin in time').waitFor({ timeout: 3000 });
    await portal.checkAccessibility(hers.page);
    await Promise.all([his.leave(), hers.leave()]);
  });

  test('what sounds like an emergency is answered at once with whom to call, and marked in the box', async () => {
    const { people } = portal.server;
    const [patient, doctor] = await Promise.all([
      people.patient({ fullName: 'Ana Lima' }),
      people.doctor({ specialty: 'cardiology' }),
    ]);
    await patient.api('PATCH', '/me', { address: { country: 'Germany', city: 'Leipzig' } });
    const hers = await portal.visitAs(patient);
    const { page } = hers;
    await hers.open('/ask?specialty=cardiology');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('What is wrong?').fill('I have had chest pain since noon, and I want to die.');
    await page.getByText('Can wait', { exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Send the request' }).click();
    await page.getByText('What you wrote can be a sign of an emergency').waitFor();
    const help = page.getByRole('main');
    for (const words of ['call 112 now', '0800 1110111', 'Pain or pressure in the chest', 'This is no diagnosis'])
      await help.getByText(words, { exact: false }).first().waitFor();
    await portal.checkAccessibility(page);
    const his = await portal.visitAs(doctor);
    await his.open('/inbox');
    await his.page.getByText('Red flag: Pain or pressure in the chest').waitFor();
    await portal.checkBothSizes(his.page);
    await his.page.getByRole('link', { name: 'Ana Lima' }).click();
    await his.page.getByText('A rule found this in the words of the patient').waitFor();
    await portal.checkBothSizes(his.page);
    await Promise.all([his.leave(), hers.leave()]);
  });
});
