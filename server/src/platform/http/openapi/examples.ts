import { createHash } from 'node:crypto';
import type { Contract } from '@openward/contracts';
import { bodies, members, replies, shapes } from './example-values.ts';
import type { ContractSchema, Schemas } from './schemas.ts';

export type Examples = {
  /** A believable body: what is required, and all of it where nothing is. */
  body(operationId: string, contract: Contract): unknown;
  /** A believable reply, optional members too. `parent`: what the `id` of an unnamed shape is the id of. */
  reply(operationId: string, schema: object, parent: string): unknown;
  /** A believable parameter. `parent`: what an `id` in a path is the id of, or the operation. */
  parameter(name: string, schema: object, parent: string): unknown;
};

/** What one thing is called in different places, so that its id is the same everywhere. */
const aliases: Record<string, string> = {
  carerequest: 'request',
  room: 'request',
  me: 'account',
  sender: 'patient',
  userforadmin: 'user',
  userview: 'user',
};

/** Examples out of the schemas: their own `examples` first, then what another call shows for a member of that name. */
export function createExamples(routes: ReadonlyMap<string, Contract>, schemas: Schemas): Examples {
  const seen = collectExamples(routes);

  function make(schema: ContractSchema, place: Place): unknown {
    if (schema.const !== undefined) return schema.const;
    if (schema.properties !== undefined) return makeObject(schema, schema.properties, place);
    const preferred = candidates(schema, place);
    const fitting = preferred.find((value) => fits(schema, value));
    if (fitting !== undefined) return fitting;
    switch (schema.type) {
      case 'array':
        return schema.items === undefined ? [] : [make(schema.items, { ...place, name: place.name.replace(/s$/, '') })];
      case 'object':
        return {};
      case 'boolean':
        return place.name !== 'duplicate' && !/^mfa/.test(place.name);
      default:
        return schema.nullable === true ? null : schema.type === 'string' ? 'text' : (schema.minimum ?? 1);
    }
  }

  function makeObject(
    schema: ContractSchema,
    properties: Record<string, ContractSchema>,
    place: Place,
  ): Record<string, unknown> {
    const name = schemas.nameOf(schema);
    const rule = name === undefined ? undefined : shapes[name];
    const required = new Set(schema.required);
    const parent = place.name === '' || place.name === 'item' ? (name ?? place.parent) : place.name;
    const leaveOut = (member: string) =>
      rule?.omit?.includes(member) || (!place.optionals && required.size > 0 && !required.has(member));
    return Object.fromEntries(
      Object.entries(properties)
        .filter(([member]) => !leaveOut(member))
        .map(([member, schema]) => [
          member,
          rule?.set?.[member] ?? make(schema, { name: member, parent, optionals: place.optionals }),
        ]),
    );
  }

  function candidates(schema: ContractSchema, { name, parent }: Place): unknown[] {
    const own = Array.isArray(schema.examples) ? schema.examples : [];
    const known = [`${parent}.${name}`, name].filter((key) => Object.hasOwn(members, key)).map((key) => members[key]);
    const shown = schema.type === 'string' && schema.format === undefined && seen.has(name) ? [seen.get(name)] : [];
    const ids = schema.format === 'uuid' ? [idFor(name, parent)] : [];
    const standard = 'default' in schema ? [schema.default] : [];
    return [
      ...known,
      ...ids,
      ...own,
      ...shown,
      ...(schema.enum ?? []),
      ...standard,
      ...(name === 'code' ? ['492031'] : []),
    ];
  }

  return {
    body: (operationId, { body }) =>
      bodies[operationId] ??
      (body === undefined ? undefined : make(body as ContractSchema, { name: '', parent: '', optionals: false })),
    reply: (operationId, schema, parent) => {
      const reply = make(schema as ContractSchema, { name: '', parent, optionals: true });
      const rule = replies[operationId];
      return rule === undefined ? reply : { ...(reply as object), ...rule };
    },
    parameter: (name, schema, parent) => make(schema as ContractSchema, { name, parent, optionals: true }),
  };
}

type Place = { name: string; parent: string; optionals: boolean };

function fits(schema: ContractSchema, value: unknown): boolean {
  if (value === null) return schema.nullable === true;
  if (schema.enum !== undefined) return schema.enum.includes(value);
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && fitsText(schema, value);
    case 'integer':
      return Number.isInteger(value) && fitsRange(schema, Number(value));
    case 'number':
      return typeof value === 'number' && fitsRange(schema, value);
    case 'array':
      return Array.isArray(value) && schema.items?.properties === undefined;
    case 'object':
      return typeof value === 'object';
    default:
      return false;
  }
}

function fitsText(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format }: ContractSchema,
  value: string,
): boolean {
  if (value.length < minLength || value.length > maxLength) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return false;
  if (format === 'uuid') return /^[0-9a-f-]{36}$/.test(value);
  if (format === 'date-time') return /^\d{4}-\d\d-\d\dT/.test(value);
  if (format === 'date') return /^\d{4}-\d\d-\d\d$/.test(value);
  return format !== 'email' || value.includes('@');
}

function fitsRange(
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: ContractSchema,
  value: number,
): boolean {
  return value >= minimum && value <= maximum;
}

/** One id for one thing: `doctorId` and `doctor.id` are the same, and another than `patient.id`. */
function idFor(name: string, parent: string): string {
  const kind = (name === 'id' ? parent : name.replace(/(Id|By)$/, '')).toLowerCase();
  const digest = createHash('sha256')
    .update(aliases[kind] ?? kind)
    .digest('hex');
  return `01936f2a-7c1e-7d3a-9b64-${digest.slice(0, 12)}`;
}

/** Texts that some body shows for a member, so that a reply with a member of that name shows the same. */
function collectExamples(routes: ReadonlyMap<string, Contract>): Map<string, unknown> {
  const seen = new Map<string, unknown>();
  const walk = (schema: ContractSchema, name: string) => {
    const value = schema.examples?.[0] ?? schema.enum?.[0];
    if (typeof value === 'string' && !seen.has(name)) seen.set(name, value);
    for (const [member, inner] of Object.entries(schema.properties ?? {})) walk(inner, member);
  };
  for (const { body } of routes.values()) if (body !== undefined) walk(body as ContractSchema, '');
  return seen;
}
