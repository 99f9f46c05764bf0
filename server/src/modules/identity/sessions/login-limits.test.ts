import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '#server/limits.ts';
import { enableTotp, TestClock } from '../../../../test/authenticator.ts';
import { jobsAreDone } from '../../../../test/database.ts';
import { goodPassword, type Person } from '../../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../../test/harness.ts';
import { type Answer, withoutRequestId } from '../../../../test/http.ts';
import { addPasskey, assertionOf, SoftPasskey } from '../../../../test/passkeys.ts';

/** The limits of logging in as they are by default. Each test has addresses and people of its own. */
const { 'login.account': account, 'login.address': address, 'login.device': device, 'login.known': known } = limits;
const wrong = 'eleven wrong words 11';
const dayMs = 86_400_000;

const clock = new TestClock();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    overrides: { clock },
    limits: {
      'login.account': account,
      'login.address': address,
      'login.device': device,
      'login.known': known,
      'login.devices': { points: 20, windowS: 300 },
      'login.pair': { points: 4, windowS: 3600 },
      'series.login-failed.account': limits['series.login-failed.account'],
      'series.login-failed.address': limits['series.login-failed.address'],
      'totp.account': { points: 3, windowS: 300 },
      'totp.known': { points: 3, windowS: 300 },
      'mail.address': { points: 2, windowS: 900 },
    },
  });
});
afterAll(() => server.stop());

let hashes: { mock: { calls: unknown[] } };
beforeEach(() => {
  vi.restoreAllMocks();
  hashes = vi.spyOn(server.ctx.passwords, 'verify');
});

let last = 0;
/** An address that no other test has used, far from the others. */
function freshAddress(): string {
  last += 1;
  return `198.18.${last >> 8}.${last & 0xff}`;
}
const freshEmail = () => `nobody.${freshAddress()}@example.org`;

type From = { ip?: string; device?: string | undefined; totp?: string };

function logIn(email: string, password: string, { ip = freshAddress(), device, totp }: From = {}): Promise<Answer> {
  const headers = { 'x-forwarded-for': ip, ...(device === undefined ? {} : { 'openward-device': device }) };
  return server.api('POST', '/auth/tokens', { email, password, ...(totp === undefined ? {} : { totp }) }, { headers });
}

/** So many calls, one after the other. */
async function times(count: number, call: (index: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await call(index));
  return answers;
}

const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status);
const limitOf = ({ headers }: Answer) => /^"([a-z.]+)"/.exec(headers.get('ratelimit') ?? '')?.[1];
const repeat = (status: number, count: number): number[] => Array(count).fill(status);

/** Somebody with a device of their own. */
async function withDevice(): Promise<Person & { device: string }> {
  const person = await server.people.patient();
  const { status, body } = await logIn(person.email, person.password);
  expect(status).toBe(200);
  return { ...person, device: body.deviceToken };
}

/** Takes all that strangers have at an account, from everywhere. */
async function useUp({ email }: { email: string }): Promise<void> {
  await times(account.points, () => logIn(email, wrong));
  const { status, headers } = await logIn(email, goodPassword);
  expect([status, headers.get('ratelimit-policy')]).toEqual([429, '"login.account";q=10;w=300']);
}

describe('who guesses', () => {
  it('one password at many accounts (spraying) is stopped by address, at thirty, before the hash', async () => {
    const ip = freshAddress();
    const answers = await times(address.points + 3, () => logIn(freshEmail(), wrong, { ip }));
    expect(statusesOf(answers)).toEqual([...repeat(401, address.points), ...repeat(429, 3)]);
    expect(answers.map(limitOf)).toEqual(repeat(0, answers.length).map(() => 'login.address'));
    expect(hashes.mock.calls).toHaveLength(address.points);
  });

  it('from all over one /64 is one address, from an address that IPv6 carries the same as from it', async () => {
    const inOne = await times(address.points + 1, (n) => logIn(freshEmail(), wrong, { ip: `2001:db8:9:9::${n + 1}` }));
    expect(statusesOf(inOne)).toEqual([...repeat(401, address.points), 429]);
    const ways = [
      '203.0.113.77',
      '::ffff:203.0.113.77',
      '64:ff9b::203.0.113.77',
      '2002:cb00:714d:1::1',
      '2002:cb00:714d:2::1',
    ];
    const mixed = await times(address.points + ways.length, (n) =>
      logIn(freshEmail(), wrong, { ip: ways[n % ways.length] ?? '' }),
    );
    expect(statusesOf(mixed)).toEqual([...repeat(401, address.points), ...repeat(429, ways.length)]);
  });

  it('at one account from many addresses (stuffing) is stopped by account, at ten, before the hash', async () => {
    const { email } = await server.people.patient();
    const answers = await times(account.points + 3, (n) => logIn(n % 2 === 0 ? email : email.toUpperCase(), wrong));
    expect(statusesOf(answers)).toEqual([...repeat(401, account.points), ...repeat(429, 3)]);
    expect(hashes.mock.calls).toHaveLength(account.points);
  });

  it('at one account from one place takes four times what it has, and then nothing more of the account’s', async () => {
    const { email } = await server.people.patient();
    const ip = freshAddress();
    const attack = await times(8, () => logIn(email, wrong, { ip }));
    expect(statusesOf(attack)).toEqual([...repeat(401, 4), ...repeat(429, 4)]);
    expect(limitOf(attack[7] as Answer)).toBe('login.pair');
    const elsewhere = await times(account.points - 4 + 1, () => logIn(email, goodPassword));
    expect(statusesOf(elsewhere)).toEqual([...repeat(200, account.points - 4), 429]);
  });

  it('right is not counted for the pair', async () => {
    const { email } = await server.people.patient();
    const ip = freshAddress();
    expect(statusesOf(await times(account.points, () => logIn(email, goodPassword, { ip })))).toEqual(
      repeat(200, account.points),
    );
  });

  it('learns from no answer and no header whether there is such an account, nor whether somebody else tries', async () => {
    const { email } = await server.people.patient();
    await logIn(email, goodPassword);
    const [ip, other] = [freshAddress(), freshAddress()];
    const unknown = freshEmail();
    const seen = async (who: string, from: string) =>
      (await times(6, () => logIn(who, wrong, { ip: from }))).map(({ status, body, headers }) => {
        const { detail, ...problem } = withoutRequestId(body);
        return [
          status,
          { ...problem, detail: detail?.replace(/\d+ s/, 's') },
          headers.get('ratelimit')?.split(';t=')[0],
        ];
      });
    const answers = await seen(email, ip);
    expect(answers).toEqual(await seen(unknown, other));
    expect(answers.slice(0, 4).map(([, , header]) => header)).toEqual(
      [29, 28, 27, 26].map((r) => `"login.address";r=${r}`),
    );
  });
});

describe('the owner, on a known device,', () => {
  it('logs in by bearer while strangers have used up the account, and the address that they share', async () => {
    const owner = await withDevice();
    const ip = freshAddress();
    await useUp(owner);
    await times(address.points, () => logIn(freshEmail(), wrong, { ip }));
    expect((await logIn(owner.email, goodPassword, { ip })).status).toBe(429);
    const { status, body } = await logIn(owner.email, goodPassword, { ip, device: owner.device });
    expect([status, body.account?.id]).toEqual([200, owner.id]);
  });

  it('logs in by cookie, also after logging out', async () => {
    const owner = await server.people.patient();
    const jar = new Map<string, string>();
    const call = async (path: string, body?: object) => {
      const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
      const headers = { 'x-forwarded-for': freshAddress(), 'sec-fetch-site': 'same-origin', cookie };
      const answer = await server.api('POST', path, body, { headers });
      if (answer.headers.get('clear-site-data')?.includes('cookies')) jar.clear();
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/Max-Age=0/.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      return answer.status;
    };
    const credentials = { email: owner.email, password: goodPassword };
    expect(await call('/auth/login', credentials)).toBe(200);
    expect(await call('/auth/logout')).toBe(204);
    expect([...jar.keys()]).toEqual(['__Secure-openward-device']);
    await useUp(owner);
    expect(await call('/auth/login', credentials)).toBe(200);
    jar.clear();
    expect(await call('/auth/login', credentials)).toBe(429);
  });

  it('has ten tries on it, the first of them the login that made it, and takes none of anybody else’s', async () => {
    const owner = await withDevice();
    const { device } = owner;
    const answers = await times(known.points, () => logIn(owner.email, wrong, { device }));
    expect(statusesOf(answers)).toEqual([...repeat(401, known.points - 1), 429]);
    expect(limitOf(answers.at(-1) as Answer)).toBe('login.known');
    expect((await logIn(owner.email, goodPassword)).status).toBe(200);
    const other = (await logIn(owner.email, goodPassword)).body.deviceToken;
    expect((await logIn(owner.email, goodPassword, { device: other })).status).toBe(200);
  });

  it('has no more tries by collecting devices', async () => {
    const owner = await withDevice();
    const more = await times(2, () => logIn(owner.email, goodPassword));
    const devices = [owner.device, ...more.map(({ body }) => body.deviceToken)];
    const answers: Answer[] = [];
    for (const device of devices) answers.push(...(await times(9, () => logIn(owner.email, wrong, { device }))));
    expect(statusesOf(answers)).toEqual([...repeat(401, 20), ...repeat(429, 7)]);
    expect(limitOf(answers.at(-1) as Answer)).toBe('login.devices');
  });

  it('is known with others who use it, and by the same device each time', async () => {
    const [first, second] = [await withDevice(), await server.people.patient()];
    const shared = (await logIn(second.email, goodPassword, { device: first.device })).body.deviceToken;
    await useUp(first);
    await useUp(second);
    for (const { email } of [first, second])
      expect((await logIn(email, goodPassword, { device: shared })).status).toBe(200);
    const tries = await times(known.points, () => logIn(second.email, wrong, { device: shared }));
    expect(statusesOf(tries).filter((status) => status === 401)).toHaveLength(known.points - 2);
  });

  it('gives a second factor while who has the password has used up the codes', async () => {
    const owner = await withDevice();
    const authenticator = await enableTotp(owner, clock);
    for (let tries = 0; tries < 3; tries += 1)
      expect((await logIn(owner.email, goodPassword, { totp: authenticator.wrong() })).body.code).toBe('invalid-totp');
    const totp = authenticator.next();
    expect(limitOf(await logIn(owner.email, goodPassword, { totp }))).toBe('totp.account');
    expect((await logIn(owner.email, goodPassword, { totp, device: owner.device })).status).toBe(200);
    const tries = await times(3, () => logIn(owner.email, goodPassword, { totp: '000000', device: owner.device }));
    expect(statusesOf(tries)).toEqual([401, 401, 429]);
  });
});

describe('a device’s credential is worth nothing', () => {
  it('forged, altered, cut off, or another kind of token', async () => {
    const owner = await withDevice();
    await useUp(owner);
    const [kid, sealed = ''] = owner.device.split('.');
    const flipped = `${sealed.slice(0, 60)}${sealed[60] === 'A' ? 'B' : 'A'}${sealed.slice(61)}`;
    const plain = Buffer.from(JSON.stringify({ id: 'x', knows: [{ accountId: owner.id }] })).toString('base64url');
    const forgeries = [
      `${kid}.${flipped}`,
      `${kid}.${sealed.slice(0, -8)}`,
      `${kid}.${plain}`,
      `${kid}.`,
      `x.${sealed}`,
    ];
    for (const device of [...forgeries, sealed, '.', owner.accessToken, owner.refreshToken, 'x'.repeat(4000)]) {
      const answer = await logIn(owner.email, goodPassword, { device });
      expect([answer.status, limitOf(answer)]).toEqual([429, 'login.account']);
    }
    expect((await logIn(owner.email, goodPassword, { device: owner.device })).status).toBe(200);
  });

  it('at another account: there it counts for the address and the account, known or not', async () => {
    const [thief, victim] = [await withDevice(), await server.people.patient()];
    const ip = freshAddress();
    const tried = await times(device.points - 2, (n) =>
      logIn(n % 2 === 0 ? freshEmail() : `${n}.${freshEmail()}`, wrong, { ip, device: thief.device }),
    );
    expect(statusesOf(tried)).toEqual(repeat(401, device.points - 2));
    await useUp(victim);
    const refused = await logIn(victim.email, goodPassword, { device: thief.device });
    expect([refused.status, limitOf(refused)]).toEqual([429, 'login.account']);
    await times(2, () => logIn(freshEmail(), wrong, { ip }));
    const stopped = await logIn(freshEmail(), wrong, { ip, device: thief.device });
    expect([stopped.status, limitOf(stopped)]).toEqual([429, 'login.address']);
    const spent = await logIn(thief.email, goodPassword, { device: thief.device });
    expect([spent.status, limitOf(spent)]).toEqual([429, 'login.device']);
  });

  it('at another account, for a passkey either', async () => {
    const [thief, victim] = [await withDevice(), await withDevice()];
    const passkey = new SoftPasskey();
    await addPasskey(victim, passkey);
    const ip = freshAddress();
    await times(address.points, () => logIn(freshEmail(), wrong, { ip }));
    const by = async (device: string) => {
      const body = { passkey: await assertionOf(server.api, passkey) };
      const headers = { 'x-forwarded-for': ip, 'openward-device': device };
      return (await server.api('POST', '/auth/tokens/passkey', body, { headers })).status;
    };
    expect(await by(thief.device)).toBe(429);
    expect(await by(victim.device)).toBe(200);
  });

  it('after a new password, and after 90 days', async () => {
    const [owner, other] = [await withDevice(), await withDevice()];
    const change = { currentPassword: goodPassword, newPassword: 'nine loud badgers 83' };
    expect((await owner.api('POST', '/auth/change-password', change)).status).toBe(204);
    await useUp(owner);
    expect((await logIn(owner.email, change.newPassword, { device: owner.device })).status).toBe(429);
    await useUp(other);
    clock.putForward(89 * dayMs);
    expect((await logIn(other.email, goodPassword, { device: other.device })).status).toBe(200);
    clock.putForward(2 * dayMs);
    expect((await logIn(other.email, goodPassword, { device: other.device })).status).toBe(429);
  });
});

it('mails asked for from one address are limited, whoever they are for, with the same answer', async () => {
  const people = await Promise.all(Array.from({ length: 3 }, () => server.people.patient()));
  const ip = freshAddress();
  const ask = ({ email }: Person) =>
    server.api('POST', '/auth/forgot-password', { email }, { headers: { 'x-forwarded-for': ip } });
  const answers = await times(3, (n) => ask(people[n] as Person));
  expect(answers.map(({ status, body }) => [status, body])).toEqual(
    repeat(202, 3).map((status) => [status, { status: 'check-your-email' }]),
  );
  await jobsAreDone(server.ctx);
  const mailed = people.map(({ email }) => server.mailbox.mails.filter(({ to }) => to === email).length);
  expect(mailed).toEqual([1, 1, 0]);
});
