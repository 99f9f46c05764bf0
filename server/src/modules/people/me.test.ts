import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../../test/database.ts';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

function row(person: Person): Promise<Record<string, unknown>[]> {
  return rowsOf(server.ctx, sql`SELECT * FROM accounts WHERE id = ${person.id}`);
}

describe('PATCH /me', () => {
  it('changes what a patient names and leaves the rest', async () => {
    const { api } = await server.people.patient();
    await api('PATCH', '/me', {
      patient: { birthDate: '1987-04-09', sex: 'female', phone: '+351 912', allergies: 'Nuts' },
    });
    const { status, body } = await api('PATCH', '/me', { fullName: 'Ana Silva', patient: { phone: null } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ fullName: 'Ana Silva', address: null });
    expect(body.patient).toMatchObject({ birthDate: '1987-04-09', sex: 'female', phone: null, allergies: 'Nuts' });
    expect((await api('GET', '/me')).body).toEqual(body);
  });

  it('changes what a doctor names, in the directory too', async () => {
    const { api, id } = await server.people.doctor();
    const doctor = {
      bio: 'Hearts.\nAll of them.',
      experienceYears: 12,
      languages: ['pt', 'en-GB'],
      acceptingRequests: false,
    };
    const { status } = await api('PATCH', '/me', {
      fullName: 'Dr. Rui',
      address: { country: 'Spain', city: 'Vigo' },
      doctor,
    });
    expect(status).toBe(200);
    expect((await server.api('GET', `/doctors/${id}`)).body).toMatchObject({
      ...doctor,
      languages: ['pt', 'en-gb'],
      fullName: 'Dr. Rui',
      address: { country: 'Spain', city: 'Vigo' },
    });
  });

  it('a new address replaces the old one wholly', async () => {
    const { api } = await server.people.patient();
    await api('PATCH', '/me', { address: { country: 'PT', city: 'Porto', region: 'Norte', addressLine: 'Rua 1' } });
    const { body } = await api('PATCH', '/me', { address: { country: 'PT', city: 'Faro' } });
    expect(body.address).toEqual({ country: 'PT', city: 'Faro', region: null, addressLine: null });
  });

  it('an address is taken away by null, out of the directory too', async () => {
    const { api, id } = await server.people.doctor();
    await api('PATCH', '/me', { address: { country: 'PT', city: 'Porto', region: 'Norte', addressLine: 'Rua 1' } });
    const { status, body } = await api('PATCH', '/me', { address: null });
    expect([status, body.address]).toEqual([200, null]);
    expect((await server.api('GET', `/doctors/${id}`)).body.address).toBeNull();
    await api('PATCH', '/me', { address: { country: 'PT', city: 'Faro' } });
    const { address } = (await api('GET', '/me')).body;
    expect(address).toEqual({ country: 'PT', city: 'Faro', region: null, addressLine: null });
  });

  const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const bad: [role: 'patient' | 'doctor', body: object, path: string][] = [
    ['patient', { doctor: { bio: 'x' } }, 'doctor'],
    ['doctor', { patient: { phone: '1' } }, 'patient'],
    ['patient', { patient: { birthDate: '1987-02-30' } }, 'patient.birthDate'],
    ['patient', { patient: { birthDate: '09.04.1987' } }, 'patient.birthDate'],
    ['patient', { patient: { birthDate: tomorrow } }, 'patient.birthDate'],
    ['patient', { patient: { birthDate: '1879-12-31' } }, 'patient.birthDate'],
    ['patient', { patient: { sex: 'x' } }, 'patient.sex'],
    ['patient', { patient: { allergies: 'x'.repeat(2001) } }, 'patient.allergies'],
    ['patient', { patient: { accountId: 'x' } }, 'patient.accountId'],
    ['patient', { fullName: '' }, 'fullName'],
    ['patient', { fullName: null }, 'fullName'],
    // Nothing to be seen: zero width, a soft hyphen, a filler, no character at all. And what turns the text around it.
    ...['\u200b', '\u2060\u2063', '\u00ad ', '\u3164', '\ufffe', '\u202eabc\u202c', 'Ana \u2067Silva'].map(
      (fullName): [role: 'patient', body: object, path: string] => ['patient', { fullName }, 'fullName'],
    ),
    ['patient', { address: { country: 'PT' } }, 'address.city'],
    ['patient', { address: 'Porto' }, 'address'],
    ['patient', { email: 'other@example.org' }, 'email'],
    ['doctor', { doctor: { experienceYears: 12.5 } }, 'doctor.experienceYears'],
    ['doctor', { doctor: { experienceYears: -1 } }, 'doctor.experienceYears'],
    ['doctor', { doctor: { experienceYears: '12' } }, 'doctor.experienceYears'],
    ['doctor', { doctor: { languages: ['Portuguese!'] } }, 'doctor.languages.0'],
    ['doctor', { doctor: { languages: ['pt', 'pt'] } }, 'doctor.languages'],
    ['doctor', { doctor: { rating: { score: 5 } } }, 'doctor.rating'],
    ['doctor', { doctor: { specialty: 'neurology' } }, 'doctor.specialty'],
    ['doctor', { doctor: { licenseNumber: 'L-0' } }, 'doctor.licenseNumber'],
  ];

  it.each(bad)('as a %s with %j is a 400 that names the field, and changes nothing', async (role, body, path) => {
    const person = await (role === 'patient' ? server.people.patient() : server.people.doctor());
    const before = (await person.api('GET', '/me')).body;
    const answer = await person.api('PATCH', '/me', {
      ...(path.startsWith('address') ? {} : { address: { country: 'X', city: 'Y' } }),
      ...body,
    });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
    expect((await person.api('GET', '/me')).body).toEqual(before);
  });

  it('whatever else is sent, role, status, address of mail and ids never change', async () => {
    const person = await server.people.patient();
    const [before] = await row(person);
    const names = fc.oneof(
      fc.constantFrom(
        'role',
        'status',
        'id',
        'email',
        'emailVerified',
        'emailVerifiedAt',
        'approvedAt',
        'approved',
        'deletedAt',
        'passwordHash',
      ),
      fc.constantFrom(
        'password_hash',
        'accountId',
        'account_id',
        'createdAt',
        'doctorId',
        'patientId',
        'isAdmin',
        'constructor',
        'prototype',
      ),
      fc.string({ maxLength: 20 }),
    );
    const values = fc.oneof(
      fc.constantFrom('admin', 'active', true, null, 1, person.id),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const place = fc.constantFrom('', 'patient', 'address');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, values, { minKeys: 1, maxKeys: 4 }), place, async (extra, where) => {
        const allowed = [
          'fullName',
          'address',
          'patient',
          'doctor',
          'country',
          'city',
          'region',
          'addressLine',
          'birthDate',
          'sex',
          'phone',
          'allergies',
        ];
        fc.pre(Object.keys(extra).every((name) => !allowed.includes(name)));
        const body = where === '' ? extra : { [where]: { country: 'PT', city: 'Porto', ...extra } };
        const { status } = await person.api('PATCH', '/me', body);
        expect(status).toBe(400);
      }),
      { numRuns: 150 },
    );
    const raw = '{"fullName":"Ann","__proto__":{"role":"admin"}}';
    expect((await person.api('PATCH', '/me', undefined, { raw })).status).toBe(400);
    expect(await row(person)).toEqual([before]);
  });
});
