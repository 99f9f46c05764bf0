import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { icd10Codes, icd10Edition } from '../../server/src/modules/care/tables.ts';
import { diagnosed } from '../../server/src/modules/care/test-support.ts';
import { pdf } from '../../server/test/images.ts';
import { readPdf } from '../../server/test/pdf.ts';
import { desktop, needsChromium, type Portal, startPortal } from './portal.ts';

describe.runIf(needsChromium('record-journey.test.ts'))('a record, in a real browser', () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal?.stop());

  test('is written by the patient, corrected by the doctor with a code found by its title, read in all versions, printed and checked by a stranger', async () => {
    const { server } = portal;
    const { patient, doctor, requestId } = await diagnosed(server);
    const row = {
      code: 'J20.8',
      title: 'Bronchitis due to other organisms',
      plainTitle: 'bronchitis due to other organisms',
    };
    await server.ctx.db.insert(icd10Codes).values(row);
    await server.ctx.db.insert(icd10Edition).values({ name: 'who-2019', codeCount: 1 });

    const owner = await portal.visitAs(patient);
    await owner.open('/account');
    await owner.page.getByLabel('Medication').fill('Ramipril 5 mg');
    await owner.page.getByLabel('Emergency contact: name').fill('Rui Silva');
    await owner.page.getByRole('button', { name: 'Save' }).click();
    await owner.page.getByText('This is needed.').waitFor();
    await owner.page.getByLabel('Emergency contact: phone').fill('+351 912');
    await owner.page.getByRole('button', { name: 'Save' }).click();
    await owner.page.getByText('Saved.').waitFor();

    const treating = await portal.visitAs(doctor, { viewport: desktop });
    await treating.open(`/consultations/${requestId}`);
    await treating.page.getByText('Ramipril 5 mg').waitFor();
    await treating.page.getByRole('link', { name: '+351 912' }).waitFor();
    await treating.page.getByRole('button', { name: 'Correct it' }).click();
    const dialog = treating.page.getByRole('dialog');
    await dialog.getByLabel('ICD-10 code').fill('organisms');
    await dialog.getByText('Codes of who-2019').waitFor();
    const option = dialog.locator('datalist option[value="J20.8"]');
    await option.waitFor({ state: 'attached' });
    expect(await option.textContent()).toBe(row.title);
    await dialog.getByLabel('ICD-10 code').fill('j20.8');
    await dialog.getByLabel('Why is it corrected?').fill('The culture came back.');
    await portal.checkAccessibility(treating.page);
    await dialog.getByRole('button', { name: 'Send the correction' }).click();
    await treating.page.getByText('Corrected. The patient has been told.').waitFor();

    await owner.open(`/requests/${requestId}`);
    await owner.page.getByText(/Corrected on/).waitFor();
    await owner.page.getByRole('button', { name: 'Show all versions' }).click();
    await owner.page.getByText('Why: The culture came back.').waitFor();
    await owner.page.getByRole('heading', { name: 'Version 1: Acute bronchitis (J20.9)' }).waitFor();
    await portal.checkBothSizes(owner.page);
    await owner.page.getByRole('button', { name: 'Close' }).click();
    const [download] = await Promise.all([
      owner.page.waitForEvent('download'),
      owner.page.getByRole('button', { name: 'Summary as PDF' }).click(),
    ]);
    const { pages } = readPdf(await readFile(await download.path()));
    expect(pages[0]).toContain('The culture came back.');

    await owner.open('/record');
    await owner.page.getByRole('link', { name: 'Diagnosis corrected' }).waitFor();
    await owner.page.getByRole('list', { name: 'Who looked at it' }).getByText(doctor.fullName).first().waitFor();
    await portal.checkBothSizes(owner.page);

    const stranger = await portal.visit();
    await stranger.open('/check-summary');
    const [code = ''] = /(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}/.exec(pages[0] ?? '') ?? [];
    await stranger.page.getByLabel('Code').fill(code.toLowerCase());
    await stranger.page.getByRole('button', { name: 'Check' }).click();
    await stranger.page.getByText('Genuine, and the newest').waitFor();
    await portal.checkBothSizes(stranger.page);
    await stranger.page.getByLabel('Code').fill('something else');
    await stranger.page.getByRole('button', { name: 'Check' }).click();
    await stranger.page.getByText('Not known here').waitFor();
    for (const visitor of [owner, treating, stranger]) await visitor.leave();
  });

  test('of a doctor begins with an approval: refused with a reason, handed in again with a document, which an admin opens', async () => {
    const { people } = portal.server;
    const [doctor, admin] = [await people.doctor({ fullName: 'Rita Again', approved: false }), await people.admin()];
    await admin.api('POST', `/admin/doctors/${doctor.id}/reject`, { reason: 'The licence is cut off' });
    const visitor = await portal.visitAs(doctor);
    await visitor.open('/inbox');
    await visitor.page.getByRole('link', { name: 'To your approval' }).click();
    await visitor.page.getByText(/The licence is cut off/).waitFor();
    await visitor.page
      .getByLabel('Add a document')
      .setInputFiles({ name: 'licence.pdf', mimeType: 'application/pdf', buffer: pdf });
    await visitor.page.getByRole('listitem').getByText('licence.pdf').waitFor();
    await portal.checkBothSizes(visitor.page);
    await visitor.page.getByLabel('Licence number').fill('L-2');
    await visitor.page.getByRole('button', { name: 'Hand in' }).click();
    await visitor.page.getByText('Waiting for the clinic').waitFor();

    const deciding = await portal.visitAs(admin, { viewport: desktop });
    await deciding.open('/admin/approvals');
    const card = deciding.page
      .locator('section')
      .filter({ has: deciding.page.getByRole('heading', { name: 'Rita Again' }) });
    await card.getByText('now: L-1').waitFor();
    await card.getByText(/Refused on .*The licence is cut off/).waitFor();
    await portal.checkBothSizes(deciding.page);
    const [download] = await Promise.all([
      deciding.page.waitForEvent('download'),
      card.getByRole('button', { name: 'Open' }).click(),
    ]);
    expect((await readFile(await download.path())).equals(pdf)).toBe(true);
    await card.getByRole('button', { name: 'Approve' }).click();
    await deciding.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await card.waitFor({ state: 'detached' });
    expect((await doctor.api('GET', '/me')).body.doctor).toMatchObject({
      licenseNumber: 'L-2',
      approval: { state: 'approved' },
    });
    for (const one of [visitor, deciding]) await one.leave();
  });
});
