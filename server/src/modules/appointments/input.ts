import { invalidField } from '#platform/problem.ts';
import { zoneNamed } from './zone.ts';

/** An instant out of a call, in ms. @throws Problem 400 for one that no clock shows, as 23:59:60. */
export function instantOf(path: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms < 0) throw invalidField(path, 'format', 'This is not a time in this century.');
  return ms;
}

/** A zone out of a call, as the zone database writes it. @throws Problem 400 for a name that it does not have. */
export function zoneOf(path: string, name: string): string {
  const zone = zoneNamed(name);
  if (zone === null) throw invalidField(path, 'unknown', 'There is no such time zone; take one like Europe/Berlin.');
  return zone;
}
