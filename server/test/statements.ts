import pg from 'pg';

type Statement = { name: string | undefined; text: string };

/** Everything that this process asks of one database from now on, as it is sent. */
export function recordStatements(url: string): { all(): Statement[]; names(): (string | undefined)[]; stop(): void } {
  const database = new URL(url).pathname.slice(1);
  const recorded: Statement[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function recording(this: pg.Client, ...args: unknown[]) {
    const [first] = args;
    const { text = '', name } = typeof first === 'string' ? { text: first } : (first as Partial<Statement>);
    if (this.database === database) recorded.push({ name, text });
    return Reflect.apply(query, this, args);
  } as typeof query;
  return {
    all: () => [...recorded],
    names: () => recorded.map(({ name }) => name),
    stop: () => {
      pg.Client.prototype.query = query;
    },
  };
}
