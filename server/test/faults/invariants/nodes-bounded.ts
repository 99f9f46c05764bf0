import { eventsOf } from '../history.ts';
import type { Check } from './invariant.ts';

/** Several times what a node needs here with all its sockets: what grows without bound passes them within a round. */
const maxRssMb = 700;
const maxDescriptors = 4000;

/** (10) No node ends by itself, and none takes memory or descriptors without bound. */
export const nodesBounded: Check = (round) => {
  const exits = eventsOf(round, 'exit').filter(({ asked }) => !asked);
  const usage = eventsOf(round, 'usage');
  return [
    ...exits.map(({ node, how }) => `${node} ended by itself (${how})`),
    ...usage.filter(({ rssMb }) => rssMb > maxRssMb).map(({ node, rssMb }) => `${node} took ${rssMb} MB`),
    ...usage
      .filter(({ descriptors }) => descriptors > maxDescriptors)
      .map(({ node, descriptors }) => `${node} held ${descriptors} descriptors`),
  ];
};
