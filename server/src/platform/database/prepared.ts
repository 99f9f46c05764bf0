import type { Db } from './connect.ts';
import { quicken } from './quick-statement.ts';

/**
 * A statement that is built once for each database handle and prepared once on each connection: for hot paths.
 * `build` ends in `.prepare(name)`.
 */
export function prepared<P>(build: (db: Db) => P): (db: Db) => P {
  const built = new WeakMap<Db, P>();
  return (db) => {
    let statement = built.get(db);
    if (statement === undefined) {
      statement = build(db);
      quicken(statement);
      built.set(db, statement);
    }
    return statement;
  };
}
