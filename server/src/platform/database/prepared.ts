import type { Db } from './connect.ts';
import { quicken } from './quick-statement.ts';

/** As much of drizzle as says on which connection, or by which pool, a handle asks. */
type Asking = { session: { client: object; logger: object } };

/**
 * A statement that is built once, and prepared once on each connection: for hot paths. A transaction asks it on its own connection, and builds
 * nothing either.
 * `build` ends in `.prepare(name)`.
 */
export function prepared<P extends object>(build: (db: Db) => P): (db: Db) => P {
  const built = new WeakMap<object, P>();
  let first: P | undefined;
  return (db) => {
    const { client, logger } = (db as unknown as Asking).session;
    let statement = built.get(client);
    if (statement === undefined) {
      first ??= quickened(build(db));
      statement = Object.create(first, { client: { value: client }, logger: { value: logger } }) as P;
      built.set(client, statement);
    }
    return statement;
  };
}

function quickened<P>(statement: P): P {
  quicken(statement);
  return statement;
}
