import type { DoctorSort, SpecialtyCode } from '@openward/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { rateDoctors } from '../../../test/rate-doctors.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** The names that a search gives, over all its pages. */
async function find(specialty: SpecialtyCode, query: Record<string, string>): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const search = new URLSearchParams({ specialty, ...query, ...(cursor === null ? {} : { cursor }) });
    const { status, body } = await server.api('GET', `/doctors?${search}`);
    expect(status).toBe(200);
    names.push(...body.items.map(({ fullName }: { fullName: string }) => fullName));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return names;
}

const called = (specialty: SpecialtyCode, ...names: string[]) =>
  Promise.all(names.map((fullName) => server.people.doctor({ specialty, fullName })));

describe('a search by name', () => {
  const specialty = 'oncology';
  const names = [
    'Jürgen Müller',
    'Ana García López',
    'Søren Ødegård',
    "Siobhán O'Neill",
    'Łukasz Żółć',
    'Anne-Sophie Groß',
    'Ольга Иванова',
    '山田 太郎',
  ];
  beforeAll(() => called(specialty, ...names));

  it.each([
    ['with a letter missing', 'Müler', 'Jürgen Müller'],
    ['with a letter too many', 'Muellerr', null],
    ['with the umlaut written out', 'Mueller', 'Jürgen Müller'],
    ['with another letter', 'Garzia', 'Ana García López'],
    ['with two letters swapped', 'Gracia', 'Ana García López'],
    ['with a slip in each word', 'lopes garsia', 'Ana García López'],
    ['without accents', 'garcia', 'Ana García López'],
    ['with accents that are none', 'gàrçíá', 'Ana García López'],
    ['in capitals', 'MÜLLER', 'Jürgen Müller'],
    ['in another order', 'lópez ana', 'Ana García López'],
    ['by beginnings', 'gar an', 'Ana García López'],
    ['by one letter of each', 'l g', 'Ana García López'],
    ['by letters that are no accents', 'odegard soren', 'Søren Ødegård'],
    ['by letters that are no accents, lukasz', 'zolc lukasz', 'Łukasz Żółć'],
    ['with ss for ß', 'gross', 'Anne-Sophie Groß'],
    ['by the second half of a double name', 'sophie', 'Anne-Sophie Groß'],
    ['with the apostrophe left out', 'oneill', "Siobhán O'Neill"],
    ['with another apostrophe', 'o’neill', "Siobhán O'Neill"],
    ['in Cyrillic', 'иванова ольга', 'Ольга Иванова'],
    ['in Japanese', '山田', '山田 太郎'],
    ['of a word that nobody has', 'Müller García', null],
    ['with two slips in one word', 'Gartia Lobes', null],
    ['with a slip in a short word', 'ama', null],
  ])('finds whom it means %s: %s', async (_how, q, name) => {
    expect(await find(specialty, { q })).toEqual(name === null ? [] : [name]);
  });
});

describe('the order of a search by name', () => {
  const specialty = 'geriatrics';

  it('has first who is called so, then who might be, and each once over its pages, in every sort', async () => {
    const doctors = await called(
      specialty,
      'Ana Miller',
      'Bea Miller',
      'Miller Zoe',
      'Cy Muller',
      'Millar Abe',
      'Dan Miler',
      'Eve Smith',
      'Moller Bo',
    );
    await rateDoctors(
      server.ctx,
      doctors.map(({ id }, index) => ({ doctorId: id, stars: 1 + (index % 5) })),
    );
    const exact = ['Ana Miller', 'Bea Miller', 'Miller Zoe'];
    const near = ['Cy Muller', 'Dan Miler', 'Millar Abe', 'Moller Bo'];
    for (const sort of ['rating', 'experience', 'name', 'newest'] satisfies DoctorSort[]) {
      const all = await find(specialty, { q: 'miller', sort });
      expect(all.slice(0, 3).sort(), sort).toEqual(exact);
      expect(all.slice(3).sort(), sort).toEqual(near);
      for (const limit of ['1', '2', '3'])
        expect(await find(specialty, { q: 'miller', sort, limit }), sort).toEqual(all);
    }
  });

  it('sorted by name, has first the names that begin with what was typed', async () => {
    expect(await find(specialty, { q: 'miller', sort: 'name' })).toEqual([
      ...['Miller Zoe', 'Ana Miller', 'Bea Miller'],
      ...['Millar Abe', 'Cy Muller', 'Dan Miler', 'Moller Bo'],
    ]);
  });

  it('goes on for a cursor of a search for the same, and for no other', async () => {
    const { body } = await server.api('GET', `/doctors?specialty=${specialty}&q=miller&limit=1`);
    for (const query of ['', '&q=miller&sort=name']) {
      const { status } = await server.api('GET', `/doctors?specialty=${specialty}${query}&cursor=${body.nextCursor}`);
      expect(status, query).toBe(400);
    }
  });

  it('is that of a name that has changed, from the change on', async () => {
    const [doctor] = await called(specialty, 'Quentin Before');
    await doctor?.api('PATCH', '/me', { fullName: 'Quentin Afterwards' });
    expect(await find(specialty, { q: 'quentin before' })).toEqual([]);
    expect(await find(specialty, { q: 'afterward quentin' })).toEqual(['Quentin Afterwards']);
  });
});
