import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runMain } from '../../../test/command.ts';
import { cloneDatabases } from '../../../test/harness.ts';
import { startProxyTo } from '../../../test/proxy.ts';
import { isUnavailable } from './connect.ts';
import { connectionOf, parseDatabaseUrl } from './database-url.ts';

describe('the URL of a database', () => {
  it.each([
    ['postgres://one/name', ['one:5432'], 'any'],
    ['postgresql://user:p%40ss@one:6000/name?sslmode=require', ['one:6000'], 'any'],
    ['postgres://user:pass@one,two:6000/name', ['one:5432', 'two:6000'], 'read-write'],
    [
      'postgres://one,two,three/name?target_session_attrs=prefer-standby',
      ['one:5432', 'two:5432', 'three:5432'],
      'prefer-standby',
    ],
    ['postgres://[::1]:6000,[fe80::2]/name', ['::1:6000', 'fe80::2:5432'], 'read-write'],
    ['postgres://one/name?target_session_attrs=read-write', ['one:5432'], 'read-write'],
  ])('%s names its servers and what is asked of them', (url, servers, wants) => {
    const parsed = parseDatabaseUrl(url);
    expect(parsed?.addresses.map(({ host, port }) => `${host}:${port}`)).toEqual(servers);
    expect(parsed?.wants).toBe(wants);
  });

  it.each([
    'mysql://one/name',
    'postgres://one:x/name',
    'postgres://one,two:99999/name',
    'postgres://one/name?target_session_attrs=sideways',
    'one,two',
  ])('%s is none', (url) => {
    expect(parseDatabaseUrl(url)).toBeNull();
  });

  it('keeps user, options and servers in that of another database, and shows no password', () => {
    const parsed = parseDatabaseUrl(
      'postgres://user:secret@one,two/name?target_session_attrs=read-write&sslmode=require',
    );
    expect(parsed?.database('other')).toBe(
      'postgres://user:secret@one,two/other?target_session_attrs=read-write&sslmode=require',
    );
    expect(parsed?.at({ host: 'two', port: 5432 })).toBe('postgres://user:secret@two:5432/name?sslmode=require');
    expect(parsed?.label).toBe('one:5432,two:5432/name');
  });

  it('is good for a certificate of any of the servers, and of no other', () => {
    const { ssl } = connectionOf('postgres://user:pass@one.example,two.example/name?sslmode=verify-full');
    if (typeof ssl !== 'object') throw new Error('TLS was asked for.');
    const of = (name: string) => ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as never;
    expect(ssl.checkServerIdentity?.('one.example', of('two.example'))).toBeUndefined();
    expect(ssl.checkServerIdentity?.('one.example', of('three.example'))).toBeInstanceOf(Error);
  });
});

describe('a connection by a URL of several servers', () => {
  /** A port that takes connections and never says a word: a server that hangs. */
  async function silentPort(): Promise<number> {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('goes past one that is down and one that hangs, to the one that takes writes', async () => {
    const { main } = await cloneDatabases();
    const good = new URL(main);
    const url = `postgres://${good.username}:${good.password}@127.0.0.1:1,127.0.0.1:${await silentPort()},${good.host}${good.pathname}`;
    const client = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: 4000 });
    await client.connect();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('keeps a process running that waits for nothing else', async () => {
    const { main, chat } = await cloneDatabases();
    const among = (url: string) => url.replace(new URL(url).host, `127.0.0.1:1,${new URL(url).host}`);
    const settings = { NODE_ENV: 'test', DATABASE_URL: among(main), CHAT_DATABASE_URL: among(chat) };
    const run = runMain(['migrate', 'status'], settings);
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toContain('applied');
  });

  it('ends when its server stops taking writes, and says "away" while none does', async () => {
    const { main } = await cloneDatabases();
    const proxy = await startProxyTo(main);
    onTestFinished(() => proxy.stop());
    const { host } = new URL(proxy.url);
    const url = main.replace(new URL(main).host, `127.0.0.1:1,${host}`);
    const client = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: 4000 });
    const ended = new Promise<Error>((resolve) => client.once('error', resolve));
    await client.connect();
    proxy.cut();
    expect((await ended).message).toMatch(/Connection terminated|ECONNRESET/);
    const other = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: 4000 });
    expect(await other.connect().catch(isUnavailable)).toBe(true);
  });
});
