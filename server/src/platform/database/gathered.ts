import { PgTransaction } from 'drizzle-orm/pg-core';
import { gather } from '../gather.ts';
import { type Db, isUnavailable } from './connect.ts';

/** Less is a statement too many, more a wait for both sides. */
const most = 16;

/**
 * A statement about many things that calls ask for one by one: those of one turn share it, and its round trip. Within a transaction each is
 * asked for by itself. With tracing on its span is in the trace of who came first.
 * @param askAll answers in the order of what is asked; it may be asked again for some of it, when it failed for all.
 */
export function gathered<K, V>(
  askAll: (db: Db, asked: readonly K[]) => Promise<readonly V[]>,
): (db: Db, key: K) => Promise<V> {
  const askers = new WeakMap<Db, (key: K) => Promise<V>>();
  const askOne = async (db: Db, key: K) => {
    const [answer] = await askAll(db, [key]);
    return answer as V;
  };
  const askThem = (db: Db) =>
    gather<K, V>(async (asked) => {
      try {
        return await askAll(db, asked);
      } catch (error) {
        if (asked.length === 1 || isUnavailable(error)) throw error;
        // One of them may be what it cannot take: that is nothing to the others.
        return Promise.all(asked.map((key) => askOne(db, key).catch(asError)));
      }
    }, most);
  return (db, key) => {
    if (db instanceof PgTransaction) return askOne(db, key);
    let ask = askers.get(db);
    if (ask === undefined) {
      ask = askThem(db);
      askers.set(db, ask);
    }
    return ask(key);
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
