import { allowedAfter, newestDone, showingsOf, triesOf } from '../change-views.ts';
import { eventsOf, type Round } from '../history.ts';
import { connectionsOf, placeOf } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (16) Whoever asks once an edit or a retraction is acknowledged is not shown what was before, at any node: not by history, search or
 * the list of changes, and what was taken back not among earlier texts either, nor on a connection that opened later.
 */
export const changesHold: Check = (round) => [...staleAnswers(round), ...keptVersions(round), ...staleFrames(round)];

function staleAnswers(round: Round): string[] {
  const tries = triesOf(round);
  return showingsOf(round).flatMap(({ askedAt, device, where, place, text }) => {
    const allowed = askedAt === null ? null : allowedAfter(tries.get(place) ?? [], askedAt);
    if (allowed === null || allowed.has(text)) return [];
    return `${device} was shown "${text}" as ${place} (${where}), asked for after that was changed`;
  });
}

function keptVersions(round: Round): string[] {
  const tries = triesOf(round);
  return eventsOf(round, 'reply').flatMap(({ askedAt, device, node, roomId, seq, texts = [] }) => {
    if (seq === undefined || texts.length === 0) return [];
    const place = placeOf({ roomId, seq });
    const newest = newestDone(tries.get(place) ?? [], askedAt);
    if (newest === null || newest.text !== null) return [];
    return `${device} read ${texts.length} earlier texts of ${place} at ${node}, which was taken back`;
  });
}

function staleFrames(round: Round): string[] {
  const tries = triesOf(round);
  const opened = new Map(connectionsOf(round).map(({ connection, openedAt }) => [connection, openedAt]));
  const found: string[] = [];
  const takenBack = new Set<string>();
  for (const { connection, place, text } of showingsOf(round)) {
    if (connection === null) continue;
    const newest = newestDone(tries.get(place) ?? [], opened.get(connection));
    const isGone = takenBack.has(`${connection} ${place}`) || newest?.text === null;
    if (text === null) takenBack.add(`${connection} ${place}`);
    else if (isGone) found.push(`${connection} was shown "${text}" as ${place} after that was taken back`);
  }
  return found;
}
