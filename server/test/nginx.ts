import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { createRedisSecurity } from './redis-security.ts';

const folder = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url));

/** A real nginx with the configuration of deploy/nginx; what is set there by place is set here for the test. */
export type TestNginx = {
  /** By its name, as browsers do: `https://localhost:…`. */
  url: string;
  port: number;
  /** The port that speaks plain HTTP. */
  httpPort: number;
  /** What it and its workers wrote: access and error log. */
  log(): Promise<string>;
  stop(): Promise<void>;
};

export type NginxOptions = {
  port: number;
  httpPort: number;
  /** URLs of nodes. */
  api: readonly string[];
  chat: readonly string[];
  portal?: string;
  /** Time-outs for slow clients of half a second instead of ten. */
  impatient?: boolean;
  /** A node that failed is left alone for a second instead of five. */
  forgetful?: boolean;
};

/** Whether nginx has Debian's module for it. */
export const hasBrotli = existsSync('/usr/lib/nginx/modules/ngx_http_brotli_static_module.so');

/**
 * Whether the tests of this file can run: where nginx is missing they are left out by name, but never in CI.
 * @throws Error in CI.
 */
export function needsNginx(file: string): boolean {
  if (spawnSync('nginx', ['-v']).status === 0) return true;
  const line = `${file} is left out: nginx is not installed (Debian: apt-get install nginx).`;
  if (process.env['CI'] === 'true') throw new Error(line);
  process.stderr.write(`${line}\n`);
  return false;
}

export async function startNginx(options: NginxOptions): Promise<TestNginx> {
  const { port, httpPort } = options;
  const security = await createRedisSecurity();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), await readFile(security.ca, 'utf8')]);
  const dir = await mkdtemp(join(tmpdir(), 'openward-nginx-'));
  // Started by root, its workers are somebody else.
  await chmod(dir, 0o755);
  await mkdir(join(dir, 'run'), { mode: 0o755 });
  await writeConfiguration(dir, options, security);
  const logFile = await open(join(dir, 'log'), 'a', 0o644);
  const server = spawn('nginx', ['-p', join(dir, 'run'), '-c', join(dir, 'nginx.conf')], {
    stdio: ['ignore', logFile.fd, logFile.fd],
  });
  await logFile.close();
  const log = () => readFile(join(dir, 'log'), 'utf8');
  await untilListening(server, port, log);
  return {
    url: `https://localhost:${port}`,
    port,
    httpPort,
    log,
    stop: async () => {
      await end(server);
      await security.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The configuration of deploy/nginx in a folder, with what is set by place set. */
export async function writeConfiguration(
  dir: string,
  { port, httpPort, api, chat, portal = join(dir, 'no-portal'), impatient = false, forgetful = false }: NginxOptions,
  { cert, key }: { cert: string; key: string },
): Promise<void> {
  await cp(folder, dir, { recursive: true });
  const nodes = { 'api-': api, 'chat-': chat };
  const settings = (await readFile(join(folder, 'settings/http.conf'), 'utf8'))
    .replaceAll(/^ *server (api-|chat-)1:3000(.*)\n *server .*$/gm, (_, kind: keyof typeof nodes, rest: string) =>
      nodes[kind].map((url) => `  server ${new URL(url).host}${rest}`).join('\n'),
    )
    .replaceAll('fail_timeout=5s', forgetful ? 'fail_timeout=1s' : 'fail_timeout=5s')
    .replace('/srv/openward-portal', portal)
    .replace('/run/secrets/tls_certificate', cert)
    .replace('/run/secrets/tls_key', key)
    .replaceAll(/listen \[::\].*\n/g, '')
    .replace('listen 8080', `listen 127.0.0.1:${httpPort}`)
    .replace('listen 8443', `listen 127.0.0.1:${port}`);
  await writeFile(join(dir, 'settings/http.conf'), settings);
  await writeFile(join(dir, 'settings/server.conf'), `server_name localhost;\nlisten 127.0.0.1:${port} ssl http2;\n`);
  if (hasBrotli) await cp(join(dir, 'brotli'), join(dir, 'settings'), { recursive: true });
  const maps = await readFile(join(dir, 'maps.conf'), 'utf8');
  // The log is a file here, and no pipe.
  const here = maps.replace('/dev/stdout', join(dir, 'log'));
  await writeFile(
    join(dir, 'maps.conf'),
    impatient ? here.replaceAll(/(client_(?:header|body)_timeout) 10s/g, '$1 500ms') : here,
  );
}

async function untilListening(server: ChildProcess, port: number, log: () => Promise<string>): Promise<void> {
  // A test run that dies takes its servers with it.
  const reap = () => void server.kill('SIGTERM');
  process.once('exit', reap);
  server.once('exit', () => process.off('exit', reap));
  await eventually('nginx listens', async () => {
    if (server.exitCode !== null) throw new Error(`nginx did not start:\n${await log()}`);
    return new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}
