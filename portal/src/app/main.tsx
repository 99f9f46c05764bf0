import '#ui/tokens.css';
import '#ui/base.css';
import { createRoot } from 'react-dom/client';
import { loadMessages } from '#i18n/language.ts';
import { App } from './app.tsx';
import { homes } from './features.ts';
import { preload } from './preload.ts';
import { queryClient } from './query-client.ts';
import { registerServiceWorker } from './service-worker.ts';
import { currentHolder, meQuery } from './session.ts';
import { applyTheme } from './theme.ts';

applyTheme();
// All that the first page needs is asked for at once: texts, the page's code, and whose it is.
const texts = Promise.all([loadMessages('shell'), loadMessages('problems')]);
const holder = currentHolder();
if (holder !== null) void queryClient.prefetchQuery(meQuery);
preload(location.pathname === '/' && holder !== null ? (homes?.[holder.role] ?? '/') : location.pathname);

const root = document.querySelector('#root');
if (root !== null) {
  // Without its texts the shell cannot say so either; it still renders, and its boundary offers to load again.
  await texts.catch(() => undefined);
  createRoot(root).render(<App />);
}
// After the first page is there: it has the network to itself until then.
if (document.readyState === 'complete') registerServiceWorker();
else addEventListener('load', registerServiceWorker, { once: true });
