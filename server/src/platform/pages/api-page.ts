import type { OpenApiDocument } from '../http/openapi/types.ts';
import { conventions, socketSection } from './api-conventions.ts';
import { type Entry, operationArticle, operationsOf } from './api-operation.ts';
import { type Html, html, prose } from './html.ts';
import { layout } from './layout.ts';
import { about, schemaTable, typeOf } from './schema-table.ts';

type Link = { href: string; label: string };

/** The API as one readable page, made from its OpenAPI document. Needs no script and nothing from elsewhere. */
export function apiPage(document: OpenApiDocument, links: Link[]): string {
  const areas = document.tags.map((tag) => ({ ...tag, entries: operationsOf(document, tag.name) }));
  const schemas = Object.entries(document.components.schemas).filter(([name]) => !/^(Client|Server)Frame/.test(name));
  const main = html`
<section class="intro" aria-labelledby="title">
<h1 id="title">${document.info.title}</h1>
<p class="version">Version ${document.info.version} · ${document.info.license.name} · <a href="/openapi.json">openapi.json</a> (OpenAPI ${document.openapi})</p>
${document.info.description
  .split('\n\n')
  .slice(0, 1)
  .map((paragraph) => html`<p class="lead">${prose(paragraph)}</p>`)}
<p>Everything below <code>/api/v1</code> takes and answers JSON. Click an example to select it.</p>
</section>
${conventions(document)}
${areas.map(
  ({ name, description, entries }) => html`<section id="area-${name}" aria-labelledby="area-${name}-title">
<h2 id="area-${name}-title">${name}</h2>
<p class="lead">${description}</p>
${entries.map((entry) => operationArticle(entry, document))}
</section>
${name === 'Chat' && socketSection(document)}`,
)}
<section id="schemas" aria-labelledby="schemas-title">
<h2 id="schemas-title">Schemas</h2>
<p class="lead">The shapes that several calls share.</p>
${schemas.map(
  ([
    name,
    schema,
  ]) => html`<article class="schema" id="schema-${name}" aria-labelledby="schema-${name}-title"><h3 id="schema-${name}-title"><a href="#schema-${name}">${name}</a></h3>
${schema.properties === undefined ? html`<p>${typeOf(schema)}. ${about(schema)}</p>` : schemaTable(schema, `Members of ${name}`)}</article>
`,
)}
</section>`;
  return layout({
    title: `${document.info.title} ${document.info.version}`,
    kind: 'docs',
    main,
    aside: contents(
      areas,
      schemas.map(([name]) => name),
    ),
    links,
  });
}

function contents(areas: { name: string; entries: Entry[] }[], schemas: string[]): Html {
  const group = (href: string, label: string, items: Html[]) =>
    html`<li><a class="area" href="${href}">${label}</a>${items.length > 0 && html`<ul>${items}</ul>`}</li>\n`;
  const anchors = (list: [string, string][]) => list.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`);
  const conventionAnchors: [string, string][] = [
    ['authentication', 'Who is calling'],
    ['shapes', 'Shapes'],
    ['paging', 'Paging'],
    ['idempotency', 'Idempotency'],
    ['rate-limits', 'Rate limits'],
    ['headers', 'Headers'],
  ];
  return html`<nav class="contents" aria-label="Contents" tabindex="0">
<ul>
${group('#conventions', 'Conventions', anchors(conventionAnchors))}
${group('#errors', 'Errors', [])}
${areas.map(({ name, entries }) => [
  group(`#area-${name}`, name, entries.map(contentsLine)),
  name === 'Chat' &&
    group(
      '#socket',
      'The chat socket',
      anchors([
        ['ClientFrame', 'From the client'],
        ['ServerFrame', 'From the server'],
        ['close-codes', 'Close codes'],
      ]),
    ),
])}
${group('#schemas', 'Schemas', anchors(schemas.map((name): [string, string] => [`schema-${name}`, name])))}
</ul>
</nav>`;
}

function contentsLine({ path, method, operation }: Entry): Html {
  return html`<li><a href="#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method === 'DELETE' ? 'DEL' : method}</span> <span class="path">${path.replace('/api/v1', '')}</span></a></li>`;
}
