import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './tools.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What an image says of itself. */
export type Image = {
  name: string;
  /** Of its files, layer by layer, those of the base first. */
  layers: readonly string[];
  sizeMb: number;
  user: string;
  environment: readonly string[];
  command: readonly string[];
  volumes: readonly string[];
  stopSignal: string;
  /** As Docker has it: `CMD`, and the words of it. */
  healthCheck: readonly string[];
};

type Inspected = {
  Size: number;
  RootFS: { Layers: string[] };
  Healthcheck?: { Test?: string[] };
  Config: {
    User?: string;
    Env?: string[];
    Cmd?: string[];
    Entrypoint?: string[];
    Volumes?: Record<string, unknown>;
    StopSignal?: string;
  };
};

/** The names behind FROM, where they stand in the ARGs. */
export function basesOf(dockerfile: string): string[] {
  const text = readFileSync(join(root, dockerfile), 'utf8');
  return [...text.matchAll(/^ARG (?:BUILD_)?BASE=(\S+)$/gm)].map(([, name = '']) => name);
}

/** From the Dockerfile as it is, of bases that are here, without what was built before. All times are those of the commit, as in a release. */
export async function build(dockerfile: string, name: string): Promise<Image> {
  const made = await run('git', ['-C', root, 'log', '-1', '--format=%ct']);
  // Docker's format, since that of the OCI has no health check. Chroot asks for no namespaces, which not every machine may make.
  const isolation = { BUILDAH_ISOLATION: process.env['BUILDAH_ISOLATION'] ?? 'chroot' };
  const how = ['--format', 'docker', '--pull=never', '--no-cache', '--quiet', '--timestamp', made];
  await run('buildah', ['build', ...how, '--file', join(root, dockerfile), '--tag', name, root], isolation);
  return inspect(name);
}

export async function inspect(name: string): Promise<Image> {
  const [found] = JSON.parse(await run('podman', ['image', 'inspect', name])) as Inspected[];
  if (found === undefined) throw new Error(`There is no image ${name}.`);
  const { Size, RootFS, Healthcheck, Config } = found;
  return {
    name,
    layers: RootFS.Layers,
    sizeMb: Math.round(Size / 1e6),
    user: Config.User ?? '',
    environment: Config.Env ?? [],
    command: [...(Config.Entrypoint ?? []), ...(Config.Cmd ?? [])],
    volumes: Object.keys(Config.Volumes ?? {}),
    stopSignal: Config.StopSignal ?? '',
    healthCheck: Healthcheck?.Test ?? [],
  };
}

/** Looks at the files of an image as they are, at a folder that is there meanwhile. */
export async function withFiles<T>(name: string, look: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = await run('podman', ['image', 'mount', name]);
  try {
    return await look(folder);
  } finally {
    await run('podman', ['image', 'unmount', name]);
  }
}
