import { createApi } from '../http.ts';

export type LoadReport = { requests: number; failed: string[]; worstMs: number };

/**
 * Calls by way of the balancers, one after the other in each lane, until it is stopped. Whoever calls does not try again: a call that does not get the
 * answer that it should has failed.
 */
export function startLoad(doors: readonly { url: string }[], token: string): () => Promise<LoadReport> {
  const report: LoadReport = { requests: 0, failed: [], worstMs: 0 };
  const paths = ['/doctors', '/specialties', '/me', '/requests?limit=5', '/rooms'];
  let going = true;
  const lane = async (number: number) => {
    for (let turn = number; going; turn += 1) {
      const path = paths[turn % paths.length] ?? '';
      const api = createApi(doors[turn % doors.length]?.url ?? '', { authorization: `Bearer ${token}` });
      const startedAt = performance.now();
      const outcome = await api('GET', path).then(
        ({ status, body }) => (status === 200 ? null : `${status} ${body?.code ?? ''}`),
        (error: Error) => `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`,
      );
      report.requests += 1;
      report.worstMs = Math.max(report.worstMs, performance.now() - startedAt);
      if (outcome !== null) report.failed.push(`${new Date().toISOString()} GET ${path}: ${outcome}`);
    }
  };
  const lanes = Array.from({ length: 6 }, (_, number) => lane(number));
  return async () => {
    going = false;
    await Promise.all(lanes);
    return report;
  };
}
