import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../../../test/harness.ts';
import type { Answer } from '../../../test/http.ts';
import { addressKey } from './address-key.ts';
import { CallLimits } from './limit-headers.ts';
import { createLimiter } from './limiter.ts';

describe('the key of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:0:203.0.113.9', '203.0.113.9'],
    ['64:ff9b::203.0.113.9', '203.0.113.9'],
    ['64:ff9b:1:7::203.0.113.9', '203.0.113.9'],
    ['2002:cb00:7109::1', '203.0.113.9'],
    ['2002:cb00:7109:ffff::1', '203.0.113.9'],
    ['2002:cb00:710a::1', '203.0.113.10'],
    // IPv4-compatible (RFC 4291, 2.5.5.1), which is not routed.
    ['::203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    ['example.org', 'unknown'],
    // Spellings that some parsers take for an address, and so for many keys of one.
    ['1.2.3', 'unknown'],
    ['0177.0.0.1', 'unknown'],
    ['2130706433', 'unknown'],
    ['1.2.3.4:80', 'unknown'],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key);
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

describe('a weight', () => {
  const limiter = (points = 10) => createLimiter({ 'account.read': { points, windowS: 60 } });

  it('takes so many points, of two hundred calls at once too', async () => {
    const { take, allows } = limiter(50);
    expect((await take('account.read', 'a', 20)).remaining).toBe(30);
    expect((await take('account.read', 'a')).remaining).toBe(29);
    const taken = await Promise.all(Array.from({ length: 200 }, () => allows('account.read', 'b', 7)));
    expect(taken.filter(Boolean)).toHaveLength(7);
  });

  it('that is more than a whole window is one, so that nothing is too dear ever to be had', async () => {
    const { take, allows } = limiter(10);
    expect((await take('account.read', 'a', 50)).remaining).toBe(0);
    expect(await allows('account.read', 'a', 50)).toBe(false);
  });

  it('of 0 takes nothing, and is refused when nothing is left', async () => {
    const { take, allows } = limiter(2);
    for (let look = 0; look < 5; look += 1) expect((await take('account.read', 'a', 0)).remaining).toBe(2);
    await take('account.read', 'a', 2);
    expect(await allows('account.read', 'a', 0)).toBe(false);
  });
});

describe('the limits of one call', () => {
  it('show the one with the fewest points left, and nothing of questions, looks and what is unsaid', async () => {
    const shown: string[] = [];
    const all = createLimiter({
      'account.write': { points: 5, windowS: 60 },
      'password.account': { points: 3, windowS: 60 },
      'attachment.account': { points: 9, windowS: 60 },
      'login.account': { points: 1, windowS: 60 },
    });
    const limits = new CallLimits(all, ({ name, remaining }) => shown.push(`${name} ${remaining}`));
    await limits.take('account.write', 'a');
    await limits.take('attachment.account', 'a');
    await limits.take('login.account', 'a');
    await limits.allows('mail.recipient', 'a');
    await limits.take('mail.recipient', 'a', 0);
    await limits.take('password.account', 'a');
    expect(shown).toEqual(['account.write 4', 'password.account 2']);
  });
});

it('each refusal is told by the name of its limit, for the metrics', async () => {
  const hits: string[] = [];
  const { allows } = createLimiter({ 'login.address': { points: 1, windowS: 60 } }, null, (name) => hits.push(name));
  for (let call = 0; call < 3; call += 1) await allows('login.address', 'a');
  await allows('login.account', 'a');
  expect(hits).toEqual(['login.address', 'login.address']);
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
    'password.account': { points: 2, windowS: 60 },
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
    const hits = vi.spyOn(trusting.ctx.metrics.limitHits, 'count');
    const answers = await Promise.all(Array.from({ length: 200 }, () => read(trusting, ip)));
    expect(refused(answers)).toBe(195);
    expect(hits.mock.calls).toEqual(Array(195).fill(['address.read']));
    hits.mockRestore();
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

  it('a dear call takes its weight, a search more than the list that it is of', async () => {
    const [ip, person] = [fresh(), await trusting.people.patient()];
    const list = (query = '') =>
      trusting.api('GET', `/doctors${query}`, undefined, { headers: { 'x-forwarded-for': ip } });
    const left = [(await list()).headers.get('ratelimit'), (await list('?q=ann')).headers.get('ratelimit')];
    expect(left.map((header) => header?.split(';t=')[0])).toEqual(['"address.read";r=4', '"address.read";r=2']);
    expect((await person.api('GET', '/me/export')).headers.get('ratelimit')).toMatch(/^"account.read";r=0;/);
    expect((await person.api('GET', '/me')).status).toBe(429);
  });

  it('of several limits the tightest is shown, whether the call succeeds or not', async () => {
    const person = await trusting.people.patient();
    const change = (currentPassword: string) =>
      person.api('POST', '/auth/change-password', { currentPassword, newPassword: 'nine loud badgers 83' });
    for (const [password, status, left] of [
      ['not this one', 403, 1],
      [person.password, 204, 0],
      [person.password, 429, 0],
    ] as const) {
      const { headers, ...answer } = await change(password);
      expect(answer.status).toBe(status);
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"password\\.account";r=${left};t=\\d+$`));
      expect(headers.get('ratelimit-policy')).toBe('"password.account";q=2;w=60');
    }
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
