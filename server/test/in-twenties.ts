/** Does it for twenty at a time: enough to meet, and not so many that a busy machine turns some away as too many. */
export async function inTwenties<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>[],
): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += 20) {
    const twenty = items.slice(from, from + 20);
    results.push(...(await Promise.all(twenty.flatMap((item, index) => work(item, from + index)))));
  }
  return results;
}
