import { eventsOf } from '../history.ts';
import type { Check } from './invariant.ts';

/** (13) What cannot be done under a fault is `unavailable`, which says to try again; an internal error is none of the caller's making. */
export const noInternalError: Check = (round) =>
  eventsOf(round, 'reply')
    .filter(({ status }) => status === 500)
    .map(
      ({ device, call, roomId, node, requestId }) =>
        `${device} got 500 for ${call} in ${roomId} at ${node} (${requestId})`,
    );
