/** Asks for many things at once. What is answered stands in the order of what was asked; an Error is for who asked that one alone. */
type AskAll<K, V> = (asked: readonly K[]) => Promise<readonly (V | Error)[]>;

type Waiting<K, V> = { key: K; resolve(value: V): void; reject(error: unknown): void };

/**
 * What is asked for one by one within a turn of the event loop is asked for together at its end: calls that were read from the network
 * together share a round trip, and a single one waits for nobody.
 * @param most so many go together.
 */
export function gather<K, V>(askAll: AskAll<K, V>, most: number): (key: K) => Promise<V> {
  let waiting: Waiting<K, V>[] = [];
  const ask = async (group: readonly Waiting<K, V>[]) => {
    try {
      const answers = await askAll(group.map(({ key }) => key));
      for (const [place, { resolve, reject }] of group.entries()) {
        const answer = answers[place];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as V);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  const askThem = () => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += most) void ask(all.slice(from, from + most));
  };
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ key, resolve, reject }) === 1) setImmediate(askThem);
    });
}
