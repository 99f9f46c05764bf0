import type pg from 'pg';
import type { Statement } from './list-context.ts';

/** A node of what EXPLAIN says. */
export type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: Plan[];
};

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Runs a statement. @returns how PostgreSQL did it, each node of the plan. */
export async function explain(pool: pg.Pool, { text, values }: Statement): Promise<Plan[]> {
  const { rows } = await pool.query({ text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values });
  return nodesOf(rows[0]['QUERY PLAN'][0].Plan);
}

/** How many rows they looked at, those included that they threw away. */
export function rowsTouched(nodes: readonly Plan[]): number {
  return nodes.reduce(
    (sum, node) =>
      sum +
      node['Actual Loops'] *
        (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)),
    0,
  );
}
