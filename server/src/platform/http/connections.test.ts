import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { httpLimits } from '#server/limits.ts';
import { eventually } from '../../../test/eventually.ts';
import { RawConnection, requestText } from '../../../test/raw-connection.ts';
import { trustedProxies } from './caller-address.ts';
import { Connections, connectionsThatFit } from './connections.ts';

const socketFrom = (remoteAddress: string) => Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket;
const open = (connections: Connections, addresses: string[]) =>
  addresses.map((address) => connections.admit(socketFrom(address)));
const many = (count: number, address: string) => Array.from({ length: count }, () => address);

describe('connections are counted', () => {
  test('by IPv4 address, also where it comes as IPv6, and by IPv6 /64', () => {
    const connections = new Connections({ ...httpLimits, connectionsPerAddress: 2 }, () => false);
    expect(open(connections, ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1'])).toEqual([null, null, 'address']);
    expect(open(connections, ['2001:db8::1', '2001:db8::2:3', '2001:db8::4', '2001:db8:0:1::1'])).toEqual([
      null,
      null,
      'address',
      null,
    ]);
  });

  test('not by the address of a trusted proxy, which is everybody’s', () => {
    const trusts = trustedProxies(['10.0.0.0/8']);
    const connections = new Connections({ ...httpLimits, connectionsPerAddress: 1 }, trusts);
    expect(open(connections, ['10.1.2.3', '10.1.2.3', '::ffff:10.1.2.3', '11.0.0.1', '11.0.0.1'])).toEqual([
      null,
      null,
      null,
      null,
      'address',
    ]);
  });

  test('until they close, and what is counted does not grow with addresses that are gone', () => {
    const connections = new Connections({ ...httpLimits, connectionsPerAddress: 1 }, () => false);
    const first = socketFrom('192.0.2.1');
    expect(connections.admit(first)).toBeNull();
    expect(open(connections, ['192.0.2.1'])).toEqual(['address']);
    first.emit('close', false);
    expect(connections.size).toBe(0);
    expect(open(connections, ['192.0.2.1'])).toEqual([null]);
  });

  test('by default a hospital of 500 behind one address is let in, with eight connections each', () => {
    const connections = new Connections(httpLimits, () => false);
    expect(new Set(open(connections, many(500 * 8, '192.0.2.1')))).toEqual(new Set([null]));
    expect(open(connections, ['192.0.2.1'])).toEqual(['address']);
  });

  test('four addresses cannot take all: the last quarter is for those that have few', () => {
    const connections = new Connections(httpLimits, () => false);
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) open(connections, many(4000, address));
    expect(connections.size).toBe(12_250);
    const clinic = open(connections, many(251, '198.51.100.1'));
    expect(clinic.slice(0, 250).every((refused) => refused === null)).toBe(true);
    expect(clinic[250]).toBe('crowded');
  });
});

test('no more connections are taken than the process may open files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openward-limits-'));
  const file = join(folder, 'limits');
  writeFileSync(
    file,
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n',
  );
  expect(connectionsThatFit(16_000, file)).toBe(524);
  expect(connectionsThatFit(100, file)).toBe(100);
  expect(connectionsThatFit(16_000, join(folder, 'none'))).toBe(16_000);
  writeFileSync(file, 'Max open files            unlimited            unlimited            files\n');
  expect(connectionsThatFit(16_000, file)).toBe(16_000);
  rmSync(folder, { recursive: true });
});

describe('a call during which nothing comes and nothing goes', () => {
  test('is ended after a time, one that is answered bit by bit is not, nor a connection between two calls or on another protocol', async () => {
    const connections = new Connections({ ...httpLimits, silentMs: 150 }, () => false);
    const cuts: string[] = [];
    const server = createServer((request, response) => {
      connections.begin(request, response);
      if (request.url === '/never') return;
      let left = request.url === '/bits' ? 10 : 1;
      const drip = setInterval(() => {
        left -= 1;
        if (left > 0) return void response.write('.');
        clearInterval(drip);
        response.end('.');
      }, 50);
    });
    server.on('connection', (socket) => connections.admit(socket));
    server.on('upgrade', (_request, socket: Socket) => {
      connections.upgraded(socket);
      // As another protocol does: it reads, and ends when the other side does.
      socket.resume().on('end', () => socket.end());
    });
    const sweep = setInterval(() => {
      for (const [socket, why] of connections.slow(performance.now())) {
        cuts.push(why);
        socket.destroy();
      }
    }, 20);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = async (text: string) => {
      const connection = await RawConnection.open(`http://127.0.0.1:${port}`, '127.0.0.2');
      connection.write(text);
      return connection;
    };
    const [never, bits, once, upgraded] = await Promise.all([
      ask(requestText('/never')),
      ask(requestText('/bits')),
      ask(requestText('/once')),
      ask('GET /never HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
    ]);
    await eventually('the answer in bits is there', () => bits.received.endsWith('0\r\n\r\n'));
    expect(cuts).toEqual(['silent']);
    expect([never.ended, bits.ended, once.ended, upgraded.ended]).toEqual([true, false, false, false]);
    for (const connection of [bits, once, upgraded]) await connection.close();
    await eventually('none is counted, the one of another protocol included', () => connections.size === 0);
    clearInterval(sweep);
    server.closeAllConnections();
    server.close();
  });
});
