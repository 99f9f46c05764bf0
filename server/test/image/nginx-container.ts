import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { pickPort } from '../../src/platform/database/embedded/postmaster.ts';
import { eventually } from '../eventually.ts';
import { writeConfiguration } from '../nginx.ts';
import { createRedisSecurity } from '../redis-security.ts';
import { logOf, runWords, stopContainer } from './containers.ts';
import { run, succeeds } from './tools.ts';

export type NginxContainer = {
  name: string;
  url: string;
  stop(): Promise<{ tookMs: number }>;
  remove(): Promise<void>;
};

/** The image of nginx as deploy/compose.yaml runs it: settings of the place mounted over its own, certificate and key as secrets. */
export async function startNginxContainer(
  image: string,
  { api, chat }: { api: string; chat: string },
): Promise<NginxContainer> {
  const security = await createRedisSecurity();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(security.ca, 'utf8')]);
  const folder = mkdtempSync(join(tmpdir(), 'openward-nginx-'));
  chmodSync(folder, 0o755);
  const [port, httpPort] = [await pickPort(), await pickPort()];
  const secrets = { cert: '/run/secrets/tls_certificate', key: '/run/secrets/tls_key' };
  const place = { port, httpPort, api: [api], chat: [chat], portal: '/srv/openward-portal' };
  await writeConfiguration(folder, place, secrets);
  for (const [secret, file] of [
    ['tls_certificate', security.cert],
    ['tls_key', security.key],
  ] as const) {
    copyFileSync(file, join(folder, secret));
    // www-data reads it there, as it owns it in compose.
    chmodSync(join(folder, secret), 0o444);
  }
  const name = `openward-test-${process.pid}-nginx`;
  const mounts = [
    `${folder}/settings:/etc/openward-nginx/settings:ro`,
    ...['tls_certificate', 'tls_key'].map((secret) => `${folder}/${secret}:/run/secrets/${secret}:ro`),
  ];
  const bounds = [
    ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--network', 'host', '--pids-limit', '64', '--memory', '256m'],
    // As compose's `uid=33,gid=33`: it belongs to who the image runs as.
    ...['--tmpfs', '/run/openward-nginx:rw,size=64m,U'],
    ...mounts.flatMap((mount) => ['--volume', mount]),
  ];
  const remove = async () => {
    await succeeds('podman', ['rm', '--force', '--time', '0', name]);
    await security.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `https://localhost:${port}`;
  try {
    await run('podman', [...runWords(), '--detach', '--name', name, ...bounds, image]);
    const answers = () =>
      fetch(`http://127.0.0.1:${httpPort}/nginx-health`).then(
        ({ status }) => status === 204,
        () => false,
      );
    await eventually('nginx answers', answers, 30_000).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await logOf(name)}`);
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { ...{ name, url, remove }, stop: () => stopContainer(name) };
}
