import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** Where there is no tag: an update comes from about so far back. */
const commitsBack = 20;
const migrations = ['server/migrations/main', 'server/migrations/chat'];

/** The commit of the version before, or why there is none here. */
export type PreviousVersion = { commit: string } | { missing: string };

/**
 * What an update comes from: the commit that is asked for, or the newest tag, or else the earliest of the last twenty. It has to have the
 * migrations of today, since the clients of a round use the whole of today's contract.
 */
export function findPrevious(asked: string | undefined): PreviousVersion {
  const tag = git('describe', '--tags', '--abbrev=0', 'HEAD^');
  const back = Array.from({ length: commitsBack }, (_, index) => `HEAD~${commitsBack - index}`);
  const wanted = asked === undefined ? [...(tag === null ? [] : [tag]), ...back] : [asked];
  const commits = wanted.flatMap((name) => git('rev-parse', '--verify', '--quiet', `${name}^{commit}`) ?? []);
  if (commits.length === 0)
    return { missing: `there is no commit before (${wanted[0]}): no repository, or a shallow clone` };
  const commit = commits.find((one) => git('diff', '--quiet', one, 'HEAD', '--', ...migrations) !== null);
  if (commit === undefined)
    return { missing: `${wanted[0]} and what came since have other migrations: name a commit with --previous` };
  return { commit };
}

/** The newest commit whose migrations are not those of today: what an update that migrates comes from. */
export function findEarlierSchema(): PreviousVersion {
  const commit = git(
    'log',
    '-1',
    '--format=%H',
    '--diff-filter=A',
    '--',
    ...migrations.map((folder) => `${folder}/*.sql`),
  );
  const before = commit === null || commit === '' ? null : git('rev-parse', '--verify', '--quiet', `${commit}^1`);
  if (before === null)
    return { missing: 'there is no commit with earlier migrations: no repository, or a shallow clone' };
  return { commit: before };
}

/** Puts the server of a commit, with its own contract, into a folder that looks like the repository. @returns its main.ts */
export function unpackVersion(commit: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const parts = ['server/src', 'server/migrations', 'server/package.json', 'contracts'];
  const archive = spawnSync('git', ['archive', commit, ...parts], { cwd: root, maxBuffer: 2 ** 28 });
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) {
    throw new Error(`${commit} could not be unpacked: ${archive.stderr}${unpacked.stderr}`);
  }
  linkModules(folder);
  return join(folder, 'server/src/main.ts');
}

/** What is installed, but for the workspaces: those are the commit's own. */
function linkModules(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@openward'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@openward') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of ['contracts', 'server']) symlinkSync(join(folder, name), join(modules, '@openward', name));
}

/** @returns what it said, or null when it failed */
function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
