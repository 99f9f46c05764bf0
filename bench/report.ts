/** @returns the middle one; of an even number, the upper of the two. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Says how two things that were measured in turn compare, round by round. */
export function sayRatio(name: string, above: readonly number[], below: readonly number[], less = false): void {
  const ratios = above.map((value, round) => value / (below[round] ?? Number.NaN));
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
  process.stdout.write(`${name} = ${median(ratios).toFixed(2)} (${all})${less ? ', less is better' : ''}\n`);
}

/** A table of one line for each thing that was measured: medians, to so many digits. */
export function sayMedians(title: string, results: Map<string, Record<string, number>[]>): void {
  process.stdout.write(`\n${title}\n`);
  console.table(
    [...results].map(([server, rounds]) => {
      const columns = Object.keys(rounds[0] ?? {}).map((column) => [
        column,
        Number(median(rounds.map((round) => round[column] ?? 0)).toPrecision(4)),
      ]);
      return { server, ...Object.fromEntries(columns) };
    }),
  );
}
