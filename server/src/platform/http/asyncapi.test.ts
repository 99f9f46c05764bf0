import { createRequire } from 'node:module';
import { clientFrames, serverFrames } from '@openward/contracts';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { startTestServer } from '../../../test/harness.ts';
import { asyncApiDocument } from './openapi/asyncapi.ts';

const document = asyncApiDocument({ serverUrl: 'https://clinic.example/', version: '1.2.3' });

test('is valid AsyncAPI 3.0 by the official schema', () => {
  const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json') as object;
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  validate(structuredClone(document));
  expect(validate.errors ?? []).toEqual([]);
  validate({ ...document, channels: { chat: { messages: 7 } } });
  expect(validate.errors).not.toBeNull();
});

test('has every frame of the contract once, in its direction', () => {
  const { hearClient, tellClient } = document.operations;
  const typesOf = (operation: typeof hearClient) =>
    operation?.messages.map(({ $ref }) => $ref.replace(/^.*\.(\w+)$/, '$1')).sort();
  expect(typesOf(hearClient)).toEqual(Object.keys(clientFrames).sort());
  expect(typesOf(tellClient)).toEqual(Object.keys(serverFrames).sort());
});

test('refers only to what is there', () => {
  for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = reference
      .split('/')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
    expect(found, reference).toBeDefined();
  }
});

test('is served to anyone, and not again to who has it', async () => {
  const server = await startTestServer({ roles: ['api'] });
  const first = await server.api('GET', '//asyncapi.json');
  expect([first.status, first.body.asyncapi]).toEqual([200, '3.0.0']);
  const etag = first.headers.get('etag') ?? '';
  const again = await server.api('GET', '//asyncapi.json', undefined, { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
  await server.stop();
});
