import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../../test/factories.ts';
import { startTestServer, type TestServer } from '../../../test/harness.ts';

/**
 * Thousands of tokens that are nearly good, others in each run, against a running server: each is a 401 `unauthenticated`. Sent
 * in batches, so that the runs keep the connection busy. Ten thousand of each kind: `TRIALS=500 npm test -- mutated-tokens`.
 */
const batches = Number(process.env['TRIALS'] ?? 100);
const perBatch = 20;

let server: TestServer;
let person: Person;
beforeAll(async () => {
  server = await startTestServer();
  person = await server.people.patient();
});
afterAll(() => server.stop());

/** A few cuts and insertions anywhere, of what a header line can carry. */
function mutationsOf(text: string): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.constantFrom(...'AZaz09-_.={"+/', ''),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }).filter((added) => !added.includes(' ')),
  );
  const mutation = fc.tuple(fc.nat(text.length - 1), fc.nat(3), character);
  return fc
    .array(mutation, { minLength: 1, maxLength: 4 })
    .map((mutations) =>
      mutations.reduce((mutated, [at, cut, added]) => mutated.slice(0, at) + added + mutated.slice(at + cut), text),
    )
    .filter((mutated) => mutated !== text && mutated !== '');
}

/** Encrypts with the server's own key, as only a thief of that key could: what is inside has to stand for itself. */
function encrypt(jwt: string): string {
  const { kid, key } = server.ctx.keys.encryption.current;
  const encode = (part: Buffer | string) => Buffer.from(part).toString('base64url');
  const header = encode(JSON.stringify({ alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid }));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(jwt), cipher.final()]);
  return [header, '', encode(iv), encode(ciphertext), encode(cipher.getAuthTag())].join('.');
}

async function answersTo(tokens: string[]): Promise<Set<string>> {
  const answers = await Promise.all(
    tokens.map((token) => server.api('GET', '/me', undefined, { headers: { authorization: `Bearer ${token}` } })),
  );
  return new Set(answers.map(({ status, body }) => `${status} ${body.code ?? 'accepted'}`));
}

async function refusesAll(tokens: fc.Arbitrary<string>): Promise<void> {
  const batch = fc.array(tokens, { minLength: perBatch, maxLength: perBatch });
  const property = fc.asyncProperty(batch, async (tokens) => {
    expect(await answersTo(tokens)).toEqual(new Set(['401 unauthenticated']));
  });
  await fc.assert(property, { numRuns: batches, endOnFailure: true });
}

it('access tokens changed from outside are refused, two thousand of them', async () => {
  expect(await answersTo([person.accessToken])).toEqual(new Set(['200 accepted']));
  await refusesAll(mutationsOf(person.accessToken));
});

it('tokens changed inside and encrypted again with the right key are refused, two thousand of them', async () => {
  const { plaintext } = await compactDecrypt(person.accessToken, server.ctx.keys.encryption.current.key);
  const jwt = Buffer.from(plaintext).toString();
  expect(await answersTo([encrypt(jwt)])).toEqual(new Set(['200 accepted']));
  await refusesAll(mutationsOf(jwt).map(encrypt));
});
