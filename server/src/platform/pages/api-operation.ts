import type { MediaType, OpenApiDocument, Operation, Parameter } from '../http/openapi/types.ts';
import { type Html, html, json, prose } from './html.ts';
import { about, schemaTable, typeOf } from './schema-table.ts';

export type Entry = { path: string; method: string; operation: Operation };

/** The operations of a document under one tag, in its order. */
export function operationsOf(document: OpenApiDocument, tag: string): Entry[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

/** One operation: what it takes and answers on the left, what that looks like on the right. */
export function operationArticle(entry: Entry, document: OpenApiDocument): Html {
  const { path, method, operation } = entry;
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  const [bodyType] = Object.values(requestBody?.content ?? {});
  const successes = Object.entries(responses).filter(([status]) => Number(status) < 300);
  return html`<article class="operation" id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title"><a href="#${operationId}"><span class="method ${method.toLowerCase()}">${method}</span> <span class="path">${breakable(path)}</span></a></h3>
<div class="told">
<p class="summary">${prose(summary)}</p>
<p class="who"><span>Who</span> ${operation['x-who']}</p>
${parameters.length > 0 && parameterTable(parameters)}
${bodyType !== undefined && html`<h4>Body${requestBody?.required === false && html` <span class="optional">optional</span>`}</h4>${contentOf(requestBody?.content ?? {}, 'Members of the body')}`}
${successes.map(([status, reply]) => {
  return html`<h4>Reply <span class="status">${status}</span> ${reply.description}</h4>${reply.content !== undefined && contentOf(reply.content, `Members of the ${status} reply`)}`;
})}
${operation['x-problems'] !== undefined && errorList(operation['x-problems'])}
</div>
<div class="shown">
${pre('curl', html`${curlOf(entry, document)}`, `curl for ${operationId}`)}
${successes.slice(0, 1).map(([status, reply]) => {
  const [content] = Object.values(reply.content ?? {});
  return content?.example === undefined
    ? null
    : pre(`Reply ${status}`, json(content.example), `Example of the ${status} reply of ${operationId}`);
})}
</div>
</article>
`;
}

/** The members of what is JSON; of a file the types that it may have. */
function contentOf(content: Record<string, MediaType>, caption: string): Html {
  const [first] = Object.values(content);
  if (first === undefined || Object.keys(first.schema).length === 0) {
    return html`<p class="shape">A file: ${Object.keys(content).map((type) => html`<code>${type}</code> `)}</p>`;
  }
  return schemaTable(first.schema, caption);
}

/** A long path may break after a slash rather than push the page wide. */
function breakable(path: string): Html {
  return html`${path.split(/(?<=\/)/).map((part) => html`${part}<wbr>`)}`;
}

/** A block that scrolls by itself, reachable by keyboard; one click selects all of it. */
export function pre(title: string, content: Html, label: string): Html {
  return html`<figure class="code"><figcaption>${title}</figcaption><pre tabindex="0" role="region" aria-label="${label}"><code>${content}</code></pre></figure>`;
}

function parameterTable(parameters: Parameter[]): Html {
  return html`<h4>Parameters</h4>
<table class="members">
<caption>Parameters</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">About</th></tr></thead>
<tbody>${parameters.map(
    ({ name, in: place, required, description, schema }) =>
      html`<tr><th scope="row"><code>${name}</code> <span class="optional">${place}${!required && ', optional'}</span></th><td>${typeOf(schema)}</td><td>${description !== undefined && html`${prose(description)} `}${about(schema)}</td></tr>\n`,
  )}</tbody>
</table>`;
}

function errorList(problems: Record<string, string[]>): Html {
  return html`<h4>Errors</h4>
<ul class="errors">${Object.entries(problems).map(
    ([status, codes]) =>
      html`<li><span class="status">${status}</span> ${codes.map((code) => html`<a href="#problem-${code}"><code>${code}</code></a> `)}</li>`,
  )}</ul>`;
}

/** A call that can be pasted into a shell. */
export function curlOf({ path, method, operation }: Entry, document: OpenApiDocument): string {
  const { parameters = [], requestBody, security } = operation;
  const given = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
  const filled = given('path').reduce(
    (url, { name, example }) => url.replace(`{${name}}`, encodeURIComponent(String(example))),
    path,
  );
  const [first] = given('query').filter(({ name }) => !['limit', 'cursor', 'ticket'].includes(name));
  const query = [first, given('query').find(({ name }) => name === 'limit')]
    .filter((parameter) => parameter !== undefined)
    .map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`)
    .join('&');
  const origin = document.servers[0]?.url ?? '';
  const url = `${origin}${filled}${query === '' ? '' : `?${query}`}`;
  const [body] = Object.values(requestBody?.content ?? {});
  const fromBrowser = security.length === 0 && operation['x-problems']?.['403']?.includes('cross-site') === true;
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quote(url)}`,
    ...(security.length > 0 ? ['-H "Authorization: Bearer $ACCESS_TOKEN"'] : []),
    ...(fromBrowser ? [`-H ${quote(`Origin: ${origin}`)}`, '-c cookies.txt'] : []),
    ...(body === undefined || body.example === undefined
      ? uploadLines(requestBody)
      : [`-H ${quote('Content-Type: application/json')}`, `-d ${quote(JSON.stringify(body.example, null, 2))}`]),
  ];
  return lines.join(' \\\n  ');
}

function uploadLines(requestBody: Operation['requestBody']): string[] {
  const [type] = Object.keys(requestBody?.content ?? {});
  return type === undefined ? [] : [`-H ${quote(`Content-Type: ${type}`)}`, `--data-binary ${quote('@file')}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
