import { setTimeout as wait } from 'node:timers/promises';

/** The length of a fault, or the pace of a client. Ends early, without an error, when the signal says so. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
