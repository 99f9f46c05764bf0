import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';
import { addressKey, createLimiter } from './limiter.ts';

describe('the key of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    ['example.org', 'unknown'],
    ['1.2.3', '1.2.0.3'],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey(ip).replace('%eth0', '')).toBe(key);
  });
});

describe('a limit', () => {
  it('lets through exactly its points of two hundred calls at once, for each key apart', async () => {
    const limiter = createLimiter({ 'login.account': { points: 10, windowS: 60 } });
    for (const key of ['a', 'b']) {
      const taken = await Promise.all(Array.from({ length: 200 }, () => limiter.allows('login.account', key)));
      expect(taken.filter(Boolean)).toHaveLength(10);
    }
    expect(await limiter.allows('login.address', 'a')).toBe(true);
  });
});

describe('over HTTP', () => {
  let trusting: TestServer;
  let direct: TestServer;
  const limits = {
    'address.read': { points: 5, windowS: 60 },
    'account.read': { points: 10, windowS: 60 },
    'login.address': { points: 5, windowS: 60 },
    'login.account': { points: 3, windowS: 60 },
    'register.address': { points: 2, windowS: 60 },
  };
  beforeAll(async () => {
    [trusting, direct] = await Promise.all([
      startTestServer({ limits }),
      startTestServer({ limits, environment: { TRUST_PROXY: '' } }),
    ]);
  });
  afterAll(() => Promise.all([trusting.stop(), direct.stop()]));

  let subnet = 0;
  /** An address that no other test has used. */
  const fresh = () => {
    subnet += 1;
    return `198.18.${subnet}.1`;
  };

  const read = (server: TestServer, forwarded: string) =>
    server.api('GET', '/specialties', undefined, { headers: { 'x-forwarded-for': forwarded } });
  const logIn = (forwarded: string, email: string) =>
    trusting.api('POST', '/auth/tokens', { email, password: 'x' }, { headers: { 'x-forwarded-for': forwarded } });
  const refused = (answers: Answer[]) => answers.filter(({ status }) => status === 429).length;

  it('each reply says the policy and what is left', async () => {
    const ip = fresh();
    for (const left of [4, 3]) {
      const { headers } = await read(trusting, ip);
      expect(headers.get('ratelimit-policy')).toBe('"address.read";q=5;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"address\\.read";r=${left};t=(60|59)$`));
    }
  });

  it('of two hundred calls at once from one address the points get through, the rest is 429 with when to come back', async () => {
    const ip = fresh();
    const answers = await Promise.all(Array.from({ length: 200 }, () => read(trusting, ip)));
    expect(refused(answers)).toBe(195);
    const last = answers.find(({ status }) => status === 429);
    expect(last?.body).toMatchObject({ code: 'rate-limited', status: 429 });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(last?.headers.get('ratelimit')).toContain('r=0');
    expect(last?.headers.get('ratelimit-policy')).toBe('"address.read";q=5;w=60');
    expect((await read(trusting, fresh())).status).toBe(200);
  });

  it('behind a trusted proxy the address that it names counts, not what the caller wrote before it', async () => {
    const ip = fresh();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => read(trusting, `203.0.113.${index}, ${ip}`)),
    );
    expect(refused(answers)).toBe(3);
  });

  it('addresses of one IPv6 /64 are one, the next /64 is another', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => read(trusting, `2001:db8:7:7::${index}`)),
    );
    expect(refused(answers)).toBe(3);
    expect((await read(trusting, '2001:db8:7:8::1')).status).toBe(200);
  });

  it('without a trusted proxy X-Forwarded-For counts for nothing', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => read(direct, fresh())));
    expect(refused(answers)).toBe(3);
  });

  it('logged in the account counts, wherever it calls from', async () => {
    const [person, other] = [await trusting.people.patient(), await trusting.people.patient()];
    const call = () => person.api('GET', '/me', undefined, { headers: { 'x-forwarded-for': fresh() } });
    const answers = await Promise.all(Array.from({ length: 15 }, call));
    expect(refused(answers)).toBe(5);
    expect((await other.api('GET', '/me')).status).toBe(200);
  });

  it('logins count by account, from anywhere and in any case of letters, and by address, for any account', async () => {
    const { email } = await trusting.people.patient();
    const byAccount = await Promise.all(
      Array.from({ length: 6 }, (_, index) => logIn(fresh(), index % 2 === 0 ? email : email.toUpperCase())),
    );
    expect(refused(byAccount)).toBe(3);
    const ip = fresh();
    const byAddress = await Promise.all(
      Array.from({ length: 8 }, (_, index) => logIn(ip, `nobody${index}@example.org`)),
    );
    expect(refused(byAddress)).toBe(3);
  });

  it('login by cookie and by bearer share one limit', async () => {
    const ip = fresh();
    const headers = { 'x-forwarded-for': ip, 'sec-fetch-site': 'same-origin' };
    const answers: Answer[] = [];
    for (let index = 0; index < 8; index += 1) {
      const body = { email: `nobody${index}@example.org`, password: 'x' };
      answers.push(await trusting.api('POST', index % 2 === 0 ? '/auth/login' : '/auth/tokens', body, { headers }));
    }
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  it('a limit comes before everything else: a broken body counts too', async () => {
    const headers = { 'x-forwarded-for': fresh() };
    const answers: number[] = [];
    for (let call = 0; call < 4; call += 1)
      answers.push((await trusting.api('POST', '/auth/register', undefined, { raw: '{', headers })).status);
    expect(answers).toEqual([400, 400, 429, 429]);
  });

  it('callers without a session, or with a broken one, count by address', async () => {
    const ip = fresh();
    const call = (authorization?: string) =>
      trusting.api('GET', '/me', undefined, {
        headers: { 'x-forwarded-for': ip, ...(authorization === undefined ? {} : { authorization }) },
      });
    const answers: number[] = [];
    for (let index = 0; index < 8; index += 1)
      answers.push((await call(index % 2 === 0 ? undefined : 'Bearer x')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });
});
