/**
 * Keeps what a start without network needs: the page itself and the code that it names by its content. Answers of the API
 * are never kept, nor asked for here: health data stays with the server.
 */
declare const __SHELL__: readonly string[];

type Lasting = Event & { waitUntil(promise: Promise<unknown>): void };
type Fetching = Lasting & { readonly request: Request; respondWith(reply: Promise<Response>): void };
type Pushed = Lasting & { readonly data: { json(): unknown } | null };
type Clicked = Lasting & { readonly notification: { readonly data?: unknown; close(): void } };
type Tab = { readonly url: string; focus(): Promise<Tab>; navigate(url: string): Promise<Tab | null> };
type Worker = EventTarget & {
  skipWaiting(): Promise<void>;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<Tab | null>;
  };
  readonly registration: { showNotification(title: string, options: object): Promise<void> };
};

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

worker.addEventListener('push', (event) => {
  const { data } = event as Pushed;
  (event as Lasting).waitUntil(showNews(data));
});

worker.addEventListener('notificationclick', (event) => {
  const { notification } = event as Clicked;
  notification.close();
  (event as Lasting).waitUntil(openPage(pathOf(notification.data)));
});

/** A screen is seen by others: that there is news, and nothing of what it is. One on the screen for each kind. */
const news: Readonly<Record<string, string>> = {
  en: 'There is news for you.',
  es: 'Hay novedades para usted.',
  de: 'Es gibt Neues für Sie.',
};

async function showNews(data: Pushed['data']): Promise<void> {
  let message: unknown = null;
  try {
    message = data?.json() ?? null;
  } catch {
    // Not ours, or cut: a browser wants something shown all the same.
  }
  await worker.registration.showNotification('Openward', {
    body: news[said(message, 'language') ?? ''] ?? news[navigator.language.slice(0, 2)] ?? news['en'],
    icon: '/icon-192.png',
    tag: said(message, 'kind') ?? 'news',
    data: message,
  });
}

function said(message: unknown, name: string): string | undefined {
  const value =
    typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The page that a notice leads to: one of this portal, whatever is in it. */
function pathOf(data: unknown): string {
  const { origin, pathname, search } = new URL(said(data, 'path') ?? '/notifications', location.origin);
  return origin === location.origin ? pathname + search : '/notifications';
}

async function openPage(path: string): Promise<void> {
  const [tab] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: false });
  if (tab === undefined) await worker.clients.openWindow(path);
  else await (await tab.focus()).navigate(path);
}

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
