import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../../test/database.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { codeOf, withoutRequestId } from '../../../../test/http.ts';
import { readPdf } from '../../../../test/pdf.ts';
import { preferredLanguage } from '../../../platform/http/preferred-language.ts';
import { newId } from '../../../platform/id.ts';
import { toSetable } from '../../../platform/pdf/open-document.ts';
import { diagnosed } from '../test-support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function print({ accessToken }: Person, requestId: string, query = '', headers: Record<string, string> = {}) {
  const reply = await fetch(`${server.url}/api/v1/requests/${requestId}/summary.pdf${query}`, {
    headers: { authorization: `Bearer ${accessToken}`, ...headers },
  });
  return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) };
}

const codeIn = (pages: string[]) =>
  /(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}/.exec(pages.join(' '))?.[0] ?? '';
const verify = async (code: string) => (await server.api('POST', '/summaries/verify', { code })).body;
const correction = { title: 'Pertussis', description: 'x', recommendations: 'y', reason: 'A late result', version: 1 };

describe('the summary', () => {
  it('is a titled, tagged A4 document with names, times in the zone asked for, diagnosis, code and page numbers', async () => {
    const people = { patient: await server.people.patient({ fullName: 'Zoë Łuczak-Ωmega Иванова' }) };
    const { patient, doctor, requestId } = await diagnosed(server, people);
    await patient.api('PATCH', '/me', { patient: { birthDate: '1987-04-09' } });
    await server.ctx.db.execute(
      sql`UPDATE care_requests SET submitted_at = '2026-01-31T23:30:00Z' WHERE id = ${requestId}`,
    );
    for (const [reader, query] of [
      [patient, '?language=en&timeZone=Asia/Tokyo'],
      [doctor, '?timeZone=Asia/Tokyo'],
    ] as const) {
      const { status, headers, bytes } = await print(reader, requestId, query);
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        200,
        'application/pdf',
        'no-store',
      ]);
      const { pages, objects } = readPdf(bytes);
      const [page = ''] = pages;
      for (const part of [
        patient.fullName,
        doctor.fullName,
        'April 9, 1987',
        'February 1, 2026 at 8:30 AM',
        'Asia/Tokyo',
        'Acute bronchitis (ICD-10 J20.9)',
        'Inflamed airways.',
        'Rest and fluids.',
        'Page 1 of 1',
        'https://portal.openward.test/check-summary',
      ])
        expect(page).toContain(part);
      expect(objects).toMatch(/\/MediaBox \[0 0 595.28 841.89\]/);
      for (const part of ['/StructTreeRoot', '/Marked true', '/Lang (en)', '/DisplayDocTitle true', '/S /H1', '/S /P'])
        expect(objects).toContain(part);
      expect(bytes.length).toBeLessThan(100_000);
    }
  });

  it('speaks the language that is asked for, by parameter or by header', async () => {
    const { patient, requestId } = await diagnosed(server);
    const es = await print(patient, requestId, '?language=es', { 'accept-language': 'de' });
    expect(readPdf(es.bytes).pages[0]).toContain('Resumen de una consulta');
    const de = await print(patient, requestId, '', { 'accept-language': 'pt, de-CH;q=0.8, en;q=0.5' });
    expect([de.headers.get('content-language'), readPdf(de.bytes).objects.includes('/Lang (de)')]).toEqual([
      'de',
      true,
    ]);
    expect(readPdf(de.bytes).pages[0]).toContain('Kardiologie');
    const preferred = (header?: string) => preferredLanguage({ headers: { 'accept-language': header } });
    expect([preferred('de;q=0, es;q=0.1'), preferred('fr'), preferred()]).toEqual(['es', 'en', 'en']);
  });

  it('has as many pages as the text needs, each numbered, and nothing of it is lost', async () => {
    const { patient, doctor, requestId } = await diagnosed(server);
    const words = Array.from({ length: 900 }, (_, index) => `word${index}`);
    const body = { title: 'Long', description: words.join(' '), recommendations: 'Rest' };
    await doctor.api('POST', `/requests/${requestId}/diagnoses`, body);
    const { pages } = readPdf((await print(patient, requestId)).bytes);
    expect(pages.length).toBeGreaterThan(1);
    for (const [index, page] of pages.entries()) expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    const printed = new Set(pages.join(' ').split(' '));
    expect(words.filter((word) => !printed.has(word))).toEqual([]);
  });

  it('shows a sign for each letter that it cannot set, and says so; what hides itself goes', async () => {
    expect(toSetable('Nguyễn Ἀθηνᾶ Ѓорѓи')).toBe('Nguyễn Ἀθηνᾶ Ѓорѓи');
    expect(toSetable('王 م א 🦷 a\u202Eb')).toBe('□ □ □ □ ab');
    const { patient, requestId } = await diagnosed(server, {
      patient: await server.people.patient({ fullName: '王小明 Wang' }),
    });
    const [page] = readPdf((await print(patient, requestId)).bytes).pages;
    expect(page).toContain('□□□ Wang');
    expect(page).toContain('cannot set');
  });

  it('is for the patient and who treated: 404 to others, 409 before a diagnosis, 400 for a zone that is none', async () => {
    const { patient, requestId } = await diagnosed(server);
    const stranger = await server.people.patient();
    const missing = await stranger.api('GET', `/requests/${newId()}/summary.pdf`);
    const hidden = await stranger.api('GET', `/requests/${requestId}/summary.pdf`);
    expect([hidden.status, withoutRequestId(hidden.body)]).toEqual([404, withoutRequestId(missing.body)]);
    const bad = await patient.api('GET', `/requests/${requestId}/summary.pdf?timeZone=Mars/Base`);
    expect([bad.status, bad.body.errors[0].path]).toEqual([400, 'timeZone']);
    const open = (await patient.api('POST', '/requests', { specialty: 'surgery', complaint: 'x', urgency: 'routine' }))
      .body;
    expect(codeOf(await patient.api('GET', `/requests/${open.id}/summary.pdf`))).toEqual([409, 'not-diagnosed-yet']);
  });

  it('is written into the audit as an export, whoever printed it', async () => {
    const { patient, doctor, requestId } = await diagnosed(server);
    await print(doctor, requestId);
    const [entry] = await rowsOf(
      server.ctx,
      sql`SELECT actor_id, owner_id FROM audit_log WHERE action = 'record.exported' AND subject_id = ${requestId}`,
    );
    expect(entry).toEqual({ actor_id: doctor.id, owner_id: patient.id });
  });
});

describe('the code of a summary', () => {
  it('is the same for the same content, genuine to anybody, and tells nothing of what is in it', async () => {
    const { patient, doctor, requestId } = await diagnosed(server);
    const code = codeIn(readPdf((await print(patient, requestId)).bytes).pages);
    expect(codeIn(readPdf((await print(doctor, requestId, '?language=de&timeZone=Europe/Berlin')).bytes).pages)).toBe(
      code,
    );
    const answer = await verify(code);
    expect(Object.keys(answer).sort()).toEqual(['madeAt', 'replacedAt', 'result']);
    expect(answer).toMatchObject({ result: 'current', replacedAt: null });
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect(await verify(typed)).toEqual(answer);
  });

  it.each(['correction', 'further diagnosis'])(
    'says that it was replaced after a %s, and the next print is current',
    async (how) => {
      const { patient, doctor, requestId, diagnosisId } = await diagnosed(server);
      const before = codeIn(readPdf((await print(patient, requestId)).bytes).pages);
      if (how === 'correction') {
        await doctor.api('POST', `/requests/${requestId}/diagnoses/${diagnosisId}/corrections`, correction);
      } else {
        const { reason: _r, version: _v, ...further } = correction;
        await doctor.api('POST', `/requests/${requestId}/diagnoses`, further);
      }
      expect(await verify(before)).toMatchObject({ result: 'replaced', replacedAt: expect.any(String) });
      const { pages } = readPdf((await print(patient, requestId)).bytes);
      expect(codeIn(pages)).not.toBe(before);
      expect(await verify(codeIn(pages))).toMatchObject({ result: 'current' });
      expect(pages[0]?.includes('Corrected (version 2') && pages[0].includes('A late result')).toBe(
        how === 'correction',
      );
    },
  );

  it('is unknown when a character differs, when it was never given out, and when its row was forged', async () => {
    const { patient, requestId } = await diagnosed(server);
    const code = codeIn(readPdf((await print(patient, requestId)).bytes).pages);
    const last = code.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of [code.slice(0, -1) + last, code.slice(0, -1), '0000-0000-0000-0000-0000-0000-0000', 'x', '王'])
      expect((await verify(wrong)).result, wrong).toBe('unknown');
    await server.ctx.db.execute(
      sql`UPDATE summary_checks SET digest = decode('00', 'hex') WHERE request_id = ${requestId}`,
    );
    expect((await verify(code)).result).toBe('unknown');
  });

  it('is good after the keys were rotated: it hangs on the one that never is', async () => {
    const { patient, requestId } = await diagnosed(server);
    const code = codeIn(readPdf((await print(patient, requestId)).bytes).pages);
    const [row] = await rowsOf<{ key_id: string }>(
      server.ctx,
      sql`SELECT key_id FROM summary_checks WHERE request_id = ${requestId}`,
    );
    expect(row?.key_id).toBe(server.ctx.keys.pepper.current.kid);
    expect((await verify(code)).result).toBe('current');
  });

  it('can be tried thirty times in five minutes from one address', async () => {
    const node = await startTestServer({ limits: { 'summary-check.address': { points: 30, windowS: 300 } } });
    const answers = [];
    for (let call = 0; call < 31; call += 1)
      answers.push((await node.api('POST', '/summaries/verify', { code: 'x' })).status);
    await node.stop();
    expect([answers.filter((status) => status === 200).length, answers.at(-1)]).toEqual([30, 429]);
  });
});
