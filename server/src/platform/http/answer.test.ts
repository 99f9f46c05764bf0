import { createServer, IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Answer, UsualHeaders } from './answer.ts';

const usual = new UsualHeaders({ 'x-frame-options': 'DENY', 'content-security-policy': "default-src 'none'" });

const ways: Record<string, (answer: Answer) => void> = {
  '/plain': (answer) => answer.writeHead(200, { 'content-length': '2' }).end('ok'),
  '/own': (answer) => answer.writeHead(200, { 'content-security-policy': 'sandbox' }).end('ok'),
  '/set': (answer) => answer.setHeader('Content-Security-Policy', 'sandbox').end('ok'),
  '/implicit': (answer) => answer.end('ok'),
  '/none': (answer) => {
    answer.usual = null;
    answer.end('ok');
  },
};

describe('headers that answers have alike', () => {
  const server = createServer({ IncomingMessage, ServerResponse: Answer }, (request, answer) => {
    answer.usual = usual;
    ways[request.url ?? '']?.(answer);
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** Each header as often as it was sent. */
  const headersOf = (path: string) =>
    new Promise<Record<string, string[] | undefined>>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      request({ port, path, host: '127.0.0.1' }, (answer) => {
        answer.resume();
        resolve(answer.headersDistinct);
      })
        .on('error', reject)
        .end();
    });

  it.each(['/plain', '/implicit'])('are in an answer that says nothing of them (%s)', async (path) => {
    expect(await headersOf(path)).toMatchObject({
      'x-frame-options': ['DENY'],
      'content-security-policy': ["default-src 'none'"],
    });
  });

  it.each(['/own', '/set'])('give way to what an answer says itself, one by one (%s)', async (path) => {
    expect(await headersOf(path)).toMatchObject({
      'x-frame-options': ['DENY'],
      'content-security-policy': ['sandbox'],
    });
  });

  it('are not in an answer that is not told to have them', async () => {
    expect(Object.keys(await headersOf('/none'))).not.toContain('x-frame-options');
  });

  it('cannot bring another line with them', () => {
    expect(() => new UsualHeaders({ 'x-frame-options': 'DENY\r\nset-cookie: a=b' })).toThrow('Invalid character');
  });
});
