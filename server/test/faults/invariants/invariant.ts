import type { Round } from '../history.ts';

/** What does not hold, a line each, with what is needed to find it in the history. None: it holds. */
export type Check = (round: Round) => string[];
