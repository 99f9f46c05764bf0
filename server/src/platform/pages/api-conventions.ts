import { closeCodes, type ProblemCode, problems } from '@openward/contracts';
import { closeNotes } from '../http/openapi/socket.ts';
import type { OpenApiDocument } from '../http/openapi/types.ts';
import { pre } from './api-operation.ts';
import { type Html, html, json, prose } from './html.ts';
import { schemaTable } from './schema-table.ts';

/** What holds for every call. */
export function conventions(document: OpenApiDocument): Html {
  const example = document.components.examples['invalid-request']?.value;
  return html`<section id="conventions" aria-labelledby="conventions-title">
<h2 id="conventions-title">Conventions</h2>
<div class="split">
<div class="told">
<h3 id="authentication">Who is calling</h3>
<p>Browsers log in with ${call('login')} and get cookies that scripts cannot read; a call with cookies that changes something must come from the same origin, else it is a 403 <code>cross-site</code>. Other clients take a pair of tokens from ${call('issueTokens')} and send <code>Authorization: Bearer …</code>. An access token lives 15 minutes; ${call('refresh')} gives the next.</p>
<p>What one may not know of is a 404 <code>not-found</code>, the same as what does not exist.</p>
<h3 id="shapes">Shapes</h3>
<p>JSON in and out. Ids are UUIDv7. Times are RFC 3339, in UTC, with milliseconds. An unknown field in a body, or an unknown query parameter, is a 400. A body takes at most 100 kB.</p>
<h3 id="paging">Paging</h3>
<p>Lists take <code>limit</code> (1 to 100, default 20) and <code>cursor</code>, and answer <code>items</code> and <code>nextCursor</code>, which is <code>null</code> at the end. Pages stay stable while things are added.</p>
<h3 id="idempotency">Idempotency</h3>
<p>A POST that creates takes an optional <code>Idempotency-Key</code> of 1 to 255 visible ASCII characters. For 24 hours the same key and body give the same answer; the same key with another body is a 409 <code>idempotency-key-reused</code>.</p>
<h3 id="rate-limits">Rate limits</h3>
<p>Limited routes carry <code>RateLimit</code> (the points left of the tightest limit, and in how many seconds there are more) and <code>RateLimit-Policy</code> (how many points in which window). A call takes one point, a search, an upload or the export more. A 429 or 503 carries <code>Retry-After</code> in seconds.</p>
<h3 id="headers">Headers</h3>
<p>Every reply carries <code>x-request-id</code>: quote it when you report a problem. A <code>traceparent</code> that comes in is continued. What holds personal data is <code>Cache-Control: no-store</code>.</p>
</div>
<div class="shown">
${pre('Log in and call', html`${loginExample(document)}`, 'curl for logging in and calling')}
${pre(
  'Limits in the headers',
  html`RateLimit-Policy: "account.read";q=1200;w=60
RateLimit: "account.read";r=1187;t=42`,
  'Example of the rate limit headers',
)}
${pre('An error', json(example), 'Example of an error')}
</div>
</div>
</section>
${errors()}`;
}

function call(operationId: string): Html {
  return html`<a href="#${operationId}">${operationId}</a>`;
}

function loginExample(document: OpenApiDocument): string {
  const origin = document.servers[0]?.url ?? '';
  return `ACCESS_TOKEN=$(curl -s '${origin}/api/v1/auth/tokens' \\
  -H 'Content-Type: application/json' \\
  -d '{"email":"ana.silva@example.org","password":"seven quiet otters 42"}' \\
  | jq -r .accessToken)

curl '${origin}/api/v1/me' \\
  -H "Authorization: Bearer $ACCESS_TOKEN"`;
}

function errors(): Html {
  const codes = Object.entries(problems) as [ProblemCode, readonly [number, string]][];
  return html`<section id="errors" aria-labelledby="errors-title">
<h2 id="errors-title">Errors</h2>
<p class="lead">Errors are <code>application/problem+json</code> (RFC 9457). Branch on <code>code</code>: codes are stable, titles and details are for people. <code>errors</code> names each wrong field.</p>
<table class="members codes">
<caption>Codes of errors</caption>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Title</th></tr></thead>
<tbody>${codes.map(([code, [status, title]]) => html`<tr id="problem-${code}"><th scope="row"><code>${code}</code></th><td><span class="status">${status}</span></td><td>${title}</td></tr>\n`)}</tbody>
</table>
</section>`;
}

/** The frames of the chat socket, both ways, with their members. */
export function socketSection(document: OpenApiDocument): Html {
  const { schemas } = document.components;
  const group = (union: string, title: string) => html`<h3 id="${union}">${title}</h3>
${Object.entries(schemas[union]?.discriminator?.mapping ?? {}).map(([type, reference]) => {
  const schema = schemas[reference.split('/').at(-1) ?? ''] ?? {};
  const { type: _, ...properties } = schema.properties ?? {};
  return html`<article class="frame-type" id="${union}-${type}" aria-labelledby="${union}-${type}-title"><h4 id="${union}-${type}-title"><code>${type}</code></h4><p>${prose(schema.description ?? '')}</p>${schemaTable({ ...schema, properties }, `Members of ${type}, beside its type`)}</article>\n`;
})}`;
  return html`<section id="socket" aria-labelledby="socket-title">
<h2 id="socket-title">The chat socket</h2>
<p class="lead">${call('openChatSocket')} upgrades to a WebSocket with the subprotocol <code>openward.chat.v1</code>. Frames are JSON objects with a <code>type</code>, at most 64 kB each.</p>
<div class="split">
<div class="told">
<p>An <code>ack</code> means committed to disk. Without one, send again with the same <code>clientId</code>: that never makes a second message. <code>seq</code> is dense in its room, 1 to N, and is the order for everyone. The live stream and <code>resume</code> together give each message exactly once, in order, whatever restarted in between; or an explicit <code>reset</code>, never silence.</p>
<p>After <code>ready</code> the server waits for the client’s first frame, or one second: a client that resumes does so in its first frame.</p>
</div>
<div class="shown">${pre('A short talk', conversation(), 'Example of frames in both directions')}</div>
</div>
${group('ClientFrame', 'From the client')}
${group('ServerFrame', 'From the server')}
<h3 id="close-codes">Close codes</h3>
<table class="members codes">
<caption>Close codes of the socket</caption>
<thead><tr><th scope="col">Code</th><th scope="col">Why</th></tr></thead>
<tbody>${Object.entries(closeCodes).map(([name, code]) => html`<tr><th scope="row"><span class="status">${code}</span></th><td>${prose(closeNotes[name as keyof typeof closeNotes])}</td></tr>\n`)}</tbody>
</table>
</section>`;
}

function conversation(): Html {
  const room = '01936f2a-…-1f58b9145b24';
  const lines: [string, object][] = [
    [
      '←',
      {
        type: 'ready',
        connectionId: '01936f2b-…',
        accountId: '01936f2a-…',
        rooms: [{ roomId: room, headSeq: 41, readSeq: 40 }],
        heartbeatMs: 20_000,
      },
    ],
    ['→', { type: 'resume', rooms: [{ roomId: room, afterSeq: 40 }] }],
    ['←', { type: 'resumed', roomId: room, fromSeq: 41, toSeq: 41 }],
    ['←', { type: 'message', roomId: room, seq: 41, text: 'Good morning.', '…': '…' }],
    ['→', { type: 'send', clientId: 'c-77', roomId: room, text: 'Good morning!' }],
    [
      '←',
      {
        type: 'ack',
        clientId: 'c-77',
        roomId: room,
        seq: 42,
        id: '01936f2c-…',
        sentAt: '2026-11-22T09:30:00.000Z',
        duplicate: false,
      },
    ],
  ];
  return html`${lines.map(([arrow, frame], index) => html`${index > 0 && '\n'}<span class="arrow">${arrow}</span> ${JSON.stringify(frame)}`)}`;
}
