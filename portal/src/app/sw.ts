/**
 * Keeps what a start without network needs: the page itself and the code that it names by its content. Answers of the API
 * are never kept, nor asked for here: health data stays with the server.
 */
declare const __SHELL__: readonly string[];

type Lasting = Event & { waitUntil(promise: Promise<unknown>): void };
type Fetching = Lasting & { readonly request: Request; respondWith(reply: Promise<Response>): void };
type Worker = EventTarget & { skipWaiting(): Promise<void>; clients: { claim(): Promise<void> } };

const worker = globalThis as unknown as Worker;
const shell = __SHELL__;
const name = 'openward-shell';
/** A network that does not answer in this time is as good as none. */
const patienceMs = 4_000;

worker.addEventListener('install', (event) => {
  (event as Lasting).waitUntil(install());
});

worker.addEventListener('activate', (event) => {
  (event as Lasting).waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname.startsWith('/assets/') || shell.includes(pathname)) fetching.respondWith(keptOrFetched(request));
  else if (request.mode === 'navigate' && isPage(pathname)) fetching.respondWith(pageOrKept(request));
});

/** Pages of the server’s own are not the portal’s. */
function isPage(path: string): boolean {
  return !/^\/(api|docs|dev|health|\.well-known)(\/|$)|\.json$/.test(path);
}

async function install(): Promise<void> {
  const cache = await caches.open(name);
  // The page is for those who ask for one.
  await cache.add(new Request('/', { headers: { accept: 'text/html' } }));
  await cache.addAll([...shell]);
  // Code of earlier versions goes; what is named by its content is never wrong, only no longer needed.
  const known = new Set(['/', ...shell]);
  const old = (await cache.keys()).filter(({ url }) => !known.has(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
  await worker.skipWaiting();
}

async function keptOrFetched(request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const reply = await fetch(request);
  if (reply.ok && reply.headers.get('cache-control')?.includes('immutable')) await cache.put(request, reply.clone());
  return reply;
}

/** Every path has the same page, which looks at the address itself. */
async function pageOrKept(request: Request): Promise<Response> {
  try {
    const reply = await fetch(request, { signal: AbortSignal.timeout(patienceMs) });
    if (reply.status < 500) return reply;
    return (await keptPage()) ?? reply;
  } catch (error) {
    const kept = await keptPage();
    if (kept === undefined) throw error;
    return kept;
  }
}

async function keptPage(): Promise<Response | undefined> {
  return (await caches.open(name)).match('/', { ignoreVary: true });
}
