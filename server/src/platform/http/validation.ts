import type { FieldCode } from '@openward/contracts';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FieldError } from '../problem.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-](0\d|1[0-5]):[0-5]\d)$/;
const date = /^\d{4}-\d\d-\d\d$/;

function createAjv(options: { coerceTypes: boolean }): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: false, removeAdditional: false, useDefaults: false, ...options });
  addFormats.default(ajv, ['email']);
  // Narrower than ajv-formats where its reading lets through what Postgres refuses (urn:uuid:…, year 0000, a hundred digits of a second).
  ajv.addFormat('uuid', uuid);
  ajv.addFormat('date-time', (text) => dateTime.test(text) && isRealTime(text) && isRealDay(text.slice(0, 10)));
  ajv.addFormat('date', (text) => date.test(text) && isRealDay(text));
  return ajv;
}

/** JavaScript takes the 30th of February for the 2nd of March; Postgres does not. */
function isRealDay(day: string): boolean {
  return isRealTime(day) && new Date(day).toISOString().startsWith(day);
}

function isRealTime(text: string): boolean {
  const year = new Date(text).getUTCFullYear();
  return !Number.isNaN(year) && year >= 1 && year <= 9999;
}

const exact = createAjv({ coerceTypes: false });
/** Queries and path parameters arrive as text, so numbers are read out of it. */
const coercing = createAjv({ coerceTypes: true });

/** A schema → its validator. Compiled once, at boot. */
export function compileValidator(schema: object, part: 'body' | 'query' | 'params'): ValidateFunction {
  return (part === 'body' ? exact : coercing).compile(schema);
}

/** What Ajv found → the `errors` of a problem: each field once for each thing that is wrong with it. */
export function fieldErrors(errors: readonly ErrorObject[] | null | undefined): FieldError[] {
  return (errors ?? []).map((error) => {
    const path = pathOf(error);
    return {
      path,
      code: codes[error.keyword] ?? 'malformed',
      detail: `${path === '' ? 'The body' : path} ${detailOf(error)}.`,
    };
  });
}

const codes: Record<string, FieldCode> = {
  type: 'type',
  format: 'format',
  enum: 'enum',
  pattern: 'pattern',
  additionalProperties: 'unknown-field',
  required: 'required',
  minLength: 'too-short',
  maxLength: 'too-long',
  minItems: 'too-few',
  maxItems: 'too-many',
  uniqueItems: 'not-unique',
  minimum: 'too-small',
  maximum: 'too-large',
};

function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const parts = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'required') parts.push(String(params['missingProperty']));
  if (keyword === 'additionalProperties') parts.push(String(params['additionalProperty']));
  return parts.join('.');
}

function detailOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a field of this call';
  if (keyword === 'enum' && Array.isArray(params['allowedValues'])) {
    const values = params['allowedValues'].filter((value) => value !== null);
    return values.length > 10 ? 'is not one of the known values' : `must be one of ${values.join(', ')}`;
  }
  if (keyword === 'format') return `must be a valid ${String(params['format'])}`;
  if (keyword === 'pattern') return 'holds characters that are not allowed here, or none that are visible';
  return message ?? 'is not valid';
}
