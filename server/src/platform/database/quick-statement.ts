import { Column, DrizzleQueryError, getTableName, is, Param, Placeholder, SQL } from 'drizzle-orm';
import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';

/** What drizzle keeps of a statement that it has prepared. */
type Built = {
  client: pg.Pool | pg.ClientBase;
  params: unknown[];
  fields?: Field[];
  customResultMapper?: unknown;
  /** By table: false where a join may find no row. */
  joinsNotNullableMap?: Record<string, boolean>;
  logger: { logQuery(text: string, params: unknown[]): void };
  queryConfig: { name?: string; text: string; types: { getTypeParser(oid: number, format: 'text'): Decode } };
  execute(values?: Values): Promise<unknown>;
  quick?: QuickStatement;
};

/** A statement that is prepared, with its values. */
type Step = { name: string; values: unknown[] };

/** A column of the answer, and where in a row it stands. */
type Field = { path: string[]; field: unknown };
type Part = Field & { at: number };
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
 * Runs a statement that drizzle has prepared with less ado, if its rows are at most tables in members of their own: drizzle finds out anew for each value how it is read, and `pg`
 * has PostgreSQL describe the rows of each call. Here both are found out once, and a row is made of what comes in at one go.
 */
export function quicken(statement: unknown): void {
  const built = statement as Built;
  const { fields, queryConfig, customResultMapper } = built;
  if (fields?.every(({ path }) => path.length <= 2) !== true || queryConfig.name === undefined) return;
  if (customResultMapper !== undefined) return;
  const quick = new QuickStatement(built, queryConfig.name);
  // On the connection of whoever asks: see `prepared`.
  built.execute = function execute(this: Built, values = {}) {
    return quick.execute(this, values);
  };
  built.quick = quick;
}

/**
 * Two statements in turn, of the first of which nobody needs an answer: the second sees all that was committed until the first had run. In one trip on
 * a connection that knows both, as all do after a while.
 */
export async function inTurn<R>(
  first: { execute(values: Values): Promise<unknown> },
  firstValues: Values,
  second: { execute(values: Values): Promise<R> },
  secondValues: Values,
): Promise<R> {
  const { client, quick } = first as unknown as Built;
  const last = (second as unknown as Built).quick;
  if (quick === undefined || last === undefined || !knows(client, quick.name) || !knows(client, last.name)) {
    await first.execute(firstValues);
    return second.execute(secondValues);
  }
  return (await last.execute(second as unknown as Built, secondValues, quick.stepOf(firstValues))) as R;
}

/** Whether a statement has been prepared on this connection. Of a pool nobody knows which it will be. */
export function knows(client: object, name: string): boolean {
  const { connection } = client as { connection?: Wire };
  return connection?.parsedStatements[name] !== undefined;
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

  /** @param before what is to run first, on a connection that knows it. */
  async execute(
    { client, logger }: Pick<Built, 'client' | 'logger'>,
    values: Values,
    before?: Step,
  ): Promise<unknown[]> {
    const params = this.#read.map((read) => read(values));
    logger.logQuery(this.text, params);
    const call = new Call(this, params.map(prepareValue));
    if (before !== undefined) call.startWith(before);
    try {
      if (client instanceof pg.Pool) return (await client.query(call)) as unknown as unknown[];
      return await call.askedOf(client);
    } catch (error) {
      throw new DrizzleQueryError(this.text, params, error instanceof Error ? error : undefined);
    }
  }

  stepOf(values: Values): Step {
    return { name: this.name, values: this.#read.map((read) => prepareValue(read(values))) };
  }

  /** @param oids the types of the columns. */
  describe(oids: readonly number[]): void {
    const { fields = [], joinsNotNullableMap, queryConfig } = this.#built;
    const decodes = oids.map((oid, index) => {
      const [decode, decoder] = [decodeOf(queryConfig.types, oid), this.#decoders[index]];
      if (decoder === undefined || isAsIs(decoder)) return decode === asText ? null : decode;
      // Found once: a column of a subquery is a Proxy, which is asked anew each time.
      const map = decoder.mapFromDriverValue.bind(decoder);
      return (text: string) => map(decode(text));
    });
    this.makeRow = rowMaker(fields, decodes, joinsNotNullableMap);
  }
}

/** One call of a statement, as a connection of `pg` takes it. */
export class Call implements pg.Submittable {
  readonly name: string;
  readonly text: string;
  readonly #statement: QuickStatement;
  readonly #params: unknown[];
  readonly #rows: unknown[] = [];
  /** What goes before it in the same trip, and is not answered. */
  #before: Step[] = [];
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

  /** Before all that goes before it already. Once one of them fails, the others do not run. */
  startWith(step: Step): void {
    this.#before.unshift(step);
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
    for (const { name, values } of this.#before) {
      wire.bind({ statement: name, values });
      wire.execute({});
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
    if (this.#before.length > 0) return;
    try {
      this.#rows.push(this.#statement.makeRow?.(fields));
    } catch (error) {
      this.#failed ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  handleCommandComplete(): void {
    this.#before.shift();
  }

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

/** Numbers that are read without `pg`; and lists of texts in which nothing is quoted, nested or null, as nearly all are, take half the time. */
function decodeOf(types: Built['queryConfig']['types'], oid: number): Decode {
  if (numbers.has(oid)) return Number;
  const decode = types.getTypeParser(oid, 'text');
  if (oid !== textArray) return decode;
  return (text) => {
    if (!text.startsWith('{') || /["{]|NULL/.test(text.slice(1))) return decode(text);
    return text === '{}' ? [] : text.slice(1, -1).split(',');
  };
}

/** int2, int4, float4, float8. `parseInt` and `parseFloat`, which `pg` has for them, ask for text to be looked through by C++. */
const numbers = new Set([21, 23, 700, 701]);
const textArray = 1009;
/** What `pg` does with a text. */
const asText = pg.types.getTypeParser(25, 'text');

/** One literal with every member: rows that are put together member by member take five times as long. */
function rowMaker(
  fields: readonly Field[],
  decodes: readonly (Decode | null)[],
  notNullable: Record<string, boolean> | undefined,
): (texts: Texts) => unknown {
  const literal = (parts: readonly Part[], level: number): string => {
    const members = [...Map.groupBy(parts, ({ path }) => path[level] ?? '')].map(([name, own]) => {
      const [first] = own;
      if (first === undefined || first.path.length > level + 1) return `${JSON.stringify(name)}: ${table(own)}`;
      const text = `texts[${first.at}]`;
      const isText = decodes[first.at] === null;
      return `${JSON.stringify(name)}: ${isText ? text : `${text} === null ? null : decodes[${first.at}](${text})`}`;
    });
    return `{ ${members.join(', ')} }`;
  };
  const table = (parts: readonly Part[]): string => {
    const decider = absenceOf(parts, notNullable);
    return decider === null ? literal(parts, 1) : `texts[${decider}] === null ? null : ${literal(parts, 1)}`;
  };
  const parts = fields.map((field, at) => ({ ...field, at }));
  return new Function('decodes', `return (texts) => (${literal(parts, 0)})`)(decodes);
}

/** As drizzle has it: what one table brings is null when a join found no row of it, and its first column says so. Null: it is always there. */
function absenceOf(parts: readonly Part[], notNullable: Record<string, boolean> | undefined): number | null {
  const columns = parts.flatMap(({ field, at }) =>
    is(field, Column) ? [{ at, table: getTableName(field.table) }] : [],
  );
  const [first] = columns;
  if (first === undefined || notNullable === undefined || notNullable[first.table] === true) return null;
  return columns.every(({ table }) => table === first.table) ? first.at : null;
}
