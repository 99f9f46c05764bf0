import { queryClient } from './query-client.ts';

/** Beside what the server tells by itself: nothing that it says is said twice, so that now and then all is asked for anew. */
const toldMs = 60_000;
/** While it cannot tell, and for what it does not tell of. */
const untoldMs = 5_000;
/** Of many changes at once one is enough to ask again, */
const gatherMs = 100;
/** and so often at most. */
const everyMs = 800;

let isTold = false;
const changed = new Set<string>();
let asking: ReturnType<typeof setTimeout> | undefined;
let askedAtMs = Number.NEGATIVE_INFINITY;

/** For a query about something that others change: asked for again while it is seen, and at once when the page is looked at again. */
export const live = {
  refetchInterval: () => (isTold ? toldMs : untoldMs),
  refetchIntervalInBackground: false,
  refetchOnWindowFocus: 'always',
  refetchOnReconnect: 'always',
} as const;

/** The same for what it does not tell of. */
export const untold: typeof live = { ...live, refetchInterval: () => untoldMs };

/** Whether the server tells of changes from here on. What it told before, or could not tell, is asked for. */
export function setTold(now: boolean): void {
  if (isTold === now) return;
  isTold = now;
  askAgain(['request'], ['requests']);
}

/** The server says that a request has changed: whatever shows it asks again. */
export function requestChanged(id: string): void {
  changed.add(id);
  if (asking !== undefined) return;
  asking = setTimeout(
    () => {
      asking = undefined;
      askedAtMs = performance.now();
      askAgain(...[...changed].map((id) => ['request', id]), ['requests']);
      changed.clear();
    },
    Math.max(gatherMs, askedAtMs + everyMs - performance.now()),
  );
}

function askAgain(...keys: string[][]): void {
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
}
