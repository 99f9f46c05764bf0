import type { Mutation } from './mutation.ts';

/** What a node is to survive. */
export const nodes = {
  'a broken connection ends the process': {
    edits: [
      {
        file: 'platform/database/connect.ts',
        find: "  pool.on('error', (error) => {",
        replace: "  pool.on('never', (error: Error) => {",
      },
      {
        file: 'platform/database/connect.ts',
        find: "  pool.on('connect', (client) => {",
        replace: "  pool.on('never', (client: pg.Client) => {",
      },
    ],
    fault: 'postgres-killed',
    expect: ['nodes are bounded'],
  },
} as const satisfies Record<string, Mutation>;
