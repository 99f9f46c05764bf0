import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import { rateDoctors } from '../../../test/rate-doctors.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Item = { id: string; fullName: string };

async function allPages(path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const { status, body } = await server.api('GET', `${path}${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

/** A doctor with ratings, each by another patient, as they would stand after so many. */
async function rated(stars: number[], options: Parameters<TestServer['people']['doctor']>[0] = {}) {
  const doctor = await server.people.doctor(options);
  await rateDoctors(
    server.ctx,
    stars.map((stars) => ({ doctorId: doctor.id, stars })),
  );
  return doctor;
}

describe('the doctors’ list', () => {
  it('sorted by rating, one five-star review does not win over many good ones', async () => {
    const specialty = 'hematology';
    const proven = await rated(
      Array.from({ length: 40 }, (_, index) => (index % 5 === 0 ? 4 : 5)),
      { specialty },
    );
    const single = await rated([5], { specialty });
    const none = await rated([], { specialty });
    const bad = await rated([1, 2, 1, 1, 2, 1], { specialty });
    const { body } = await server.api('GET', `/doctors?specialty=${specialty}`);
    expect(body.items.map((item: Item) => item.id)).toEqual([proven.id, single.id, none.id, bad.id]);
    expect(body.items[0].rating).toMatchObject({ average: 4.8, count: 40 });
    expect(body.items[2].rating).toMatchObject({ average: null, count: 0 });
  });

  it('gives each doctor once over its pages, in every sort, with ties', async () => {
    const specialty = 'dermatology';
    const made = await Promise.all(
      Array.from({ length: 9 }, (_, index) =>
        server.people.doctor({ specialty, fullName: index < 4 ? 'Same Name' : `Doctor ${index}` }),
      ),
    );
    for (const sort of ['rating', 'experience', 'name', 'newest']) {
      const items = await allPages(`/doctors?specialty=${specialty}&sort=${sort}&limit=2`);
      expect(items.map(({ id }) => id).sort(), sort).toEqual(made.map(({ id }) => id).sort());
    }
    const names = (await allPages(`/doctors?specialty=${specialty}&sort=name&limit=4`)).map(({ fullName }) =>
      fullName.toLowerCase(),
    );
    expect(names).toEqual([...names].sort());
  });

  it.each([
    ['a hundred syllables', '각'.repeat(100)],
    ['a hundred of what is longest taken apart', '\ufdfa'.repeat(100)],
  ])('goes on behind a name of %s, in a search too', async (_what, fullName) => {
    const specialty = 'pathology';
    const made = await Promise.all([1, 2, 3].map(() => server.people.doctor({ specialty, fullName })));
    const ids = made.map(({ id }) => id).sort();
    for (const search of ['', `&q=${encodeURIComponent(fullName)}`]) {
      const items = await allPages(`/doctors?specialty=${specialty}&sort=name&limit=1${search}`);
      expect(items.filter((item) => item.fullName === fullName).map(({ id }) => id)).toEqual(ids);
    }
  });

  it('stays stable under inserts: who joins meanwhile shifts nobody onto a second page', async () => {
    const specialty = 'neonatology';
    const early = await Promise.all(Array.from({ length: 4 }, () => server.people.doctor({ specialty })));
    const first = await server.api('GET', `/doctors?specialty=${specialty}&sort=newest&limit=2`);
    await server.people.doctor({ specialty });
    const second = await server.api(
      'GET',
      `/doctors?specialty=${specialty}&sort=newest&limit=2&cursor=${first.body.nextCursor}`,
    );
    const ids = [...first.body.items, ...second.body.items].map((item: Item) => item.id);
    expect(ids.sort()).toEqual(early.map(({ id }) => id).sort());
  });

  it('filters by name (as text, not as a pattern), language, place, who takes requests, and least average', async () => {
    const specialty = 'urology';
    const percent = await server.people.doctor({ specialty, fullName: 'Per%cent Sign' });
    const polyglot = await rated([4, 4], { specialty, fullName: 'Polly Glot' });
    await polyglot.api('PATCH', '/me', { doctor: { languages: ['en', 'pt-br'], bio: 'Hello', experienceYears: 12 } });
    const find = async (query: string) =>
      (await server.api('GET', `/doctors?specialty=${specialty}&${query}`)).body.items.map((item: Item) => item.id);
    expect(await find('q=per%25cent')).toEqual([percent.id]);
    for (const nobody of ['%25', '_', '%5C', 'p%25t', "'", ':*', '%20']) expect(await find(`q=${nobody}`)).toEqual([]);
    expect(await find('q=polly')).toEqual([polyglot.id]);
    expect(await find('language=pt-BR')).toEqual([polyglot.id]);
    expect(await find('language=de')).toEqual([]);
    expect(await find('minRating=4')).toEqual([polyglot.id]);
    expect(await find('minRating=4.01')).toEqual([]);
    await percent.api('PATCH', '/me', {
      doctor: { acceptingRequests: false },
      address: { country: 'España', city: 'A Coruña' },
    });
    expect(await find('accepting=true')).toEqual([polyglot.id]);
    expect(await find('accepting=false')).toEqual([percent.id]);
    expect(await find('city=PORTO&country=portugal')).toEqual([polyglot.id]);
    expect(await find('city=a%20coruna')).toEqual([percent.id]);
    expect(await find('country=espana&city=Porto')).toEqual([]);
    const { body } = await server.api('GET', `/doctors/${polyglot.id}`);
    expect(body).toMatchObject({
      languages: ['en', 'pt-br'],
      bio: 'Hello',
      experienceYears: 12,
      address: { country: 'Portugal', city: 'Porto' },
    });
  });

  it.each([
    'specialty=x',
    'sort=best',
    'accepting=maybe',
    'city=%20',
    'country=',
    'minRating=6',
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=x',
    'page=2',
  ])('refuses %s by name', async (query) => {
    const { status, body } = await server.api('GET', `/doctors?${query}`);
    expect([status, body.errors?.[0]?.path]).toEqual([400, query.split('=')[0]]);
  });

  it('says of a number that is none that its type is wrong, and nothing else', async () => {
    const { body } = await server.api('GET', '/doctors?minRating=abc');
    expect(body.errors).toMatchObject([{ path: 'minRating', code: 'type' }]);
  });

  it('holds nobody who is pending, banned or deleted, and counts them in no specialty', async () => {
    const specialty = 'nutrition';
    const [listed, pending, banned, deleted, admin] = await Promise.all([
      server.people.doctor({ specialty }),
      server.people.doctor({ specialty, approved: false }),
      server.people.doctor({ specialty }),
      server.people.doctor({ specialty }),
      server.people.admin(),
    ]);
    await admin.api('POST', `/admin/users/${banned.id}/ban`, { reason: 'Test', durationMinutes: 1 });
    await admin.api('DELETE', `/admin/users/${deleted.id}`, { reason: 'Test' });
    const ids = (await server.api('GET', `/doctors?specialty=${specialty}`)).body.items.map((item: Item) => item.id);
    expect(ids).toEqual([listed.id]);
    for (const { id } of [pending, banned, deleted]) {
      expect((await server.api('GET', `/doctors/${id}`)).status).toBe(404);
      expect((await server.api('GET', `/doctors/${id}/ratings`)).status).toBe(404);
    }
    const own = await pending.api('GET', `/doctors/${pending.id}`);
    expect([own.status, own.body.id, (await listed.api('GET', `/doctors/${pending.id}`)).status]).toEqual([
      ...[200, pending.id, 404],
    ]);
    expect((await pending.api('GET', `/doctors/${pending.id}/ratings`)).body.items).toEqual([]);
    // Theirs alone: no copy of it is kept on the way.
    expect(own.headers.get('cache-control')).toBe('no-store');
    const { body } = await server.api('GET', '/specialties');
    expect(body.items).toHaveLength(45);
    expect(body.items).toContainEqual({ code: specialty, name: 'Nutrition medicine', doctorCount: 1 });
    await admin.api('DELETE', `/admin/users/${banned.id}/ban`);
    await admin.api('POST', `/admin/doctors/${pending.id}/approve`, {});
    expect((await server.api('GET', `/doctors?specialty=${specialty}`)).body.items).toHaveLength(3);
  });
});
