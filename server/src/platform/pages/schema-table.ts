import type { JsonSchema } from '../http/openapi/types.ts';
import { type Html, type HtmlValue, html, prose } from './html.ts';

type Row = { name: string; depth: number; schema: JsonSchema; required: boolean };

/** The members of a shape as a table; inner shapes are indented below their member, named ones are linked. */
export function schemaTable(schema: JsonSchema, caption: string): Html {
  const rows = membersOf(schema, 0);
  if (rows.length === 0) return html`<p class="shape">${typeOf(schema)}</p>`;
  return html`<table class="members">
<caption>${caption}</caption>
<thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">About</th></tr></thead>
<tbody>${rows.map(
    ({ name, depth, schema, required }) =>
      html`<tr class="d${Math.min(depth, 4)}"><th scope="row"><code>${name}</code>${!required && html` <span class="optional">optional</span>`}</th><td>${typeOf(schema)}</td><td>${about(schema)}</td></tr>\n`,
  )}</tbody>
</table>`;
}

function membersOf(schema: JsonSchema, depth: number): Row[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    { name, depth, schema: member, required: required.has(name) },
    ...membersOf(innerShape(member), depth + 1),
  ]);
}

function innerShape(schema: JsonSchema): JsonSchema {
  return schema.items !== undefined ? innerShape(schema.items) : schema;
}

/** The type in words: `string`, `list of Message`, `Rating or null`. */
export function typeOf(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) return schemaLink(schema.$ref);
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) {
    const options = (schema.anyOf ?? schema.oneOf ?? []).map(typeOf);
    return html`${options.map((option, index) => html`${index > 0 && ' or '}${option}`)}`;
  }
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  const types = [schema.type ?? 'anything'].flat();
  return html`${types.map((type) => nounOf(type, schema)).join(' or ')}`;
}

function nounOf(type: string, { format, additionalProperties }: JsonSchema): string {
  if (type === 'string' && format !== undefined) return format;
  if (type === 'object' && typeof additionalProperties === 'object') return 'map';
  return type;
}

export function schemaLink(reference: string): Html {
  const name = reference.split('/').at(-1) ?? '';
  return html`<a href="#schema-${name}">${name}</a>`;
}

/** Values, bounds, default and description of a member. */
export function about(schema: JsonSchema): Html {
  const parts: HtmlValue[] = [];
  if (schema.description !== undefined) parts.push(html`${prose(schema.description)} `);
  const values = (schema.enum ?? []).filter((value) => value !== null);
  if (values.length > 0)
    parts.push(html`One of ${values.map((value, index) => html`${index > 0 && ', '}<code>${String(value)}</code>`)}. `);
  const standard = schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`;
  const bounds = [boundsOf(schema), standard].filter((part) => part !== '').join('; ');
  if (bounds !== '') parts.push(html`<span class="bounds">${bounds}</span>`);
  return html`${parts}`;
}

const number = new Intl.NumberFormat('en');

function boundsOf({ type, minimum, maximum, minLength, maxLength, minItems, maxItems }: JsonSchema): string {
  const span = (low: number | undefined, high: number | undefined, unit: string) => {
    const top = high === Number.MAX_SAFE_INTEGER ? undefined : high;
    if (low === undefined && top === undefined) return '';
    if (top === undefined) return low === 0 && unit !== '' ? '' : `at least ${number.format(low ?? 0)}${unit}`;
    return low === undefined
      ? `at most ${number.format(top)}${unit}`
      : `${number.format(low)} to ${number.format(top)}${unit}`;
  };
  const text = [type].flat().includes('string') ? span(minLength, maxLength, ' characters') : '';
  return [text, span(minimum, maximum, ''), span(minItems, maxItems, ' items')]
    .filter((part) => part !== '')
    .join('; ');
}
