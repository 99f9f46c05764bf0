/** Asks for many things at once. What is answered stands in the order of what was asked; an Error is for who asked that one alone. */
type AskAll<K, V> = (asked: readonly K[]) => Promise<readonly (V | Error)[]>;

type Waiting<K, V> = { key: K; resolve(value: V): void; reject(error: unknown): void };

/**
 * What is asked for one by one within a turn of the event loop is asked for together: calls that were read from the network together share
 * a round trip, and a single one waits for nobody.
 * @param most so many go together, as soon as they are there: while they are on their way the turn goes on with the others. Fewer go at its end.
 */
export function gather<K, V>(askAll: AskAll<K, V>, most: number): (key: K) => Promise<V> {
  let waiting: Waiting<K, V>[] = [];
  const askThem = async () => {
    const group = waiting;
    if (group.length === 0) return;
    waiting = [];
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
  return (key) =>
    new Promise((resolve, reject) => {
      const count = waiting.push({ key, resolve, reject });
      if (count === most) void askThem();
      else if (count === 1) setImmediate(askThem);
    });
}
