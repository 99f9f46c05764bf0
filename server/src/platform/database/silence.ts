import type { Socket } from 'node:net';
import type pg from 'pg';

/** What `pg` keeps of a connection: whether nothing is asked of it, and its socket. */
type Asked = { readyForQuery: boolean; connection: { stream: Socket } };

const looks = 14;

/** Ends a connection at once, without a word to a server that may not hear it: `end()` would wait for that. */
export function breakOff(client: pg.ClientBase, why?: Error): void {
  (client as unknown as Asked).connection.stream.destroy(why);
}

/**
 * Ends connections whose server says nothing for `limitMs` while something is asked of it: a host that is gone closes nothing. Whoever asked is
 * told at most a fourteenth later. `pg` has this as `query_timeout`, a timer for each statement; what that closes over is kept, with all rows,
 * until the whole heap is collected, which took a fifth of the CPU of a list. Looks are counted, not time: a process that stood still has its
 * answers waiting.
 * @returns a function that ends the watch.
 */
export function endSilent(pool: pg.Pool, limitMs: number): () => void {
  const watched = new Map<pg.PoolClient, { read: number; silentLooks: number }>();
  pool.on('connect', (client) => void watched.set(client, { read: 0, silentLooks: 0 }));
  pool.on('remove', (client) => void watched.delete(client));
  const look = () => {
    for (const [client, state] of watched) {
      const { readyForQuery, connection } = client as unknown as Asked;
      const { bytesRead } = connection.stream;
      const isSilent = !readyForQuery && bytesRead === state.read;
      state.read = bytesRead;
      state.silentLooks = isSilent ? state.silentLooks + 1 : 0;
      if (state.silentLooks > looks) breakOff(client, new Error('Query read timeout'));
    }
  };
  const timer = setInterval(look, limitMs / looks).unref();
  return () => clearInterval(timer);
}
