import { access } from './access.ts';
import { changes } from './changes.ts';
import { delivery } from './delivery.ts';
import { files } from './files.ts';
import type { Mutation } from './mutation.ts';
import { nodes } from './nodes.ts';
import { writing } from './writing.ts';

/** Every break, by the promise that it is about. */
export const mutations: Record<string, Mutation> = {
  ...writing,
  ...delivery,
  ...access,
  ...changes,
  ...files,
  ...nodes,
};
