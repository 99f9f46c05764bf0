import type pg from 'pg';

/**
 * How long a call waits for a connection of a pool. Their number says little: a hundred are nothing to a fast database, and seconds to one
 * that has no CPU. So where any wait, one of ours waits among them.
 */
export function watchWaiting(pool: Pick<pg.Pool, 'connect' | 'waitingCount'>): () => number {
  let sinceMs: number | null = null;
  let lastMs = 0;
  const probe = async () => {
    const beganAtMs = performance.now();
    sinceMs = beganAtMs;
    try {
      const client = await pool.connect();
      client.release();
      lastMs = performance.now() - beganAtMs;
    } catch {
      // Away is not overwhelmed: whoever needs it says so.
      lastMs = 0;
    }
    sinceMs = null;
  };
  return () => {
    if (sinceMs !== null) return Math.max(lastMs, performance.now() - sinceMs);
    if (pool.waitingCount === 0) return 0;
    void probe();
    return lastMs;
  };
}
