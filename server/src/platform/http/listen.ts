import type { Server } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { transportOptions } from './listener.ts';

/** Connections that the kernel keeps while nobody takes them; it has a bound of its own (`net.core.somaxconn`). */
const backlog = 4096;
/**
 * libuv takes one connection from a listening socket in a turn of the event loop. With turns of 50 ms those are twenty in a second, and
 * whoever is new waits behind a flood of connections. So many sockets listen on the port, among which the kernel spreads what comes.
 */
const listeningSockets = 32;

/** Begins to listen, on several sockets where the system can. @throws Error EADDRINUSE when somebody else does. @returns the URL. */
export async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  // SO_REUSEPORT shares the port with whoever else asks for that, another start of ours among them: first it has to be free.
  const shares = process.platform === 'linux' && (port === 0 || (await isFree(host, port)));
  const url = await app.listen({ host, port, backlog, ...(shares ? { reusePort: true } : {}) });
  if (shares) await listenBeside(app.server);
  return url;
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await listening(probe, { host, port });
    await new Promise((resolve) => probe.close(resolve));
    return true;
  } catch {
    return false;
  }
}

async function listenBeside(server: Server): Promise<void> {
  const address = server.address();
  if (address === null || typeof address === 'string') return;
  const others: NetServer[] = [];
  for (let count = 1; count < listeningSockets; count += 1) {
    const other = createServer({ ...transportOptions, allowHalfOpen: true }, (socket) =>
      server.emit('connection', socket),
    );
    try {
      await listening(other, { host: address.address, port: address.port, backlog, reusePort: true });
    } catch {
      // One is enough to work.
      break;
    }
    others.push(other);
  }
  const close = server.close.bind(server);
  // Whoever closes the one waits for the connections of all.
  server.close = (done) => {
    const ended = Promise.all(others.map((other) => new Promise((resolve) => other.close(resolve))));
    return close((error) => void ended.then(() => done?.(error)));
  };
}

function listening(
  server: NetServer,
  options: { host: string; port: number; backlog?: number; reusePort?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
