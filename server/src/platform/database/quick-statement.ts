import { Column, DrizzleQueryError, is, Param, Placeholder, SQL } from 'drizzle-orm';
import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';

/** What drizzle keeps of a statement that it has prepared. */
type Built = {
  client: pg.Pool | pg.ClientBase;
  params: unknown[];
  fields?: { path: string[]; field: unknown }[];
  customResultMapper?: unknown;
  logger: { logQuery(text: string, params: unknown[]): void };
  queryConfig: { name?: string; text: string; types: { getTypeParser(oid: number, format: 'text'): Decode } };
  execute(values?: Values): Promise<unknown>;
};

type Values = Record<string, unknown>;
type Decode = (text: string) => unknown;
type Texts = (string | null)[];
type Decoder = { mapFromDriverValue(value: unknown): unknown };

/** A connection of `pg`, as far as statements speak to it. */
type Wire = {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  parse(of: { name: string; text: string }): void;
  bind(of: { statement: string; values: unknown[] }): void;
  describe(of: { type: 'P'; name: string }): void;
  execute(of: object): void;
  sync(): void;
};

/**
 * Runs a statement that drizzle has prepared with less ado, if its rows are flat: drizzle finds out anew for each value how it is read, and `pg`
 * has PostgreSQL describe the rows of each call. Here both are found out once, and a row is made of what comes in at one go.
 */
export function quicken(statement: unknown): void {
  const built = statement as Built;
  const { fields, queryConfig, customResultMapper } = built;
  if (fields?.every(({ path }) => path.length === 1) !== true || queryConfig.name === undefined) return;
  if (customResultMapper !== undefined) return;
  const quick = new QuickStatement(built, queryConfig.name);
  built.execute = (values = {}) => quick.execute(values);
}

class QuickStatement {
  readonly name: string;
  readonly text: string;
  readonly #built: Built;
  readonly #read: ((values: Values) => unknown)[];
  readonly #decoders: Decoder[];
  /** Null until the first answer has told which types there are. */
  makeRow: ((texts: Texts) => unknown) | null = null;

  constructor(built: Built, name: string) {
    this.name = name;
    this.text = built.queryConfig.text;
    this.#built = built;
    this.#read = built.params.map(readerOf);
    this.#decoders = (built.fields ?? []).map(({ field }) => decoderOf(field));
  }

  async execute(values: Values): Promise<unknown[]> {
    const { client, logger } = this.#built;
    const params = this.#read.map((read) => read(values));
    logger.logQuery(this.text, params);
    const call = new Call(this, params.map(prepareValue));
    try {
      if (client instanceof pg.Pool) return (await client.query(call)) as unknown as unknown[];
      return await call.askedOf(client);
    } catch (error) {
      throw new DrizzleQueryError(this.text, params, error instanceof Error ? error : undefined);
    }
  }

  /** @param oids the types of the columns. */
  describe(oids: readonly number[]): void {
    const { types } = this.#built.queryConfig;
    const decodes = oids.map((oid, index) => {
      const [decode, decoder] = [types.getTypeParser(oid, 'text'), this.#decoders[index]];
      if (decoder === undefined || isAsIs(decoder)) return decode;
      return (text: string) => decoder.mapFromDriverValue(decode(text));
    });
    this.makeRow = rowMaker(
      (this.#built.fields ?? []).map(({ path }) => path[0] ?? ''),
      decodes,
    );
  }
}

/** One call of a statement, as a connection of `pg` takes it. */
export class Call implements pg.Submittable {
  readonly name: string;
  readonly text: string;
  readonly #statement: QuickStatement;
  readonly #params: unknown[];
  readonly #rows: unknown[] = [];
  #failed: Error | null = null;
  answered: Promise<unknown[]> | undefined;
  /** Set by who asks: the pool, or `askedOf`. */
  callback: ((error: Error | null, rows?: unknown[]) => void) | undefined;

  constructor(statement: QuickStatement, params: unknown[]) {
    this.name = statement.name;
    this.text = statement.text;
    this.#statement = statement;
    this.#params = params;
  }

  /** Of a connection, which promises nothing itself. */
  askedOf(client: pg.ClientBase): Promise<unknown[]> {
    this.answered = new Promise((resolve, reject) => {
      this.callback = (error, rows = []) => (error ? reject(error) : resolve(rows));
    });
    client.query(this);
    return this.answered;
  }

  submit(connection: unknown): Error | null {
    const wire = connection as Wire;
    const known = wire.parsedStatements[this.name] ?? wire.submittedNamedStatements[this.name];
    if (known !== undefined && known !== this.text) return new Error(`Two statements are called ${this.name}.`);
    // What is written one by one goes out together.
    wire.stream.cork();
    if (known === undefined) {
      wire.parse({ name: this.name, text: this.text });
      wire.submittedNamedStatements[this.name] = this.text;
    }
    wire.bind({ statement: this.name, values: this.#params });
    if (this.#statement.makeRow === null) wire.describe({ type: 'P', name: '' });
    wire.execute({});
    wire.sync();
    wire.stream.uncork();
    return null;
  }

  handleRowDescription({ fields }: { fields: { dataTypeID: number }[] }): void {
    this.#statement.describe(fields.map(({ dataTypeID }) => dataTypeID));
  }

  handleDataRow({ fields }: { fields: Texts }): void {
    try {
      this.#rows.push(this.#statement.makeRow?.(fields));
    } catch (error) {
      this.#failed ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    if (this.#failed === null) this.callback?.(null, this.#rows);
    else this.callback?.(this.#failed);
  }
}

/** As drizzle fills its placeholders. */
function readerOf(param: unknown): (values: Values) => unknown {
  const place = is(param, Param) ? param.value : param;
  if (!is(place, Placeholder)) return () => param;
  const { name } = place;
  const encode = is(param, Param)
    ? (value: unknown) => param.encoder.mapToDriverValue(value)
    : (value: unknown) => value;
  return (values) => {
    if (!(name in values)) throw new Error(`The statement was given no ${name}.`);
    return encode(values[name]);
  };
}

function decoderOf(field: unknown): Decoder {
  if (is(field, Column)) return field;
  if (is(field, SQL)) return (field as unknown as { decoder: Decoder }).decoder;
  return (field as { sql: { decoder: Decoder } }).sql.decoder;
}

function isAsIs({ mapFromDriverValue }: Decoder): boolean {
  return mapFromDriverValue === Column.prototype.mapFromDriverValue;
}

/** One literal with every member: rows that are put together member by member take five times as long. */
function rowMaker(names: readonly string[], decodes: readonly Decode[]): (texts: Texts) => unknown {
  const members = names.map(
    (name, at) => `${JSON.stringify(name)}: texts[${at}] === null ? null : decodes[${at}](texts[${at}])`,
  );
  return new Function('decodes', `return (texts) => ({ ${members.join(', ')} })`)(decodes);
}
