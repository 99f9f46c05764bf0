import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';

/** The building blocks of every shape in the contract. JSON Schema 2020-12 underneath (OpenAPI 3.1 speaks the same). */

/** An object that takes the named members and no others: an unknown field is a 400 on the way in, unsent on the way out. */
export function Shape<P extends TProperties>(properties: P, options: { description?: string } = {}): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** The value or null. `nullable` and not `anyOf`: validators and serialisers compile it to one branch. */
export function Nullable<S extends TSchema>(schema: S) {
  const values = 'enum' in schema && Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return Type.Unsafe<Static<S> | null>({ ...schema, ...values, nullable: true });
}

export function OneOf<const V extends readonly string[]>(values: V, options: { description?: string } = {}) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...options });
}

/** UUIDv7 (RFC 9562) as a string. */
export const Id = Type.String({ format: 'uuid', examples: ['01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11'] });

/** RFC 3339, UTC, milliseconds. */
export const Time = Type.String({ format: 'date-time', examples: ['2026-11-22T09:30:00.000Z'] });

/** A calendar day without a zone (RFC 3339 full-date): a birth date is one. */
export const Day = Type.String({ format: 'date', examples: ['1987-04-09'] });

/** What shows something: no blank, no filler, nothing of zero width (Unicode, Default_Ignorable_Code_Point). */
const visible = '[^\\p{C}\\p{Z}\\p{Default_Ignorable_Code_Point}]';
/** What ends a line, and what turns the text around it, the name of somebody else too (Unicode, UAX #9: embeddings, overrides, isolates). */
const unwanted = '\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';

/** One line of text: at least one visible character, no control characters (a name with CR/LF must never reach a mail header). */
export function Line(maxLength: number, example?: string) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: `^[^${unwanted}]*${visible}[^${unwanted}]*$`,
    ...(example === undefined ? {} : { examples: [example] }),
  });
}

/** Text of several lines with at least one visible character. Lengths are in code points. */
export function Prose(maxLength: number, example?: string) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: visible,
    ...(example === undefined ? {} : { examples: [example] }),
  });
}

export const Email = Type.String({ format: 'email', maxLength: 254, examples: ['ana.silva@example.org'] });

/** As typed; its length and strength are judged by the password policy (`weak-password`), not by the shape. */
export const Password = Type.String({ maxLength: 1024, examples: ['seven quiet otters 42'] });

/** A token out of a mail's link, or a refresh token. */
export const Token = Type.String({ minLength: 1, maxLength: 4096 });

export const IdParams = Shape({ id: Id });

/**
 * The two query parameters of every list. The longest cursor holds a name of a hundred letters, each taken apart into up to 33 bytes: 4,464
 * characters. Proxies take request lines of 8 kB, so that there is room for the filters beside it.
 */
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Items a page.' })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 5120, description: 'The `nextCursor` of the page before.' }),
  ),
};

/** A page of a list: `nextCursor` is null at the end. */
export function Page<S extends TSchema>(item: S) {
  return Shape({ items: Type.Array(item), nextCursor: Nullable(Type.String()) });
}

export function List<S extends TSchema>(item: S) {
  return Shape({ items: Type.Array(item) });
}
