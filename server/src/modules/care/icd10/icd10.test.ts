import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runMain } from '../../../../test/command.ts';
import type { Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { icd10Codes, icd10Edition } from '../tables.ts';
import { finding } from '../test-support.ts';
import { importCodes } from './import-codes.ts';

let server: TestServer;
let doctor: Person;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  doctor = await server.people.doctor();
  folder = await mkdtemp(join(tmpdir(), 'openward-icd10-'));
});
afterEach(async () => {
  await server.ctx.db.delete(icd10Codes);
  await server.ctx.db.delete(icd10Edition);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function fileOf(content: string): Promise<string> {
  const file = join(folder, 'codes.txt');
  await writeFile(file, content);
  return file;
}

async function bring(content: string, edition = 'test'): Promise<number> {
  return importCodes(server.ctx, { file: await fileOf(content), edition, onProgress: () => {} });
}

async function found(q: string): Promise<string[]> {
  const { body } = await doctor.api('GET', `/icd10?q=${encodeURIComponent(q)}`);
  return body.items.map(({ code }: { code: string }) => code);
}

const table = `J45;Asthma
J45.0;Predominantly allergic asthma
J45.9;Asthma, unspecified
J20.9;Acute bronchitis, unspecified
M54.5;Kreuzschmerz über Jahre
`;

describe('a table of codes', () => {
  it.each([
    ['tabs', 'J45\tAsthma\nJ459\tAsthma, unspecified\n', ['Asthma', 'Asthma, unspecified']],
    [
      'semicolons and a heading',
      'Code;Title\nJ45;Asthma\nJ45.9;Asthma, unspecified\n',
      ['Asthma', 'Asthma, unspecified'],
    ],
    [
      'commas and quotes',
      '"J45","Asthma"\r\n"J45.9","Asthma, ""unspecified"""\r\n',
      ['Asthma', 'Asthma, "unspecified"'],
    ],
    [
      'the columns of ICD-10-CM’s order file',
      `${'00001 J45     0 Asthma'.padEnd(77)}Asthma\n${'00002 J459    1 Unsp asthma'.padEnd(77)}Asthma, unspecified\n`,
      ['Asthma', 'Asthma, unspecified'],
    ],
  ])('is read with %s', async (_form, content, titles) => {
    expect(await bring(content)).toBe(2);
    const { body } = await doctor.api('GET', '/icd10?q=j45');
    expect(body.items).toEqual([
      { code: 'J45', title: titles[0] },
      { code: 'J45.9', title: titles[1] },
    ]);
  });

  it.each([
    ['a line that is none', 'J45;Asthma\nsomething else\n', 'Line 2 is not a code and its title: “something else”.'],
    ['a code without a title', 'J45;Asthma\n\nJ45.9;\n', 'Line 3 is not'],
    ['a code twice', 'J45;Asthma\nJ45.9;Asthma, unspecified\nj459;Again\n', 'Line 3 has J45.9, as line 2 does.'],
    ['nothing', '\n', 'There are no codes in it.'],
  ])('with %s is refused by its line, and the older one stays', async (_what, content, message) => {
    await bring(table, 'older');
    await expect(bring(content, 'newer')).rejects.toThrow(message);
    const { body } = await doctor.api('GET', '/icd10?q=asthma');
    expect([body.edition, body.items.length]).toEqual(['older', 3]);
  });

  it('is imported by the command, which says how many there are and replaces the older one', async () => {
    await bring(table, 'older');
    const file = await fileOf('A00\tCholera\n');
    const environment = { DATABASE_URL: server.urls.main, CHAT_DATABASE_URL: server.urls.chat };
    const settings = {
      NODE_ENV: 'test',
      KEYS_DIR: server.config.keysDir,
      SMTP_URL: server.mailbox.url,
      ...environment,
    };
    const run = runMain(['icd10', 'import', file, '--edition', 'who-2019'], settings);
    expect([await run.ended, run.output()]).toEqual([0, expect.stringContaining('1 codes are in: who-2019.')]);
    expect((await doctor.api('GET', '/icd10?q=chol')).body).toEqual({
      edition: 'who-2019',
      items: [{ code: 'A00', title: 'Cholera' }],
    });
    expect(await found('asthma')).toEqual([]);
    const wrong = runMain(['icd10', 'import', join(folder, 'nowhere.txt')], settings);
    expect([await wrong.ended, wrong.output()]).toEqual([1, expect.stringContaining('nowhere.txt is not there')]);
  });
});

describe('the search', () => {
  it('finds by the beginning of a code, and of each word in any order, without accents or capitals', async () => {
    await bring(table);
    expect(await found('J45')).toEqual(['J45', 'J45.0', 'J45.9']);
    expect(await found('j459')).toEqual(['J45.9']);
    expect(await found('unsp asth')).toEqual(['J45.9']);
    expect(await found('UBER kreuz')).toEqual(['M54.5']);
    expect(await found('asthma')).toEqual(['J45', 'J45.9', 'J45.0']);
    for (const odd of ["'", '&|!():*', '%', '☃', 'J45%']) expect(await found(odd), odd).toEqual([]);
  });

  it('says that there is no table where there is none', async () => {
    expect((await doctor.api('GET', '/icd10?q=asthma')).body).toEqual({ edition: null, items: [] });
  });
});

describe('the code of a diagnosis', () => {
  const diagnose = async (icd10: string) => {
    const patient = await server.people.patient();
    const body = { doctorId: doctor.id, complaint: 'A cough', urgency: 'routine' };
    const { id } = (await patient.api('POST', '/requests', body)).body;
    await doctor.api('POST', `/requests/${id}/accept`);
    return doctor.api('POST', `/requests/${id}/diagnoses`, { ...finding, icd10 });
  };

  it.each([
    ['J45', 201],
    ['J45.9', 201],
    ['s72.001a', 201],
    ['J4', 400],
    ['J45.', 400],
    ['J45.00000', 400],
    ['45.9', 400],
    ['J45 9', 400],
  ])('%s is %i without a table, kept in capitals', async (icd10, status) => {
    const { status: answered, body } = await diagnose(icd10);
    expect(answered).toBe(status);
    if (status === 201) expect(body.icd10).toBe(icd10.toUpperCase());
    else expect(body.errors).toMatchObject([{ path: 'icd10' }]);
  });

  it('that the table does not have is refused with the nearest named; one that it has is taken', async () => {
    await bring(table, 'who-2019');
    const refused = await diagnose('J45.8');
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [
        {
          path: 'icd10',
          code: 'unknown-code',
          detail: 'J45.8 is not in who-2019. The nearest are J45, J45.0, J45.9, or leave it out.',
        },
      ],
    ]);
    expect((await diagnose('j45.9')).body.icd10).toBe('J45.9');
  });
});
