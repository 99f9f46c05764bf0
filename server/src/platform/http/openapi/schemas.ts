import type { JsonSchema } from './types.ts';

/** A schema as contracts write it: JSON Schema and `nullable`. */
export type ContractSchema = Omit<
  JsonSchema,
  'properties' | 'items' | 'anyOf' | 'allOf' | 'oneOf' | 'additionalProperties'
> & {
  nullable?: boolean;
  properties?: Record<string, ContractSchema>;
  patternProperties?: Record<string, ContractSchema>;
  additionalProperties?: boolean | ContractSchema;
  items?: ContractSchema;
  anyOf?: ContractSchema[];
  allOf?: ContractSchema[];
  oneOf?: ContractSchema[];
};

export type Schemas = {
  /** A contract's schema → OpenAPI 3.1: `nullable` becomes the type null, named shapes become references. */
  translate(schema: object): JsonSchema;
  /** Adds a schema that has no counterpart in the contracts, and answers the reference to it. */
  add(name: string, schema: JsonSchema): JsonSchema;
  nameOf(schema: object): string | undefined;
  /** Those that were referred to, by name. */
  readonly components: Record<string, JsonSchema>;
};

/** What of a schema survives being made optional or nullable (both copy it), so that the shape is still known. */
function identityOf(schema: ContractSchema): object | undefined {
  return schema.properties ?? schema.enum;
}

/** `named`: the exports of the contracts; those that are shapes or closed sets of values become components. */
export function createSchemas(named: Record<string, unknown>): Schemas {
  const names = new Map<object, string>();
  for (const [name, value] of Object.entries(named)) {
    const identity = isSchema(value) ? identityOf(value) : undefined;
    if (identity !== undefined && !names.has(identity)) names.set(identity, name);
  }
  const components: Record<string, JsonSchema> = {};
  const nameOf = (schema: ContractSchema) => names.get(identityOf(schema) ?? schema);

  function translate(schema: ContractSchema): JsonSchema {
    const name = nameOf(schema);
    if (name === undefined) return inline(schema);
    if (components[name] === undefined) {
      components[name] = {};
      components[name] = inline({ ...schema, nullable: false });
    }
    const reference = { $ref: `#/components/schemas/${name}` };
    return schema.nullable === true ? { anyOf: [reference, { type: 'null' }] } : reference;
  }

  function inline(schema: ContractSchema): JsonSchema {
    const { nullable, properties, patternProperties, additionalProperties, items, anyOf, allOf, oneOf, ...rest } =
      schema;
    const [everyKey] = Object.values(patternProperties ?? {});
    const others = everyKey ?? additionalProperties;
    return {
      ...rest,
      ...(nullable === true && typeof rest.type === 'string' ? { type: [rest.type, 'null'] } : {}),
      ...(properties === undefined ? {} : { properties: mapValues(properties, translate) }),
      ...(others === undefined
        ? {}
        : { additionalProperties: typeof others === 'boolean' ? others : translate(others) }),
      ...(items === undefined ? {} : { items: translate(items) }),
      ...(anyOf === undefined ? {} : { anyOf: anyOf.map(translate) }),
      ...(allOf === undefined ? {} : { allOf: allOf.map(translate) }),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map(translate) }),
    };
  }

  return {
    translate,
    add: (name, schema) => {
      components[name] = schema;
      return { $ref: `#/components/schemas/${name}` };
    },
    nameOf,
    components,
  };
}

function isSchema(value: unknown): value is ContractSchema {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function mapValues<A, B>(object: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
