import { Counter, type Registry } from 'prom-client';

/** Counts by one label, for places that are passed a hundred thousand times a second: a number is raised, and labels are made when asked for. */
export class Tally {
  readonly #counts = new Map<string, { count: number }>();

  constructor(registry: Registry, { name, help, label }: { name: string; help: string; label: string }) {
    const counts = this.#counts;
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, { count }] of counts) this.inc({ [label]: value }, count);
      },
    });
  }

  /** @param value one of few */
  add(value: string): void {
    const known = this.#counts.get(value);
    if (known === undefined) this.#counts.set(value, { count: 1 });
    else known.count += 1;
  }
}
