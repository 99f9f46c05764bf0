import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsChromium, startBrowser, type TestBrowser } from './chromium.ts';
import type { Person } from './factories.ts';
import { startTestServer, type TestServer } from './harness.ts';

describe.runIf(needsChromium('passkey-browser.test.ts'))('in a real browser', () => {
  let server: TestServer;
  let browser: TestBrowser;
  let person: Person;
  beforeAll(async () => {
    // Passkeys live under a secure origin: localhost is one, and PUBLIC_URL has to name it with the port.
    const port = await freePort();
    server = await startTestServer({ environment: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}` } });
    browser = await startBrowser();
    person = await server.people.patient();
    await browser.page.goto(`http://localhost:${port}/`);
  });
  afterAll(async () => {
    await browser?.stop();
    await server?.stop();
  });

  /** Calls from the page, as the portal does: by cookie. */
  function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return browser.page.evaluate(
      async ([method, path, body]) => {
        const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body };
        const reply = await fetch(`/api/v1${path}`, { method, ...content });
        const text = await reply.text();
        return { status: reply.status, body: text === '' ? null : JSON.parse(text) };
      },
      [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
    );
  }

  /** What the browser makes of options, by itself: no library in between. */
  function make(options: unknown): Promise<unknown> {
    return browser.page.evaluate(async (options) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const credential = await navigator.credentials.create({ publicKey });
      return JSON.parse(JSON.stringify(credential));
    }, options as PublicKeyCredentialCreationOptionsJSON);
  }

  function sign(options: unknown): Promise<unknown> {
    return browser.page.evaluate(async (options) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      const credential = await navigator.credentials.get({ publicKey });
      return JSON.parse(JSON.stringify(credential));
    }, options as PublicKeyCredentialRequestOptionsJSON);
  }

  it('a passkey is added by navigator.credentials, and logs in without an address and without a password', async () => {
    const { email, password } = person;
    expect((await call('POST', '/auth/login', { email, password })).status).toBe(200);
    const passkey = await make((await call('POST', '/auth/mfa/passkeys')).body);
    const added = await call('POST', '/auth/mfa/passkeys/confirm', { name: 'Chromium', passkey });
    expect(added).toMatchObject({ status: 200, body: { passkey: { name: 'Chromium', transports: ['internal'] } } });
    expect((await call('POST', '/auth/logout')).status).toBe(204);
    expect((await call('GET', '/me')).status).toBe(401);
    const signed = await sign((await call('POST', '/auth/login/passkey/options')).body);
    const loggedIn = await call('POST', '/auth/login/passkey', { passkey: signed });
    expect(loggedIn).toMatchObject({ status: 200, body: { account: { id: person.id, mfaEnabled: true } } });
    expect(await call('GET', '/me')).toMatchObject({ status: 200, body: { id: person.id } });
  });

  it('is shown beside the password, and again to reauthenticate', async () => {
    const { email, password } = person;
    expect((await call('POST', '/auth/login', { email, password })).body).toMatchObject({ factors: ['passkey'] });
    const passkey = await sign((await call('POST', '/auth/login/passkey/options')).body);
    expect((await call('POST', '/auth/login', { email, password, passkey })).status).toBe(200);
    const again = await sign((await call('POST', '/auth/reauthenticate/options')).body);
    expect((await call('POST', '/auth/reauthenticate', { passkey: again })).status).toBe(204);
  });

  it('is not made twice on one authenticator', async () => {
    const { body: options } = await call('POST', '/auth/mfa/passkeys');
    await expect(make(options)).rejects.toThrow('InvalidStateError');
  });

  it('does not work on a page of another origin, though it is the same server', async () => {
    const options = (await call('POST', '/auth/login/passkey/options')).body;
    await browser.page.goto(server.url.replace('localhost', '127.0.0.1'));
    await expect(sign(options)).rejects.toThrow('SecurityError');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
