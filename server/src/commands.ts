import { parseArgs } from 'node:util';
import { type Config, loadDotEnv, readConfig } from './config.ts';
import { type RoleName, roleNames } from './roles.ts';

const usage = `Usage: node server/src/main.ts <command>

  start [--roles api,chat,worker]     run the product; all roles in one process by default
  migrate [up] [--dry-run]            bring both databases to the newest schema, or print what would be run
  migrate status                      what is applied, pending, or of a newer version
  backup --to DIR [--without-attachments]
                                      copy both databases and the files of messages, beside running nodes; not the keys
  restore --from DIR [--force]        put a backup into empty databases; --force empties them first
  seed                                fill an empty database with demo data
  keys generate | rotate | list       the keys of tokens and passwords, in KEYS_DIR
  icd10 import FILE [--edition NAME]  replace the table of ICD-10 codes that doctors search
  admin create --email … --name …     make an admin and print the link that sets the password

Settings come from the environment and from a .env file; docs/operations.md lists them.`;

const seeHelp = 'Call it with --help for what there is.';

type Command = (config: Config, words: string[], options: Options) => Promise<void>;
type Options = { roles?: string; email?: string; name?: string; edition?: string; 'dry-run'?: boolean } & BackupWords;
type BackupWords = { to?: string; from?: string; force?: boolean; 'without-attachments'?: boolean };

/** What a command takes behind its name: so many words, and these options. */
const takes: Record<string, { words?: number; options?: readonly (keyof Options)[] }> = {
  start: { options: ['roles'] },
  migrate: { words: 1, options: ['dry-run'] },
  backup: { options: ['to', 'without-attachments'] },
  restore: { options: ['from', 'force'] },
  keys: { words: 1 },
  icd10: { words: 2, options: ['edition'] },
  admin: { words: 1, options: ['email', 'name'] },
};

/** Those that send people links, or show themselves: for keys and databases an installation need not be complete. */
const serving: ReadonlySet<string> = new Set(['start', 'seed', 'admin']);

/** Loaded when they are called: `keys list` need not know how to serve HTTP. */
const commands: Record<string, Command> = {
  start: async (config, _words, { roles }) => (await import('./commands/start.ts')).start(config, readRoles(roles)),
  migrate: async (config, [act], { 'dry-run': dryRun = false }) =>
    (await import('./commands/migrate.ts')).migrate(config, act, { dryRun }),
  backup: async (config, _words, { to, 'without-attachments': without = false }) =>
    (await import('./commands/backup.ts')).backup(config, { to, attachments: !without }),
  restore: async (config, _words, { from, force = false }) =>
    (await import('./commands/backup.ts')).restore(config, { from, force }),
  seed: async (config) => (await import('./commands/seed.ts')).seed(config),
  keys: async (config, [act]) => (await import('./commands/keys.ts')).keys(config, act),
  icd10: async (config, [act, file], { edition }) =>
    (await import('./commands/icd10.ts')).icd10(config, act, { file, edition }),
  admin: async (config, [act], { email, name }) =>
    (await import('./commands/admin.ts')).admin(config, act, { email, name }),
};

/**
 * Runs one command of the command line.
 * @returns the exit code: 0, or 1 after one clear message on stderr.
 */
export async function runCommand(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        roles: { type: 'string' },
        email: { type: 'string' },
        name: { type: 'string' },
        edition: { type: 'string' },
        'dry-run': { type: 'boolean' },
        to: { type: 'string' },
        from: { type: 'string' },
        force: { type: 'boolean' },
        'without-attachments': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    const [name = 'help', ...words] = positionals;
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (values.help === true || name === 'help') {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    if (command === undefined) throw new Error(`There is no command "${name}". ${seeHelp}`);
    const { help: _, ...options } = values;
    refuseExtras(name, words, options);
    loadDotEnv();
    await command(readConfig(process.env, { serving: serving.has(name) }), words, options);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? messageOf(error) : String(error)}\n`);
    return 1;
  }
}

/** @throws Error for what the command would not look at: who wrote it meant something by it. */
function refuseExtras(name: string, words: string[], options: Options): void {
  const { words: taken = 0, options: known = [] } = takes[name] ?? {};
  const extra = words[taken];
  if (extra !== undefined)
    throw new Error(`"${[name, ...words.slice(0, taken)].join(' ')}" takes no "${extra}". ${seeHelp}`);
  const foreign = Object.keys(options).find((option) => !known.some((one) => one === option));
  if (foreign !== undefined) throw new Error(`There is no option --${foreign} of "${name}". ${seeHelp}`);
}

/** Node's own message on an unknown option speaks of placing arguments, which is no help here. */
function messageOf(error: Error): string {
  const [, option] =
    'code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? (/'(.*?)'/.exec(error.message) ?? []) : [];
  return option === undefined ? error.message : `There is no option ${option}. ${seeHelp}`;
}

function readRoles(list: string | undefined): RoleName[] {
  if (list === undefined) return [...roleNames];
  return list.split(',').map((item) => {
    const role = roleNames.find((name) => name === item.trim());
    if (role === undefined)
      throw new Error(`--roles has "${item}"; it takes ${roleNames.join(', ')}, separated by commas.`);
    return role;
  });
}
