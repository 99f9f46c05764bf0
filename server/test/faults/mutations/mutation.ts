import type { InvariantName } from '../checker.ts';
import type { FaultName } from '../faults/index.ts';

/**
 * A break of the delivery promise, put into a copy of the server on purpose: where the texts stand that are replaced, the fault under
 * which it shows, and the invariants of which at least one has to notice. A text that is not there any more is an error, so
 * that no break goes missing when the code moves: then this list moves with it.
 */
export type Mutation = {
  edits: readonly { file: string; find: string; replace: string }[];
  fault: FaultName;
  expect: readonly InvariantName[];
};
