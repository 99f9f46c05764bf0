import { parse } from 'secure-json-parse';
import { type FieldError, Problem } from '../problem.ts';

const maxDepth = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bytes → JSON, or a 400 that says what is wrong: bad UTF-8, malformed JSON, `__proto__`, too deep, or text that Postgres
 * cannot hold (NUL, lone surrogates). An empty body is an empty object: the contract then names what is missing.
 * @throws Problem 400 `invalid-request`.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  const value = parseJson(decode(bytes));
  const error = findBadText(value, '', 0);
  if (error !== null) throw new Problem('invalid-request', { detail: error.detail, errors: [error] });
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem('invalid-request', { detail: 'The body is not valid UTF-8.' });
  }
}

function parseJson(text: string): unknown {
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch {
    throw new Problem('invalid-request', { detail: 'The body is not valid JSON.' });
  }
}

/** The first string that the databases could not keep as it is, or the place that nests too deep. */
export function findBadText(value: unknown, path: string, depth: number): FieldError | null {
  if (typeof value === 'string') return badText(value, path);
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= maxDepth) return { path, code: 'too-deep', detail: `The body nests deeper than ${maxDepth} levels.` };
  for (const [key, member] of Object.entries(value)) {
    const error = badText(key, path) ?? findBadText(member, path === '' ? key : `${path}.${key}`, depth + 1);
    if (error !== null) return error;
  }
  return null;
}

function badText(text: string, path: string): FieldError | null {
  if (text.includes('\0')) return { path, code: 'nul-character', detail: `${path} holds a NUL character.` };
  if (!text.isWellFormed()) return { path, code: 'malformed-text', detail: `${path} holds half of a surrogate pair.` };
  return null;
}
