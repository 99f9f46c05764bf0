import { Counter, type Registry } from 'prom-client';

/** Something that a module counts, declared beside what happens. Labels are names of ours, few of each. */
export type CounterKind<Label extends string = never> = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
};

export function counter<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): CounterKind<Label> {
  return { name, help, labels };
}

export type Counters = {
  count<Label extends string>(kind: CounterKind<Label>, labels?: Record<Label, string>): void;
  /** So that they are there before the first count, on nodes that count them. */
  addCounters(kinds: readonly CounterKind<string>[]): void;
};

export function createCounters(registry: Registry): Counters {
  const counters = new Map<string, Counter>();
  const find = ({ name, help, labels: labelNames }: CounterKind<string>): Counter => {
    const found = counters.get(name) ?? new Counter({ name, help, labelNames, registers: [registry] });
    counters.set(name, found);
    return found;
  };
  return {
    count: (kind, labels) => find(kind).inc(labels ?? {}),
    addCounters: (kinds) => {
      for (const kind of kinds) find(kind);
    },
  };
}
