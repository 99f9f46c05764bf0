import type pg from 'pg';
import type { Tracing } from '../tracing/tracing.ts';
import { Call } from './quick-statement.ts';

type Asks = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>;

/**
 * The `query` of a pool or connection with a span around each statement that is part of a recorded trace: what kind it is and of
 * which table, never its values nor its text.
 */
export function traceStatements(asks: Asks, database: string, tracing: Tracing): pg.ClientBase['query'] {
  const query = asks.query.bind(asks) as (...input: unknown[]) => unknown;
  const traced = (...input: unknown[]) => {
    if (!tracing.recording || typeof input.at(-1) === 'function') return query(...input);
    const { operation, collection } = describe(textOf(input[0]));
    return tracing.span(
      {
        name: collection === undefined ? operation : `${operation} ${collection}`,
        kind: 'client',
        attributes: {
          'db.system.name': 'postgresql',
          'db.namespace': database,
          'db.operation.name': operation,
          ...(collection === undefined ? {} : { 'db.collection.name': collection }),
        },
      },
      () => answerOf(query(...input)),
    );
  };
  // pg's overloads cannot be written by anybody else; what comes in goes on as it is.
  return traced as pg.ClientBase['query'];
}

/** A connection hands back a call of ours as it is. */
function answerOf(asked: unknown): Promise<unknown> {
  return (asked instanceof Call ? asked.answered : asked) as Promise<unknown>;
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const text = (statement as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
}

const statement = /^\s*(\w+)/;
/** The first table, as it stands in our statements: after FROM, INTO or UPDATE, a plain name. */
const target = /\b(?:from|into|update)\s+"?([a-z_][a-z0-9_]*)"?/i;

const described = new Map<string, { operation: string; collection: string | undefined }>();
/** Statements are few; those that are put together anew each time are not kept beyond this. */
const maxDescribed = 1000;

/** A statement → its first word and its first table. */
function describe(text: string): { operation: string; collection: string | undefined } {
  const known = described.get(text);
  if (known !== undefined) return known;
  const operation = statement.exec(text)?.[1]?.toUpperCase() ?? 'QUERY';
  const found = { operation, collection: target.exec(text)?.[1] };
  if (described.size < maxDescribed) described.set(text, found);
  return found;
}
