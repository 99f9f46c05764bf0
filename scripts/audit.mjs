/**
 * Whether a flaw that is known, and high or critical, is in what runs in production: `npm run audit [-- --registry=URL]`.
 *
 *   0   the registry was asked, and knows of none
 *   1   it knows of some, which are named
 *   2   it was not asked, or has no answer: nothing is known
 *
 * npm itself ends with 1 in both of the last two, and a release must not take the one for the other.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.env.npm_execpath;
const words = ['audit', '--omit=dev', '--json', ...process.argv.slice(2)];
const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
const { stdout, stderr, error } = npm?.endsWith('npm-cli.js')
  ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...words], options)
  : spawnSync('npm', words, { ...options, shell: process.platform === 'win32' });

const pressing = ['high', 'critical'];
const report = parse(stdout ?? '');
if (report?.vulnerabilities !== undefined && report.metadata?.vulnerabilities !== undefined) tell(report);
else {
  console.error(whyNot(report, error?.message ?? stderr));
  process.exitCode = 2;
}

function tell({ vulnerabilities, metadata }) {
  const all = Object.values(vulnerabilities);
  const found = all.filter(({ severity }) => pressing.includes(severity));
  const others = `${all.length - found.length} less severe ones; npm audit --omit=dev names them`;
  if (found.length === 0)
    return console.log(
      `Of ${metadata.dependencies.prod} packages none has a known flaw that is high or critical (${others}).`,
    );
  console.error(`${found.length} packages have a known flaw that is high or critical (${others}):`);
  for (const { name, severity, range, via, fixAvailable } of found) {
    const said = via.map((one) => (typeof one === 'string' ? `by way of ${one}` : `${one.title} (${one.url})`));
    console.error(
      `  ${name} ${range}, ${severity}: ${said.join('; ')}${fixAvailable ? '; there is a version without it' : ''}`,
    );
  }
  process.exitCode = 1;
}

function whyNot(report, said) {
  const unknown = 'Nothing was checked, so nothing is known.';
  const { statusCode, message } = report ?? {};
  // What a registry says that has packages alone.
  if ([400, 404, 405, 501].includes(statusCode))
    return `The registry that npm uses here answers no audits (${statusCode}). ${unknown} Ask one that does: npm run audit -- --registry=URL`;
  return `The registry could not be asked: ${message ?? said}. ${unknown} Try again, or ask another: npm run audit -- --registry=URL`;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
