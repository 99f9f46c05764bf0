import type pg from 'pg';
import { Call, knows } from './quick-statement.ts';

const begin = 'begin';

/**
 * A connection on which BEGIN waits for the first statement, and goes out with it where the connection knows both: a trip less for each transaction.
 * Should BEGIN fail, PostgreSQL does not run what came with it.
 */
export function beginLate(client: pg.PoolClient): pg.PoolClient {
  const query = client.query.bind(client) as (...input: unknown[]) => unknown;
  let owed = false;
  const late = (...input: unknown[]): unknown => {
    const [first] = input;
    const { text } = first as { text?: string };
    if (text === begin) {
      owed = true;
      return Promise.resolve();
    }
    if (!owed) return query(...input);
    owed = false;
    // Nothing was asked for in it.
    if (text === 'commit' || text === 'rollback') return Promise.resolve();
    if (first instanceof Call && knows(client, begin) && knows(client, first.name)) {
      first.startWith({ name: begin, values: [] });
      return query(first);
    }
    const begun = query({ name: begin, text: begin }) as Promise<unknown>;
    if (!(first instanceof Call)) return begun.then(() => query(...input));
    begun.then(
      () => query(first),
      (error) => first.handleError(error),
    );
    return first;
  };
  return Object.create(client, { query: { value: late } }) as pg.PoolClient;
}
