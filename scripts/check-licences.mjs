/**
 * Whether everything that runs in production is under a licence that lets others run, change and sell what they build on it. Read from
 * the packages themselves, without a network; of those that are for other platforms and not installed, from the lockfile.
 *
 *   node scripts/check-licences.mjs [folder]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** SPDX identifiers. MPL-2.0 asks for the source of its own files when they are changed, and we change none. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
]);
/** Packages that write theirs in another way, each looked at by a person: one names it in its file LICENSE alone. */
const meant = { 'incremental-encoder': { 'MPL 2.0': 'MPL-2.0' }, 'png-js': { undefined: 'MIT' } };

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const production = Object.entries(packages).filter(
  ([place, { dev, link }]) => place.includes('node_modules/') && dev !== true && link !== true,
);
const refused = production.flatMap(([place, entry]) => {
  const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const said = licenceOf(place) ?? entry.license;
  // A build for another platform of a package that is looked at itself.
  if (said === undefined && entry.optional === true && entry.os !== undefined) return [];
  const licence = meant[name]?.[said] ?? said;
  return isAllowed(licence) ? [] : [`${name}@${entry.version}: ${licence ?? 'it names none'}`];
});

if (refused.length > 0) {
  console.error(`Not under a licence of the list in scripts/check-licences.mjs:\n  ${refused.join('\n  ')}`);
  console.error('Use another package; or, having read the licence, add it to the list and say why in the commit.');
  process.exitCode = 1;
} else console.log(`${production.length} production dependencies, all under licences of the list.`);

function licenceOf(place) {
  const file = join(root, place, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  return license?.type ?? license ?? licenses?.map(({ type }) => type).join(' AND ');
}

/** An SPDX expression of names, OR and AND, the latter first. */
function isAllowed(expression = '') {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((part) => part.split(' AND ').every((name) => allowed.has(name.trim())));
}
