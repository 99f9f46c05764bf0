import { allowedAfter, triesOf } from '../change-views.ts';
import { eventsOf, type Round } from '../history.ts';
import { committedTexts, placeOf, storedByPlace } from '../views.ts';
import type { Check } from './invariant.ts';

/**
 * (14) The newest change stays: the text that an edit has written or that the message was taken back, or what was tried after it and
 * may have worked. Texts before it are kept, unless it was taken back. Once all is quiet each member reads just that, at each node.
 */
export const editsStay: Check = (round) => {
  const stored = storedByPlace(round);
  const committed = committedTexts(round);
  const found: string[] = [];
  for (const [place, tries] of triesOf(round)) {
    const { text } = stored.get(place) ?? { text: null };
    const allowed = allowedAfter(tries);
    if (allowed !== null && !allowed.has(text))
      found.push(`${place} was changed to ${listed(allowed)}, and "${text}" is stored`);
    if (text === null) continue;
    for (const done of tries) {
      if (done.doneAt === null || done.text === null || committed.get(place)?.has(done.text)) continue;
      found.push(`${place} was edited to "${done.text}", which is neither stored nor kept as an earlier text`);
    }
  }
  return [...found, ...unlikeStored(round)];
};

function listed(texts: ReadonlySet<string | null>): string {
  return [...texts].map((text) => (text === null ? 'nothing' : `"${text}"`)).join(' or ');
}

function unlikeStored(round: Round): string[] {
  const stored = storedByPlace(round);
  return eventsOf(round, 'reply').flatMap(({ final, node, device, messages }) =>
    messages.flatMap((message) => {
      const truth = stored.get(placeOf(message));
      if (final !== true || truth === undefined || truth.text === message.text) return [];
      return `${device} read "${message.text}" as ${placeOf(message)} at ${node} when all was quiet, not "${truth.text}"`;
    }),
  );
}
