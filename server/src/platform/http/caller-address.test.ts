import { connect } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerAddress, trustedProxies } from './caller-address.ts';

describe('a trusted proxy', () => {
  const isTrusted = trustedProxies(['10.0.0.0/8', '192.0.2.1', '2001:db8:aa::/48', '::1']);

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['10.1.2.3:4711', true],
    ['192.0.2.1', true],
    ['2001:db8:aa:1::7', true],
    ['[2001:db8:aa:1::7]:443', true],
    ['::1', true],
    ['11.1.2.3', false],
    ['192.0.2.2', false],
    ['2001:db8:ab::7', false],
    ['10.1.2', false],
    ['010.1.2.3', false],
    ['unknown', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (entry, trusted) => {
    expect(isTrusted(entry)).toBe(trusted);
  });
});

describe('where a call comes from', () => {
  let app: FastifyInstance;
  let port: number;
  beforeAll(async () => {
    app = fastify({ trustProxy: trustedProxies(['127.0.0.1', '10.0.0.0/8']) });
    app.get('/', async (request) => ({ from: callerAddress(request) }));
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  });
  afterAll(() => app.close());

  /** A call with these X-Forwarded-For headers, byte by byte, as a proxy on this machine sends it. */
  function from(...headers: string[]): Promise<string | null> {
    const lines = headers.map((value) => `x-forwarded-for: ${value}\r\n`).join('');
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`),
      );
      socket.on('error', reject).on('data', (chunk) => {
        answer += String(chunk);
      });
      socket.on('end', () => resolve(JSON.parse(answer.slice(answer.indexOf('{'))).from));
    });
  }

  it.each<[what: string, headers: string[], address: string | null]>([
    ['no header', [], '127.0.0.1'],
    ['an empty one', [''], '127.0.0.1'],
    ['one entry', ['198.51.100.7'], '198.51.100.7'],
    ['what a caller wrote before it', ['1.1.1.1, 2.2.2.2, 198.51.100.7'], '198.51.100.7'],
    ['a trusted address that a caller wrote before it', ['10.0.0.1, 198.51.100.7'], '198.51.100.7'],
    ['a chain of trusted proxies', ['1.1.1.1, 198.51.100.7, 10.0.0.9, 10.0.0.8'], '198.51.100.7'],
    ['a chain that is trusted to its beginning', ['10.0.0.9, 10.0.0.8'], '10.0.0.9'],
    ['several headers: the last is the nearest', ['1.1.1.1', '2.2.2.2', '198.51.100.7'], '198.51.100.7'],
    ['a thousand entries', [Array(900).fill('1.1.1.1').join(','), '198.51.100.7'], '198.51.100.7'],
    ['a port', ['198.51.100.7:51234'], '198.51.100.7'],
    ['ports of proxies too', ['198.51.100.7:51234, 10.0.0.9:80'], '198.51.100.7'],
    ['IPv6', ['2001:db8::7'], '2001:db8::7'],
    ['IPv6 in brackets', ['[2001:db8::7]'], '2001:db8::7'],
    ['IPv6 in brackets with a port', ['1.1.1.1, [2001:DB8:0::7]:443'], '2001:db8::7'],
    ['IPv4 mapped into IPv6', ['::ffff:198.51.100.7'], '198.51.100.7'],
    ['spaces, tabs and empty entries', ['1.1.1.1 ,\t, 198.51.100.7 , '], '198.51.100.7'],
    ['what a caller wrote that is none', ["'; DROP TABLE sessions; --, 198.51.100.7"], '198.51.100.7'],
    ['“unknown”, as some proxies write', ['1.1.1.1, unknown'], null],
    ['a name', ['1.1.1.1, localhost'], null],
    ['another spelling of an address', ['0x7f.1'], null],
    ['half an address', ['[2001:db8::7'], null],
    ['a port that is none', ['198.51.100.7:http'], null],
  ])('with %s', async (_what, headers, address) => {
    expect(await from(...headers)).toBe(address);
  });
});
