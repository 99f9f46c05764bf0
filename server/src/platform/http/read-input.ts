import type { Contract } from '@openward/contracts';
import type { FastifyRequest } from 'fastify';
import { type FieldError, notFound, Problem } from '../problem.ts';
import { findBadText } from './json-body.ts';
import { compileValidator, fieldErrors } from './validation.ts';

const noMembers = { type: 'object', properties: {}, additionalProperties: false };

/** Parameters, query and body → one flat input. Every wrong field is named; a malformed id is the 404 of a missing one. */
export function inputValidator(contract: Contract): (request: FastifyRequest) => Record<string, unknown> {
  const params = compileValidator(contract.params ?? noMembers, 'params');
  const query = compileValidator(contract.query ?? noMembers, 'query');
  const body = contract.method === 'GET' ? null : compileValidator(contract.body ?? noMembers, 'body');
  const [readPath, readQuery, lowerCase] = [
    numberReader(contract.params),
    numberReader(contract.query),
    lowerCaser(contract.params),
  ];
  return (request) => {
    const path = readPath(lowerCase(request.params as Record<string, unknown>));
    if (!params(path)) throw notFound();
    const errors: FieldError[] = [];
    const search = readQuery(request.query as Record<string, unknown>);
    const badText = findBadText(search, '', 0);
    if (badText !== null) errors.push(badText);
    if (!query(search)) errors.push(...fieldErrors(query.errors));
    // No body is an empty one; null is a body, and a wrong one.
    const content = request.body === undefined ? {} : request.body;
    if (body !== null && contract.upload === undefined && !body(content)) errors.push(...fieldErrors(body.errors));
    if (errors.length > 0)
      throw new Problem('invalid-request', { detail: errors.map(({ detail }) => detail).join(' '), errors });
    return { ...path, ...search, ...(body === null || contract.upload !== undefined ? {} : (content as object)) };
  };
}

/** Which members of a schema are so; most routes have none, and nothing to go through for each call. */
function namesWhere(schema: Contract['query'], is: (shape: { type?: string; format?: string }) => boolean): string[] {
  const shapes: Record<string, { type?: string; format?: string }> = schema?.properties ?? {};
  return Object.keys(shapes).filter((name) => is(shapes[name] ?? {}));
}

/** Ids in small letters, as they are kept. */
function lowerCaser(schema: Contract['params']): (texts: Record<string, unknown>) => Record<string, unknown> {
  const ids = namesWhere(schema, ({ format }) => format === 'uuid');
  return (texts) => {
    const changed = ids.filter((name) => typeof texts[name] === 'string');
    if (changed.length === 0) return texts;
    return { ...texts, ...Object.fromEntries(changed.map((name) => [name, String(texts[name]).toLowerCase()])) };
  };
}

/** What is to be a number is one in plain digits: coercion alone takes `0x10`, `1e1` and ` 5` too. */
function numberReader(schema: Contract['query']): (texts: Record<string, unknown>) => Record<string, unknown> {
  const numbers = namesWhere(schema, ({ type }) => type === 'integer' || type === 'number');
  const isOdd = (value: unknown) => typeof value === 'string' && !/^-?\d+(\.\d+)?$/.test(value);
  return (texts) => {
    // Coercion writes into what it is given.
    const read = { ...texts };
    for (const name of numbers) if (isOdd(read[name])) read[name] = noNumber;
    return read;
  };
}

/** Of a type that nothing is read out of, so that the type is all that is wrong with it. */
const noNumber = {};
