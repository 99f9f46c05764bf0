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

export type Count = <Label extends string>(kind: CounterKind<Label>, labels?: Record<Label, string>) => void;

/** Counters come into being with the first count: a process shows those of what it does. */
export function countIn(registry: Registry): Count {
  const counters = new Map<string, Counter>();
  return ({ name, help, labels: labelNames }, labels) => {
    const known = counters.get(name) ?? new Counter({ name, help, labelNames, registers: [registry] });
    counters.set(name, known);
    known.inc(labels ?? {});
  };
}
