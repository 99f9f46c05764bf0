import { Gauge, type Registry } from 'prom-client';

export type Reading = { gauge: string; value: number; labels?: Record<string, string> };

/** Gauges that are read out of a database. */
export type Readings = {
  /** By name, what is said of each and the labels that it has. */
  gauges: Record<string, { help: string; labelNames?: string[] }>;
  read(): Promise<Reading[]>;
};

/** However often somebody asks. */
const freshForMs = 10_000;
/** A database that does not answer by then is not waited for: the gauges are missing, and all else is told. */
const timeoutMs = 2_000;

/** Reads when the metrics are asked for and never otherwise. What could not be read is missing, instead of what it once was. */
export function registerReadings(registry: Registry, { gauges, read }: Readings): void {
  let last: { atMs: number; readings: Promise<Reading[]> } | undefined;
  const readings = () => {
    if (last === undefined || performance.now() - last.atMs > freshForMs)
      last = { atMs: performance.now(), readings: readInTime(read) };
    return last.readings;
  };
  for (const [name, { help, labelNames = [] }] of Object.entries(gauges))
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const all = await readings();
        this.reset();
        // Without labels a gauge that was reset is 0, and not missing.
        if (labelNames.length === 0) this.remove();
        for (const { gauge, labels = {}, value } of all) if (gauge === name) this.set(labels, value);
      },
    });
}

async function readInTime(read: () => Promise<Reading[]>): Promise<Reading[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Reading[]>((resolve) => {
    timer = setTimeout(() => resolve([]), timeoutMs);
  });
  try {
    return await Promise.race([read(), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
