import { eventsOf } from '../history.ts';
import type { Check } from './invariant.ts';

/** (13) What cannot be done under a fault is `unavailable`, which says to try again; an internal error is none of the caller's making. */
export const noInternalError: Check = (round) => {
  const replies = eventsOf(round, 'reply').map(({ call, node, requestId, ...reply }) => ({
    ...reply,
    what: `${call} at ${node} (${requestId})`,
  }));
  const changes = eventsOf(round, 'change').map((change) => ({ ...change, what: `a change of seq ${change.seq}` }));
  const files = eventsOf(round, 'download').map((download) => ({ ...download, what: `a file at ${download.node}` }));
  return [...replies, ...changes, ...files]
    .filter(({ status }) => status === 500)
    .map(({ device, roomId, what }) => `${device} got 500 in ${roomId} for ${what}`);
};
